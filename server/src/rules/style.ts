/** Kernel style for text that fixes write: tabs of eight columns, calls wrapped below their parenthesis. */
import type { TextEdit } from './finding.js';

/** Columns of a tab. */
const TAB = 8;
/** Column after which a line is wrapped. */
const WIDE = 80;

/** Column of an offset in a text, tabs counted; offsets and text of one file or function. */
export function columnAt(text: string, offset: number): number {
  let column = 0;
  for (let i = text.lastIndexOf('\n', offset - 1) + 1; i < offset; i++)
    column = text[i] === '\t' ? column + TAB - (column % TAB) : column + 1;
  return column;
}

/** White space that reaches a column: tabs, then spaces. */
export function indentTo(column: number): string {
  return '\t'.repeat(Math.floor(column / TAB)) + ' '.repeat(column % TAB);
}

/** Indentation of the line an offset stands on. */
export function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[\t ]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

/** A call that begins at a column, its arguments wrapped below the parenthesis where the line would be too long. `tail` counts what follows on the last line. */
export function callText(name: string, args: readonly string[], column: number, tail = 1): string {
  const open = column + name.length + 1;
  let out = `${name}(`;
  let at = open;
  args.forEach((arg, index) => {
    const isLast = index === args.length - 1;
    const size = arg.length + (isLast ? 1 + tail : 1);
    if (index > 0) {
      if (at + 1 + size > WIDE) {
        out += `\n${indentTo(open)}`;
        at = open;
      } else {
        out += ' ';
        at++;
      }
    }
    out += arg + (isLast ? ')' : ',');
    at += arg.length + 1;
  });
  return args.length === 0 ? `${out})` : out;
}

/** The whole line (or lines) that a span stands on, from the first column to the line break included. */
export function linesOf(
  text: string,
  span: { readonly start: number; readonly end: number },
): { readonly start: number; readonly end: number } {
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const end = text.indexOf('\n', span.end);
  return { start, end: end < 0 ? text.length : end + 1 };
}

/** A replacement, offsets given relative to `base` in the file. */
export function edit(file: string, base: number, start: number, end: number, newText: string): TextEdit {
  return { file, start: base + start, end: base + end, newText };
}

/** A call of several lines that begins at a column and moves to the right: its other lines move along, aligned to the parenthesis that is open above them. */
export function shifted(call: string, column: number, by: number): string {
  const [first = '', ...rest] = call.split('\n');
  const [second] = rest;
  if (second === undefined) return call;
  const open: number[] = [];
  for (let i = 0; i < first.length; i++) {
    if (first[i] === '(') open.push(i);
    else if (first[i] === ')') open.pop();
  }
  const columnOf = (line: string): number => columnAt(line, line.length - line.trimStart().length);
  const more = column + by + (open.at(-1) ?? -1) + 1 - columnOf(second);
  return [first, ...rest.map((line) => indentTo(Math.max(0, columnOf(line) + more)) + line.trimStart())].join('\n');
}
