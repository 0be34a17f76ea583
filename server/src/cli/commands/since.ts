/** `check --since A..B`: findings that are new in a git range. The older state is analysed in memory, from git's objects. */
import type { Analysis } from '../../features/analysis.js';
import type { BaselineEntry } from '../baseline.js';
import { changedSources, readBlobs, resolveCommit, splitRange } from '../git.js';
import { checkFiles, type Progress } from '../session.js';

/** A range, opened. */
export interface SinceRange {
  /**
   * Findings before the range, as entries of a baseline. Afterwards the analysis holds the newer state.
   * All files asked for are checked, changed or not: a change in one file may cause a finding in another.
   */
  before(only: ReadonlySet<string> | undefined, progress: Progress, files: readonly string[]): readonly BaselineEntry[];
}

/** Opens `A..B`, `A..` or `A`; without B the newer state is the files on disk. Throws UsageError for a range that git does not know. */
export function openRange(word: string, root: string, analysis: Analysis): SinceRange {
  const label = `--since ${word}`;
  const range = splitRange(word) ?? { from: word, to: '' };
  const from = resolveCommit(root, range.from, label);
  const to = range.to === '' ? undefined : resolveCommit(root, range.to, label);
  // Files on disk may differ from B: the newer state is B's.
  const differing = [...new Set([...changedSources(root, from, to), ...(to === undefined ? [] : changedSources(root, to))])];
  return {
    before(only, progress, files) {
      const older = readBlobs(root, from, differing);
      for (const file of differing) analysis.setText(file, older.get(file) ?? '');
      const { report } = checkFiles({ analysis, files, only, progress });
      const newer = to === undefined ? undefined : readBlobs(root, to, differing);
      for (const file of differing) analysis.setText(file, newer === undefined ? undefined : (newer.get(file) ?? ''));
      return report.findings.map(({ fingerprint, rule, file, function: name }) => ({ fingerprint, rule, file, function: name }));
    },
  };
}
