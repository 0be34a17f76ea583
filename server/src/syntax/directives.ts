/** Preprocessor lines: where a directive ends, what it defines or includes, and where a branch that is not taken ends. */
import { CODE, commentEnd, identifierEnd, isIdentifierStart, isSpace, literalEnd, skipBlank } from './chars.js';
import type { Comment, Include, MacroDef } from './source.js';

/** One directive. */
export interface Directive {
  /** `if`, `define`, …; empty for a lone `#`. */
  readonly name: string;
  /** Offset of the `#`. */
  readonly start: number;
  /** Offset after the directive's name. */
  readonly contentStart: number;
  /** Offset of the newline (or the text's end) that ends it, continuations included. */
  readonly end: number;
  /** Comments in it. */
  readonly comments: readonly Comment[];
}

/** Reads the directive whose `#` stands at `start`. A block comment in it may span lines. */
export function readDirective(text: string, start: number, limit: number): Directive {
  let i = start + 1;
  while (i < limit && isSpace(text.charCodeAt(i)) && text.charCodeAt(i) !== CODE.newline) i++;
  const nameStart = i;
  if (isIdentifierStart(text.charCodeAt(i))) i = identifierEnd(text, i, limit);
  const name = text.slice(nameStart, i);
  const contentStart = i;
  const comments: Comment[] = [];
  // A message of #error is prose: its apostrophes open no literal.
  const isProse = name === 'error' || name === 'warning';
  while (i < limit) {
    const code = text.charCodeAt(i);
    if (code === CODE.newline) break;
    if (code === CODE.backslash) {
      const next = text.charCodeAt(i + 1);
      i += next === CODE.carriageReturn && text.charCodeAt(i + 2) === CODE.newline ? 3 : 2;
    } else if (code === CODE.slash) {
      const after = commentEnd(text, i, limit);
      if (after > i) comments.push(commentAt(text, i, after));
      i = after > i ? after : i + 1;
    } else if ((code === CODE.quote || code === CODE.apostrophe) && !isProse) i = literalEnd(text, i, limit);
    else i++;
  }
  return { name, start, contentStart, end: Math.min(i, limit), comments };
}

/** A comment's record; a kernel-doc comment starts with exactly two stars. */
export function commentAt(text: string, start: number, end: number): Comment {
  const isDoc = text.startsWith('/**', start) && text[start + 3] !== '*' && text[start + 3] !== '/';
  return { start, end, isDoc };
}

/** The text of a directive from `start`, comments and line continuations replaced by as many spaces. */
function flatText(text: string, directive: Directive, start: number): string {
  let result = '';
  let from = start;
  for (const comment of directive.comments) {
    if (comment.end <= start) continue;
    result += text.slice(from, comment.start) + ' '.repeat(comment.end - comment.start);
    from = comment.end;
  }
  result += text.slice(from, directive.end);
  return result.includes('\\') ? result.replace(/\\\r?\n/g, (match) => ' '.repeat(match.length)) : result;
}

/** The condition of an `#if`, `#ifdef` … line. */
export function conditionOf(text: string, directive: Directive): string {
  return flatText(text, directive, directive.contentStart);
}

/** The macro that a `#define` line makes; undefined when it names none. */
export function readMacro(text: string, directive: Directive, alternative: boolean): MacroDef | undefined {
  const nameStart = skipBlank(text, directive.contentStart, directive.end);
  if (nameStart >= directive.end || !isIdentifierStart(text.charCodeAt(nameStart))) return undefined;
  const nameEnd = identifierEnd(text, nameStart, directive.end);
  let bodyStart = nameEnd;
  let params: readonly string[] | undefined;
  if (text.charCodeAt(nameEnd) === CODE.openParen) {
    const close = text.indexOf(')', nameEnd);
    if (close < 0 || close >= directive.end) return undefined;
    params = text
      .slice(nameEnd + 1, close)
      .replace(/\/\*.*?\*\/|\\/gs, ' ')
      .split(',')
      .map((param) => param.replace(/\s+/g, ''))
      .filter((param) => param !== '');
    bodyStart = close + 1;
  }
  const flat = flatText(text, directive, bodyStart);
  const leading = flat.length - flat.trimStart().length;
  return {
    name: text.slice(nameStart, nameEnd),
    params,
    body: flat.trim(),
    bodyStart: bodyStart + leading,
    start: directive.start,
    end: directive.end,
    alternative,
  };
}

/** The file that an `#include` line names; undefined when it is computed. */
export function readInclude(text: string, directive: Directive, alternative: boolean): Include | undefined {
  const start = skipBlank(text, directive.contentStart, directive.end);
  const open = text[start];
  const close = open === '<' ? '>' : open === '"' ? '"' : undefined;
  if (close === undefined || start >= directive.end) return undefined;
  const end = text.indexOf(close, start + 1);
  if (end < 0 || end >= directive.end) return undefined;
  return { path: text.slice(start + 1, end), isSystem: open === '<', start: directive.start, end: directive.end, alternative };
}

/** Offset of the `#` of the `#elif`, `#else` or `#endif` that ends the branch whose text starts at `start`; `limit` when none does. */
export function branchEnd(text: string, start: number, limit: number): number {
  let nesting = 0;
  let isFresh = true;
  let i = start;
  while (i < limit) {
    const code = text.charCodeAt(i);
    if (code === CODE.newline) {
      isFresh = true;
      i++;
    } else if (isSpace(code)) i++;
    else if (code === CODE.hash && isFresh) {
      const directive = readDirective(text, i, limit);
      if (directive.name === 'if' || directive.name === 'ifdef' || directive.name === 'ifndef') nesting++;
      else if (directive.name === 'endif') {
        if (nesting === 0) return i;
        nesting--;
      } else if (nesting === 0 && (directive.name === 'else' || directive.name.startsWith('elif'))) return i;
      i = directive.end;
    } else {
      isFresh = false;
      if (code === CODE.slash) {
        const after = commentEnd(text, i, limit);
        i = after > i ? after : i + 1;
      } else if (code === CODE.quote || code === CODE.apostrophe) i = literalEnd(text, i, limit);
      else i++;
    }
  }
  return limit;
}
