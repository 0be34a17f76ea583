/** Macros as heads of statements: loops and blocks, told by what is known of them, their names and what follows. */
import { CODE } from './chars.js';
import { CONTROL_KEYWORDS, isLoopName } from './dialect.js';
import type { Masker } from './mask.js';
import { blank, put } from './mask.js';
import { scanArguments } from './mask-argument.js';
import { indentation, isSameLine } from './mask-layout.js';
import { bodyAfter, scanSimple } from './mask-statement.js';
import { TOKEN, tokenEnd, tokenKind, tokenStart, tokenText } from './tokens.js';

interface MacroUse {
  readonly at: number;
  readonly close: number;
  readonly limit: number;
  readonly word: string;
}

/** What `word(…)` at the start of a statement is, by what is known of it, its name and what follows; undefined for a plain expression. */
export function macroShape(masker: Masker, use: MacroUse): 'loop' | 'block' | 'statement' | undefined {
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
export function isUpdate(masker: Masker, at: number): boolean {
  const kind = tokenKind(masker.tokens, at);
  return (kind === 43 || kind === CODE.minus) && tokenKind(masker.tokens, at + 1) === kind && !isSameLine(masker, at - 1, at);
}

/** Masks a loop's or a block's head as `while`, or as `if` where that is too long, and goes on with its body; returns the index after. */
export function scanMacroHead(masker: Masker, use: MacroUse & { readonly shape: 'loop' | 'block' }): number {
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
