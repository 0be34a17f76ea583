/** A refactor: a change of structure over many places, computed from the program, applied by the editor or by `fix --refactor`. Pure. */
import type { TextEdit } from '../../rules/finding.js';
import type { Analysis } from '../analysis.js';

/** What a refactor would do. Edits do not overlap; offsets are into the texts of the analysis at the time of the run. */
export interface RefactorResult {
  readonly edits: readonly TextEdit[];
  /** What it could not do or what needs a look, one line each, for people. */
  readonly notes: readonly string[];
}

/** A refactor. `id` is the name on the command line. */
export interface Refactor {
  readonly id: string;
  readonly title: string;
  /** Computes the edits for these files (relative to the tree). Leaves the analysis as it found it. */
  run(analysis: Analysis, paths: readonly string[]): RefactorResult;
}
