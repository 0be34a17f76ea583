/** Shows the control flow of one function with states and locks: the one at the given place, else the one at the cursor. */
import { Uri, window, workspace } from 'vscode';
import { type App, relevantEditor } from '../app.js';
import type { WirePosition } from '../protocol.js';
import { strings } from '../strings.js';
import { openLifecycleView } from '../views/lifecycle.js';

/** The command. `place` is `{uri, line, character}` when a lens calls it. */
export async function showLifecycleView(app: App, place: unknown): Promise<void> {
  const at = readPlace(place) ?? cursorPlace();
  if (at === undefined) void window.showInformationMessage(strings.noFile());
  else await openLifecycleView(app, at.uri, at.position);
}

interface At {
  readonly uri: string;
  readonly position: WirePosition;
}

function readPlace(value: unknown): At | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { uri, line, character } = value as Readonly<Record<string, unknown>>;
  if (typeof uri !== 'string' || typeof line !== 'number') return undefined;
  // Documents of other folders are none of a link's business.
  if (!workspace.textDocuments.some((document) => document.uri.toString() === Uri.parse(uri).toString())) return undefined;
  return { uri, position: { line, character: typeof character === 'number' ? character : 0 } };
}

function cursorPlace(): At | undefined {
  const editor = relevantEditor();
  if (editor === undefined) return undefined;
  const { line, character } = editor.selection.active;
  return { uri: editor.document.uri.toString(), position: { line, character } };
}
