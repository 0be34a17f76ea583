/** The outcome of `review`, located: what the reporters read. */
import type { Patch, ReviewProblem, Series } from '../review/types.js';
import type { CheckResult, LocatedFinding, LocatedLimit, RunStats } from './located.js';

/** What a patch did. Findings carry `patchLine` where a line of the patch stands for them. */
export interface ReviewedPatch {
  readonly patch: Patch;
  readonly introduced: readonly LocatedFinding[];
  readonly fixed: readonly LocatedFinding[];
  /** There before the patch: in functions that it changes or names first, then elsewhere in the files checked. */
  readonly preExisting: readonly LocatedFinding[];
  /** Those of `preExisting` in functions that the patch changes, or names in a changed line of code. */
  readonly touched: ReadonlySet<LocatedFinding>;
  /** Those of `introduced` that lie in no hunk: `patchLine` is a changed line of their path (`cause`), or only the nearest change. */
  readonly indirect: ReadonlyMap<LocatedFinding, 'cause' | 'near'>;
  readonly problems: readonly ReviewProblem[];
  /** Patch label (`4/5`) by fingerprint of an introduced finding that a later patch takes away. */
  readonly goneLater: ReadonlyMap<string, string>;
}

/** What is left after the last patch. */
export interface LeftFinding {
  readonly finding: LocatedFinding;
  /** Label of the patch that introduced it; undefined when it was there before the series. */
  readonly introducedBy: string | undefined;
}

/** Outcome of `review`. Source lines of findings come with the context, because files differ from patch to patch. */
export interface ReviewResult {
  readonly tool: CheckResult['tool'];
  readonly tree: string;
  readonly facts: CheckResult['facts'];
  readonly series: Series;
  readonly patches: readonly ReviewedPatch[];
  readonly atEnd: readonly LeftFinding[];
  readonly problems: readonly ReviewProblem[];
  readonly limits: readonly LocatedLimit[];
  readonly stats: RunStats;
}

/** Everything that the series introduces, in order of patches. */
export function introducedFindings(result: ReviewResult): readonly LocatedFinding[] {
  return result.patches.flatMap((patch) => patch.introduced);
}

/** What the series leaves behind: introduced, and still there at its end. */
export function leftByTheSeries(result: ReviewResult): readonly LocatedFinding[] {
  return result.atEnd.filter((left) => left.introducedBy !== undefined).map((left) => left.finding);
}

/** `[PATCH v5 3/5] title`, as the mail had it where there was one. */
export function subjectOf(patch: Patch): string {
  return patch.message.subject === '' ? patch.title : patch.message.subject.replace(/\s+/g, ' ');
}

/** Reads source lines as they were when a finding was made. */
export interface ReviewContext {
  /** Line (from 1) of the file that the finding or a step of it lies in, after (or for `fixed`: before) its patch; empty when unknown. */
  sourceLine(finding: LocatedFinding, file: string, line: number): string;
  display(file: string): string;
  readonly hasColor: boolean;
  readonly isQuiet: boolean;
}
