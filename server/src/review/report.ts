/** What a review gives: plain data for reporters and for the editor. */
import type { AnalysisStats } from '../features/analysis.js';
import type { Finding, Limit } from '../rules/finding.js';
import type { PatchOutcome } from './apply-patch.js';
import type { PatchLines } from './patch-lines.js';
import type { ReadText } from './tree.js';
import type { Patch, ReviewProblem, Series } from './types.js';

/** How sure the line of the patch is. `exact`: the finding's own line is in a hunk. `cause`: a step of its path is a changed line. `near`: the nearest change. */
export type PatchLineKind = 'exact' | 'cause' | 'near';

/** A finding as seen from one patch. Offsets are into the text after that patch; before it, for what it fixes. */
export interface ReviewFinding extends Finding {
  /** Line (from 1) in the patch's text that the finding belongs under. */
  readonly patchLine?: number;
  readonly patchLineKind?: PatchLineKind;
  /** Index of the patch that brought it; undefined when it was there before the series. */
  readonly introducedIn?: number;
  /** Index of the later patch of the series that takes it away again. */
  readonly fixedIn?: number;
  /** True when the patch changes lines of the function that holds it, or names that function in a changed line of code. */
  readonly isInTouchedFunction: boolean;
  /** True when parts of this or an earlier patch did not apply, so that the tree is not what the author has. */
  readonly isUncertain: boolean;
}

/** One patch's review. */
export interface PatchReview {
  readonly patch: Patch;
  readonly outcome: PatchOutcome;
  readonly lines: PatchLines;
  readonly introduced: readonly ReviewFinding[];
  /** Includes what an earlier patch of the series introduced (`introducedIn`): reporters that tell it there leave it out here. */
  readonly fixed: readonly ReviewFinding[];
  /** Findings from before the patch in functions that it changes, or names in a changed line of code. */
  readonly preExisting: readonly ReviewFinding[];
  /** Findings from before the patch elsewhere in the files checked. */
  readonly preExistingElsewhere: readonly ReviewFinding[];
  /** Texts of the tree before and after the patch. */
  readonly before: ReadText;
  readonly after: ReadText;
  /** Time of applying and checking, in milliseconds. */
  readonly ms: number;
}

/** A series' review. */
export interface ReviewReport {
  readonly series: Series;
  readonly patches: readonly PatchReview[];
  /** Findings after the last patch in the files checked. Offsets are into `readEnd`'s texts. */
  readonly atEnd: readonly ReviewFinding[];
  /** Findings before the first patch in the files checked. Offsets are into `readBase`'s texts. */
  readonly atStart: readonly Finding[];
  readonly readBase: ReadText;
  readonly readEnd: ReadText;
  /** What could not be read, applied or analysed, one line each. */
  readonly problems: readonly ReviewProblem[];
  readonly limits: readonly Limit[];
  /** Paths that were checked. */
  readonly checked: readonly string[];
  /** Sum over all checks; files, functions and lines of the last one. */
  readonly stats: AnalysisStats;
  /** Time of the check before the first patch, in milliseconds. */
  readonly baseMs: number;
  /** True when it was stopped before the last patch. */
  readonly isCancelled: boolean;
}
