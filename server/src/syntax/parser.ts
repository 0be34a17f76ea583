/**
 * The parser of items: masks one item, has the grammar parse it, lowers the tree and frees it. The only place that owns the parser's memory.
 * When the masked text has errors, the statements that cause them are found by parsing each alone; they become `broken` and the rest is parsed again.
 */

import { Language, Parser } from 'web-tree-sitter';
import type { Expr, FunctionAst, Span, StructAst, TypeRef, VariableAst } from './ast.js';
import { CODE } from './chars.js';
import { enumerators } from './lower-enum.js';
import { readHeader } from './lower-function.js';
import { lowerBlock } from './lower-stmt.js';
import { readMembers } from './lower-struct.js';
import { readDeclarator, readSpecifiers } from './lower-type.js';
import { NO_HINTS } from './mask.js';
import { parseMacroBody } from './parse-macro.js';
import type { Engine } from './parse-range.js';
import { lowerIn, parseRange } from './parse-range.js';
import type { Config, DialectHints, Item, ItemParser, ParseStats } from './source.js';
import type { Tokens } from './tokens.js';
import { tokenize, tokenKind, tokenStart, tokenText } from './tokens.js';
import type { NodeTable } from './tree.js';
import { nodeTable } from './tree.js';
/** The wasm of the parser's runtime and of the C grammar. */
export interface ParserWasm {
  readonly runtime: Uint8Array;
  readonly grammar: Uint8Array;
}

const NO_CONFIG: Config = { isEnabled: () => undefined };

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
