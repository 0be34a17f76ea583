/** A bundled page, rendered beside the code, with links back to the functions that play each part in this tree. */
import { commands, env, Uri } from 'vscode';
import { type App, openPlace } from '../app.js';
import type { PageResult, RolesResult } from '../protocol.js';
import { strings } from '../strings.js';
import { escapeHtml, numberOf, showPanel, stringOf } from './panel.js';

/** A page to show. */
export interface PageView {
  readonly key: 'lifecycle' | 'rule';
  readonly title: string;
  readonly markdown: string;
  readonly anchor: string | undefined;
  readonly roles: RolesResult['roles'];
  readonly pictures: NonNullable<PageResult['pictures']>;
}

/** Opens the page, or moves the open one to the anchor. */
export async function showPage(app: App, page: PageView): Promise<void> {
  // The editor's own Markdown renderer: the same picture as its preview, and no second one in our bundle.
  const html = await commands.executeCommand<string>('markdown.api.render', page.markdown);
  showPanel(app, {
    name: 'page',
    title: page.title,
    body: `<main>${html}</main>${page.pictures.map(pictureHtml).join('')}`,
    data: {
      anchor: page.anchor ?? '',
      inThisTree: strings.inThisTree(),
      roles: page.roles.map(({ anchor, title, name }) => ({ anchor, title, name })),
    },
    onMessage: (message) => {
      const role = page.roles[numberOf(message, 'role') ?? -1];
      const link = stringOf(message, 'link');
      if (role !== undefined) void openPlace(role.place);
      else if (link !== undefined) follow(link);
    },
  });
}

/** A picture on its way to the heading that it belongs under. */
function pictureHtml(picture: PageView['pictures'][number]): string {
  return `<figure hidden data-anchor="${escapeHtml(picture.anchor)}">${picture.svg}<figcaption>${escapeHtml(picture.title)}</figcaption></figure>`;
}

/** A link of a page: another page of ours, or an address for the browser. */
function follow(link: string): void {
  const rule = /(?:^|\/)([a-z][a-z-]+)(?:\/README)?\.md(?:#.*)?$/.exec(link)?.[1];
  const lifecycle = /(?:^|\/)lifecycle\.md(?:#([\w-]+))?$/.exec(link);
  if (lifecycle !== null) void commands.executeCommand('gpusvm.openLifecycle', lifecycle[1]);
  else if (rule !== undefined && !/^\w+:/.test(link)) void commands.executeCommand('gpusvm.openRule', rule);
  else if (/^https?:/.test(link)) void env.openExternal(Uri.parse(link));
}
