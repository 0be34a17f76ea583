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
  changed(file: string): readonly { readonly line: number; readonly patchLine: number }[];
  /** First changed line of the patch; undefined when nothing was applied. */
  readonly first: number | undefined;
}

interface Stage {
  readonly oldPath: string;
  readonly newPath: string;
  /** By old line: the spot and the new line, for lines inside hunks. */
  readonly old: ReadonlyMap<number, { readonly spot: PatchSpot; readonly line: number | undefined }>;
  readonly fresh: readonly { readonly line: number; readonly spot: PatchSpot }[];
  /** Ends of hunks in old lines, with the shift of all lines from there on. */
  readonly shifts: readonly { readonly from: number; readonly by: number }[];
}

function toStage(outcome: FileOutcome): Stage {
  const old = new Map<number, { spot: PatchSpot; line: number | undefined }>();
  const fresh: { line: number; spot: PatchSpot }[] = [];
  const shifts: { from: number; by: number }[] = [];
  for (const result of outcome.hunks) {
    if (!result.isApplied) continue;
    let before = result.oldLine;
    let after = result.newLine;
    for (const line of result.hunk.lines) {
      const spot: PatchSpot = { patchLine: line.patchLine, kind: line.kind };
      fresh.push({ line: after, spot });
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
  const changed = new Map<string, { line: number; patchLine: number }[]>();
  let first: number | undefined;
  stages.forEach((stage, index) => {
    const later = stages.slice(index + 1).filter((other) => other.oldPath === stage.newPath);
    const spots = after.get(stage.newPath) ?? new Map<number, PatchSpot>();
    after.set(stage.newPath, spots);
    const changes = changed.get(stage.newPath) ?? [];
    changed.set(stage.newPath, changes);
    for (const { line: own, spot } of stage.fresh) {
      let line: number | undefined = own;
      for (const other of later) line = line === undefined ? undefined : through(other, line);
      if (line === undefined) continue;
      if (spot.kind !== 'removed') spots.set(line, spot);
      if (spot.kind !== 'context') {
        changes.push({ line, patchLine: spot.patchLine });
        first ??= spot.patchLine;
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
    first,
  };
}

/** The patch line of the change nearest to a line, among changes between two lines of a file. */
export function nearestChange(
  changes: readonly { readonly line: number; readonly patchLine: number }[],
  line: number,
  span: { readonly from: number; readonly to: number },
): number | undefined {
  let best: number | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const change of changes) {
    if (change.line < span.from || change.line > span.to) continue;
    const away = Math.abs(change.line - line);
    if (away < distance) [best, distance] = [change.patchLine, away];
  }
  return best;
}
