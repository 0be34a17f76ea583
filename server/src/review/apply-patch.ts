/** Applies a patch, file by file, to the tree in memory, and tells what did not fit. */
import { applyHunks, type HunkOutcome } from './apply-hunks.js';
import type { TreeHistory } from './tree.js';
import type { FileDiff, Patch, ReviewProblem } from './types.js';

/** What became of one file of a patch. */
export interface FileOutcome {
  readonly diff: FileDiff;
  /** Path in the tree before and after; the same unless renamed. */
  readonly oldPath: string;
  readonly newPath: string;
  /** True when any of it was applied. */
  readonly isApplied: boolean;
  readonly hunks: readonly HunkOutcome[];
}

/** What became of a patch. */
export interface PatchOutcome {
  readonly files: readonly FileOutcome[];
  readonly problems: readonly ReviewProblem[];
}

const TELL_LIMIT = 20;

type Say = (message: string, patchLine: number) => void;

/** The path to use: stripped (`-p1`), or as written when only that exists (`--no-prefix`). */
function choosePath(tree: TreeHistory, point: number, stripped: string, raw: string): string {
  if (stripped === raw || tree.read(stripped, point) !== undefined) return stripped;
  return tree.read(raw, point) !== undefined ? raw : stripped;
}

/** A new file's path: as written when its first folder is no `a` or `b` and its neighbours use the written form. */
function choosePathOfNew(diff: FileDiff, neighboursAreRaw: boolean): string {
  return neighboursAreRaw && !/^[a-z]\//.test(diff.rawNewPath) ? diff.rawNewPath : diff.newPath;
}

function skipped(diff: FileDiff, path: string): FileOutcome {
  return { diff, oldPath: path, newPath: path, isApplied: false, hunks: [] };
}

interface Step {
  readonly tree: TreeHistory;
  readonly point: number;
  readonly say: Say;
}

function addFile(diff: FileDiff, path: string, { tree, point, say }: Step): FileOutcome {
  const existing = tree.read(path, point);
  const { text, outcomes } = applyHunks('', diff.hunks);
  if (existing !== undefined && existing !== '') {
    say(
      `${path}: ${existing === text ? 'the tree has this new file already' : 'the new file exists in the tree: left as it is'}`,
      diff.patchLine,
    );
    return skipped(diff, path);
  }
  tree.write(path, point, text);
  return { diff, oldPath: path, newPath: path, isApplied: true, hunks: outcomes };
}

function tellHunks(diff: FileDiff, path: string, outcomes: readonly HunkOutcome[], say: Say): void {
  for (const outcome of outcomes) {
    if (outcome.isApplied || outcome.hunk.damage !== undefined) continue;
    say(
      `${path}: hunk ${diff.hunks.indexOf(outcome.hunk) + 1} of ${diff.hunks.length} does not apply: ${outcome.reason}`,
      outcome.hunk.patchLine,
    );
  }
}

function deleteFile(diff: FileDiff, path: string, { tree, point, say }: Step): FileOutcome {
  const text = tree.read(path, point) ?? '';
  const { text: rest, outcomes } = applyHunks(text, diff.hunks);
  tellHunks(diff, path, outcomes, say);
  if (rest.trim() !== '' && diff.hunks.length > 0) {
    say(`${path}: the patch deletes it, but its text is another: left with what remains`, diff.patchLine);
    tree.write(path, point, rest);
    return { diff, oldPath: path, newPath: path, isApplied: outcomes.some((outcome) => outcome.isApplied), hunks: outcomes };
  }
  tree.write(path, point, undefined);
  return { diff, oldPath: path, newPath: path, isApplied: true, hunks: outcomes };
}

function applyFile(diff: FileDiff, neighboursAreRaw: boolean, step: Step): FileOutcome {
  const { tree, point, say } = step;
  if (diff.refusal !== undefined) {
    const shown = diff.refusal.startsWith('it is') ? diff.newPath : diff.rawNewPath || diff.rawOldPath;
    say(`refused ${JSON.stringify(shown.slice(0, 200))}: ${diff.refusal}`, diff.patchLine);
    return skipped(diff, '');
  }
  if (diff.isBinary) {
    say(`${diff.newPath}: a binary change, not applied`, diff.patchLine);
    return skipped(diff, diff.newPath);
  }
  if (diff.change === 'added') return addFile(diff, choosePathOfNew(diff, neighboursAreRaw), step);
  const oldPath = choosePath(tree, point, diff.oldPath, diff.rawOldPath);
  const text = tree.read(oldPath, point);
  if (text === undefined) {
    const count = diff.hunks.length;
    say(`${oldPath}: not in the tree, ${count === 1 ? 'its hunk is' : `its ${count} hunks are`} left out`, diff.patchLine);
    return skipped(diff, oldPath);
  }
  if (diff.change === 'deleted') return deleteFile(diff, oldPath, step);
  const isMoved = diff.change === 'renamed' || diff.change === 'copied';
  const newPath = isMoved ? choosePathOfNew(diff, neighboursAreRaw) : oldPath;
  if (isMoved && newPath !== oldPath && tree.read(newPath, point) !== undefined) {
    say(`${newPath}: exists in the tree, so ${oldPath} is not ${diff.change} to it`, diff.patchLine);
    return skipped(diff, oldPath);
  }
  const { text: result, outcomes } = applyHunks(text, diff.hunks);
  tellHunks(diff, oldPath, outcomes, say);
  const isApplied = isMoved || outcomes.some((outcome) => outcome.isApplied);
  if (isApplied) {
    tree.write(newPath, point, result);
    if (diff.change === 'renamed' && newPath !== oldPath) tree.write(oldPath, point, undefined);
  }
  return { diff, oldPath, newPath, isApplied: isApplied || outcomes.length === 0, hunks: outcomes };
}

/**
 * Applies a patch to the tree at a point (the patch's index). Never throws. Hunks that do not apply, files that are missing, paths that
 * lead outside the tree and binary changes are told, one line each, and the rest goes on.
 */
export function applyPatch(patch: Patch, tree: TreeHistory): PatchOutcome {
  const point = patch.index;
  const problems: ReviewProblem[] = [];
  let untold = 0;
  const say: Say = (message, patchLine) => {
    if (problems.length < TELL_LIMIT) problems.push({ where: patch.label, message, patch: point, patchLine });
    else untold += 1;
  };
  const neighboursAreRaw = patch.files.some(
    (diff) =>
      diff.refusal === undefined && diff.change === 'modified' && choosePath(tree, point, diff.oldPath, diff.rawOldPath) !== diff.oldPath,
  );
  const files = patch.files.map((diff) => applyFile(diff, neighboursAreRaw, { tree, point, say }));
  if (untold > 0) problems.push({ where: patch.label, message: `${untold} more parts of it do not apply`, patch: point });
  return { files, problems };
}
