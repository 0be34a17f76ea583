/**
 * The parser of items: masks one item, has the grammar parse it, lowers the tree and frees it. The only place that owns the parser's memory.
 * When the masked text has errors, the statements that cause them are found by parsing each alone; they become `broken` and the rest is parsed again.
 */
import { Language, Parser } from 'web-tree-sitter';
import type { Expr, FunctionAst, Span, Stmt, StructAst, TypeRef, VariableAst } from './ast.js';
import { CODE } from './chars.js';
import { isLoopName } from './dialect.js';
import type { Lowering } from './lower.js';
import { enumerators } from './lower-enum.js';
import { lowerExpr } from './lower-expr.js';
import { readHeader } from './lower-function.js';
import { lowerBlock } from './lower-stmt.js';
import { readMembers } from './lower-struct.js';
import type { LowerTokens } from './lower-type.js';
import { readDeclarator, readSpecifiers } from './lower-type.js';
import type { Masker, MaskMode, Unit } from './mask.js';
import { blank, breakUnit, bufferText, maskRange, put } from './mask.js';
import type { Config, DialectHints, Item, ItemParser, ParseStats } from './source.js';
import type { Tokens } from './tokens.js';
import { TOKEN, tokenEnd, tokenize, tokenKind, tokenStart, tokenText } from './tokens.js';
import type { FlatTree, NodeTable } from './tree.js';
import { childrenOf, flatten, NODE, nodeKind, nodeTable } from './tree.js';

/** The wasm of the parser's runtime and of the C grammar. */
export interface ParserWasm {
  readonly runtime: Uint8Array;
  readonly grammar: Uint8Array;
}

const NO_CONFIG: Config = { isEnabled: () => undefined };
const NO_HINTS: DialectHints = { macroShape: () => undefined };

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

/** Makes the parser of items. `config` decides the conditional code inside items; without one the enabled branch counts. Rejects when the wasm does not load. */
export async function createItemParser(wasm: ParserWasm, config: Config = NO_CONFIG): Promise<ItemParser> {
  await Parser.init({ wasmBinary: wasm.runtime });
  const language = await Language.load(wasm.grammar);
  const parser = new Parser();
  parser.setLanguage(language);
  return itemParser(parser, nodeTable(language), config);
}

function itemParser(parser: Parser, table: NodeTable, config: Config): ItemParser {
  const stats: ParseStats = { parses: 0, parseMs: 0, characters: 0 };
  const engine: Engine = { parser, table, config, stats, nested: 0 };
  return {
    stats,
    parseFunction: (text, item, hints) => timed(stats, () => parseFunction(engine, text, item, hints)),
    parsePrototype: (text, item) =>
      timed(stats, () =>
        readHeader({ text, item, tokens: tokenize(text, item.start, item.end, config), lower: lowerIn(engine, text, item.start) }),
      ),
    parseStruct: (text, item) => timed(stats, () => parseStruct(engine, text, item)),
    parseVariable: (text, item) => timed(stats, () => parseVariable(engine, text, item)),
    parseEnum: (text, item) => timed(stats, () => enumerators(tokenize(text, item.start, item.end, config))),
    parseTypedef: (text, item) => timed(stats, () => parseTypedef(engine, text, item)),
    parseMacroBody: (body, hints) => timed(stats, () => parseMacroBody(engine, body, hints)),
  };
}

function timed<T>(stats: ParseStats, work: () => T): T {
  const start = performance.now();
  const result = work();
  stats.parseMs += performance.now() - start;
  return result;
}

interface Engine {
  readonly parser: Parser;
  readonly table: NodeTable;
  readonly config: Config;
  readonly stats: ParseStats;
  nested: number;
}

interface RangeRequest {
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

function lowerIn(engine: Engine, text: string, base: number, hints: DialectHints = NO_HINTS): (tokens: Tokens) => LowerTokens {
  return (tokens) => (from, to) =>
    lowerExpression(engine, { text, base, hints, from: tokenStart(tokens, from), to: tokenEnd(tokens, to - 1), mode: 'expression' });
}

/** Parses a range; undefined when nothing of it can be read. */
function parseRange(engine: Engine, request: RangeRequest): Parsed | undefined {
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
function wrappedStatements(parsed: Parsed, request: RangeRequest): readonly Stmt[] {
  const statements = lowerBlock(parsed.lowering, parsed.root);
  const last = statements[statements.length - 1];
  if (last === undefined) return statements;
  const limit = request.to - request.base;
  if (last.kind === 'empty' && last.start >= limit) return statements.slice(0, -1);
  return last.end > limit ? [...statements.slice(0, -1), { ...last, end: limit }] : statements;
}

function parseFunction(engine: Engine, text: string, item: Item, hints: DialectHints): FunctionAst | undefined {
  if (item.bodyStart < 0) return undefined;
  const headTokens = tokenize(text, item.start, item.bodyStart, engine.config);
  const header = readHeader({ text, item, tokens: headTokens, lower: lowerIn(engine, text, item.start, hints) });
  if (header === undefined) return undefined;
  const bodySpan: Span = { start: item.bodyStart - item.start, end: item.end - item.start };
  const parsed = parseRange(engine, {
    text,
    from: item.bodyStart,
    to: item.end,
    base: item.start,
    mode: 'statements',
    hints,
    isBlock: true,
  });
  if (parsed === undefined) return { ...header, bodySpan, body: [{ kind: 'broken', ...bodySpan }], errors: [bodySpan] };
  const { lowering, root, errors } = parsed;
  const body = lowerBlock(lowering, root);
  const isHeadBroken =
    header.nameSpan.end < header.bodySpan.start &&
    headTokens.matches.some((match, i) => match < 0 && headTokens.kinds[i] === CODE.openParen);
  const all = [...(isHeadBroken ? [header.nameSpan] : []), ...errors, ...lowering.errors];
  const distinct = all.filter((span, i) => all.findIndex((other) => other.start === span.start && other.end === span.end) === i);
  distinct.sort((x, y) => x.start - y.start);
  return { ...header, bodySpan, body, errors: distinct };
}

function parseStruct(engine: Engine, text: string, item: Item): StructAst | undefined {
  if (item.bodyStart < 0) return undefined;
  const tokens = tokenize(text, item.start, item.end, engine.config);
  const members = readMembers({
    tokens,
    base: item.start,
    isUnion: item.kind === 'union',
    bodyStart: item.bodyStart,
    lower: lowerIn(engine, text, item.start)(tokens),
  });
  return { tag: item.name, members, start: 0, end: item.end - item.start };
}

function parseVariable(engine: Engine, text: string, item: Item): VariableAst | undefined {
  const tokens = tokenize(text, item.start, item.end, engine.config);
  const specifiers = readSpecifiers(tokens, 0, lowerIn(engine, text, item.start)(tokens));
  if (specifiers === undefined) return undefined;
  const found = declaratorNamed(tokens, specifiers.next, item.name, (at) => readDeclarator(tokens, at, specifiers));
  if (found === undefined) return undefined;
  const base = {
    name: item.name,
    type: found.type,
    isStatic: specifiers.isStatic,
    isConst: specifiers.isConst,
    start: 0,
    end: item.end - item.start,
  };
  if (tokenKind(tokens, found.next) !== CODE.equals) return { ...base, init: undefined };
  const parsed = parseRange(engine, { text, from: item.start, to: item.end, base: item.start, mode: 'declaration', hints: NO_HINTS });
  const unknown: Expr = { kind: 'unknown', start: tokenStart(tokens, found.next + 1) - item.start, end: item.end - item.start };
  if (parsed === undefined) return { ...base, init: unknown };
  const declared = lowerBlock(parsed.lowering, parsed.root).find((statement) => statement.kind === 'decl' && statement.name === item.name);
  return { ...base, init: declared?.kind === 'decl' ? declared.init : unknown };
}

/** Steps from declarator to declarator until one has the name. */
function declaratorNamed<T extends { readonly name: number; readonly next: number }>(
  tokens: Tokens,
  at: number,
  name: string,
  read: (at: number) => T,
): T | undefined {
  let i = at;
  for (let count = 0; count < 64; count++) {
    const declarator = read(i);
    if (declarator.name < 0) return undefined;
    if (tokenText(tokens, declarator.name) === name) return declarator;
    i = declarator.next;
    while (i < tokens.count && tokenKind(tokens, i) !== CODE.comma) {
      const match = tokens.matches[i] ?? -1;
      i = match > i ? match + 1 : i + 1;
    }
    if (i >= tokens.count) return undefined;
    i++;
  }
  return undefined;
}

function parseTypedef(engine: Engine, text: string, item: Item): { readonly name: string; readonly type: TypeRef } | undefined {
  const tokens = tokenize(text, item.start, item.end, engine.config);
  const specifiers = readSpecifiers(tokens, 0, lowerIn(engine, text, item.start)(tokens));
  if (specifiers === undefined) return undefined;
  const declarator = declaratorNamed(tokens, specifiers.next, item.name, (at) => readDeclarator(tokens, at, specifiers));
  if (declarator === undefined) return undefined;
  const { type } = declarator;
  // An unnamed struct goes by the typedef's name, as in the outline.
  const isUnnamed = specifiers.body >= 0 && !type.base.includes(' ');
  const isFunction = declarator.params >= 0 || type.isFunction === true;
  return {
    name: item.name,
    type: { ...type, base: isUnnamed ? `${type.base} ${item.name}` : type.base, ...(isFunction ? { isFunction } : {}) },
  };
}

function parseMacroBody(
  engine: Engine,
  body: string,
  hints: DialectHints,
): { readonly expr: Expr } | { readonly statements: readonly Stmt[] } | undefined {
  const tokens = tokenize(body, 0, body.length, engine.config);
  if (tokens.count === 0) return undefined;
  const request: RangeRequest = { text: body, from: 0, to: body.length, base: 0, mode: 'expression', hints };
  if (!looksLikeStatements(tokens, hints)) {
    const parsed = parseRange(engine, request);
    if (parsed?.errors.length === 0) {
      const statement = childrenOf(parsed.lowering.tree, parsed.root).find(
        (child) => nodeKind(parsed.lowering.tree, child) === NODE.expressionStatement,
      );
      const group = statement === undefined ? 0 : (parsed.lowering.tree.firsts[statement] ?? 0);
      const expr = group === 0 ? undefined : lowerExpr(parsed.lowering, group);
      if (expr !== undefined && expr.kind !== 'unknown') return { expr };
    }
  }
  const parsed = parseRange(engine, { ...request, mode: 'statements' });
  if (parsed?.errors.length !== 0) return undefined;
  const statements = wrappedStatements(parsed, request);
  return statements.length === 0 || statements.some((statement) => statement.kind === 'broken') ? undefined : { statements };
}

const STATEMENT_STARTS: ReadonlySet<string> = new Set([
  'if',
  'for',
  'while',
  'do',
  'switch',
  'return',
  'goto',
  'break',
  'continue',
  'static',
  'struct',
  'case',
  'typeof',
  'const',
  'extern',
]);

/** Whether a macro's body holds statements: a control word or a block first, the head of a loop or of a block, or a `;` outside of groups. */
function looksLikeStatements(tokens: Tokens, hints: DialectHints): boolean {
  const first = tokenKind(tokens, 0);
  if (first === TOKEN.name && tokenKind(tokens, 1) === CODE.openParen) {
    const name = tokenText(tokens, 0);
    const shape = hints.macroShape(name);
    if (shape === 'loop' || shape === 'block' || (shape === undefined && isLoopName(name))) return true;
  }
  if (first === CODE.openBrace || (first === TOKEN.name && STATEMENT_STARTS.has(tokenText(tokens, 0)))) return true;
  for (let i = 0; i < tokens.count; i++) {
    if (tokenKind(tokens, i) === CODE.semicolon) return true;
    const match = tokens.matches[i] ?? -1;
    if (match > i) i = match;
  }
  return false;
}
