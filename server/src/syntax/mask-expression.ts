/** Masking inside expressions: calls with types, statements or nothing as arguments, casts, `sizeof`, strings, initialisers, statement expressions. */

import type { TypeRef } from './ast.js';
import { CODE } from './chars.js';
import { CONTROL_KEYWORDS, isCallAttribute, isPlainAttribute } from './dialect.js';
import { isKnownTypedef, isTypeof, parseNumber, readTypeName } from './lower-type.js';
import type { Masker } from './mask.js';
import { blank, put, replaceBy } from './mask.js';
import { argumentEnd, scanArguments } from './mask-argument.js';
import { scanBlock } from './mask-statement.js';
import { TOKEN, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';

/** Operators of the language and their kin that take a type or an expression in parentheses. */
const MEASURES: ReadonlySet<string> = new Set([
  'sizeof',
  'alignof',
  '_Alignof',
  '__alignof__',
  '__alignof',
  '_alignof',
  'offsetof',
  '__builtin_offsetof',
]);

/** Names that are keywords to the grammar and plain names in the kernel. */
const CLASHES: ReadonlySet<string> = new Set(
  '__try __leave __except __finally thread_local alignas _Alignas noreturn constexpr _unaligned __unaligned __based _Nonnull __uptr __sptr __clrcall __thiscall __vectorcall __fastcall defined nullptr __forceinline __thread _Atomic'.split(
    ' ',
  ),
);

/** Masks the expression tokens from `from` up to `to`. */
export function scanRange(masker: Masker, from: number, to: number): void {
  let i = from;
  while (i < to) i = scanToken(masker, i, to);
}

/** Masks one token, or the group that it opens; returns the index after. */
export function scanToken(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const kind = tokenKind(tokens, at);
  const start = tokenStart(tokens, at);
  switch (kind) {
    case TOKEN.name:
      return scanName(masker, at, limit);
    case TOKEN.string:
      return scanString(masker, at, limit);
    case TOKEN.character:
      replaceBy(masker, start, tokenEnd(tokens, at), '0', {
        kind: 'number',
        value: characterValue(tokenText(tokens, at)),
        end: tokenEnd(tokens, at),
      });
      return at + 1;
    case TOKEN.number: {
      const value = parseNumber(tokenText(tokens, at));
      const end = tokenEnd(tokens, at);
      replaceBy(masker, start, end, '0', value === undefined ? { kind: 'unknown', end } : { kind: 'number', value, end });
      return at + 1;
    }
    case CODE.openParen:
      return scanParen(masker, at, limit);
    case CODE.openBrace:
      return scanInitializer(masker, at, limit);
    case CODE.hash:
      // `#x` and `a ## b` of macro bodies.
      blank(masker, start, tokenEnd(tokens, at));
      if (tokenKind(tokens, at + 1) === CODE.hash) return joinPaste(masker, at, limit);
      return at + 1;
    default:
      return at + 1;
  }
}

/** `a ## b`: one name to the parser. `, ## args`: the operator alone goes. */
function joinPaste(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  blank(masker, tokenStart(tokens, at + 1), tokenEnd(tokens, at + 1));
  const before = at - 1;
  const after = at + 2;
  const beforeKind = tokenKind(tokens, before);
  if (
    after < limit &&
    beforeKind === TOKEN.name &&
    (tokenKind(tokens, after) === TOKEN.name || tokenKind(tokens, after) === TOKEN.number)
  ) {
    for (let offset = tokenEnd(tokens, before); offset < tokenEnd(tokens, after); offset++) put(masker, offset, '_');
    const [start, end] = [tokenStart(tokens, before), tokenEnd(tokens, after)];
    // The pasted name is made of arguments: it is no name that stands here.
    if (tokenKind(tokens, after + 1) === TOKEN.string) blank(masker, start, end);
    else masker.marks.set(start, { kind: 'unknown', end });
    return after + 1;
  }
  return after;
}

function characterValue(literal: string): number {
  const inside = literal.replace(/^'|'$/g, '');
  if (!inside.startsWith('\\')) return inside.charCodeAt(0) || 0;
  const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };
  const code = inside[1] ?? '';
  if (code === 'x') return Number.parseInt(inside.slice(2), 16) || 0;
  if (code >= '0' && code <= '7') return Number.parseInt(inside.slice(1), 8) || 0;
  return escapes[code] ?? code.charCodeAt(0) ?? 0;
}

function scanName(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const word = tokenText(tokens, at);
  const start = tokenStart(tokens, at);
  const next = at + 1;
  const nextKind = next < limit ? tokenKind(tokens, next) : TOKEN.end;
  const close = nextKind === CODE.openParen ? tokenMatch(tokens, next) : -1;
  const isClosed = close > 0 && close < limit;
  if (word.startsWith('__') || word.startsWith('no')) {
    if (isCallAttribute(word) && isClosed) {
      blank(masker, start, tokenEnd(tokens, close));
      return close + 1;
    }
    if (isPlainAttribute(word) && nextKind !== CODE.openParen) {
      blank(masker, start, tokenEnd(tokens, at));
      return next;
    }
  }
  if (CLASHES.has(word)) put(masker, start, word === '_Atomic' ? 'x' : '_');
  if (nextKind === TOKEN.string) {
    // `PRIx64 "text"`, `KERN_INFO "text"`: the string stands for both.
    blank(masker, start, tokenEnd(tokens, at));
    return next;
  }
  if (MEASURES.has(word)) return scanMeasure(masker, at, limit);
  if (isTypeof(word) && isClosed) {
    maskType(masker, at, close + 1);
    return close + 1;
  }
  if (word === '_Generic' && isClosed) {
    maskGeneric(masker, at, close);
    return close + 1;
  }
  if (isClosed && close + 1 < limit && tokenKind(tokens, close + 1) === TOKEN.string) {
    // `__stringify(x) "text"`: the string stands for both.
    blank(masker, start, tokenEnd(tokens, close));
    return close + 1;
  }
  if (isClosed && !CONTROL_KEYWORDS.has(word)) {
    scanArguments(masker, next);
    return close + 1;
  }
  return next;
}

/** `sizeof(type)` becomes a call, `sizeof x` a prefix operator. */
function scanMeasure(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const start = tokenStart(tokens, at);
  const next = at + 1;
  const close = tokenKind(tokens, next) === CODE.openParen ? tokenMatch(tokens, next) : -1;
  if (close > 0 && close < limit) {
    put(masker, tokenEnd(tokens, at) - 1, '_');
    if (readTypeName(tokens, next + 1, close, masker.lower) !== undefined) maskType(masker, next + 1, close);
    else scanArguments(masker, next);
    return close + 1;
  }
  replaceBy(masker, start, tokenEnd(tokens, at), '~', { kind: 'sizeof' });
  return next;
}

/** `_Generic(x, type: value, …)`: the associations do the same for different types, so the last one stands for all. */
function maskGeneric(masker: Masker, at: number, close: number): void {
  const { tokens } = masker;
  let from = at + 2;
  let to = close;
  for (let end = argumentEnd(masker, from, close); end < close; end = argumentEnd(masker, from, close)) from = end + 1;
  while (from < to && tokenKind(tokens, from) !== CODE.colon) from++;
  from++;
  const start = tokenStart(tokens, at);
  const end = tokenEnd(tokens, close);
  to = Math.max(from, to);
  if (from >= to) replaceBy(masker, start, end, '_', { kind: 'unknown', end });
  else
    replaceBy(masker, start, end, '_', {
      kind: 'nested',
      mode: 'expression',
      start: tokenStart(tokens, from),
      end: tokenEnd(tokens, to - 1),
    });
}

/** Masks tokens that are a type as one name, and keeps the type. */
export function maskType(masker: Masker, from: number, to: number): void {
  const { tokens } = masker;
  const start = tokenStart(tokens, from);
  const end = tokenEnd(tokens, to - 1);
  const type = readTypeName(tokens, from, to, masker.lower) ?? { base: '', pointers: 0, dims: [], isConst: false };
  replaceBy(masker, start, end, '_', { kind: 'type', type, end });
}

/** A string, with the strings and macro names that are concatenated to it. */
function scanString(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  let i = at;
  let value = '';
  while (i < limit) {
    const kind = tokenKind(tokens, i);
    if (kind === TOKEN.string) {
      const literal = tokenText(tokens, i);
      value += literal.replace(/^"|"$/g, '');
      i++;
      // One that its line ends is half-typed: nothing is concatenated to it, so that the statement shows as broken.
      if (literal.length < 2 || !literal.endsWith('"')) break;
    } else if (kind === TOKEN.name && !CONTROL_KEYWORDS.has(tokenText(tokens, i))) {
      const close = tokenKind(tokens, i + 1) === CODE.openParen ? tokenMatch(tokens, i + 1) : -1;
      i = close > 0 && close < limit ? close + 1 : i + 1;
    } else if (kind === CODE.hash) i++;
    else break;
  }
  const end = tokenEnd(tokens, i - 1);
  replaceBy(masker, tokenStart(tokens, at), end, '0', { kind: 'string', value, end });
  return i;
}

/** True when the tokens in parentheses after the group at `close` can only be an operand: the group is a cast. */
function startsOperand(masker: Masker, at: number, limit: number, isCertain: boolean): boolean {
  if (at >= limit) return false;
  const kind = tokenKind(masker.tokens, at);
  if (kind === TOKEN.name) return true;
  if (kind === TOKEN.number || kind === TOKEN.string || kind === TOKEN.character || kind === CODE.exclamation || kind === 126) return true;
  return isCertain && (kind === CODE.openParen || kind === CODE.minus || kind === CODE.star || kind === CODE.ampersand || kind === 43);
}

function scanParen(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const close = tokenMatch(tokens, at);
  if (close < 0 || close >= limit) return at + 1;
  const start = tokenStart(tokens, at);
  const before = at === masker.statementStart || at - 1 === masker.castEnd ? TOKEN.end : tokenKind(tokens, at - 1);
  if (before === CODE.closeParen || before === CODE.closeBracket) {
    scanArguments(masker, at);
    return close + 1;
  }
  if (tokenKind(tokens, at + 1) === CODE.openBrace && tokenMatch(tokens, at + 1) === close - 1) {
    scanBlock(masker, at + 1);
    return close + 1;
  }
  const type = readTypeName(tokens, at + 1, close, masker.lower);
  const isSingleName = close === at + 2 && tokenKind(tokens, at + 1) === TOKEN.name;
  const after = close + 1;
  if ((type !== undefined || isSingleName) && after < limit && tokenKind(tokens, after) === CODE.openBrace) {
    blank(masker, start, tokenEnd(tokens, close));
    put(masker, start, '(');
    put(masker, tokenStart(tokens, at + 1), 'T');
    put(masker, tokenStart(tokens, close), ')');
    masker.marks.set(start, { kind: 'literal', type: type ?? nameType(tokenText(tokens, at + 1)) });
    return scanInitializer(masker, after, limit);
  }
  if (type !== undefined || isSingleName) {
    if (startsOperand(masker, after, limit, type !== undefined)) {
      replaceBy(masker, start, tokenEnd(tokens, close), '~', { kind: 'cast', type: type ?? nameType(tokenText(tokens, at + 1)) });
      masker.castEnd = close;
      return after;
    }
    if (type !== undefined) {
      replaceBy(masker, start, tokenEnd(tokens, close), '_', { kind: 'type', type, end: tokenEnd(tokens, close) });
      return after;
    }
    // `(name)` could be taken for a cast of what follows: the parentheses say nothing.
    blank(masker, start, start + 1);
    blank(masker, tokenStart(tokens, close), tokenEnd(tokens, close));
    scanName(masker, at + 1, close);
    return after;
  }
  if (looksLikeCast(masker, at, close)) {
    const end = tokenEnd(tokens, close);
    replaceBy(masker, start, end, '_', { kind: 'nested', mode: 'expression', start: start + 1, end: end - 1 });
    return after;
  }
  scanRange(masker, at + 1, close);
  return after;
}

function nameType(name: string): TypeRef {
  return { base: name, pointers: 0, dims: [], isConst: false };
}

/** `(name(…)) - x`, `(name[…]) & x`: an expression in parentheses that the grammar may take for a type in a cast. */
function looksLikeCast(masker: Masker, open: number, close: number): boolean {
  const { tokens } = masker;
  const after = tokenKind(tokens, close + 1);
  if (after !== CODE.ampersand && after !== CODE.star && after !== CODE.minus && after !== 43 && after !== CODE.openParen) return false;
  if (tokenKind(tokens, open + 1) !== TOKEN.name) return false;
  let i = open + 2;
  while (i < close) {
    const kind = tokenKind(tokens, i);
    const match = tokenMatch(tokens, i);
    if ((kind !== CODE.openParen && kind !== CODE.openBracket) || match < 0) return false;
    i = match + 1;
  }
  return true;
}

/** Masks an initialiser list; `open` is its brace. Returns the index after it. */
export function scanInitializer(masker: Masker, open: number, limit: number): number {
  const { tokens } = masker;
  const match = tokenMatch(tokens, open);
  const close = match < 0 || match > limit ? limit : match;
  let i = open + 1;
  while (i < close) {
    const kind = tokenKind(tokens, i);
    const next = kind === CODE.openBrace ? scanInitializer(masker, i, close) : scanToken(masker, i, close);
    // Macros that bring their own comma stand side by side.
    const last = tokenKind(tokens, next - 1);
    const first = next < close ? tokenKind(tokens, next) : TOKEN.end;
    const isAdjacent = (last === CODE.closeParen && next - 1 !== masker.castEnd) || last === CODE.closeBrace;
    if (
      isAdjacent &&
      (first === TOKEN.name || (first === CODE.openBrace && last === CODE.closeBrace)) &&
      tokenStart(tokens, next) > tokenEnd(tokens, next - 1) &&
      isCallEnd(masker, next - 1)
    ) {
      put(masker, tokenEnd(tokens, next - 1), ',');
    }
    i = next;
  }
  return close + 1;
}

/** Whether a closing token ends a call or a braced list rather than a cast. */
function isCallEnd(masker: Masker, close: number): boolean {
  const open = tokenMatch(masker.tokens, close);
  if (tokenKind(masker.tokens, close) === CODE.closeBrace) return true;
  const before = tokenKind(masker.tokens, open - 1);
  return before === TOKEN.name && !isKnownTypedef(tokenText(masker.tokens, open - 1));
}
