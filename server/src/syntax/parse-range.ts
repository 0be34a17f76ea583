/** Parsing of one masked range. When the masked text has errors, the statements that cause them are found by parsing each alone; they become `broken` and the rest is parsed again. */

import type { Parser } from 'web-tree-sitter';
import type { Expr, Span, Stmt } from './ast.js';
import { CODE } from './chars.js';
import type { Lowering } from './lower.js';
import { lowerExpr } from './lower-expr.js';
import { lowerBlock } from './lower-stmt.js';
import type { LowerTokens } from './lower-type.js';
import type { Masker, MaskMode, Unit } from './mask.js';
import { blank, breakUnit, bufferText, maskRange, NO_HINTS, put } from './mask.js';
import type { Config, DialectHints, ParseStats } from './source.js';
import type { Tokens } from './tokens.js';
import { tokenEnd, tokenStart } from './tokens.js';
import type { FlatTree, NodeTable } from './tree.js';
import { childrenOf, flatten, NODE, nodeKind } from './tree.js';

/** Items longer than this are not parsed: nothing that people write is. UTF-16 units. */
const MAX_ITEM = 4_000_000;

/** Ranges lowered within ranges: `typeof` in `typeof`, statements as arguments. */
const MAX_NESTED = 6;

/** Text around a masked range that makes it a complete translation unit. */
const WRAPS: Readonly<Record<MaskMode | 'head' | 'for' | 'case', readonly [string, string]>> = {
  statements: ['{', ';}'],
  expression: ['{(', ');}'],
  declaration: ['{', ';}'],
  head: ['{if', ';}'],
  for: ['{for', ';}'],
  case: ['{case ', ':;}'],
};

/** The parser with what is shared by all its parses. */
export interface Engine {
  readonly parser: Parser;
  readonly table: NodeTable;
  readonly config: Config;
  readonly stats: ParseStats;
  nested: number;
}

/** A range to parse; offsets into `text`, spans relative to `base`. */
export interface RangeRequest {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly base: number;
  readonly mode: MaskMode;
  readonly hints: DialectHints;
  /** True when the range is a block with its own braces. */
  readonly isBlock?: boolean;
}

/** A range that parsed: its lowering context and the nodes of interest. */
interface Parsed {
  readonly lowering: Lowering;
  readonly root: number;
  /** Places masked because they did not parse, relative to the item; empty when all of the range did. */
  readonly errors: readonly Span[];
}

/** Makes the reader of `typeof` operands in the tokens of a text. */
export function lowerIn(engine: Engine, text: string, base: number, hints: DialectHints = NO_HINTS): (tokens: Tokens) => LowerTokens {
  return (tokens) => (from, to) =>
    lowerExpression(engine, { text, base, hints, from: tokenStart(tokens, from), to: tokenEnd(tokens, to - 1), mode: 'expression' });
}

/** Parses a range; undefined when nothing of it can be read. */
export function parseRange(engine: Engine, request: RangeRequest): Parsed | undefined {
  const { text, from, to, base, mode, hints } = request;
  if (to - from > MAX_ITEM || engine.nested > MAX_NESTED) return undefined;
  engine.nested++;
  const masker = maskRange({ text, from, to, mode, hints, config: engine.config, lower: lowerIn(engine, text, base, hints) });
  engine.nested--;
  if (masker.isTooDeep) return undefined;
  const missing = missingBraces(masker);
  if (missing > 0) masker.errors.push({ start: to - 1, end: to });
  const wrap = request.isBlock === true ? (['', missing > 0 ? `;${'}'.repeat(missing)}` : ''] as const) : WRAPS[mode];
  let tree = parseText(engine, bufferText(masker.buffer), from, wrap);
  if (tree === undefined) {
    isolateErrors(engine, masker);
    tree = parseText(engine, bufferText(masker.buffer), from, wrap);
  }
  if (tree === undefined) return undefined;
  const lowering: Lowering = {
    text,
    base,
    tree,
    marks: masker.marks,
    tokens: masker.tokens,
    errors: [],
    depth: 0,
    expression: (start, end) => lowerExpression(engine, { ...request, from: start, to: end, mode: 'expression' }),
    statements: (start, end) =>
      lowerStatements(engine, { ...request, from: start, to: end, mode: 'statements', isBlock: false }) ?? [
        { kind: 'broken', start: start - base, end: end - base },
      ],
  };
  const root = tree.firsts[0] ?? 0;
  return { lowering, root, errors: masker.errors.map((span) => ({ start: span.start - base, end: span.end - base })) };
}

function parseText(engine: Engine, masked: string, from: number, wrap: readonly [string, string]): FlatTree | undefined {
  const source = wrap[0] + masked + wrap[1];
  engine.stats.parses++;
  engine.stats.characters += source.length;
  const tree = engine.parser.parse(source);
  if (tree === null) {
    engine.parser.reset();
    return undefined;
  }
  return flatten(tree, source, from - wrap[0].length, engine.table);
}

/** Braces of the range that are never closed: a function cut short by the outline. */
function missingBraces(masker: Masker): number {
  const { tokens } = masker;
  let open = 0;
  for (let i = 0; i < tokens.count; i++) if (tokens.kinds[i] === CODE.openBrace && tokens.matches[i] === -1) open++;
  return open;
}

/** Parses every unit alone and masks those with errors. */
function isolateErrors(engine: Engine, masker: Masker): void {
  const masked = bufferText(masker.buffer);
  for (const unit of masker.units) {
    const piece = masked.slice(unit.start - masker.from, unit.end - masker.from);
    const tree = parseText(engine, piece, unit.start, WRAPS[unit.kind === 'statement' ? 'statements' : unit.kind]);
    if (tree === undefined) breakPiece(masker, unit);
  }
}

function breakPiece(masker: Masker, unit: Unit): void {
  const { start, end, kind } = unit;
  if (kind === 'statement') {
    breakUnit(masker, start, end);
    return;
  }
  masker.errors.push({ start, end });
  if (kind === 'case') {
    blank(masker, start, end);
    put(masker, end - 1, '0');
    masker.marks.set(end - 1, { kind: 'unknown', end });
    return;
  }
  blank(masker, start + 1, end - 1);
  if (kind === 'for') put(masker, start + 1, ';;');
  else {
    put(masker, start + 1, '0');
    masker.marks.set(start + 1, { kind: 'unknown', end: end - 1 });
  }
}

function lowerExpression(engine: Engine, request: RangeRequest): Expr {
  const nothing: Expr = { kind: 'unknown', start: request.from - request.base, end: request.to - request.base };
  engine.nested++;
  const parsed = parseRange(engine, { ...request, mode: 'expression', isBlock: false });
  engine.nested--;
  if (parsed === undefined) return nothing;
  const { lowering, root } = parsed;
  const statement = childrenOf(lowering.tree, root).find((child) => nodeKind(lowering.tree, child) === NODE.expressionStatement);
  const group = statement === undefined ? undefined : lowering.tree.firsts[statement];
  return group === undefined || group === 0 ? nothing : lowerExpr(lowering, group);
}

function lowerStatements(engine: Engine, request: RangeRequest): readonly Stmt[] | undefined {
  engine.nested++;
  const parsed = parseRange(engine, { ...request, mode: 'statements' });
  engine.nested--;
  return parsed === undefined ? undefined : wrappedStatements(parsed, request);
}

/** Statements of a range that was wrapped in a block: the wrapping's own `;` goes. */
export function wrappedStatements(parsed: Parsed, request: RangeRequest): readonly Stmt[] {
  const statements = lowerBlock(parsed.lowering, parsed.root);
  const last = statements[statements.length - 1];
  if (last === undefined) return statements;
  const limit = request.to - request.base;
  if (last.kind === 'empty' && last.start >= limit) return statements.slice(0, -1);
  return last.end > limit ? [...statements.slice(0, -1), { ...last, end: limit }] : statements;
}
