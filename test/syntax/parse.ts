/** Parses snippets for tests: one parser for the whole run. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FunctionAst } from '../../server/src/syntax/ast.js';
import { outline } from '../../server/src/syntax/outline.js';
import { createItemParser } from '../../server/src/syntax/parser.js';
import type { Config, DialectHints, Item, ItemKind, ItemParser } from '../../server/src/syntax/source.js';
import { printBody } from './print.js';

const require = createRequire(import.meta.url);

/** A configuration that knows nothing. */
export const noConfig: Config = { isEnabled: () => undefined };

/** Hints that know nothing. */
export const noHints: DialectHints = { macroShape: () => undefined };

/** Makes a parser from the installed wasm. */
export function makeParser(config: Config = noConfig): Promise<ItemParser> {
  const runtime = readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm'));
  const grammar = readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm'));
  return createItemParser({ runtime, grammar }, config);
}

/** The only item of a kind in a text. */
export function onlyItem(text: string, kind: ItemKind): Item {
  const found = outline(text, noConfig).items.filter((item) => item.kind === kind);
  const [item] = found;
  if (item === undefined || found.length > 1) throw new Error(`expected one ${kind}, found ${found.length}`);
  return item;
}

/** Parses the only function of a text. */
export function parseOnly(parser: ItemParser, text: string, hints: DialectHints = noHints): FunctionAst {
  const fn = parser.parseFunction(text, onlyItem(text, 'function'), hints);
  if (fn === undefined) throw new Error('not read');
  return fn;
}

/** Statements of a function body, printed. */
export function bodyOf(parser: ItemParser, statements: string, hints: DialectHints = noHints): string {
  const indented = statements.replace(/^/gm, '\t');
  return printBody(parseOnly(parser, `void f(void)\n{\n${indented}\n}\n`, hints).body);
}
