/** Between lines of the tree and lines of a patch, as the patch was applied (offsets included). Lines count from 1. */
import type { FileOutcome, PatchOutcome } from './apply-patch.js';

/** A line of the patch that stands for a line of the tree. */
export interface PatchSpot {
  readonly patchLine: number;
  readonly kind: 'context' | 'added' | 'removed';
}

/** A place in the tree after the patch. */
export interface MovedLine {
  readonly file: string;
  /** Undefined when the patch removes or replaces the line. */
  readonly line: number | undefined;
}

/** The maps of one patch. */
export interface PatchLines {
  /** The patch's line for a line of the tree after it; undefined outside of hunks. */
  after(file: string, line: number): PatchSpot | undefined;
  /** The patch's line for a line of the tree before it; undefined outside of hunks. */
  before(file: string, line: number): PatchSpot | undefined;
  /** Where a line of the tree before the patch stands after it. */
  moved(file: string, line: number): MovedLine;
  /** Changed lines of a file, in lines of the tree after the patch (a removal counts at the line that follows it), ascending. */
  changed(file: string): readonly ChangedLine[];
  /** All changed lines, in the order of the patch. */
  readonly all: readonly ChangedLine[];
}

/** A changed line. */
export interface ChangedLine {
  readonly line: number;
  readonly patchLine: number;
  readonly text: string;
}

interface Stage {
  readonly oldPath: string;
  readonly newPath: string;
  /** By old line: the spot and the new line, for lines inside hunks. */
  readonly old: ReadonlyMap<number, { readonly spot: PatchSpot; readonly line: number | undefined }>;
  readonly fresh: readonly { readonly line: number; readonly spot: PatchSpot; readonly text: string }[];
  /** Ends of hunks in old lines, with the shift of all lines from there on. */
  readonly shifts: readonly { readonly from: number; readonly by: number }[];
}

function toStage(outcome: FileOutcome): Stage {
  const old = new Map<number, { spot: PatchSpot; line: number | undefined }>();
  const fresh: { line: number; spot: PatchSpot; text: string }[] = [];
  const shifts: { from: number; by: number }[] = [];
  for (const result of outcome.hunks) {
    if (!result.isApplied) continue;
    let before = result.oldLine;
    let after = result.newLine;
    for (const line of result.hunk.lines) {
      const spot: PatchSpot = { patchLine: line.patchLine, kind: line.kind };
      fresh.push({ line: after, spot, text: line.text });
      if (line.kind !== 'added') old.set(before, { spot, line: line.kind === 'context' ? after : undefined });
      if (line.kind !== 'added') before += 1;
      if (line.kind !== 'removed') after += 1;
    }
    shifts.push({ from: before, by: after - before });
  }
  return { oldPath: outcome.oldPath, newPath: outcome.newPath, old, fresh, shifts };
}

function shiftAt(shifts: Stage['shifts'], line: number): number {
  let low = 0;
  let high = shifts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shifts[middle]?.from ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return shifts[low - 1]?.by ?? 0;
}

function through(stage: Stage, line: number): number | undefined {
  const inside = stage.old.get(line);
  return inside === undefined ? line + shiftAt(stage.shifts, line) : inside.line;
}

/** Makes the maps of a patch from what became of its hunks. */
export function patchLines(outcome: PatchOutcome): PatchLines {
  const stages = outcome.files.filter((file) => file.isApplied && file.newPath !== '').map(toStage);
  const after = new Map<string, Map<number, PatchSpot>>();
  const before = new Map<string, Map<number, PatchSpot>>();
  const changed = new Map<string, ChangedLine[]>();
  const all: ChangedLine[] = [];
  stages.forEach((stage, index) => {
    const later = stages.slice(index + 1).filter((other) => other.oldPath === stage.newPath);
    const spots = after.get(stage.newPath) ?? new Map<number, PatchSpot>();
    after.set(stage.newPath, spots);
    const changes = changed.get(stage.newPath) ?? [];
    changed.set(stage.newPath, changes);
    for (const { line: own, spot, text } of stage.fresh) {
      let line: number | undefined = own;
      for (const other of later) line = line === undefined ? undefined : through(other, line);
      if (line === undefined) continue;
      if (spot.kind !== 'removed') spots.set(line, spot);
      if (spot.kind !== 'context') {
        const change: ChangedLine = { line, patchLine: spot.patchLine, text };
        changes.push(change);
        all.push(change);
      }
    }
    const olds = before.get(stage.oldPath) ?? new Map<number, PatchSpot>();
    before.set(stage.oldPath, olds);
    for (const [line, { spot }] of stage.old) if (!olds.has(line)) olds.set(line, spot);
  });
  for (const list of changed.values()) list.sort((a, b) => a.line - b.line || a.patchLine - b.patchLine);
  const byOldPath = new Map<string, Stage[]>();
  for (const stage of stages) {
    const list = byOldPath.get(stage.oldPath);
    if (list === undefined) byOldPath.set(stage.oldPath, [stage]);
    else list.push(stage);
  }
  return {
    after: (file, line) => after.get(file)?.get(line),
    before: (file, line) => before.get(file)?.get(line),
    moved(file, line) {
      let place: MovedLine = { file, line };
      for (const stage of byOldPath.get(file) ?? []) {
        place = { file: stage.newPath, line: place.line === undefined ? undefined : through(stage, place.line) };
      }
      return place;
    },
    changed: (file) => changed.get(file) ?? [],
    all,
  };
}

/** True for a line with code: not blank, no comment, not only punctuation. */
const isCodeLine = (text: string): boolean => /^\s*(?!\*[\s/]|\/\*|\/\/)\S*\w/.test(text.slice(0, 500));

/** The patch line of the change nearest to a line, among changes between two lines; changes of code before those of comments and braces. */
export function nearestChange(
  changes: readonly ChangedLine[],
  line: number,
  span: { readonly from: number; readonly to: number },
): number | undefined {
  let best: number | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    if (change.line < span.from || change.line > span.to) continue;
    const away = Math.abs(change.line - line) + (isCodeLine(change.text) ? 0 : 1e6);
    if (away < distance) [best, distance] = [change.patchLine, away];
  }
  return best;
}

/** The patch line of the first change that mentions one of the words as code. */
export function mentioningChange(changes: readonly ChangedLine[], words: ReadonlySet<string>): number | undefined {
  if (words.size === 0) return undefined;
  const mentions = ({ text }: ChangedLine): boolean => isCodeLine(text) && [...text.matchAll(/\w+/g)].some((word) => words.has(word[0]));
  return changes.find(mentions)?.patchLine;
}

/** The words of changed lines of code. */
export function wordsOfChanges(changes: readonly ChangedLine[]): ReadonlySet<string> {
  const code = changes.filter(({ text }) => isCodeLine(text));
  return new Set(code.flatMap(({ text }) => [...text.matchAll(/[A-Za-z_]\w*/g)].map((word) => word[0])));
}

/** The patch line of the first change of code. */
export function firstChange(changes: readonly ChangedLine[]): number | undefined {
  return (changes.find(({ text }) => isCodeLine(text)) ?? changes[0])?.patchLine;
}
