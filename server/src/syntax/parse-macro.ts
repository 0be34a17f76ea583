/** A macro's body as an expression or as statements. */

import type { Expr, Stmt } from './ast.js';
import { CODE } from './chars.js';
import { isLoopName } from './dialect.js';
import { lowerExpr } from './lower-expr.js';
import type { Engine, RangeRequest } from './parse-range.js';
import { parseRange, wrappedStatements } from './parse-range.js';
import type { DialectHints } from './source.js';
import type { Tokens } from './tokens.js';
import { TOKEN, tokenize, tokenKind, tokenText } from './tokens.js';
import { childrenOf, NODE, nodeKind } from './tree.js';

/** Lowers a macro's body; undefined when it is neither an expression nor statements. Offsets relative to the body. */
export function parseMacroBody(
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
