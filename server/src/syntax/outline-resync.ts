/** Where broken text ends: what at column zero can only start, or end, a definition. */

import { CODE, identifierEnd, isIdentifierStart, isLineStart, literalEnd, skipBlank } from './chars.js';
import { CONTROL_KEYWORDS, TYPE_KEYWORDS } from './dialect.js';

/** How far the lexer looks ahead to tell that a line at column zero starts a new definition. */
const LOOKAHEAD = 2000;

/**
 * Whether the word at column zero inside braces or parentheses starts a new definition, so that what is open was never closed:
 * a header with parameters and a body whose brace stands at column zero, or after a keyword that only a declaration starts with.
 */
export function startsDefinition(text: string, at: number, wordEnd: number, limit: number): boolean {
  const word = text.slice(at, wordEnd);
  if (CONTROL_KEYWORDS.has(word)) return false;
  const isDeclaration = TYPE_KEYWORDS.has(word);
  const end = Math.min(limit, at + LOOKAHEAD);
  let words = 1;
  let depth = 0;
  let sawGroup = false;
  let last = 97;
  let i = wordEnd;
  while (i < end) {
    i = skipBlank(text, i, end);
    const code = text.charCodeAt(i);
    if (isIdentifierStart(code)) {
      if (depth === 0 && !sawGroup) words++;
      last = 97;
      i = identifierEnd(text, i, end);
      continue;
    }
    if (code === CODE.quote || code === CODE.apostrophe) {
      i = literalEnd(text, i, end);
      continue;
    }
    if (code === CODE.openParen) depth++;
    else if (code === CODE.closeParen) {
      if (--depth < 0) return false;
      sawGroup = true;
    } else if (code === CODE.openBrace) {
      if (depth > 0) return false;
      if (sawGroup && words > 1 && last === CODE.closeParen) return isDeclaration || isLineStart(text, i);
      return !sawGroup && isDeclaration && words === 2 && (word === 'struct' || word === 'union' || word === 'enum');
    } else if (code === CODE.hash || code === CODE.closeBrace) return false;
    else if (depth === 0 && (code === CODE.semicolon || code === CODE.equals))
      return word === 'static' || word === 'extern' || word === 'typedef';
    else if (depth === 0 && code === CODE.colon) return false;
    last = code;
    i++;
  }
  return false;
}

/** A `}` at column zero with braces still open: true when what follows stands at column zero too, so the function is over. */
export function endsFunctionEarly(text: string, from: number, limit: number): boolean {
  const next = skipBlank(text, from, limit);
  if (next >= limit) return true;
  return (
    isLineStart(text, next) &&
    text.charCodeAt(next) !== CODE.closeBrace &&
    text.charCodeAt(next) !== CODE.openBrace &&
    !isLabelAt(text, next, limit)
  );
}

function isLabelAt(text: string, at: number, limit: number): boolean {
  if (!isIdentifierStart(text.charCodeAt(at))) return false;
  const end = identifierEnd(text, at, limit);
  return text.charCodeAt(skipBlank(text, end, limit)) === CODE.colon || CONTROL_KEYWORDS.has(text.slice(at, end));
}
