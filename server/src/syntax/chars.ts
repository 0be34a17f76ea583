/** Character classes and the skipping of literals and comments, shared by the outline's lexer, the masker and the condition reader. */

/** Codes that the lexers name. */
export const CODE = {
  newline: 10,
  carriageReturn: 13,
  space: 32,
  exclamation: 33,
  quote: 34,
  hash: 35,
  ampersand: 38,
  apostrophe: 39,
  openParen: 40,
  closeParen: 41,
  star: 42,
  comma: 44,
  minus: 45,
  dot: 46,
  slash: 47,
  colon: 58,
  semicolon: 59,
  less: 60,
  equals: 61,
  greater: 62,
  question: 63,
  openBracket: 91,
  backslash: 92,
  closeBracket: 93,
  openBrace: 123,
  closeBrace: 125,
} as const;

const IDENTIFIER = 1;
const DIGIT = 2;
const SPACE = 3;

const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 36;
  if (isLetter) classes[code] = IDENTIFIER;
  else if (code >= 48 && code <= 57) classes[code] = DIGIT;
  else if (code <= 32) classes[code] = SPACE;
}

/** True for a code that may start an identifier; everything outside ASCII may. */
export function isIdentifierStart(code: number): boolean {
  return code >= 128 ? code !== 0xfeff : classes[code] === IDENTIFIER;
}

/** True for a code that may continue an identifier. */
export function isIdentifierPart(code: number): boolean {
  if (code >= 128) return code !== 0xfeff;
  const found = classes[code];
  return found === IDENTIFIER || found === DIGIT;
}

/** True for a decimal digit. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** True for white space, control characters (NUL too) and the byte order mark. */
export function isSpace(code: number): boolean {
  return code < 128 ? classes[code] === SPACE : code === 0xfeff;
}

/** Offset after the identifier that starts at `start`. */
export function identifierEnd(text: string, start: number, end: number): number {
  let i = start + 1;
  while (i < end && isIdentifierPart(text.charCodeAt(i))) i++;
  return i;
}

/** Offset after a string or character literal that starts at `start` with its quote; an unterminated one ends before its newline. */
export function literalEnd(text: string, start: number, end: number): number {
  const quote = text.charCodeAt(start);
  let i = start + 1;
  while (i < end) {
    const code = text.charCodeAt(i);
    if (code === quote) return i + 1;
    if (code === CODE.newline) return i;
    i += code === CODE.backslash ? 2 : 1;
  }
  return Math.min(i, end);
}

/** Offset after the comment that starts at `start` (`//` or `/*`), or `start` when none starts there. A line comment ends before its newline. */
export function commentEnd(text: string, start: number, end: number): number {
  const next = text.charCodeAt(start + 1);
  if (next === CODE.star) {
    const close = text.indexOf('*/', start + 2);
    return close < 0 || close + 2 > end ? end : close + 2;
  }
  if (next !== CODE.slash) return start;
  let i = start + 2;
  while (i < end) {
    const newline = text.indexOf('\n', i);
    if (newline < 0 || newline >= end) return end;
    const before = text.charCodeAt(newline - 1) === CODE.carriageReturn ? newline - 2 : newline - 1;
    if (text.charCodeAt(before) !== CODE.backslash) return newline;
    i = newline + 1;
  }
  return end;
}

/** Offset of the first character at or after `start` that is neither white space nor comment. */
export function skipBlank(text: string, start: number, end: number): number {
  let i = start;
  while (i < end) {
    const code = text.charCodeAt(i);
    if (isSpace(code)) i++;
    else if (code === CODE.slash) {
      const after = commentEnd(text, i, end);
      if (after === i) return i;
      i = after;
    } else return i;
  }
  return end;
}

/** True when the offset is the first character of its line. */
export function isLineStart(text: string, offset: number): boolean {
  return offset === 0 || text.charCodeAt(offset - 1) === CODE.newline;
}
