/** Opens the lifecycle page beside the code, at an anchor. */
import { window } from 'vscode';
import { type App, relevantEditor } from '../app.js';
import type { PageResult, RolesResult } from '../protocol.js';
import { strings } from '../strings.js';
import { showPage } from '../views/page.js';

/** The command; without an anchor the page opens at its top. */
export async function openLifecycle(app: App, anchor: string | undefined): Promise<void> {
  const uri = relevantEditor()?.document.uri.toString();
  await app.server.start();
  const page = await app.server.request<PageResult>('gpusvm/page', { page: 'lifecycle' });
  if (page?.text === undefined) {
    void window.showWarningMessage(strings.noPage());
    return;
  }
  const roles = uri === undefined ? undefined : await app.server.request<RolesResult>('gpusvm/roles', { uri });
  await showPage(app, {
    key: 'lifecycle',
    title: strings.pageTitle(),
    markdown: page.text,
    anchor,
    roles: roles?.roles ?? [],
    pictures: page.pictures ?? [],
  });
}
