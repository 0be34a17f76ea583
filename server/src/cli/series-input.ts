/** Inputs of `review`: files, maildirs, standard input and git ranges, read into patches; and the tree that they stand on. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FileHost } from '../program/types.js';
import type { PatchInput } from '../review/types.js';
import { UsageError } from './exit.js';
import { changedSources, git, readBlobs, resolveCommit, splitRange } from './git.js';
import { whyUnreadable } from './inputs.js';
import type { Io } from './io.js';

/** What was read, and what could not be. */
export interface SeriesInput {
  readonly inputs: readonly PatchInput[];
  /** Commit that the patches of a git range stand on. */
  readonly base: string | undefined;
  readonly problems: readonly string[];
}

/** Folders of a maildir that hold mails. */
const MAIL_FOLDERS = ['cur', 'new'];

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const list = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(folder, entry.name))
      .sort();
  const mails = MAIL_FOLDERS.flatMap((name) => (whyUnreadable(join(path, name)) === undefined ? list(join(path, name)) : []));
  return mails.length > 0 ? mails : list(path);
}

function rangePatches(
  root: string,
  word: string,
  range: { readonly from: string; readonly to: string },
): { readonly text: Buffer; readonly base: string } {
  const from = resolveCommit(root, range.from, word);
  const to = resolveCommit(root, range.to === '' ? 'HEAD' : range.to, word);
  const base = git(root, ['merge-base', from, to])?.toString('utf8').trim() ?? from;
  const text = git(root, [
    'format-patch',
    '--stdout',
    '--no-signature',
    '--no-ext-diff',
    '--no-textconv',
    '--no-cover-letter',
    '--numbered',
    '--subject-prefix=PATCH',
    '--relative',
    `${from}..${to}`,
  ]);
  if (text === undefined) throw new UsageError(`${word}: git cannot show these patches`);
  if (text.length === 0) throw new UsageError(`${word}: no commits in this range`);
  return { text, base };
}

/** Reads the inputs. Bad ones become problems; throws UsageError for a range that git does not know. */
export async function readSeriesInputs(words: readonly string[], root: string, io: Io): Promise<SeriesInput> {
  const inputs: PatchInput[] = [];
  const problems: string[] = [];
  let base: string | undefined;
  for (const word of words) {
    if (word === '-') {
      inputs.push({ name: 'standard input', content: await io.readInput() });
      continue;
    }
    const path = resolve(io.cwd, word);
    const why = whyUnreadable(path);
    const range = splitRange(word);
    if (why !== undefined && range !== undefined) {
      const found = rangePatches(root, word, range);
      base ??= found.base;
      inputs.push({ name: word, content: found.text });
    } else if (why !== undefined) problems.push(`${word}: ${why}`);
    else {
      try {
        for (const file of filesOf(path)) inputs.push({ name: file === path ? word : file, content: readFileSync(file) });
      } catch (error) {
        problems.push(`${word}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { inputs, base, problems };
}

/** True when the tree is in a git repository that has the commit. */
export function hasCommit(root: string, commit: string): boolean {
  if (!/^[0-9a-f]{7,64}$/.test(commit)) return false;
  return git(root, ['cat-file', '-e', `${commit}^{commit}`]) !== undefined;
}

/** A host that shows the tree as it is at a commit: files that differ on disk are read from git. */
export function hostAt(host: FileHost, root: string, commit: string): FileHost {
  const differing = new Set(changedSources(root, commit));
  if (differing.size === 0) return host;
  const isNear = (file: string): boolean => file.startsWith('drivers/gpu/drm/') || file.startsWith('include/');
  const texts = new Map(readBlobs(root, commit, [...differing].filter(isNear)));
  return {
    read(path) {
      if (!differing.has(path)) return host.read(path);
      if (!texts.has(path)) texts.set(path, readBlobs(root, commit, [path]).get(path));
      return texts.get(path);
    },
    list: (folder) => host.list(folder),
  };
}
