/** Masking of statements: control statements, declarations, labels, loop and block macros, statement macros without `;`, half-typed statements. */
import { CODE } from './chars.js';
import { CONTROL_KEYWORDS, isCallAttribute, isLoopName, isPlainAttribute } from './dialect.js';
import { isKnownTypedef, isTypeWord, readDeclarator, readSpecifiers, skipAttributes } from './lower-type.js';
import type { Masker } from './mask.js';
import { blank, breakUnit, MAX_NESTING, put, replaceBy } from './mask.js';
import { scanArguments, scanInitializer, scanRange, scanToken } from './mask-expression.js';
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

/** Masks the declaration at `at`; for variables at file scope. */
export function scanDeclarationAt(masker: Masker, at: number, limit: number): number {
  return scanDeclaration(masker, at, limit);
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

/** Writes the `;` that a statement macro does without, where there is room for it. */
function endStatement(masker: Masker, last: number): void {
  const end = tokenEnd(masker.tokens, last);
  if (end < masker.to && tokenStart(masker.tokens, last + 1) > end) put(masker, end, ';');
}

function isAttributeAt(masker: Masker, at: number): boolean {
  if (tokenKind(masker.tokens, at) !== TOKEN.name) return false;
  const word = tokenText(masker.tokens, at);
  return isPlainAttribute(word) || (isCallAttribute(word) && tokenKind(masker.tokens, at + 1) === CODE.openParen);
}

function isSameLine(masker: Masker, first: number, second: number): boolean {
  const end = tokenStart(masker.tokens, second);
  for (let i = tokenEnd(masker.tokens, first); i < end; i++) if (masker.text.charCodeAt(i) === CODE.newline) return false;
  return true;
}

/** Column of a token with tabs of eight, or -1 when it does not start its line. */
function indentation(masker: Masker, at: number): number {
  const start = tokenStart(masker.tokens, at);
  let from = start;
  while (from > 0 && (masker.text.charCodeAt(from - 1) === 9 || masker.text.charCodeAt(from - 1) === CODE.space)) from--;
  if (from > 0 && masker.text.charCodeAt(from - 1) !== CODE.newline) return -1;
  let column = 0;
  for (let i = from; i < start; i++) column = masker.text.charCodeAt(i) === 9 ? (column & ~7) + 8 : column + 1;
  return column;
}

interface MacroUse {
  readonly at: number;
  readonly close: number;
  readonly limit: number;
  readonly word: string;
}

/** What `word(…)` at the start of a statement is, by what is known of it, its name and what follows; undefined for a plain expression. */
function macroShape(masker: Masker, use: MacroUse): 'loop' | 'block' | 'statement' | undefined {
  const { tokens, hints } = masker;
  const { at, close, limit, word } = use;
  const next = close + 1;
  const kind = next < limit ? tokenKind(tokens, next) : TOKEN.end;
  const hint = hints.macroShape(word);
  if (kind === TOKEN.end) return next < tokens.count ? 'statement' : hint === 'statement' || !isLoopName(word) ? hint : 'loop';
  if (kind === CODE.semicolon) return hint === 'loop' ? 'loop' : undefined;
  const byName = isLoopName(word) ? 'loop' : undefined;
  const head = hint === 'loop' || hint === 'block' ? hint : byName;
  if (kind === CODE.openBrace) return head ?? 'block';
  if (kind === TOKEN.name) {
    if (hint === 'statement') return 'statement';
    if (head !== undefined) return head;
    const isControl = CONTROL_KEYWORDS.has(tokenText(tokens, next));
    if (isSameLine(masker, close, next)) return isControl || tokenKind(tokens, next + 1) === CODE.openParen ? 'block' : undefined;
    const own = indentation(masker, at);
    const following = indentation(masker, next);
    return own >= 0 && following > own ? 'block' : 'statement';
  }
  const startsExpression = kind === CODE.star || (kind === CODE.openParen && !isSameLine(masker, close, next)) || isUpdate(masker, next);
  return startsExpression && head !== undefined ? head : undefined;
}

/** `++x` or `--x` on a line of its own. */
function isUpdate(masker: Masker, at: number): boolean {
  const kind = tokenKind(masker.tokens, at);
  return (kind === 43 || kind === CODE.minus) && tokenKind(masker.tokens, at + 1) === kind && !isSameLine(masker, at - 1, at);
}

function scanMacroHead(masker: Masker, use: MacroUse & { readonly shape: 'loop' | 'block' }): number {
  const { tokens } = masker;
  const { at, close, limit, word, shape } = use;
  const start = tokenStart(tokens, at);
  const hasArguments = close > at + 2;
  const write = (keyword: string): boolean => {
    const room = hasArguments ? word.length : tokenEnd(tokens, close) - start;
    const head = hasArguments ? keyword : `${keyword}(_)`;
    if (head.length > room) return false;
    blank(masker, start, hasArguments ? tokenEnd(tokens, at) : tokenEnd(tokens, close));
    put(masker, start, head);
    return true;
  };
  if (!write('while') && !write('if')) return scanSimple(masker, at, limit);
  masker.marks.set(start, { kind: 'head', macro: word, shape, hasArguments });
  if (hasArguments) {
    scanArguments(masker, at + 1);
    masker.units.push({ kind: 'head', start: tokenStart(tokens, at + 1), end: tokenEnd(tokens, close) });
  }
  const next = bodyAfter(masker, close, limit);
  // Only a macro that says `if` has an `else` of its own: a loop's or a guard's belongs to the `if` around it.
  if (
    /^if_|_if_/i.test(word) &&
    !isLoopName(word) &&
    next < limit &&
    tokenKind(tokens, next) === TOKEN.name &&
    tokenText(tokens, next) === 'else'
  ) {
    write('if');
    return bodyAfter(masker, next, limit);
  }
  return next;
}

/** The statement that must follow the token `head`; an empty one is written where none does. */
function bodyAfter(masker: Masker, head: number, limit: number): number {
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
function scanSimple(masker: Masker, at: number, limit: number): number {
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

/** A keyword on a new line that only starts statements. */
function isCutWord(masker: Masker, at: number): boolean {
  const word = tokenText(masker.tokens, at);
  return CONTROL_KEYWORDS.has(word) && word !== 'sizeof' && word !== 'typeof' && word !== '__typeof__';
}

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
function scanDeclaration(masker: Masker, at: number, limit: number): number {
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
