/**
 * Position-preserving masking: a range of C is rewritten, character for character, into text that the grammar reads without errors, and
 * what the rewriting hides is kept beside it as marks by offset. Macro loops become `while`, casts become `~`, declarations become
 * `T name = value`, types as arguments become names, strings become `0`. Every offset stays true.
 */
import type { TypeRef } from './ast.js';
import { CODE } from './chars.js';
import type { LowerTokens } from './lower-type.js';
import { scanDeclaration } from './mask-declaration.js';
import { scanRange } from './mask-expression.js';
import { scanStatements } from './mask-statement.js';
import type { Config, DialectHints, Item } from './source.js';
import type { Tokens } from './tokens.js';
import { tokenize } from './tokens.js';

/** What stands at an offset of the masked text instead of what the parser sees there. */
export type Mark =
  | { readonly kind: 'head'; readonly macro: string; readonly shape: 'loop' | 'block'; readonly hasArguments: boolean }
  | { readonly kind: 'label'; readonly name: string; readonly end: number }
  | { readonly kind: 'broken'; readonly start: number; readonly end: number }
  | { readonly kind: 'unknown'; readonly end: number }
  | { readonly kind: 'cast'; readonly type: TypeRef }
  | { readonly kind: 'type'; readonly type: TypeRef; readonly end: number }
  | { readonly kind: 'literal'; readonly type: TypeRef }
  | { readonly kind: 'string'; readonly value: string; readonly end: number }
  | { readonly kind: 'number'; readonly value: number; readonly end: number }
  | { readonly kind: 'sizeof' }
  | { readonly kind: 'range' }
  | { readonly kind: 'nested'; readonly mode: 'expression' | 'statements'; readonly start: number; readonly end: number }
  | {
      readonly kind: 'declarator';
      readonly name: string;
      readonly type: TypeRef;
      readonly cleanup: string | undefined;
      readonly isStatic: boolean;
    };

/** A piece of text that can be parsed alone, to find which one is wrong when the whole has errors. */
export interface Unit {
  readonly kind: 'statement' | 'head' | 'for' | 'case';
  readonly start: number;
  readonly end: number;
}

/** The state of masking one range. */
export interface Masker {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly tokens: Tokens;
  readonly buffer: Uint16Array;
  readonly marks: Map<number, Mark>;
  readonly units: Unit[];
  readonly hints: DialectHints;
  readonly lower: LowerTokens;
  /** Places known to be wrong before the parser is asked. */
  readonly errors: { readonly start: number; readonly end: number }[];
  /** First token of the simple statement being scanned: a parenthesis there is no call. */
  statementStart: number;
  /** Closing parenthesis of the last cast: what follows it is its operand. */
  castEnd: number;
  depth: number;
  isTooDeep: boolean;
}

/** Deepest nesting of brackets and statements that is looked into. */
export const MAX_NESTING = 200;

/** What a range holds. */
export type MaskMode = 'statements' | 'expression' | 'declaration';

/** Hints that know nothing: macros go by their names and use. */
export const NO_HINTS: DialectHints = { macroShape: () => undefined };
const NO_CONFIG: Config = { isEnabled: () => undefined };

/** Masks a range; the marks' offsets are offsets into `text`. */
export function maskRange(options: {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly mode: MaskMode;
  readonly hints: DialectHints;
  readonly config: Config;
  /** Makes the reader of `typeof` operands, given the tokens. */
  readonly lower: (tokens: Tokens) => LowerTokens;
}): Masker {
  const { text, from, to, mode, hints, config } = options;
  const tokens = tokenize(text, from, to, config);
  const masker: Masker = {
    text,
    from,
    to,
    tokens,
    buffer: copyTokens(text, from, to, tokens),
    marks: new Map(),
    units: [],
    hints,
    lower: options.lower(tokens),
    errors: [],
    statementStart: -1,
    castEnd: -1,
    depth: 0,
    isTooDeep: tokens.depth > MAX_NESTING,
  };
  if (masker.isTooDeep) return masker;
  if (mode === 'expression') scanRange(masker, 0, tokens.count);
  else if (mode === 'declaration') scanDeclaration(masker, 0, tokens.count);
  else scanStatements(masker, 0, tokens.count);
  return masker;
}

/** Masked text of an item's body, of the item's length; what stands before the body is blank. For tests and for reading what the parser sees. */
export function maskItem(text: string, item: Item, hints: DialectHints = NO_HINTS, config: Config = NO_CONFIG): string {
  const unknown: LowerTokens = () => ({ kind: 'unknown', start: 0, end: 0 });
  const from = item.bodyStart < 0 ? item.start : item.bodyStart;
  const masker = maskRange({ text, from, to: item.end, mode: 'statements', hints, config, lower: () => unknown });
  return blankText(text, item.start, from) + bufferText(masker.buffer);
}

/** White space of the same length, newlines kept. */
function blankText(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/[^\n]/g, ' ');
}

/** The tokens of the range on a ground of spaces; newlines stay. */
function copyTokens(text: string, from: number, to: number, tokens: Tokens): Uint16Array {
  const buffer = new Uint16Array(to - from).fill(CODE.space);
  for (let newline = text.indexOf('\n', from); newline >= 0 && newline < to; newline = text.indexOf('\n', newline + 1))
    buffer[newline - from] = CODE.newline;
  for (let i = 0; i < tokens.count; i++) {
    const end = tokens.ends[i] ?? to;
    for (let at = tokens.starts[i] ?? to; at < end; at++) buffer[at - from] = text.charCodeAt(at);
  }
  return buffer;
}

/** The buffer as text. */
export function bufferText(buffer: Uint16Array): string {
  // In pieces, as a call takes only so many arguments.
  const piece = 8192;
  const parts: string[] = [];
  for (let at = 0; at < buffer.length; at += piece)
    parts.push(String.fromCharCode.apply(null, buffer.subarray(at, at + piece) as unknown as number[]));
  return parts.join('');
}

/** Writes over the masked text at an offset. */
export function put(masker: Masker, offset: number, replacement: string): void {
  for (let i = 0; i < replacement.length; i++) masker.buffer[offset - masker.from + i] = replacement.charCodeAt(i);
}

/** Blanks the masked text between two offsets. */
export function blank(masker: Masker, start: number, end: number): void {
  for (let at = start - masker.from; at < end - masker.from; at++) if (masker.buffer[at] !== CODE.newline) masker.buffer[at] = CODE.space;
}

/** Writes an expression of one character in place of a range, and what it stands for. */
export function replaceBy(masker: Masker, start: number, end: number, character: string, mark: Mark): void {
  blank(masker, start, end);
  put(masker, start, character);
  masker.marks.set(start, mark);
}

/** Masks a statement that the parser cannot read: an empty statement, and a place for the errors. */
export function breakUnit(masker: Masker, start: number, end: number): void {
  if (end <= start) return;
  replaceBy(masker, start, end, ';', { kind: 'broken', start, end });
  masker.errors.push({ start, end });
}
