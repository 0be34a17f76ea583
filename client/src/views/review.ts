/** The review of a series: patches with their findings, filtered by verdict; a diff editor per file with the findings on its patched side. */
import {
  commands,
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  type Disposable,
  env,
  Location,
  languages,
  Range,
  type TextDocumentContentProvider,
  type TextDocumentShowOptions,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { App } from '../app.js';
import type { ReviewResult, TextResult, WirePosition, WireReviewFinding, WireReviewPatch } from '../protocol.js';
import { strings } from '../strings.js';
import { escapeHtml, numberOf, showPanel, stringOf } from './panel.js';

/** Scheme of the texts before and after a patch: nothing of a review is written to disk. */
const scheme = 'gpusvm-review';

/** The address of a file at one side of a patch. */
function sideUri(review: number, patch: number, side: 'before' | 'after', path: string): Uri {
  return Uri.from({ scheme, authority: String(review), path: `/${patch}/${side}/${path}` });
}

/** Serves the texts of reviews to diff editors, and holds the findings shown in them. */
export function createReviewTexts(app: App): Disposable {
  const provider: TextDocumentContentProvider = {
    provideTextDocumentContent: async (uri) => {
      const match = /^\/(\d+)\/(before|after)\/(.+)$/.exec(uri.path);
      if (match === null) return '';
      const [, patch, side, path] = match;
      const answer = await app.server.request<TextResult>('gpusvm/reviewText', {
        review: Number(uri.authority),
        patch: Number(patch),
        side,
        path,
      });
      return answer?.text ?? '';
    },
  };
  return workspace.registerTextDocumentContentProvider(scheme, provider);
}

const findings = languages.createDiagnosticCollection('gpusvm-review');

/** Shows a review. */
export function openReview(app: App, review: ReviewResult): void {
  mark(review);
  showPanel(app, {
    name: 'review',
    title: strings.reviewTitle(review.title),
    body: bodyOf(review),
    data: {},
    onMessage: (message) => {
      const patch = review.patches.find((candidate) => candidate.index === numberOf(message, 'patch'));
      const finding = patch?.findings.find((candidate) => candidate.id === stringOf(message, 'finding'));
      const path = stringOf(message, 'path');
      if (patch === undefined) return;
      if (finding !== undefined) void openFinding(review.review, patch, finding);
      else if (path !== undefined) void openDiff(review.review, patch, path, undefined);
      else if (stringOf(message, 'action') === 'reply') void copyReply(app, review.review, patch);
    },
  });
}

async function copyReply(app: App, review: number, patch: WireReviewPatch): Promise<void> {
  const answer = await app.server.request<TextResult>('gpusvm/reviewReply', { review, patch: patch.index });
  if (answer?.text === undefined) return;
  await env.clipboard.writeText(answer.text);
  void window.setStatusBarMessage(strings.replyCopied(patch.label), 5000);
}

function openFinding(review: number, patch: WireReviewPatch, finding: WireReviewFinding): Promise<void> {
  return openDiff(review, patch, finding.file, finding);
}

async function openDiff(review: number, patch: WireReviewPatch, path: string, finding: WireReviewFinding | undefined): Promise<void> {
  const file = patch.files.find((candidate) => candidate.newPath === path || candidate.oldPath === path);
  const options: TextDocumentShowOptions = {
    viewColumn: ViewColumn.One,
    preview: true,
    preserveFocus: false,
    ...(finding === undefined ? {} : { selection: rangeOf(finding) }),
  };
  const before = sideUri(review, patch.index, 'before', file?.oldPath ?? path);
  const after = sideUri(review, patch.index, 'after', path);
  if (file === undefined) {
    // A finding in a file that the patch does not touch: there is nothing to compare.
    await window.showTextDocument(await workspace.openTextDocument(after), options);
    return;
  }
  await commands.executeCommand('vscode.diff', before, after, `${numberOfPatch(patch)}${path.slice(path.lastIndexOf('/') + 1)}`, options);
}

/** `3/5 `, or nothing for a patch on its own, whose label is the start of its title. */
function numberOfPatch(patch: WireReviewPatch): string {
  return /^\d+\/\d+$/.test(patch.label) ? `${patch.label} ` : '';
}

function rangeOf(span: { readonly start: WirePosition; readonly end: WirePosition }): Range {
  return new Range(span.start.line, span.start.character, span.end.line, span.end.character);
}

const severities = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, information: DiagnosticSeverity.Information };

/** Puts the findings into the texts that diff editors show. What was there before the patch weighs less. */
function mark(review: ReviewResult): void {
  findings.clear();
  for (const patch of review.patches) {
    const byUri = new Map<string, Diagnostic[]>();
    for (const finding of patch.findings) {
      const uri = sideUri(review.review, patch.index, finding.side, finding.file);
      const isOld = finding.verdict === 'pre-existing' || finding.verdict === 'elsewhere';
      const item = new Diagnostic(rangeOf(finding), finding.message, isOld ? DiagnosticSeverity.Information : severities[finding.severity]);
      item.source = `gpusvm ${finding.verdict}`;
      item.code = {
        value: finding.rule,
        target: Uri.parse(`command:gpusvm.openRule?${encodeURIComponent(JSON.stringify([finding.rule]))}`),
      };
      item.relatedInformation = finding.trace.map(
        (step) =>
          new DiagnosticRelatedInformation(
            new Location(sideUri(review.review, patch.index, finding.side, step.file), rangeOf(step)),
            step.message,
          ),
      );
      byUri.set(uri.toString(), [...(byUri.get(uri.toString()) ?? []), item]);
    }
    for (const [uri, items] of byUri) findings.set(Uri.parse(uri), items);
  }
}

const verdicts = ['introduced', 'fixed', 'pre-existing', 'elsewhere'] as const;

function bodyOf(review: ReviewResult): string {
  const count = (verdict: string): number =>
    review.patches.reduce((sum, patch) => sum + patch.findings.filter((finding) => finding.verdict === verdict).length, 0);
  const filters = verdicts.map((verdict) => {
    // What stands elsewhere is the tree's, not the series': shown when asked for.
    const isOn = verdict !== 'elsewhere';
    return `<label><input type="checkbox" name="${verdict}"${isOn ? ' checked' : ''}> ${escapeHtml(strings.verdict(verdict))} (${count(verdict)})</label>`;
  });
  const bar = [
    `<button type="button" id="previous">${escapeHtml(strings.previousFinding())}</button>`,
    `<button type="button" id="next">${escapeHtml(strings.nextFinding())}</button>`,
    ...filters,
  ];
  const problems = review.problems.map((problem) => `<li>${escapeHtml(problem)}</li>`);
  return [
    `<header><h1>${escapeHtml(review.title)}</h1>`,
    `<p class="left">${escapeHtml(strings.reviewLeft(review.leftOfSeries, review.leftOther, review.time))}</p>`,
    `<div class="bar" role="toolbar">${bar.join('')}</div></header>`,
    problems.length === 0 ? '' : `<ul class="problems">${problems.join('')}</ul>`,
    ...review.patches.map(patchHtml),
  ].join('');
}

function patchHtml(patch: WireReviewPatch): string {
  const files = patch.files.map((file) => {
    const failed = file.failed === 0 ? '' : ` <span class="failed">${escapeHtml(strings.hunksFailed(file.failed, file.hunks))}</span>`;
    return `<li><button type="button" class="link" data-path="${escapeHtml(file.newPath)}">${escapeHtml(file.newPath)}</button>${failed}</li>`;
  });
  const rows = patch.findings.map((finding) => {
    const notes = [
      ...(finding.introducedBy === undefined ? [] : [strings.introducedBy(finding.introducedBy)]),
      ...(finding.fixedBy === undefined ? [] : [strings.fixedBy(finding.fixedBy)]),
      ...(finding.isUncertain ? [strings.uncertain()] : []),
    ];
    return [
      `<li class="finding ${finding.verdict} ${finding.severity}" data-finding="${escapeHtml(finding.id)}">`,
      `<button type="button" class="row"><span class="verdict">${escapeHtml(strings.verdict(finding.verdict))}</span>`,
      `<span><code>${escapeHtml(finding.rule)}</code> ${escapeHtml(finding.message)}<br>`,
      `<span class="where">${escapeHtml(`${finding.file}:${finding.start.line + 1} ${finding.function}`)}${notes.length === 0 ? '' : ` · ${escapeHtml(notes.join(' · '))}`}</span></span></button></li>`,
    ].join('');
  });
  const problems = patch.problems.map((problem) => `<li>${escapeHtml(problem)}</li>`);
  return [
    `<section data-patch="${patch.index}"><h2>${escapeHtml(numberOfPatch(patch) + patch.title)}</h2>`,
    `<p class="from">${escapeHtml(patch.from)} <button type="button" class="reply">${escapeHtml(strings.copyReply())}</button></p>`,
    `<ul class="files">${files.join('')}</ul>`,
    problems.length === 0 ? '' : `<ul class="problems">${problems.join('')}</ul>`,
    `<ul class="findings">${rows.join('')}</ul><p class="clean">${escapeHtml(strings.patchClean())}</p></section>`,
  ].join('');
}
