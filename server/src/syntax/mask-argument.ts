/** Masking of a call's arguments: types, statements, operators or nothing where the grammar wants an expression. */

import { CODE } from './chars.js';
import { isTypeof, isTypeWord, readTypeName } from './lower-type.js';
import type { Masker } from './mask.js';
import { blank, replaceBy } from './mask.js';
import { maskType, scanRange } from './mask-expression.js';
import { scanBlock } from './mask-statement.js';
import { TOKEN, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';

/** Words that start a statement: as an argument they make it a statement. */
const STATEMENT_WORDS: ReadonlySet<string> = new Set(['return', 'goto', 'break', 'continue', 'if', 'for', 'while', 'do', 'switch']);

/** Masks a call's arguments; `open` is matched. */
export function scanArguments(masker: Masker, open: number): void {
  const { tokens } = masker;
  const close = tokenMatch(tokens, open);
  let from = open + 1;
  if (from === close) return;
  while (from <= close) {
    const to = argumentEnd(masker, from, close);
    if (hasSemicolon(masker, from, to)) {
      // Statements as the last argument: their commas are not the call's.
      const [start, end] = [tokenStart(tokens, from), tokenEnd(tokens, close - 1)];
      replaceBy(masker, start, end, '_', { kind: 'nested', mode: 'statements', start, end });
      return;
    }
    scanArgument(masker, open, from, to);
    if (to >= close) return;
    from = to + 1;
  }
}

/** A `;` outside of groups. */
function hasSemicolon(masker: Masker, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (tokenKind(masker.tokens, i) === CODE.semicolon) return true;
    const match = tokenMatch(masker.tokens, i);
    if (match > i) i = match;
  }
  return false;
}

/** Index of the comma or the closer that ends the argument at `from`. */
export function argumentEnd(masker: Masker, from: number, close: number): number {
  const { tokens } = masker;
  let i = from;
  while (i < close) {
    const kind = tokenKind(tokens, i);
    if (kind === CODE.comma) return i;
    const match = kind === CODE.openParen || kind === CODE.openBracket || kind === CODE.openBrace ? tokenMatch(tokens, i) : -1;
    i = match > i && match < close ? match + 1 : i + 1;
  }
  return close;
}

function scanArgument(masker: Masker, open: number, from: number, to: number): void {
  const { tokens } = masker;
  if (from === to) {
    fillEmptyArgument(masker, open, from);
    return;
  }
  const start = tokenStart(tokens, from);
  const end = tokenEnd(tokens, to - 1);
  const kind = tokenKind(tokens, from);
  const word = kind === TOKEN.name ? tokenText(tokens, from) : '';
  if (STATEMENT_WORDS.has(word) || (isTypeWord(word) && holdsDeclaration(masker, from, to))) {
    replaceBy(masker, start, end, '_', { kind: 'nested', mode: 'statements', start, end });
    return;
  }
  if (kind === CODE.openBrace) {
    const inside = tokenKind(tokens, from + 1);
    if (
      tokenMatch(tokens, from) === to - 1 &&
      inside !== CODE.dot &&
      inside !== CODE.openBracket &&
      inside !== CODE.closeBrace &&
      holdsStatements(masker, from)
    )
      scanBlock(masker, from);
    else replaceBy(masker, start, end, '_', { kind: 'unknown', end });
    return;
  }
  if (word !== '' && isTypeArgument(masker, from, to, word)) {
    maskType(masker, from, to);
    return;
  }
  if (kind === CODE.dot || isOperatorOnly(masker, from, to)) {
    replaceBy(masker, start, end, '_', { kind: 'unknown', end });
    return;
  }
  scanRange(masker, from, to);
}

/** `struct x *name = value` as an argument. */
function holdsDeclaration(masker: Masker, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const kind = tokenKind(masker.tokens, i);
    if (kind === CODE.equals) return true;
    const match = tokenMatch(masker.tokens, i);
    if (match > i) i = match;
  }
  return false;
}

/** A block of statements rather than an initialiser: it has a `;` in it. */
function holdsStatements(masker: Masker, open: number): boolean {
  const close = tokenMatch(masker.tokens, open);
  for (let i = open + 1; i < close; i++) if (tokenKind(masker.tokens, i) === CODE.semicolon) return true;
  return false;
}

function isTypeArgument(masker: Masker, from: number, to: number, word: string): boolean {
  const { tokens } = masker;
  if (readTypeName(tokens, from, to, masker.lower) !== undefined) return true;
  // `struct x *name` as an argument: a declaration, a type to us.
  return isTypeWord(word) && !isTypeof(word) && tokenKind(tokens, from + 1) !== CODE.openParen;
}

/** An argument such as `==`: no operand in it. */
function isOperatorOnly(masker: Masker, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const kind = tokenKind(masker.tokens, i);
    if (kind < 33 && kind !== TOKEN.ellipsis) return false;
    if (kind === CODE.openParen || kind === CODE.openBracket || kind === CODE.openBrace) return false;
  }
  return true;
}

/** `f(a, , b)`: an unknown where there is room for one, else the comma goes. */
function fillEmptyArgument(masker: Masker, open: number, at: number): void {
  const { tokens } = masker;
  const room = tokenEnd(tokens, at - 1);
  if (tokenKind(tokens, at) !== CODE.closeParen && tokenStart(tokens, at) > room)
    replaceBy(masker, room, room + 1, '_', { kind: 'unknown', end: room + 1 });
  else {
    const comma = tokenKind(tokens, at) === CODE.comma ? at : at - 1;
    if (comma > open) blank(masker, tokenStart(tokens, comma), tokenEnd(tokens, comma));
  }
}
