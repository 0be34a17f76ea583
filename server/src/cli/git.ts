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
