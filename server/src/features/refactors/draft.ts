/** Edits while a refactor makes them: pieces of text, their lines, and what they come to. */
import type { ProgramFile } from '../../program/types.js';
import type { TextEdit } from '../../rules/finding.js';

/** A replacement inside of one text. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** Puts pieces into a part of a text: those inside of it, in order. */
export function applyPieces(text: string, pieces: readonly Piece[], from = 0, to = text.length): string {
  let out = '';
  let at = from;
  for (const piece of [...pieces].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (piece.start < at || piece.end > to) continue;
    out += text.slice(at, piece.start) + piece.newText;
    at = piece.end;
  }
  return out + text.slice(at, to);
}

/** Where an offset of the old text lies in the new one; inside of a replaced piece, at its end. */
export function mapOffset(offset: number, pieces: readonly Piece[]): number {
  let shift = 0;
  for (const piece of [...pieces].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (piece.end <= offset) shift += piece.newText.length - (piece.end - piece.start);
    else if (piece.start < offset) return piece.start + shift + piece.newText.length;
    else break;
  }
  return offset + shift;
}

/** Start of the line an offset stands on. */
export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** End of the line an offset stands on, its line break included. */
export const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
};

/** White space at the beginning of the line an offset stands on. */
export const indentOf = (text: string, offset: number): string => /^[\t ]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';

/** Removes the lines of a statement, and one of two empty lines that would meet. */
export function dropLines(text: string, start: number, end: number): Piece {
  const from = lineStart(text, start);
  let to = lineEnd(text, end - 1);
  const emptyBefore = /\n[\t ]*\n$/.test(text.slice(0, from)) || /\{[\t ]*\n$/.test(text.slice(0, from));
  const emptyAfter = /^[\t ]*\n/.exec(text.slice(to));
  if (emptyBefore && emptyAfter !== null) to += emptyAfter[0].length;
  return { start: from, end: to, newText: '' };
}

/** Collects edits of several files and puts them in order. Of two that overlap the first one counts. */
export interface Draft {
  add(file: ProgramFile, piece: Piece): void;
  /** A line among the declarations at an offset; `isFirst` where there were none, which asks for an empty line behind the last. */
  declare(file: ProgramFile, at: number, line: string, isFirst: boolean): void;
  note(text: string): void;
  of(path: string): readonly Piece[];
  edits(): readonly TextEdit[];
  notes(): readonly string[];
}

/** An empty draft. */
export function createDraft(): Draft {
  const byFile = new Map<string, Piece[]>();
  const notes: string[] = [];
  const overlaps = (a: Piece, b: Piece): boolean =>
    (a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end && a.newText === b.newText);
  const of = (path: string): Piece[] => {
    const there = byFile.get(path) ?? [];
    byFile.set(path, there);
    return there;
  };
  const declared = new Map<string, { readonly path: string; readonly at: number; readonly lines: string[]; isFirst: boolean }>();
  const all = (path: string): readonly Piece[] => [
    ...[...declared.values()]
      .filter((one) => one.path === path)
      .map(({ at, lines, isFirst }) => ({ start: at, end: at, newText: lines.join('') + (isFirst ? '\n' : '') })),
    ...of(path),
  ];
  return {
    add: (file, piece) => {
      const list = of(file.path);
      if (!list.some((one) => overlaps(one, piece))) list.push(piece);
    },
    declare: (file, at, line, isFirst) => {
      const key = `${file.path}|${at}`;
      const there = declared.get(key) ?? { path: file.path, at, lines: [], isFirst };
      if (!there.lines.includes(line)) there.lines.push(line);
      declared.set(key, there);
    },
    note: (text) => {
      if (!notes.includes(text)) notes.push(text);
    },
    of: all,
    edits: () =>
      [...new Set([...byFile.keys(), ...[...declared.values()].map((one) => one.path)])].flatMap((file) =>
        merged(all(file)).map((piece) => ({ file, ...piece })),
      ),
    notes: () => notes,
  };
}

/** Pieces in order; insertions at one place become one, in the order in which they were added. */
function merged(list: readonly Piece[]): readonly Piece[] {
  const out: Piece[] = [];
  const sorted = list
    .map((piece, index) => ({ piece, index }))
    .sort((a, b) => a.piece.start - b.piece.start || a.piece.end - b.piece.end || a.index - b.index);
  for (const { piece } of sorted) {
    const last = out.at(-1);
    if (last !== undefined && last.start === piece.start && last.end === piece.start)
      out[out.length - 1] = { start: last.start, end: piece.end, newText: last.newText + piece.newText };
    else out.push(piece);
  }
  return out;
}

/** `file:line`, for notes. */
export const placeOf = (file: ProgramFile, offset: number): string => `${file.path}:${file.text.slice(0, offset).split('\n').length}`;

/** A span with the parentheses that its text leaves open or closes too often: a node's span may begin inside of those around its object. */
export function balanced(
  text: string,
  span: { readonly start: number; readonly end: number },
): { readonly start: number; readonly end: number } {
  let { start, end } = span;
  let depth = 0;
  let missing = 0;
  for (const c of text.slice(start, end)) {
    if (c === '(') depth++;
    else if (c === ')' && depth > 0) depth--;
    else if (c === ')') missing++;
  }
  const step = (at: number, by: 1 | -1): number => {
    let next = at;
    while (/\s/.test(text[next] ?? '')) next += by;
    return next;
  };
  for (; missing > 0; missing--) {
    const at = step(start - 1, -1);
    if (text[at] !== '(') return span;
    start = at;
  }
  for (; depth > 0; depth--) {
    const at = step(end, 1);
    if (text[at] !== ')') return span;
    end = at + 1;
  }
  return { start, end };
}
