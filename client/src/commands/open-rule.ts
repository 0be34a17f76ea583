/** Opens the page of a rule beside the code. */
import { type Diagnostic, languages, type QuickPickItem, window } from 'vscode';
import type { App } from '../app.js';
import type { PageResult } from '../protocol.js';
import { strings } from '../strings.js';
import { showPage } from '../views/page.js';

/** The command; without an id it asks which rule, those of the present findings first. */
export async function openRule(app: App, id: string | undefined): Promise<void> {
  await app.server.start();
  const rule = id ?? (await pickRule(app));
  if (rule === undefined) return;
  const page = await app.server.request<PageResult>('gpusvm/page', { page: rule });
  if (page?.text === undefined) void window.showWarningMessage(strings.noPage());
  else await showPage(app, { key: 'rule', title: page.title, markdown: page.text, anchor: undefined, roles: [], pictures: [] });
}

function ruleOf({ code }: Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

async function pickRule(app: App): Promise<string | undefined> {
  const properties: unknown = app.context.extension.packageJSON?.contributes?.configuration?.properties?.['gpusvm.rules']?.properties;
  const rules = typeof properties === 'object' && properties !== null ? Object.entries(properties) : [];
  const items = rules.map(([label, schema]): QuickPickItem => {
    const text: unknown = (schema as { readonly markdownDescription?: unknown }).markdownDescription;
    return { label, detail: typeof text === 'string' ? text : '' };
  });
  // What is underlined now is what a reader wants to know about.
  const present = new Set(languages.getDiagnostics().flatMap(([, list]) => list.filter((one) => one.source === 'gpusvm').map(ruleOf)));
  items.sort((a, b) => Number(present.has(b.label)) - Number(present.has(a.label)));
  const picked = await window.showQuickPick(items, { placeHolder: strings.pickRule(), matchOnDetail: true });
  return picked?.label;
}
