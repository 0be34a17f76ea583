/** What the place of a token tells: the same line, its indentation, whether only a statement starts with it. */

import { CODE } from './chars.js';
import { CONTROL_KEYWORDS, isCallAttribute, isPlainAttribute } from './dialect.js';
import type { Masker } from './mask.js';
import { put } from './mask.js';
import { TOKEN, tokenEnd, tokenKind, tokenStart, tokenText } from './tokens.js';

/** Writes the `;` that a statement macro does without, where there is room for it. */
export function endStatement(masker: Masker, last: number): void {
  const end = tokenEnd(masker.tokens, last);
  if (end < masker.to && tokenStart(masker.tokens, last + 1) > end) put(masker, end, ';');
}

/** True when an attribute or annotation starts at the token. */
export function isAttributeAt(masker: Masker, at: number): boolean {
  if (tokenKind(masker.tokens, at) !== TOKEN.name) return false;
  const word = tokenText(masker.tokens, at);
  return isPlainAttribute(word) || (isCallAttribute(word) && tokenKind(masker.tokens, at + 1) === CODE.openParen);
}

/** True when no line ends between two tokens. */
export function isSameLine(masker: Masker, first: number, second: number): boolean {
  const end = tokenStart(masker.tokens, second);
  for (let i = tokenEnd(masker.tokens, first); i < end; i++) if (masker.text.charCodeAt(i) === CODE.newline) return false;
  return true;
}

/** Column of a token with tabs of eight, or -1 when it does not start its line. */
export function indentation(masker: Masker, at: number): number {
  const start = tokenStart(masker.tokens, at);
  let from = start;
  while (from > 0 && (masker.text.charCodeAt(from - 1) === 9 || masker.text.charCodeAt(from - 1) === CODE.space)) from--;
  if (from > 0 && masker.text.charCodeAt(from - 1) !== CODE.newline) return -1;
  let column = 0;
  for (let i = from; i < start; i++) column = masker.text.charCodeAt(i) === 9 ? (column & ~7) + 8 : column + 1;
  return column;
}

/** A keyword on a new line that only starts statements. */
export function isCutWord(masker: Masker, at: number): boolean {
  const word = tokenText(masker.tokens, at);
  return CONTROL_KEYWORDS.has(word) && word !== 'sizeof' && word !== 'typeof' && word !== '__typeof__';
}
