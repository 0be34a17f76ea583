/** Reviews a series: analyses the tree before it and after each patch, and tells what each patch made, mended and met. */
import type { Analysis, AnalysisStats, Report } from '../features/analysis.js';
import type { FileHost } from '../program/types.js';
import type { Finding, Limit } from '../rules/finding.js';
import { type LineTable, lineTable } from '../syntax/lines.js';
import { applyPatch, type PatchOutcome } from './apply-patch.js';
import { type Lined, type LinedBefore, matchFindings, storeTarget } from './match.js';
import { type PatchLines, patchLines, wordsOfChanges } from './patch-lines.js';
import { placeAfter, placeBefore } from './place.js';
import type { PatchReview, ReviewFinding, ReviewReport } from './report.js';
import { isCode, pathsToCheck } from './scope.js';
import { type FunctionSpan, functionSpans, spanAt } from './spans.js';
import { createTreeHistory } from './tree.js';
import type { Patch, ReviewProblem, Series } from './types.js';

/** What a review needs. */
export interface ReviewOptions {
  /** Its texts are changed on the way and put back before the end. */
  readonly analysis: Analysis;
  /** The host that the analysis was made with. */
  readonly host: FileHost;
  readonly series: Series;
  /** What reading the series could not use; put in front of the report's own problems. */
  readonly problems?: readonly ReviewProblem[];
  /** Folders of the tree whose files are checked beside the touched ones; chosen by the touched files when absent or empty. */
  readonly scope?: readonly string[];
  /** Rules to run; all when absent. */
  readonly only?: ReadonlySet<string>;
  /** Called before each check: patches done, patches in all, what comes. */
  readonly onProgress?: (done: number, total: number, next: string) => void;
  readonly isCancelled?: () => boolean;
  /** Awaited between checks, so that an editor stays responsive. */
  readonly pause?: () => Promise<void>;
}

type Draft = { -readonly [K in keyof ReviewFinding]: ReviewFinding[K] };

/** A finding followed through the series. */
interface Tracked extends Lined {
  readonly introducedIn: number | undefined;
  /** Its entry in the review of the patch that brought it. */
  readonly origin: Draft | undefined;
}

/** Checks files one group at a time: a fault in one file is told and the others go on. */
function check(analysis: Analysis, paths: readonly string[], only: ReadonlySet<string> | undefined, problems: ReviewProblem[]): Report {
  const run = (list: readonly string[]): Report => (only === undefined ? analysis.check(list) : analysis.check(list, only));
  try {
    return run(paths);
  } catch {
    const reports: Report[] = [];
    for (const path of paths) {
      try {
        reports.push(run([path]));
      } catch (error) {
        const message = `not analysed: internal fault: ${error instanceof Error ? error.message : String(error)}`;
        if (!problems.some((known) => known.where === path && known.message === message)) problems.push({ where: path, message });
      }
    }
    return {
      findings: reports.flatMap((report) => report.findings),
      limits: reports.flatMap((report) => report.limits),
      stats: reports.map((report) => report.stats).reduce(addStats, noStats),
    };
  }
}

const noStats: AnalysisStats = { files: 0, functions: 0, lines: 0, parseMs: 0, analyseMs: 0 };

function addStats(a: AnalysisStats, b: AnalysisStats): AnalysisStats {
  return {
    files: a.files + b.files,
    functions: a.functions + b.functions,
    lines: a.lines + b.lines,
    parseMs: a.parseMs + b.parseMs,
    analyseMs: a.analyseMs + b.analyseMs,
  };
}

/** True when code of the patch is missing from the tree, so that what the analysis finds may be an artefact. */
function isIncomplete(outcome: PatchOutcome): boolean {
  return outcome.files.some((file) => {
    if (!isCode(file.diff.newPath)) return false;
    if (!file.isApplied) return file.diff.newPath.endsWith('.h') || file.hunks.length > 0;
    return file.hunks.some((hunk) => !hunk.isApplied && !hunk.reason.startsWith('the tree has this change'));
  });
}

/** Line tables by text: most files stay the same from patch to patch. */
function createLines(): (text: string) => LineTable {
  const tables = new Map<string, LineTable>();
  return (text) => {
    const known = tables.get(text) ?? lineTable(text);
    tables.set(text, known);
    return known;
  };
}

interface Step {
  readonly patch: Patch;
  readonly lines: PatchLines;
  readonly spans: ReadonlyMap<string, readonly FunctionSpan[]>;
  readonly isUncertain: boolean;
  lineOf(point: number): (file: string, offset: number) => number;
  lined(finding: Finding, point: number): Lined;
}

interface Sorted {
  readonly tracked: readonly Tracked[];
  readonly introduced: readonly Draft[];
  readonly fixed: readonly Draft[];
  readonly preExisting: readonly Draft[];
  readonly preExistingElsewhere: readonly Draft[];
}

/** Sorts the findings after a patch into new, gone and old ones. */
function sortFindings(before: readonly Tracked[], findings: readonly Finding[], step: Step): Sorted {
  const { patch, lines, spans, isUncertain, lined } = step;
  const lineBefore = step.lineOf(patch.index - 1);
  const lineAfter = step.lineOf(patch.index);
  const moved = before.map((item): LinedBefore => {
    const { file, line } = lines.moved(item.finding.file, item.line);
    return { finding: item.finding, line: item.line, target: item.target, newFile: file, newLine: line };
  });
  const after = findings.map((finding) => lined(finding, patch.index));
  const matched = matchFindings(moved, after);
  const continued = new Set(matched.filter((index) => index !== undefined));
  const tracked: Tracked[] = [];
  const introduced: Draft[] = [];
  const preExisting: Draft[] = [];
  const preExistingElsewhere: Draft[] = [];
  const named = wordsOfChanges(lines.all);
  after.forEach(({ finding, line, target }, index) => {
    const match = matched[index];
    const old = match === undefined ? undefined : before[match];
    const span = spanAt(spans.get(finding.file) ?? [], line);
    const place = placeAfter(finding, lines, { lineOf: lineAfter, span, spans }, old === undefined);
    const introducedIn = old === undefined ? patch.index : old.introducedIn;
    const draft: Draft = {
      ...finding,
      ...place,
      ...(introducedIn === undefined ? {} : { introducedIn }),
      isInTouchedFunction: named.has(finding.function) || (span?.isTouched ?? lines.after(finding.file, line) !== undefined),
      isUncertain,
    };
    if (old === undefined) introduced.push(draft);
    else if (draft.isInTouchedFunction) preExisting.push(draft);
    else preExistingElsewhere.push(draft);
    tracked.push({ finding, line, target, introducedIn, origin: old === undefined ? draft : old.origin });
  });
  const fixed = before.flatMap((item, index): readonly Draft[] => {
    if (continued.has(index)) return [];
    if (item.origin !== undefined) item.origin.fixedIn = patch.index;
    const place = placeBefore(item.finding, lines, { lineOf: lineBefore, span: undefined, spans });
    const introducedIn = item.introducedIn === undefined ? {} : { introducedIn: item.introducedIn };
    return [{ ...item.finding, ...place, ...introducedIn, isInTouchedFunction: true, isUncertain }];
  });
  return { tracked, introduced, fixed, preExisting, preExistingElsewhere };
}

/**
 * Reviews a series. The analysis is left as it was found. Never throws for bad patches: what does not apply or cannot be analysed is
 * in `problems`. Asynchronous only for `pause`; without it everything happens in one go.
 */
export async function reviewSeries(options: ReviewOptions): Promise<ReviewReport> {
  const { analysis, host, series, only } = options;
  const problems: ReviewProblem[] = [...(options.problems ?? [])];
  // The editor's unsaved text counts as the base, too.
  const tree = createTreeHistory((path) => (isCode(path) ? analysis.program.file(path)?.text : undefined) ?? host.read(path));
  const tableOf = createLines();
  const lineOf =
    (point: number) =>
    (file: string, offset: number): number =>
      tableOf(tree.read(file, point) ?? '').locate(offset).line + 1;
  const lined = (finding: Finding, point: number): Lined => ({
    finding,
    line: lineOf(point)(finding.file, finding.start),
    target: storeTarget(tree.read(finding.file, point) ?? '', finding),
  });
  const reader = (point: number) => (path: string) => tree.read(path, point);

  const started = performance.now();
  const outcomes = series.patches.map((patch) => applyPatch(patch, tree));
  const paths = pathsToCheck({ analysis, tree, points: series.patches.length, scope: options.scope });
  const existing = (point: number): readonly string[] => paths.filter((path) => tree.read(path, point) !== undefined);

  const total = series.patches.length;
  const isCancelled = (): boolean => options.isCancelled?.() === true;
  const patches: PatchReview[] = [];
  let limits: readonly Limit[] = [];
  let stats = noStats;
  let tracked: readonly Tracked[] = [];
  let atStart: readonly Finding[] = [];
  let lastDrafts: readonly Draft[] = [];
  let baseMs = 0;
  let stopped = false;
  let isUncertain = false;
  try {
    options.onProgress?.(0, total, 'the tree before the series');
    const base = check(analysis, existing(0), only, problems);
    atStart = base.findings;
    limits = base.limits;
    stats = base.stats;
    tracked = base.findings.map((finding) => ({ ...lined(finding, 0), introducedIn: undefined, origin: undefined }));
    lastDrafts = base.findings.map((finding) => ({ ...finding, isInTouchedFunction: false, isUncertain: false }));
    baseMs = performance.now() - started;
    for (const patch of series.patches) {
      await options.pause?.();
      if (isCancelled()) {
        stopped = true;
        break;
      }
      options.onProgress?.(patch.index - 1, total, patch.title);
      const began = performance.now();
      const outcome = outcomes[patch.index - 1] ?? { files: [], problems: [] };
      problems.push(...outcome.problems);
      isUncertain ||= isIncomplete(outcome);
      for (const path of tree.changed(patch.index)) if (isCode(path)) analysis.setText(path, tree.read(path, patch.index) ?? '');
      const result = check(analysis, existing(patch.index), only, problems);
      const lines = patchLines(outcome);
      const touched = tree.changed(patch.index).filter((path) => isCode(path) && tree.read(path, patch.index) !== undefined);
      const spans = functionSpans(analysis.program, touched, lines);
      const sorted = sortFindings(tracked, result.findings, { patch, lines, spans, isUncertain, lineOf, lined });
      ({ tracked } = sorted);
      limits = result.limits;
      stats = { ...result.stats, parseMs: stats.parseMs + result.stats.parseMs, analyseMs: stats.analyseMs + result.stats.analyseMs };
      lastDrafts = [...sorted.introduced, ...sorted.preExisting, ...sorted.preExistingElsewhere];
      patches.push({
        patch,
        outcome,
        lines,
        introduced: sorted.introduced,
        fixed: sorted.fixed,
        preExisting: sorted.preExisting,
        preExistingElsewhere: sorted.preExistingElsewhere,
        before: reader(patch.index - 1),
        after: reader(patch.index),
        ms: performance.now() - began,
      });
    }
  } finally {
    for (const path of tree.paths()) {
      const base = tree.read(path, 0);
      if (isCode(path)) analysis.setText(path, base === host.read(path) ? undefined : base);
    }
  }
  return {
    series,
    patches,
    atEnd: [...lastDrafts].sort(byPlace),
    atStart,
    readBase: reader(0),
    readEnd: reader(patches.length),
    problems,
    limits,
    checked: paths,
    stats,
    baseMs,
    isCancelled: stopped,
  };
}

const byPlace = (a: Finding, b: Finding): number =>
  a.file !== b.file ? (a.file < b.file ? -1 : 1) : a.start - b.start || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
