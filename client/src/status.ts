/** The status item: findings of the active file, API generation, time, and what was not analysed. */
import { type Disposable, MarkdownString, StatusBarAlignment, type StatusBarItem, ThemeColor, window } from 'vscode';
import { relevantEditor } from './app.js';
import type { StatusParams } from './protocol.js';
import { strings } from './strings.js';

/** The status item's owner. */
export interface Status extends Disposable {
  update(params: StatusParams): void;
  setState(state: 'starting' | 'running' | 'stopped'): void;
  /** The last word on a document. */
  of(uri: string): StatusParams | undefined;
}

/** Makes the item; it shows itself only beside documents that matter. */
export function createStatus(): Status {
  const item = window.createStatusBarItem('gpusvm.status', StatusBarAlignment.Left, 0);
  item.name = strings.name;
  item.command = 'gpusvm.showLimits';
  const known = new Map<string, StatusParams>();
  let state: 'starting' | 'running' | 'stopped' = 'stopped';
  const refresh = (): void => {
    // A view or panel may have the focus; then the code beside it counts.
    const document = relevantEditor()?.document;
    if (document === undefined) {
      item.hide();
      return;
    }
    show(item, state, known.get(document.uri.toString()));
    item.show();
  };
  const listener = window.onDidChangeActiveTextEditor(refresh);
  return {
    update(params) {
      known.set(params.uri, params);
      refresh();
    },
    setState(next) {
      state = next;
      if (next === 'stopped') known.clear();
      refresh();
    },
    of: (uri) => known.get(uri),
    dispose() {
      listener.dispose();
      item.dispose();
    },
  };
}

function show(item: StatusBarItem, state: 'starting' | 'running' | 'stopped', params: StatusParams | undefined): void {
  const failed = new ThemeColor('statusBarItem.errorBackground');
  if (state === 'stopped' || params === undefined) {
    const isStopped = state === 'stopped';
    item.text = isStopped ? `$(circle-slash) ${strings.statusStopped()}` : `$(sync~spin) ${strings.statusStarting()}`;
    item.tooltip = undefined;
    item.backgroundColor = undefined;
    return;
  }
  const others = params.warnings + params.informations;
  item.backgroundColor = params.state === 'failed' ? failed : undefined;
  if (params.state === 'failed') item.text = `$(error) ${strings.statusFailed()}`;
  else if (params.errors + others === 0) item.text = `$(pass) ${strings.statusIdle()}`;
  else item.text = `$(warning) ${strings.statusFindings(params.errors, others)}`;
  const lines = [
    params.tree === undefined ? strings.statusNoTree() : strings.statusTree(params.tree),
    strings.statusGeneration(params.generation),
    strings.statusTime(params.time),
    strings.statusLimits(params.limits.length),
    strings.statusClick(),
  ];
  item.tooltip = new MarkdownString(lines.join('\n\n'));
  // Screen readers do not read icons.
  item.accessibilityInformation = { label: `${item.text.replace(/\$\([^)]*\)\s*/g, '')}. ${lines.slice(0, 4).join('. ')}` };
}
