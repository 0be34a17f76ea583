/** Opens the walkthrough's sample driver as an unsaved document: nothing is written to disk, and every fix can be tried. */
import { readFile } from 'node:fs/promises';
import { Range, Selection, TextEditorRevealType, window, workspace } from 'vscode';
import type { App } from '../app.js';

/** The command. */
export async function openSample(app: App): Promise<void> {
  const content = await readFile(app.context.asAbsolutePath('media/walkthrough/sample.c'), 'utf8');
  const editor = await window.showTextDocument(await workspace.openTextDocument({ language: 'c', content }), { preview: false });
  // The first defect in sight, and the next problem (F8) behind the cursor.
  const first = editor.document.positionAt(Math.max(0, content.indexOf('/* Defect')));
  editor.selection = new Selection(first, first);
  editor.revealRange(new Range(first, first), TextEditorRevealType.AtTop);
}
