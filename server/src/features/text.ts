/** Small questions about C text that several features ask. Offsets are half-open UTF-16 offsets. */

import type { ProgramFile } from '../program/types.js';
import type { Span } from '../syntax/ast.js';

const isWordCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

/** The identifier that holds an offset, or ends at it; undefined on anything else (numbers too). */
export function wordAt(text: string, offset: number): (Span & { readonly word: string }) | undefined {
  let start = Math.max(0, Math.min(offset, text.length));
  let end = start;
  while (start > 0 && isWordCode(text.charCodeAt(start - 1))) start--;
  while (end < text.length && isWordCode(text.charCodeAt(end))) end++;
  if (start === end) return undefined;
  const first = text.charCodeAt(start);
  if (first >= 48 && first <= 57) return undefined;
  return { word: text.slice(start, end), start, end };
}

/** The text with comments and string literals blanked, same length, so that a scan for calls finds code only. Cached for the file. */
export function codeText(file: ProgramFile): string {
  const known = blanked.get(file);
  if (known !== undefined) return known;
  const parts: string[] = [];
  let at = 0;
  for (const comment of file.outline.comments) {
    if (comment.start < at) continue;
    parts.push(file.text.slice(at, comment.start), file.text.slice(comment.start, comment.end).replace(/[^\n]/g, ' '));
    at = comment.end;
  }
  parts.push(file.text.slice(at));
  const code = parts.join('').replace(/"(?:[^"\\\n]|\\.)*"/g, (literal) => ' '.repeat(literal.length));
  blanked.set(file, code);
  return code;
}

const blanked = new WeakMap<ProgramFile, string>();

/** A call found by its text: a name directly before `(`. */
export interface TextCall extends Span {
  readonly name: string;
  /** Arguments as written, squeezed; a trailing unbalanced call has those that are there. */
  readonly args: readonly string[];
  /** After the closing parenthesis. */
  readonly close: number;
}

/** Every call between two offsets of blanked text, nested ones too, in order of their names. Keywords are not calls. */
export function callsIn(code: string, start: number, end: number): readonly TextCall[] {
  const calls: TextCall[] = [];
  const pattern = /(?<!\w)[A-Za-z_]\w*(?!\w)(?=\s*\()/g;
  pattern.lastIndex = start;
  for (let match = pattern.exec(code); match !== null && match.index < end; match = pattern.exec(code)) {
    const name = match[0];
    if (keywords.has(name)) continue;
    const open = code.indexOf('(', match.index + name.length);
    const { args, close } = argumentsFrom(code, open, end);
    calls.push({ name, start: match.index, end: match.index + name.length, args, close });
  }
  return calls;
}

const keywords = new Set(['if', 'while', 'for', 'switch', 'return', 'sizeof', 'typeof', 'do', 'else', 'case', 'goto', '__attribute__']);

/** How far a call's arguments are followed: a runaway parenthesis must not cost the file's length for every call. */
const longestCall = 4000;

function argumentsFrom(code: string, open: number, end: number): { readonly args: readonly string[]; readonly close: number } {
  const args: string[] = [];
  let depth = 0;
  let from = open + 1;
  const last = Math.min(end, open + longestCall);
  for (let i = open; i < last; i++) {
    const char = code[i];
    if (char === '(' || char === '{' || char === '[') depth++;
    else if (char === ')' || char === '}' || char === ']') {
      depth--;
      if (depth === 0) {
        const rest = squeeze(code.slice(from, i));
        if (rest !== '' || args.length > 0) args.push(rest);
        return { args, close: i + 1 };
      }
    } else if (char === ',' && depth === 1) {
      args.push(squeeze(code.slice(from, i)));
      from = i + 1;
    }
  }
  return { args, close: last };
}

/** Text with runs of white space reduced to one space. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Whether two half-open ranges touch; an empty range touches what holds it. */
export function touches(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** `1 finding`, `2 findings`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The comment that holds an offset; undefined in code. */
export function commentAt(file: ProgramFile, offset: number): Span | undefined {
  return file.outline.comments.find((comment) => comment.start <= offset && offset <= comment.end);
}
