/** What commands and views share. */
import {
  type ExtensionContext,
  type LogOutputChannel,
  Range,
  Selection,
  type TextEditor,
  TextEditorRevealType,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { Server } from './client.js';
import { matters } from './matters.js';
import type { WirePlace } from './protocol.js';

/** The running extension. */
export interface App {
  readonly context: ExtensionContext;
  readonly server: Server;
  readonly output: LogOutputChannel;
}

/** The editor whose document matters: the active one, else a visible one (a view of ours may have the focus). */
export function relevantEditor(): TextEditor | undefined {
  const active = window.activeTextEditor;
  if (active !== undefined && matters(active.document)) return active;
  return window.visibleTextEditors.find((editor) => matters(editor.document));
}

/** A place of the protocol as a range. */
export function toRange(place: WirePlace): Range {
  return new Range(place.start.line, place.start.character, place.end.line, place.end.character);
}

/** Shows a place beside the view that asked, in the column that already has text. */
export async function openPlace(place: WirePlace, { keepsFocus = false }: { readonly keepsFocus?: boolean } = {}): Promise<void> {
  const document = await workspace.openTextDocument(Uri.parse(place.uri));
  const shown = window.visibleTextEditors.find((editor) => editor.document === document);
  const column = shown?.viewColumn ?? window.visibleTextEditors[0]?.viewColumn ?? ViewColumn.One;
  const range = toRange(place);
  // The start only: a selected function hides the highlighting of its text.
  const editor = await window.showTextDocument(document, { viewColumn: column, preserveFocus: keepsFocus, preview: true });
  editor.selection = new Selection(range.start, range.start);
  editor.revealRange(new Range(range.start, range.start), TextEditorRevealType.InCenterIfOutsideViewport);
}
