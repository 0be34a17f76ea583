/** Opens the walkthrough's sample driver as an unsaved document: nothing is written to disk, and every fix can be tried. */
import { readFile } from 'node:fs/promises';
import { window, workspace } from 'vscode';
import type { App } from '../app.js';

/** The command. */
export async function openSample(app: App): Promise<void> {
  const content = await readFile(app.context.asAbsolutePath('media/walkthrough/sample.c'), 'utf8');
  await window.showTextDocument(await workspace.openTextDocument({ language: 'c', content }), { preview: false });
}
