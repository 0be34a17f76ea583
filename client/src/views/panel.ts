/** Webview panels: one per kind, strict content policy, scripts and styles from the extension's own folder only. */
import { randomBytes } from 'node:crypto';
import { Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { App } from '../app.js';

/** A panel that can be filled again. */
export interface Panel {
  readonly panel: WebviewPanel;
  /** Sends a message to the panel's script. */
  post(message: unknown): void;
}

/** What a panel is made of. */
export interface PanelOptions {
  /** `gpusvm.<name>`; also the name of the script and the style in media/views. */
  readonly name: string;
  readonly title: string;
  /** HTML of the body: made by us, with every text escaped. */
  readonly body: string;
  /** Data for the script, read by it as JSON. */
  readonly data: unknown;
  readonly onMessage: (message: unknown) => void;
}

const open = new Map<string, WebviewPanel>();
const handlers = new WeakMap<WebviewPanel, (message: unknown) => void>();

/** Opens the panel of a name beside the code, or fills the one that is open. */
export function showPanel(app: App, options: PanelOptions): Panel {
  const media = Uri.joinPath(app.context.extensionUri, 'media');
  let panel = open.get(options.name);
  if (panel === undefined) {
    panel = window.createWebviewPanel(
      `gpusvm.${options.name}`,
      options.title,
      // Beside the code once: our views share a column.
      { viewColumn: [...open.values()][0]?.viewColumn ?? ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, enableFindWidget: true, retainContextWhenHidden: false, localResourceRoots: [media] },
    );
    const made = panel;
    open.set(options.name, made);
    made.onDidDispose(() => open.delete(options.name));
    made.webview.onDidReceiveMessage((message: unknown) => handlers.get(made)?.(message));
  } else {
    panel.reveal(undefined, true);
  }
  handlers.set(panel, options.onMessage);
  panel.title = options.title;
  const { webview } = panel;
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string): string => escapeHtml(webview.asWebviewUri(Uri.joinPath(media, 'views', name)).toString());
  const policy = `default-src 'none'; img-src data:; style-src ${webview.cspSource} 'nonce-${nonce}'; script-src ${webview.cspSource}`;
  webview.html = [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">`,
    `<link rel="stylesheet" href="${file('common.css')}">`,
    `<link rel="stylesheet" href="${file(`${options.name}.css`)}">`,
    '</head><body>',
    options.body.replaceAll('<style>', `<style nonce="${nonce}">`),
    // JSON in an attribute: nothing in it can end a script or start one.
    `<div id="data" hidden data-json="${escapeHtml(JSON.stringify(options.data))}"></div>`,
    `<script src="${file(`${options.name}.js`)}"></script>`,
    '</body></html>',
  ].join('\n');
  const target = panel;
  return { panel: target, post: (message) => void target.webview.postMessage(message) };
}

/** Text as HTML. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** A field of a message of a panel's script, when it is a number. */
export function numberOf(message: unknown, field: string): number | undefined {
  const value = fieldOf(message, field);
  return typeof value === 'number' ? value : undefined;
}

/** A field of a message of a panel's script, when it is a string. */
export function stringOf(message: unknown, field: string): string | undefined {
  const value = fieldOf(message, field);
  return typeof value === 'string' ? value : undefined;
}

function fieldOf(message: unknown, field: string): unknown {
  return typeof message === 'object' && message !== null ? (message as Readonly<Record<string, unknown>>)[field] : undefined;
}
