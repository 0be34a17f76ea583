/** What the status item opens: findings of the file, functions that were not analysed, and the views. */
import { commands, languages, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { openPlace, relevantEditor } from '../app.js';
import type { Status } from '../status.js';
import { strings } from '../strings.js';

interface Entry extends QuickPickItem {
  readonly run?: () => unknown;
}

/** The command. */
export async function showLimits(status: Status): Promise<void> {
  const editor = relevantEditor();
  if (editor === undefined) {
    void window.showInformationMessage(strings.noFile());
    return;
  }
  const { uri } = editor.document;
  const limits = status.of(uri.toString())?.limits ?? [];
  const findings = languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source === 'gpusvm');
  const entries: readonly Entry[] = [
    { label: strings.findingsGroup(), kind: QuickPickItemKind.Separator },
    ...findings.map((finding): Entry => {
      const { start, end } = finding.range;
      const code = typeof finding.code === 'object' ? String(finding.code.value) : String(finding.code ?? '');
      return {
        label: `$(warning) ${code}`,
        description: `${start.line + 1}`,
        detail: finding.message,
        run: () => openPlace({ uri: uri.toString(), start, end }),
      };
    }),
    { label: strings.limitsGroup(), kind: QuickPickItemKind.Separator },
    ...(limits.length === 0 ? [{ label: `$(pass) ${strings.limitsNone()}` }] : []),
    ...limits.map(
      (limit): Entry => ({ label: `$(circle-slash) ${limit.function}`, detail: limit.reason, run: () => openPlace(limit.place) }),
    ),
    { label: strings.viewsGroup(), kind: QuickPickItemKind.Separator },
    ...['gpusvm.showLifecycleView', 'gpusvm.showMap', 'gpusvm.openLifecycle', 'gpusvm.restart'].map(
      (command): Entry => ({ label: titles[command] ?? command, run: () => commands.executeCommand(command) }),
    ),
  ];
  const picked = await window.showQuickPick(entries, { title: strings.limitsTitle(), matchOnDescription: true, matchOnDetail: true });
  await picked?.run?.();
}

const titles: Readonly<Record<string, string>> = {
  'gpusvm.showLifecycleView': '$(list-tree) Lifecycle of the function',
  'gpusvm.showMap': '$(type-hierarchy) Ownership map',
  'gpusvm.openLifecycle': '$(book) Lifecycle page',
  'gpusvm.restart': '$(refresh) Restart the server',
};
