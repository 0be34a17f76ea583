/**
 * Applies hunks to a text as `patch` does: at the place they name, else at the nearest place that matches, else with up to two
 * lines of context left out at either end. A hunk that finds no place is left out and told; the others go on.
 */
import { excerpt } from './text.js';
import type { Hunk, HunkLine } from './types.js';

/** Where a hunk went, or why it did not. Lines count from 1. */
export type HunkOutcome =
  | {
      readonly hunk: Hunk;
      readonly isApplied: true;
      /** Line of the old text that the hunk's first line stands at; and of the new text. */
      readonly oldLine: number;
      readonly newLine: number;
      /** How far from where its header says, in lines. */
      readonly offset: number;
      /** Lines of context left out at either end. */
      readonly fuzz: number;
    }
  | { readonly hunk: Hunk; readonly isApplied: false; readonly reason: string };

/** The text after the hunks, and what became of each. */
export interface HunksOutcome {
  readonly text: string;
  readonly outcomes: readonly HunkOutcome[];
}

const MAX_FUZZ = 2;

/** Comparisons of lines allowed in searches over one file: bounds texts and hunks made of one repeated line. */
const SEARCH_BUDGET = 2_000_000;

const bare = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** The lines of the old text, with an index made when the first hunk is not where its header says. */
interface Image {
  /** Without `\r`. */
  readonly lines: readonly string[];
  /** Positions of a line's text, ascending. */
  positions(line: string): readonly number[];
  budget: number;
}

function image(lines: readonly string[]): Image {
  let index: Map<string, number[]> | undefined;
  return {
    lines,
    budget: SEARCH_BUDGET,
    positions(line) {
      if (index === undefined) {
        index = new Map();
        for (let at = 0; at < lines.length; at++) {
          const key = lines[at] ?? '';
          const known = index.get(key);
          if (known === undefined) index.set(key, [at]);
          else known.push(at);
        }
      }
      return index.get(line) ?? [];
    },
  };
}

/** True when the pattern stands at a position. */
function matches(target: Image, pattern: readonly string[], at: number): boolean {
  if (at < 0 || at + pattern.length > target.lines.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    target.budget -= 1;
    if (target.lines[at + i] !== pattern[i]) return false;
  }
  return true;
}

/** First index in an ascending list whose value is at least `value`. */
function lowerBound(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The position nearest to `wanted`, not before `floor`, where the pattern stands; undefined when there is none. */
function nearest(target: Image, pattern: readonly string[], wanted: number, floor: number): number | undefined {
  if (wanted >= floor && matches(target, pattern, wanted)) return wanted;
  if (pattern.length === 0) return undefined;
  let rarest = 0;
  let places: readonly number[] = target.positions(pattern[0] ?? '');
  for (let i = 1; i < pattern.length && places.length > 1; i++) {
    const other = target.positions(pattern[i] ?? '');
    if (other.length < places.length) [rarest, places] = [i, other];
  }
  // Walk outwards from the wanted place on both sides.
  let above = lowerBound(places, wanted + rarest);
  let below = above - 1;
  while (target.budget > 0) {
    const up = places[above];
    const down = places[below];
    if (up === undefined && down === undefined) return undefined;
    const goUp = down === undefined || (up !== undefined && up - rarest - wanted <= wanted - (down - rarest));
    const start = (goUp ? (up ?? 0) : (down ?? 0)) - rarest;
    if (goUp) above += 1;
    else below -= 1;
    if (start < floor) {
      if (!goUp) below = -1;
      continue;
    }
    if (matches(target, pattern, start)) return start;
  }
  return undefined;
}

/** Numbers of context lines at the start and at the end of a hunk. */
function contexts(lines: readonly HunkLine[]): { readonly before: number; readonly after: number } {
  const isContext = (line: HunkLine): boolean => line.kind === 'context';
  const before = lines.findIndex((line) => !isContext(line));
  if (before === -1) return { before: lines.length, after: 0 };
  return { before, after: lines.length - 1 - lines.findLastIndex((line) => !isContext(line)) };
}

interface Spot {
  /** Index in the old lines of the first line kept of the hunk. */
  readonly at: number;
  readonly fuzz: number;
  readonly trimBefore: number;
  readonly trimAfter: number;
}

/** Looks for a hunk's place: each fuzz over the whole file before the next one, as `patch` does. */
function locate(target: Image, hunk: Hunk, expected: number, floor: number): Spot | undefined {
  const old = hunk.lines.filter((line) => line.kind !== 'added').map((line) => bare(line.text));
  const { before, after } = contexts(hunk.lines);
  const context = Math.max(before, after);
  let tried = '';
  for (let fuzz = 0; fuzz <= Math.min(MAX_FUZZ, context); fuzz++) {
    const trimBefore = Math.max(0, fuzz + before - context);
    const trimAfter = Math.max(0, fuzz + after - context);
    const key = `${trimBefore}/${trimAfter}`;
    if (key === tried && fuzz > 0) continue;
    tried = key;
    const pattern = old.slice(trimBefore, old.length - trimAfter);
    // With all old lines left out anything would match.
    if (fuzz > 0 && pattern.length === 0) break;
    const at = nearest(target, pattern, expected + trimBefore, floor);
    if (at !== undefined) return { at, fuzz, trimBefore, trimAfter };
    if (target.budget <= 0) return undefined;
  }
  return undefined;
}

/** Why a hunk has no place, in words. */
function whyNot(target: Image, hunk: Hunk, expected: number, floor: number): string {
  if (target.budget <= 0) return 'the search for its place was given up: the text repeats itself too much';
  const old = hunk.lines.filter((line) => line.kind !== 'added').map((line) => bare(line.text));
  const fresh = hunk.lines.filter((line) => line.kind !== 'removed').map((line) => bare(line.text));
  const isChange = hunk.lines.some((line) => line.kind !== 'context');
  if (isChange && fresh.length > 0 && nearest(target, fresh, expected, 0) !== undefined) return 'the tree has this change already';
  const early = old.length > 0 ? nearest(target, old, expected, 0) : undefined;
  if (early !== undefined && early < floor) return `its lines stand at line ${early + 1}, above the hunk before it`;
  let best = 0;
  while (best < old.length && target.lines[expected + best] === old[best]) best += 1;
  const line = expected + best;
  const found = target.lines[line];
  const wanted = old[best] ?? '';
  if (found === undefined) return `the file ends at line ${target.lines.length}, the hunk expects "${excerpt(wanted)}" at line ${line + 1}`;
  return `line ${line + 1} of the tree is "${excerpt(found)}", the hunk expects "${excerpt(wanted)}"`;
}

/** A text as lines without `\n`, and whether the last one has its line end. */
function toLines(text: string): { readonly lines: readonly string[]; readonly endsWithNewline: boolean } {
  if (text === '') return { lines: [], endsWithNewline: true };
  const lines = text.split('\n');
  if (lines.at(-1) !== '') return { lines, endsWithNewline: false };
  lines.pop();
  return { lines, endsWithNewline: true };
}

/**
 * Applies hunks, in the order of the patch, to a text. Files with `\r\n` line ends keep them: a patch whose mail lost the `\r`
 * applies all the same, and what it adds gets them.
 */
export function applyHunks(text: string, hunks: readonly Hunk[]): HunksOutcome {
  const { lines: old, endsWithNewline } = toLines(text);
  const target = image(text.includes('\r') ? old.map(bare) : old);
  const isCrlf = old[0]?.endsWith('\r') === true;
  const out: string[] = [];
  const outcomes: HunkOutcome[] = [];
  let floor = 0;
  let drift = 0;
  let hasFinalNewline = endsWithNewline;
  const copy = (end: number): void => {
    for (let at = floor; at < end; at++) out.push(old[at] ?? '');
  };
  for (const hunk of hunks) {
    if (hunk.damage !== undefined) {
      outcomes.push({ hunk, isApplied: false, reason: hunk.damage });
      continue;
    }
    // A hunk without old lines names the line that it goes behind.
    const named = hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1;
    const expected = Math.max(0, named + drift);
    const spot = locate(target, hunk, expected, floor);
    if (spot === undefined) {
      outcomes.push({ hunk, isApplied: false, reason: whyNot(target, hunk, expected, floor) });
      continue;
    }
    copy(spot.at);
    const start = spot.at - spot.trimBefore;
    drift = start - named;
    outcomes.push({ hunk, isApplied: true, oldLine: start + 1, newLine: out.length + 1 - spot.trimBefore, offset: drift, fuzz: spot.fuzz });
    const kept = hunk.lines.slice(spot.trimBefore, hunk.lines.length - spot.trimAfter);
    let at = spot.at;
    const isExact = kept.every((line) => line.kind === 'added' || line.text.endsWith('\r') === isCrlf);
    for (const line of kept) {
      if (line.kind === 'context') out.push(old[at] ?? '');
      else if (line.kind === 'added') out.push(isExact && !isCrlf ? line.text : adapt(line.text, isCrlf));
      if (line.kind !== 'added') at += 1;
    }
    if (at >= old.length && spot.trimAfter === 0) {
      const lastNew = kept.findLast((line) => line.kind !== 'removed');
      if (lastNew?.kind === 'added') hasFinalNewline = !lastNew.endsWithoutNewline;
      // The file's own last line keeps its end; a line that becomes the last one has had one.
      else hasFinalNewline = lastNew === undefined || kept.findLast((line) => line.kind !== 'added') !== lastNew || endsWithNewline;
    }
    floor = at;
  }
  copy(old.length);
  const joined = out.join('\n');
  return { text: out.length === 0 ? '' : hasFinalNewline ? `${joined}\n` : joined, outcomes };
}

/** A line with the line end of its file. */
function adapt(line: string, isCrlf: boolean): string {
  return isCrlf ? `${bare(line)}\r` : bare(line);
}
