/** Masking of declarations: `T name = value`, whatever the types were. */
import { CODE } from './chars.js';
import { CONTROL_KEYWORDS } from './dialect.js';
import { isKnownTypedef, isTypeWord, readDeclarator, readSpecifiers, skipAttributes } from './lower-type.js';
import type { Masker } from './mask.js';
import { blank, breakUnit, put } from './mask.js';
import { scanInitializer, scanToken } from './mask-expression.js';
import { isAttributeAt, isCutWord, isSameLine } from './mask-layout.js';
import { scanSimple } from './mask-statement.js';
import { TOKEN, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';

/** Whether a declaration starts at the token, by keyword, known typedef, or the shape `name name`, `name *name =`. */
export function isDeclarationStart(masker: Masker, at: number, limit: number): boolean {
  const { tokens } = masker;
  const first = skipAttributes(tokens, at, []);
  if (first >= limit || tokenKind(tokens, first) !== TOKEN.name) return false;
  const word = tokenText(tokens, first);
  if (isTypeWord(word)) return true;
  if (CONTROL_KEYWORDS.has(word)) return false;
  const next = skipAttributes(tokens, first + 1, []);
  if (next >= limit) return false;
  const kind = tokenKind(tokens, next);
  if (kind === TOKEN.name) return isSameLine(masker, first, next) && !CONTROL_KEYWORDS.has(tokenText(tokens, next));
  if (isKnownTypedef(word) && kind === CODE.openParen) return tokenKind(tokens, next + 1) === CODE.star;
  if (kind !== CODE.star) return false;
  let i = next;
  while (
    i < limit &&
    (tokenKind(tokens, i) === CODE.star ||
      (tokenKind(tokens, i) === TOKEN.name && (tokenText(tokens, i) === 'const' || isAttributeAt(masker, i))))
  )
    i++;
  if (i >= limit || tokenKind(tokens, i) !== TOKEN.name) return false;
  const after = tokenKind(tokens, i + 1);
  return (
    after === CODE.equals ||
    after === CODE.semicolon ||
    after === CODE.comma ||
    after === CODE.openBracket ||
    (after === TOKEN.name && isAttributeAt(masker, i + 1))
  );
}

/** `T a = value, b;` whatever the types were; the declarators are kept as marks at their names. */
export function scanDeclaration(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const start = tokenStart(tokens, at);
  const call = storageBeforeCall(masker, at, limit);
  if (call > at) {
    blank(masker, start, tokenStart(tokens, call));
    return scanSimple(masker, call, limit);
  }
  const specifiers = readSpecifiers(tokens, at, masker.lower);
  if (specifiers === undefined) return scanSimple(masker, at, limit);
  let i = specifiers.next;
  let blankFrom = start;
  let count = 0;
  const fail = (from: number): number => {
    const next = declarationEnd(masker, from, limit);
    breakUnit(masker, start, tokenEnd(tokens, Math.max(at, next - 1)));
    return Math.max(next, at + 1);
  };
  for (;;) {
    const declarator = readDeclarator(tokens, i, specifiers);
    if (declarator.name < 0 || declarator.name >= limit || specifiers.isTypedef) {
      const isEmpty = count === 0 && (specifiers.isTypedef || tokenKind(tokens, declarator.next) === CODE.semicolon);
      if (!isEmpty) return fail(i);
      const next = declarationEnd(masker, declarator.next, limit);
      blank(masker, start, tokenEnd(tokens, next - 1));
      put(masker, start, ';');
      return next;
    }
    const nameStart = tokenStart(tokens, declarator.name);
    blank(masker, blankFrom, nameStart);
    if (count === 0) put(masker, start, 'T');
    blank(masker, tokenEnd(tokens, declarator.name), tokenEnd(tokens, declarator.next - 1));
    put(masker, nameStart, 'x');
    masker.marks.set(nameStart, {
      kind: 'declarator',
      name: tokenText(tokens, declarator.name),
      type: declarator.type,
      cleanup: declarator.cleanup ?? cleanupOf(specifiers.attributes),
      isStatic: specifiers.isStatic,
    });
    count++;
    i = declarator.next;
    if (tokenKind(tokens, i) === CODE.equals && i < limit) {
      i++;
      masker.statementStart = i;
      while (i < limit && tokenKind(tokens, i) !== CODE.comma && tokenKind(tokens, i) !== CODE.semicolon) {
        const kind = tokenKind(tokens, i);
        if (kind === CODE.closeBrace || kind === CODE.closeParen || (kind === TOKEN.name && isCutWord(masker, i))) return fail(i);
        i = kind === CODE.openBrace ? scanInitializer(masker, i, limit) : scanToken(masker, i, limit);
      }
    }
    const kind = i < limit ? tokenKind(tokens, i) : TOKEN.end;
    if (kind === CODE.semicolon) {
      masker.units.push({ kind: 'statement', start, end: tokenEnd(tokens, i) });
      return i + 1;
    }
    if (kind !== CODE.comma) return fail(i);
    i++;
    blankFrom = tokenStart(tokens, i);
  }
}

/** `static DEFINE_MUTEX(x);`: the index of the macro's name; -1 for any other declaration. */
function storageBeforeCall(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  let i = at;
  while (i < limit && (tokenText(tokens, i) === 'static' || tokenText(tokens, i) === 'extern')) i++;
  if (
    i === at ||
    i >= limit ||
    tokenKind(tokens, i) !== TOKEN.name ||
    tokenKind(tokens, i + 1) !== CODE.openParen ||
    isTypeWord(tokenText(tokens, i))
  )
    return -1;
  const close = tokenMatch(tokens, i + 1);
  return close > 0 && tokenKind(tokens, close + 1) === CODE.semicolon ? i : -1;
}

function cleanupOf(attributes: readonly string[]): string | undefined {
  return attributes
    .map((attribute) => /^__(?:free|cleanup)\s?\(\s?([\w$]+)\s?\)$/.exec(attribute)?.[1])
    .find((found) => found !== undefined);
}

/** Index after the `;` that ends a declaration, or of what can only start another statement. */
function declarationEnd(masker: Masker, from: number, limit: number): number {
  const { tokens } = masker;
  let i = from;
  while (i < limit) {
    const kind = tokenKind(tokens, i);
    if (kind === CODE.semicolon) return i + 1;
    if (kind === CODE.closeBrace || (kind === TOKEN.name && isCutWord(masker, i))) return i;
    const match = tokenMatch(tokens, i);
    i = match > i && match < limit ? match + 1 : i + 1;
  }
  return limit;
}
