/** Applies all safe fixes of the active file. */
import { type CodeAction, CodeActionKind, commands, Range, window, workspace } from 'vscode';
import { relevantEditor } from '../app.js';
import { strings } from '../strings.js';

/** The command. */
export async function fixAll(): Promise<void> {
  const editor = relevantEditor();
  if (editor === undefined) {
    void window.showInformationMessage(strings.noFile());
    return;
  }
  const { document } = editor;
  const whole = new Range(0, 0, document.lineCount, 0);
  const kind = CodeActionKind.SourceFixAll.append('gpusvm');
  const actions = await commands.executeCommand<readonly CodeAction[] | undefined>(
    'vscode.executeCodeActionProvider',
    document.uri,
    whole,
    kind.value,
  );
  const edit = actions?.find((action) => action.kind !== undefined && kind.contains(action.kind))?.edit;
  if (edit === undefined) void window.showInformationMessage(strings.nothingToFix());
  else await workspace.applyEdit(edit);
}
