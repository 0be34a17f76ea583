/** Asks git, read only, without a shell and without the user's configuration of pagers and external diffs. */
import { spawnSync } from 'node:child_process';
import { UsageError } from './exit.js';

const LIMIT = 256 * 1024 * 1024;

/** Output of a git command in a folder; undefined when git says no. Throws UsageError when git is missing. */
export function git(folder: string, args: readonly string[]): Buffer | undefined {
  const done = spawnSync('git', ['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'core.quotepath=off', '-C', folder, ...args], {
    maxBuffer: LIMIT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
  });
  if (done.error !== undefined && 'code' in done.error && done.error.code === 'ENOENT') throw new UsageError('git is not installed');
  if (done.error !== undefined) throw new UsageError(`git ${args[0] ?? ''}: ${done.error.message}`);
  return done.status === 0 ? done.stdout : undefined;
}

/** The full id of a commit. Throws UsageError when the folder has no such commit. */
export function resolveCommit(folder: string, name: string, word: string): string {
  // `--end-of-options` keeps a name that begins with a dash from being an option.
  const id = git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`])
    ?.toString('utf8')
    .trim();
  if (id !== undefined && id !== '') return id;
  const isRepository = git(folder, ['rev-parse', '--git-dir']) !== undefined;
  throw new UsageError(`${word}: ${isRepository ? `no commit ${name} in ${folder}` : `${folder} is not in a git repository`}`);
}

/** Splits `A..B`; undefined when the word is not a range. B is empty in `A..`. */
export function splitRange(word: string): { readonly from: string; readonly to: string } | undefined {
  const at = word.indexOf('..');
  if (at <= 0 || word.includes('...') || /\s/.test(word)) return undefined;
  return { from: word.slice(0, at), to: word.slice(at + 2) };
}

/**
 * Texts of files at a commit, in one call: undefined for a file that the commit does not have. Paths are relative to the folder.
 * What is not UTF-8 is read as latin-1, as from disk.
 */
export function readBlobs(folder: string, commit: string, files: readonly string[]): ReadonlyMap<string, string | undefined> {
  const texts = new Map<string, string | undefined>();
  // A newline in a name would be two questions.
  const asked = files.filter((file) => !file.includes('\n'));
  if (asked.length === 0) return texts;
  const prefix = git(folder, ['rev-parse', '--show-prefix'])?.toString('utf8').trim() ?? '';
  const done = spawnSync('git', ['-C', folder, 'cat-file', '--batch'], {
    input: asked.map((file) => `${commit}:${prefix}${file}\n`).join(''),
    maxBuffer: LIMIT,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
  });
  if (done.status !== 0) throw new UsageError(`git cat-file: cannot read ${asked.length} files of ${commit}`);
  let at = 0;
  for (const file of asked) {
    const end = done.stdout.indexOf(10, at);
    const header = done.stdout.toString('utf8', at, end === -1 ? done.stdout.length : end);
    const size = / blob (\d+)$/.exec(header)?.[1];
    at = (end === -1 ? done.stdout.length : end) + 1;
    if (size === undefined) {
      texts.set(file, undefined);
      const other = / (?:tree|commit|tag) (\d+)$/.exec(header)?.[1];
      if (other !== undefined) at += Number(other) + 1;
      continue;
    }
    const bytes = done.stdout.subarray(at, at + Number(size));
    at += Number(size) + 1;
    const text = bytes.toString('utf8');
    texts.set(file, text.includes('\ufffd') ? bytes.toString('latin1') : text);
  }
  return texts;
}

/** C files that differ between a commit and another, or the files on disk without one; relative to the folder. */
export function changedSources(folder: string, from: string, to?: string): readonly string[] {
  const range = to === undefined ? [from] : [from, to];
  const names = git(folder, ['diff', '--name-only', '--no-renames', '--no-ext-diff', '--relative', '-z', ...range, '--', '*.c', '*.h']);
  return (names?.toString('utf8') ?? '').split('\0').filter((file) => file !== '');
}
