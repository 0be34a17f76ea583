/** Masking of statements: control statements, declarations, labels, loop and block macros, statement macros without `;`, half-typed statements. */

import { CODE } from './chars.js';
import { CONTROL_KEYWORDS } from './dialect.js';
import { skipAttributes } from './lower-type.js';
import type { Masker } from './mask.js';
import { blank, breakUnit, MAX_NESTING, put, replaceBy } from './mask.js';
import { scanArguments } from './mask-argument.js';
import { isDeclarationStart, scanDeclaration } from './mask-declaration.js';
import { scanRange, scanToken } from './mask-expression.js';
import { endStatement, isAttributeAt, isCutWord, isSameLine } from './mask-layout.js';
import { macroShape, scanMacroHead } from './mask-macro.js';
import { TOKEN, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';
/** Masks statements from token `from` up to `to`. */
export function scanStatements(masker: Masker, from: number, to: number): void {
  let i = from;
  while (i < to && !masker.isTooDeep) i = scanStatement(masker, i, to);
}

/** Masks a block; returns the index after its closing brace. */
export function scanBlock(masker: Masker, open: number): number {
  const match = tokenMatch(masker.tokens, open);
  const close = match < 0 ? masker.tokens.count : match;
  scanStatements(masker, open + 1, close);
  return close + 1;
}

function scanStatement(masker: Masker, at: number, limit: number): number {
  if (++masker.depth > MAX_NESTING * 4) {
    masker.isTooDeep = true;
    return limit;
  }
  const next = statement(masker, at, limit);
  masker.depth--;
  return next;
}

function statement(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const kind = tokenKind(tokens, at);
  switch (kind) {
    case CODE.semicolon:
      return at + 1;
    case CODE.openBrace: {
      const next = scanBlock(masker, at);
      return Math.min(next, limit);
    }
    case CODE.closeBrace:
    case CODE.closeParen:
    case CODE.closeBracket:
      breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, at));
      return at + 1;
    case TOKEN.name:
      return namedStatement(masker, at, limit);
    default:
      return scanSimple(masker, at, limit);
  }
}

function namedStatement(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const word = tokenText(tokens, at);
  switch (word) {
    case 'if': {
      const next = scanHead(masker, at, limit, 'head');
      if (next < limit && tokenKind(tokens, next) === TOKEN.name && tokenText(tokens, next) === 'else')
        return bodyAfter(masker, next, limit);
      return next;
    }
    case 'while':
    case 'switch':
      return scanHead(masker, at, limit, 'head');
    case 'for':
      return scanHead(masker, at, limit, 'for');
    case 'do':
      return scanDo(masker, at, limit);
    case 'else':
      breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, at));
      return at + 1;
    case 'case':
    case 'default':
      return scanCase(masker, at, limit);
    case 'return':
    case 'goto':
    case 'break':
    case 'continue':
      return scanSimple(masker, at, limit);
    case 'asm':
    case '__asm__':
    case '__asm':
    case '__label__':
      return scanOpaque(masker, at, limit);
    default:
      return otherStatement(masker, at, limit);
  }
}

function otherStatement(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const word = tokenText(tokens, at);
  const nextKind = at + 1 < limit ? tokenKind(tokens, at + 1) : TOKEN.end;
  if (nextKind === CODE.colon && tokenKind(tokens, at + 2) !== CODE.colon) {
    const end = tokenEnd(tokens, at + 1);
    masker.marks.set(tokenStart(tokens, at), { kind: 'label', name: word, end });
    put(masker, tokenStart(tokens, at), 'x');
    put(masker, tokenStart(tokens, at + 1), ';');
    // Attributes of a label.
    let next = at + 2;
    while (next < limit && isAttributeAt(masker, next)) next = scanToken(masker, next, limit);
    return next;
  }
  if (isAttributeAt(masker, at)) {
    const after = skipAttributes(tokens, at, []);
    if (tokenKind(tokens, after) === CODE.semicolon || after >= limit) {
      blank(masker, tokenStart(tokens, at), tokenEnd(tokens, Math.max(at, after - 1)));
      return after + 1;
    }
  }
  if (isDeclarationStart(masker, at, limit)) return scanDeclaration(masker, at, limit);
  const close = nextKind === CODE.openParen ? tokenMatch(tokens, at + 1) : -1;
  if (close > 0 && close < limit) {
    const shape = macroShape(masker, { at, close, limit, word });
    if (shape === 'loop' || shape === 'block') return scanMacroHead(masker, { at, close, limit, word, shape });
    if (shape === 'statement') {
      scanArguments(masker, at + 1);
      masker.units.push({ kind: 'statement', start: tokenStart(tokens, at), end: tokenEnd(tokens, close) });
      endStatement(masker, close);
      return close + 1;
    }
  } else if (/^[A-Z][A-Z0-9_]*$/.test(word) && nextKind === TOKEN.name && !isSameLine(masker, at, at + 1)) {
    endStatement(masker, at);
    return at + 1;
  }
  return scanSimple(masker, at, limit);
}

/** The statement that must follow the token `head`; an empty one is written where none does. */
export function bodyAfter(masker: Masker, head: number, limit: number): number {
  if (head + 1 < limit) return scanStatement(masker, head + 1, limit);
  // The end of a macro's body: the macro's user brings the statement.
  if (head + 1 >= masker.tokens.count) return limit;
  const end = tokenEnd(masker.tokens, head);
  masker.errors.push({ start: end, end: Math.min(end + 1, masker.to) });
  endStatement(masker, head);
  return limit;
}

/** `if (…)`, `while (…)`, `switch (…)`, `for (…)` with its body. */
function scanHead(masker: Masker, at: number, limit: number, kind: 'head' | 'for'): number {
  const { tokens } = masker;
  const open = at + 1;
  const close = tokenKind(tokens, open) === CODE.openParen ? tokenMatch(tokens, open) : -1;
  if (close < 0 || close >= limit) return scanBrokenHead(masker, at, limit);
  if (kind === 'for') scanForHead(masker, open, close);
  else scanRange(masker, open + 1, close);
  masker.units.push({ kind, start: tokenStart(tokens, open), end: tokenEnd(tokens, close) });
  if (tokenText(tokens, at) === 'switch' && tokenKind(tokens, close + 1) !== CODE.openBrace) put(masker, tokenStart(tokens, at), 'while ');
  return bodyAfter(masker, close, limit);
}

function scanForHead(masker: Masker, open: number, close: number): void {
  const { tokens } = masker;
  let from = open + 1;
  if (tokenKind(tokens, from) === TOKEN.name && isDeclarationStart(masker, from, close)) from = scanDeclaration(masker, from, close);
  scanRange(masker, from, close);
}

/** A control statement whose parenthesis never closes: up to the body or the end of its line nothing can be said. */
function scanBrokenHead(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  let i = at + 1;
  while (i < limit) {
    const kind = tokenKind(tokens, i);
    if (kind === CODE.openBrace || kind === CODE.closeBrace) break;
    if (kind === CODE.semicolon) {
      i++;
      break;
    }
    if (!isSameLine(masker, i - 1, i) && kind === TOKEN.name && CONTROL_KEYWORDS.has(tokenText(tokens, i))) break;
    i++;
  }
  breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, i - 1));
  return i;
}

function scanDo(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  const next = bodyAfter(masker, at, limit);
  const open = next + 1;
  const isWhile = next < limit && tokenKind(tokens, next) === TOKEN.name && tokenText(tokens, next) === 'while';
  const close = isWhile && tokenKind(tokens, open) === CODE.openParen ? tokenMatch(tokens, open) : -1;
  if (close < 0 || close >= limit) {
    breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, at));
    return next;
  }
  scanRange(masker, open + 1, close);
  masker.units.push({ kind: 'head', start: tokenStart(tokens, open), end: tokenEnd(tokens, close) });
  if (tokenKind(tokens, close + 1) === CODE.semicolon && close + 1 < limit) return close + 2;
  endStatement(masker, close);
  return close + 1;
}

function scanCase(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  let questions = 0;
  let i = at + 1;
  while (i < limit) {
    const kind = tokenKind(tokens, i);
    if (kind === CODE.colon && questions-- === 0) {
      if (i === at + 1 && tokenText(tokens, at) === 'case') {
        breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, i));
        return i + 1;
      }
      masker.units.push({ kind: 'case', start: tokenEnd(tokens, at), end: tokenStart(tokens, i) });
      return i + 1;
    }
    if (kind === CODE.question) questions++;
    // `case MACRO(x)` whose macro brings the colon along.
    if (
      kind === TOKEN.name &&
      tokenKind(tokens, i - 1) === CODE.closeParen &&
      tokenStart(tokens, i) > tokenEnd(tokens, i - 1) &&
      masker.castEnd !== i - 1
    ) {
      put(masker, tokenEnd(tokens, i - 1), ':');
      return i;
    }
    if (kind === CODE.semicolon || kind === CODE.openBrace || kind === CODE.closeBrace) break;
    if (kind === TOKEN.ellipsis) {
      put(masker, tokenStart(tokens, i), '|| ');
      masker.marks.set(tokenStart(tokens, i), { kind: 'range' });
      i++;
    } else i = scanToken(masker, i, limit);
  }
  breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, i - 1));
  return i;
}

/** Assembler and local label declarations: nothing to look into. */
function scanOpaque(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  let i = at;
  while (i < limit && tokenKind(tokens, i) !== CODE.semicolon) {
    const match = tokenMatch(tokens, i);
    i = match > i ? match + 1 : i + 1;
  }
  const start = tokenStart(tokens, at);
  const end = tokenEnd(tokens, i - 1);
  if (tokenText(tokens, at) === '__label__') blank(masker, start, end);
  else replaceBy(masker, start, end, '0', { kind: 'unknown', end });
  if (i >= limit) endStatement(masker, i - 1);
  return i + 1;
}

/** An expression statement or a jump, up to its `;`. One that was never ended is cut before what can only start another statement. */
export function scanSimple(masker: Masker, at: number, limit: number): number {
  const { tokens } = masker;
  masker.statementStart = at;
  let i = at;
  while (i < limit) {
    const kind = tokenKind(tokens, i);
    if (kind === CODE.semicolon) {
      masker.units.push({ kind: 'statement', start: tokenStart(tokens, at), end: tokenEnd(tokens, i) });
      return i + 1;
    }
    if (kind === CODE.closeBrace || kind === CODE.closeParen) break;
    if (kind === CODE.openBrace && tokenKind(tokens, i - 1) !== CODE.equals) break;
    if (kind === TOKEN.name && i > at && isCutWord(masker, i)) break;
    i = scanToken(masker, i, limit);
  }
  const last = Math.max(at, Math.min(i, limit) - 1);
  if (i >= tokens.count && i > at) {
    masker.units.push({ kind: 'statement', start: tokenStart(tokens, at), end: tokenEnd(tokens, last) });
    return i;
  }
  breakUnit(masker, tokenStart(tokens, at), tokenEnd(tokens, last));
  return Math.max(i, at + 1);
}
