/** `review`: what each patch of a series introduces, fixes and leaves. */
import type { FileHost } from '../../program/types.js';
import { readSeries } from '../../review/read-series.js';
import type { ReviewFinding } from '../../review/report.js';
import { reviewSeries } from '../../review/review-series.js';
import type { Patch, ReviewProblem } from '../../review/types.js';
import type { Invocation } from '../arguments.js';
import { matchBaseline } from '../baseline.js';
import { displayFor } from '../display.js';
import { EXIT, type ExitCode, isAtLeast, UsageError, worse } from '../exit.js';
import { resolveTree } from '../inputs.js';
import type { Io } from '../io.js';
import { createLocator, type LocatedFinding, type Locator } from '../located.js';
import { b4Report } from '../reporters/b4.js';
import { reportReview } from '../reporters/review.js';
import { introducedFindings, type LeftFinding, type ReviewContext, type ReviewedPatch, type ReviewResult } from '../reviewed.js';
import { hasCommit, hostAt, readSeriesInputs } from '../series-input.js';
import type { Services } from '../services.js';
import { complain, createProgress, openSession, selectRules, withMemory } from '../session.js';
import { wantsColor } from '../style.js';
import { TOOL_NAME, toolVersion } from '../version.js';
import { readBaseline } from './check.js';

/** Runs `review`. */
export async function runReview(args: Extract<Invocation, { command: 'review' }>, io: Io, services: Services): Promise<ExitCode> {
  const only = selectRules(args.rules);
  const baseline = args.baseline === undefined ? [] : readBaseline(args.baseline, io.cwd, false);
  const root = resolveTree({ tree: args.tree, cwd: io.cwd, services });
  const given = await readSeriesInputs(args.inputs, root, io);
  for (const problem of given.problems) complain(io, problem);
  if (given.inputs.length === 0) return EXIT.usage;
  const progress = createProgress(io, args.isQuiet);
  progress.show('reading the series');
  const reading = await readSeries(given.inputs);

  // What the series stands on, when git has it: else the files on disk.
  const { baseCommit } = reading.series;
  const base = given.base ?? (baseCommit !== undefined && hasCommit(root, baseCommit) ? baseCommit : undefined);
  const onDisk = services.createHost(root);
  const host: FileHost = base === undefined ? onDisk : hostAt(onDisk, root, base);
  const { analysis } = await openSession({ root, hasTree: true, targets: [], problems: [] }, { ...services, createHost: () => host });
  const report = await reviewSeries({
    analysis,
    host,
    series: reading.series,
    problems: reading.problems,
    ...(only === undefined ? {} : { only }),
    onProgress: (done, total, next) => progress.show(`reviewing ${done} of ${total}: ${next}`),
  });
  progress.done();
  const isEmpty = reading.series.patches.length === 0;
  if (isEmpty && args.format === 'b4') {
    // b4 asks about cover letters, too: nothing to report is an answer.
    io.out(b4Report([]));
    return given.problems.length > 0 ? EXIT.usage : EXIT.clean;
  }
  for (const problem of report.problems) complain(io, problemLine(problem, reading.series.patches));
  if (isEmpty) {
    if (report.problems.length === 0) throw new UsageError(`${args.inputs.join(' ')}: no patch in here`);
    return EXIT.usage;
  }

  const locators = new WeakMap<LocatedFinding, Locator>();
  const isShown = (finding: LocatedFinding): boolean => isAtLeast(finding.severity, args.minSeverity);
  const locate = (finding: ReviewFinding, locator: Locator): LocatedFinding => {
    const located: LocatedFinding = {
      ...locator.finding(finding),
      ...(finding.patchLine === undefined ? {} : { patchLine: finding.patchLine }),
    };
    locators.set(located, locator);
    return located;
  };
  const fresh = (findings: readonly LocatedFinding[]): readonly LocatedFinding[] =>
    matchBaseline(findings, baseline, () => false).fresh.filter(isShown);
  const labelOf = (index: number): string => reading.series.patches.find((patch) => patch.index === index)?.label ?? String(index);

  const patches = report.patches.map((one): ReviewedPatch => {
    const before = createLocator(one.before);
    const after = createLocator(one.after);
    const later = one.introduced.flatMap((finding): [string, string][] =>
      finding.fixedIn === undefined ? [] : [[finding.fingerprint, labelOf(finding.fixedIn)]],
    );
    const there = [...one.preExisting, ...one.preExistingElsewhere].map((finding) => locate(finding, after));
    const introduced = one.introduced.map((finding) => locate(finding, after));
    return {
      patch: one.patch,
      introduced: fresh(introduced),
      indirect: new Map(
        introduced.flatMap((finding, index): [LocatedFinding, 'cause' | 'near'][] => {
          const kind = one.introduced[index]?.patchLineKind;
          return kind === 'cause' || kind === 'near' ? [[finding, kind]] : [];
        }),
      ),
      fixed: one.fixed.map((finding) => locate(finding, before)).filter(isShown),
      preExisting: there.filter(isShown),
      touched: new Set(there.slice(0, one.preExisting.length)),
      problems: report.problems.filter((problem) => problem.patch === one.patch.index),
      goneLater: new Map(later),
    };
  });
  const end = createLocator(report.readEnd);
  const atEnd = report.atEnd.map(
    (finding): LeftFinding => ({
      finding: locate(finding, end),
      introducedBy: finding.introducedIn === undefined ? undefined : labelOf(finding.introducedIn),
    }),
  );
  const kept = new Set(fresh(atEnd.map((left) => left.finding)));
  const result: ReviewResult = {
    tool: { name: TOOL_NAME, version: toolVersion() },
    tree: root,
    facts: analysis.facts,
    series: reading.series,
    patches,
    atEnd: atEnd.filter((left) => kept.has(left.finding)),
    problems: report.problems,
    limits: report.limits.map(end.limit),
    stats: withMemory(report.stats),
  };
  const context: ReviewContext = {
    sourceLine: (finding, file, line) => locators.get(finding)?.sourceLine(file, line) ?? '',
    display: displayFor(args.format, { root, cwd: io.cwd, tree: args.tree }),
    hasColor: wantsColor(args.color, io),
    isQuiet: args.isQuiet,
  };
  io.out(await reportReview(args.format, result, context));
  const code: ExitCode = introducedFindings(result).length > 0 ? EXIT.findings : EXIT.clean;
  return given.problems.length > 0 || report.problems.length > 0 ? worse(code, EXIT.usage) : code;
}

function problemLine(problem: ReviewProblem, patches: readonly Patch[]): string {
  const patch = patches.find((one) => one.index === problem.patch);
  const where = patch === undefined || problem.where.includes(patch.label) ? problem.where : `patch ${patch.label}: ${problem.where}`;
  return `${where}: ${problem.message}${problem.patchLine === undefined ? '' : ` (line ${problem.patchLine} of the patch)`}`;
}
