/** Shows the ownership map of the active file's driver. */
import { window } from 'vscode';
import { type App, relevantEditor } from '../app.js';
import { strings } from '../strings.js';
import { openMap } from '../views/map.js';

/** The command. */
export async function showMap(app: App): Promise<void> {
  const editor = relevantEditor();
  if (editor === undefined) void window.showInformationMessage(strings.noFile());
  else await openMap(app, editor.document.uri.toString());
}
