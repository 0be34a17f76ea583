/**
 * Reads unified diffs as git and diff write them, with the line of every hunk line, tolerating text around and between.
 * A hunk ends by its counts and by nothing else, so signatures and page furniture below it cannot leak in.
 */
import { quotedLength, refuse, stripFirst, unquotePath } from './paths.js';
import { excerpt } from './text.js';
import type { FileChange, FileDiff, Hunk, HunkLine } from './types.js';

/** Something wrong in a diff, at a line of the patch. */
export interface DiffProblem {
  readonly patchLine: number;
  readonly message: string;
}

/** Files of a diff in their order, and what could not be read. */
export interface ParsedDiff {
  readonly files: readonly FileDiff[];
  readonly problems: readonly DiffProblem[];
}

type Draft = { -readonly [K in keyof FileDiff]: FileDiff[K] } & { hunks: Hunk[]; hasPaths: boolean; isGit: boolean };

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)$/;
const NOTHING = '/dev/null';

function draft(patchLine: number, isGit: boolean): Draft {
  return {
    patchLine,
    isGit,
    change: 'modified',
    oldPath: '',
    newPath: '',
    rawOldPath: '',
    rawNewPath: '',
    oldMode: '',
    newMode: '',
    isBinary: false,
    refusal: undefined,
    oldBlob: '',
    newBlob: '',
    hunks: [],
    hasPaths: false,
  };
}

/** The two paths of a `diff --git` line; when they hold spaces, the halves that name the same file. */
function gitPaths(rest: string): readonly [string, string] | undefined {
  const quoted = quotedLength(rest);
  if (quoted > 0) {
    const first = unquotePath(rest.slice(0, quoted));
    const second = unquotePath(rest.slice(quoted + 1));
    return first === undefined || second === undefined ? undefined : [first, second];
  }
  const tail = rest.indexOf(' "');
  if (tail !== -1) {
    const second = unquotePath(rest.slice(tail + 1));
    return second === undefined ? undefined : [rest.slice(0, tail), second];
  }
  const words = rest.split(' ');
  if (words.length === 2) return [words[0] ?? '', words[1] ?? ''];
  const middle = (rest.length - 1) / 2;
  if (Number.isInteger(middle) && rest[middle] === ' ') {
    const [first, second] = [rest.slice(0, middle), rest.slice(middle + 1)];
    if (stripFirst(first) === stripFirst(second)) return [first, second];
  }
  return undefined;
}

/** The path of a `---` or `+++` line: a time stamp behind a tab is cut off. */
function pathOf(rest: string): string | undefined {
  const tab = rest.startsWith('"') ? -1 : rest.indexOf('\t');
  return unquotePath((tab === -1 ? rest : rest.slice(0, tab)).trimEnd());
}

function setPath(file: Draft, side: 'old' | 'new', raw: string): void {
  const path = raw === NOTHING ? '' : stripFirst(raw);
  if (side === 'old') {
    file.rawOldPath = raw === NOTHING ? '' : raw;
    file.oldPath = path;
  } else {
    file.rawNewPath = raw === NOTHING ? '' : raw;
    file.newPath = path;
  }
}

/** Settles change, paths and refusals of a file whose lines have all been read. */
function finish(file: Draft): FileDiff {
  const { hasPaths: _hasPaths, isGit: _isGit, ...rest } = file;
  let { change, oldPath, newPath, rawOldPath, rawNewPath } = file;
  if (change === 'modified') {
    if (oldPath === '' && newPath !== '') change = 'added';
    else if (newPath === '' && oldPath !== '') change = 'deleted';
  }
  if (change === 'added') [oldPath, rawOldPath] = [newPath, rawNewPath];
  if (change === 'deleted') [newPath, rawNewPath] = [oldPath, rawOldPath];
  // Plain diffs name the original `x.c.orig` or `linux.orig/x.c`: the new side names the file.
  if (change === 'modified' && oldPath !== newPath) {
    oldPath = newPath;
    rawOldPath = rawNewPath;
  }
  const reason = refuse(rawOldPath, oldPath) ?? refuse(rawNewPath, newPath) ?? refusedMode(file);
  return { ...rest, change, oldPath, newPath, rawOldPath, rawNewPath, refusal: reason };
}

function refusedMode(file: Draft): string | undefined {
  if (file.newMode === '120000' || file.oldMode === '120000') return 'it is a symbolic link';
  if (file.newMode === '160000' || file.oldMode === '160000') return 'it is a submodule';
  return undefined;
}

/** Reads an extended header line of git. True when it was one. */
function readExtended(file: Draft, line: string): boolean {
  const set = (change: FileChange): true => {
    file.change = change;
    return true;
  };
  const space = line.indexOf(' ');
  const [word, rest] = [line.slice(0, space), line.slice(space + 1)];
  switch (word) {
    case 'old':
      if (rest.startsWith('mode ')) file.oldMode = rest.slice(5).trim();
      return rest.startsWith('mode ');
    case 'new':
      if (rest.startsWith('mode ')) file.newMode = rest.slice(5).trim();
      if (!rest.startsWith('file mode ')) return rest.startsWith('mode ');
      file.newMode = rest.slice(10).trim();
      return set('added');
    case 'deleted':
      if (!rest.startsWith('file mode ')) return false;
      file.oldMode = rest.slice(10).trim();
      return set('deleted');
    case 'rename':
    case 'copy': {
      const path = unquotePath(rest.replace(/^(from|to) /, '').trimEnd());
      if (path === undefined || !/^(from|to) /.test(rest)) return false;
      if (rest.startsWith('from ')) {
        file.oldPath = path;
        file.rawOldPath = path;
      } else {
        file.newPath = path;
        file.rawNewPath = path;
      }
      return set(word === 'rename' ? 'renamed' : 'copied');
    }
    case 'index': {
      const blobs = /^([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: (\d{6}))?\s*$/.exec(rest);
      if (blobs === null) return false;
      file.oldBlob = blobs[1] ?? '';
      file.newBlob = blobs[2] ?? '';
      if (blobs[3] !== undefined) [file.oldMode, file.newMode] = [blobs[3], blobs[3]];
      return true;
    }
    case 'similarity':
    case 'dissimilarity':
      return true;
    default:
      return false;
  }
}

/** Reads a hunk whose `@@` line is at `start`; gives the index of the first line behind it. */
function readHunk(lines: readonly string[], start: number, head: RegExpExecArray): { readonly hunk: Hunk; readonly next: number } {
  const oldCount = head[2] === undefined ? 1 : Number(head[2]);
  const newCount = head[4] === undefined ? 1 : Number(head[4]);
  const body: { kind: HunkLine['kind']; text: string; patchLine: number; endsWithoutNewline: boolean }[] = [];
  let oldLeft = oldCount;
  let newLeft = newCount;
  let at = start + 1;
  let wrong: string | undefined;
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  while (oldLeft > 0 || newLeft > 0) {
    const line = lines[at];
    if (line === undefined || at >= end) {
      wrong = `the patch ends inside the hunk: ${oldLeft + newLeft} more lines were announced`;
      break;
    }
    const mark = line.charAt(0);
    // Mailers strip the blank of an empty context line.
    const kind = mark === ' ' || mark === '' || line === '\r' ? 'context' : mark === '+' ? 'added' : mark === '-' ? 'removed' : undefined;
    if (mark === '\\') {
      const last = body.at(-1);
      if (last !== undefined) last.endsWithoutNewline = true;
      at += 1;
      continue;
    }
    const fits = kind === 'context' ? oldLeft > 0 && newLeft > 0 : kind === 'added' ? newLeft > 0 : kind === 'removed' && oldLeft > 0;
    if (kind === undefined || !fits) {
      wrong =
        kind === undefined ? `no line of a diff: "${excerpt(line, 40)}" (wrapped by a mailer?)` : `more lines than its header announces`;
      break;
    }
    body.push({ kind, text: mark === '' ? '' : line === '\r' ? line : line.slice(1), patchLine: at + 1, endsWithoutNewline: false });
    if (kind !== 'added') oldLeft -= 1;
    if (kind !== 'removed') newLeft -= 1;
    at += 1;
  }
  const last = body.at(-1);
  if (wrong === undefined && last !== undefined && lines[at]?.startsWith('\\ ')) {
    last.endsWithoutNewline = true;
    at += 1;
  }
  const hunk: Hunk = {
    patchLine: start + 1,
    oldStart: Number(head[1]),
    oldCount,
    newStart: Number(head[3]),
    newCount,
    section: (head[5] ?? '').trim().slice(0, 200),
    lines: body,
    damage: wrong,
  };
  return { hunk, next: at };
}

/** Reads the diffs in these lines. Never throws; linear in the text. */
export function parseDiff(lines: readonly string[]): ParsedDiff {
  const files: FileDiff[] = [];
  const problems: DiffProblem[] = [];
  let file: Draft | undefined;
  const close = (): void => {
    if (file === undefined) return;
    if (file.newPath === '' && file.oldPath === '' && file.refusal === undefined) {
      problems.push({ patchLine: file.patchLine, message: 'a diff without a usable path' });
    } else files.push(finish(file));
    file = undefined;
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const first = line.charAt(0);
    // Most lines are prose or furniture: decide by the first character.
    if (first === 'd' && line.startsWith('diff --')) {
      close();
      if (line.startsWith('diff --git ')) {
        file = draft(at + 1, true);
        const paths = gitPaths(line.slice(11).trimEnd());
        if (paths !== undefined) {
          setPath(file, 'old', paths[0]);
          setPath(file, 'new', paths[1]);
        }
      } else if (/^diff --(cc|combined) /.test(line)) {
        problems.push({ patchLine: at + 1, message: 'a combined diff of a merge is not read: give the diff against one parent' });
      }
    } else if (first === '-' && line.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ')) {
      if (file === undefined || file.hasPaths || !file.isGit) {
        close();
        file = draft(at + 1, false);
      }
      const oldPath = pathOf(line.slice(4));
      const newPath = pathOf((lines[at + 1] ?? '').slice(4));
      if (file.change !== 'renamed' && file.change !== 'copied') {
        if (oldPath !== undefined) setPath(file, 'old', oldPath);
        if (newPath !== undefined) setPath(file, 'new', newPath);
      }
      file.hasPaths = true;
      at += 2;
      continue;
    } else if (first === '@' && line.startsWith('@@ ')) {
      const head = HUNK.exec(line.slice(0, 1000));
      if (head !== null) {
        const { hunk, next } = readHunk(lines, at, head);
        if (file === undefined) problems.push({ patchLine: at + 1, message: 'a hunk without a file above it' });
        else {
          file.hunks.push(hunk);
          if (hunk.damage !== undefined) problems.push({ patchLine: hunk.patchLine, message: `damaged hunk: ${hunk.damage}` });
        }
        at = next;
        continue;
      }
      if (file !== undefined) problems.push({ patchLine: at + 1, message: `an unreadable hunk header: "${excerpt(line)}"` });
    } else if (file?.isGit === true && file.hunks.length === 0 && !file.hasPaths) {
      if (first === 'G' && line.startsWith('GIT binary patch')) {
        file.isBinary = true;
        // Literal data up to the empty line may look like anything.
        while (at + 1 < lines.length && lines[at + 1] !== '' && !lines[at + 1]?.startsWith('diff --')) at += 1;
      } else if (first === 'B' && line.startsWith('Binary files ')) file.isBinary = true;
      else readExtended(file, line.slice(0, 8192));
    }
    at += 1;
  }
  close();
  return { files, problems };
}
