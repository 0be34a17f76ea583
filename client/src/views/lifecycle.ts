/** The lifecycle view of one function: its control flow as a strip with states and locks, walked along a finding's path. */
import { type Disposable, type TextEditorDecorationType, ThemeColor, window } from 'vscode';
import { type App, openPlace, toRange } from '../app.js';
import type { LifecycleResult, WirePlace, WirePosition } from '../protocol.js';
import { strings } from '../strings.js';
import { escapeHtml, numberOf, showPanel, stringOf } from './panel.js';

let decoration: TextEditorDecorationType | undefined;

/** Opens the view of the function at a position. */
export async function openLifecycleView(app: App, uri: string, position: WirePosition): Promise<void> {
  await app.server.start();
  const view = await app.server.request<LifecycleResult | null>('gpusvm/lifecycle', { uri, position });
  if (view === undefined || view === null) {
    void window.showInformationMessage(strings.noFunction());
    return;
  }
  const { panel } = showPanel(app, {
    name: 'lifecycle',
    title: strings.lifecycleTitle(view.function),
    body: bodyOf(view),
    data: {
      steps: view.steps.map((step) => step.marks),
      depths: view.steps.map((step) => step.depth),
      findings: view.findings.map((finding) => finding.trace.length),
      hidden: { one: strings.hiddenStep(), more: strings.hiddenSteps('#') },
    },
    onMessage: (message) => {
      const step = view.steps[numberOf(message, 'step') ?? -1];
      const finding = view.findings[numberOf(message, 'finding') ?? -1];
      const at = numberOf(message, 'at');
      if (finding !== undefined && at !== undefined) void reveal(finding.trace[at - 1]?.place ?? finding.place);
      else if (step !== undefined) void reveal(step.place);
      else if (stringOf(message, 'action') === 'refresh') void openLifecycleView(app, uri, position);
    },
  });
  const watch: Disposable = panel.onDidDispose(() => {
    clear();
    watch.dispose();
  });
}

function clear(): void {
  decoration?.dispose();
  decoration = undefined;
}

/** Shows a step in the text and marks its lines, while the view keeps the keyboard. */
async function reveal(place: WirePlace): Promise<void> {
  await openPlace(place, { keepsFocus: true });
  clear();
  decoration = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor('editor.rangeHighlightBackground'),
  });
  const editor = window.visibleTextEditors.find((candidate) => candidate.document.uri.toString() === place.uri);
  editor?.setDecorations(decoration, [toRange(place)]);
}

function bodyOf(view: LifecycleResult): string {
  const options = view.findings.map(
    (finding, index) => `<option value="${index}">${escapeHtml(`${finding.rule}: ${finding.message}`)}</option>`,
  );
  const picker =
    view.findings.length === 0
      ? `<p class="none">${escapeHtml(strings.noPath())}</p>`
      : `<label for="finding">${escapeHtml(strings.path())}</label> <select id="finding">${options.join('')}</select>`;
  const bar = [
    `<button type="button" id="previous">${escapeHtml(strings.previous())}</button>`,
    `<button type="button" id="next">${escapeHtml(strings.next())}</button>`,
    ...(view.findings.length === 0
      ? []
      : [`<button type="button" id="fold" aria-pressed="false">${escapeHtml(strings.foldToPath())}</button>`]),
    `<button type="button" id="refresh">${escapeHtml(strings.refresh())}</button>`,
    picker,
  ];
  const rows = view.steps.map((step, index) => {
    const objects = step.objects.map(
      (row) => `<li${row.isChanged ? ' class="changed"' : ''}><code>${escapeHtml(row.name)}</code> ${escapeHtml(row.state)}</li>`,
    );
    const locks = step.locks.map(
      (row) => `<li class="lock${row.isChanged ? ' changed' : ''}"><code>${escapeHtml(row.name)}</code> ${escapeHtml(row.mode)}</li>`,
    );
    const stage = step.stage === undefined ? '' : `<span class="stage">${escapeHtml(step.stage)}</span>`;
    const depth = Math.min(step.depth, 12);
    return [
      `<li class="step ${step.kind} depth-${depth}" id="step-${index}" data-step="${index}">`,
      `<button type="button" class="line"><span class="number">${step.place.start.line + 1}</span><code>${escapeHtml(step.text)}</code>${stage}<span class="marks"></span></button>`,
      objects.length + locks.length === 0
        ? ''
        : `<ul class="state" aria-label="${escapeHtml(strings.objects())}">${[...objects, ...locks].join('')}</ul>`,
      '</li>',
    ].join('');
  });
  const role = view.role === '' ? '' : `<p class="role">${escapeHtml(view.role)}</p>`;
  return `<header><h1><code>${escapeHtml(view.function)}</code></h1>${role}<div class="bar" role="toolbar">${bar.join(' ')}</div><p id="message" role="status"></p></header><ol class="strip">${rows.join('')}</ol>`;
}
