/** Starts the server again. */
import { window } from 'vscode';
import type { App } from '../app.js';
import { strings } from '../strings.js';

/** The command. */
export async function restart(app: App): Promise<void> {
  await app.server.restart();
  void window.setStatusBarMessage(strings.restarted(), 3000);
}
