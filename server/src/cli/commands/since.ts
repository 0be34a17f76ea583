/** `check --since A..B`: findings that are new in a git range. The older state is analysed in memory, from git's objects. */
import type { Analysis } from '../../features/analysis.js';
import type { BaselineEntry } from '../baseline.js';
import { git, resolveCommit, splitRange } from '../git.js';
import { checkFiles, type Progress } from '../session.js';

/** A range, opened. */
export interface SinceRange {
  /**
   * Findings before the range, as entries of a baseline. Afterwards the analysis holds the newer state.
   * All files asked for are checked, changed or not: a change in one file may cause a finding in another.
   */
  before(only: ReadonlySet<string> | undefined, progress: Progress, files: readonly string[]): readonly BaselineEntry[];
}

function decode(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

/** Opens `A..B`, `A..` or `A`; without B the newer state is the files on disk. Throws UsageError for a range that git does not know. */
export function openRange(word: string, root: string, analysis: Analysis): SinceRange {
  const label = `--since ${word}`;
  const range = splitRange(word) ?? { from: word, to: '' };
  const from = resolveCommit(root, range.from, label);
  const to = range.to === '' ? undefined : resolveCommit(root, range.to, label);
  const prefix = git(root, ['rev-parse', '--show-prefix'])?.toString('utf8').trim() ?? '';
  const show = (commit: string, file: string): string | undefined => {
    const bytes = git(root, ['cat-file', 'blob', `${commit}:${prefix}${file}`]);
    return bytes === undefined ? undefined : decode(bytes);
  };
  const changed = (args: readonly string[]): readonly string[] =>
    (git(root, ['diff', '--name-only', '--no-renames', '--no-ext-diff', '--relative', '-z', ...args, '--'])?.toString('utf8') ?? '')
      .split('\0')
      .filter((file) => /\.[ch]$/.test(file));
  const sinceFrom = changed(to === undefined ? [from] : [from, to]);
  // Files on disk may differ from B: the newer state is B's.
  const sinceTo = to === undefined ? [] : changed([to]);
  return {
    before(only, progress, files) {
      for (const file of new Set([...sinceFrom, ...sinceTo])) analysis.setText(file, show(from, file) ?? '');
      const { report } = checkFiles({ analysis, files, only, progress });
      for (const file of new Set([...sinceFrom, ...sinceTo])) {
        analysis.setText(file, to === undefined ? undefined : (show(to, file) ?? ''));
      }
      return report.findings.map(({ fingerprint, rule, file, function: name }) => ({ fingerprint, rule, file, function: name }));
    },
  };
}
