/**
 * Answers kept on disk between runs. An answer is found again only by the very program that made it, for the same question, while every file and
 * folder that it was made from says the same. The folder may be deleted at any time; what cannot be read there is as if it were not.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import type { FileHost } from '../program/types.js';
import { areStill, digestOf, type Readings } from './recording.js';

/** The kept answers. Never throws. */
export interface AnswerIndex {
  /** The answer to a question (plain data), when everything it was made from is unchanged. */
  find(question: unknown, host: FileHost): unknown;
  /** Keeps an answer (plain data). */
  keep(question: unknown, readings: Readings, answer: unknown): void;
}

/** What an index needs to know. */
export interface IndexOptions {
  /** Absolute folder of its own. */
  readonly folder: string;
  /** Names the program: another one finds nothing. */
  readonly build: string;
  /** All files together, in bytes; the least recently used go first. */
  readonly mostBytes?: number;
}

const usualBytes = 64 * 1024 * 1024;
const suffix = '.answer';

interface Entry {
  readonly question: string;
  readonly readings: Readings;
  readonly answer: unknown;
}

/** The entry of a file's text; undefined when it is not whole. */
function entryOf(text: string, question: string): Entry | undefined {
  const cut = text.indexOf('\n');
  if (cut < 0 || digestOf(text.slice(cut + 1)) !== text.slice(0, cut)) return undefined;
  // Whole, so it is what `keep` wrote.
  const entry = JSON.parse(text.slice(cut + 1)) as Entry;
  return entry.question === question ? entry : undefined;
}

/** Opens an index; the folder is made when the first answer is kept. */
export function openIndex({ folder, build, mostBytes = usualBytes }: IndexOptions): AnswerIndex {
  const nameOf = (question: string): string => join(folder, `${digestOf(`${build}\n${question}`).replace(/[^A-Za-z0-9]/g, '_')}${suffix}`);
  const bound = (): void => {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(suffix) || name.endsWith('.part'))
      .map((name) => ({ path: join(folder, name), info: statSync(join(folder, name)) }))
      .sort((a, b) => b.info.mtimeMs - a.info.mtimeMs);
    let bytes = 0;
    for (const { path, info } of files) {
      bytes += info.size;
      if (bytes > mostBytes) rmSync(path, { force: true });
    }
  };
  return {
    find(asked, host) {
      const question = JSON.stringify(asked);
      const path = nameOf(question);
      try {
        const entry = entryOf(readFileSync(path, 'utf8'), question);
        if (entry === undefined || !areStill(entry.readings, host)) return undefined;
        const now = new Date();
        utimesSync(path, now, now);
        return entry.answer;
      } catch {
        return undefined;
      }
    },
    keep(asked, readings, answer) {
      const question = JSON.stringify(asked);
      const entry: Entry = { question, readings, answer };
      const text = JSON.stringify(entry);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const path = nameOf(question);
        // Whole or not at all, whoever else writes.
        const part = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
        writeFileSync(part, `${digestOf(text)}\n${text}`, { mode: 0o600 });
        renameSync(part, path);
        bound();
      } catch {
        // No room, no right to write: the next run is a cold one.
      }
    },
  };
}

/** The user's folder for answers; undefined where there is none, where `GPUSVM_REVIEW_CACHE` is `off`, or where it would lie in the tree. */
export function indexFolder(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const asked = env.GPUSVM_REVIEW_CACHE ?? '';
  if (asked === 'off' || asked === '0') return undefined;
  const home = env.HOME ?? homedir();
  const xdg = env.XDG_CACHE_HOME ?? '';
  const usual =
    platform === 'win32' ? (env.LOCALAPPDATA ?? '') : platform === 'darwin' ? join(home, 'Library/Caches') : join(home, '.cache');
  const base = isAbsolute(xdg) ? xdg : usual;
  if (!isAbsolute(base)) return undefined;
  const folder = join(base, 'gpusvm-review', 'answers');
  const way = relative(root, folder);
  const isInside = way === '' || (!way.startsWith('..') && !isAbsolute(way));
  return isInside && root !== '/' ? undefined : folder;
}

/** Names a program by the contents of its files (absolute paths): any other program, however alike, has another name. */
export function buildName(files: readonly string[]): string | undefined {
  try {
    return digestOf(files.map((file) => digestOf(readFileSync(file, 'latin1'))).join());
  } catch {
    return undefined;
  }
}
