/** Statements put into functions: before others, in braces where there were none, and declarations at the top. */
import type { FunctionDef } from '../../../program/types.js';
import type { Expr, FunctionAst, Stmt } from '../../../syntax/ast.js';
import type { Draft, Piece } from '../draft.js';
import { indentOf, lineEnd, lineStart } from '../draft.js';
import type { Where } from '../typed-walk.js';

/** True for statements that hold their children in braces or as a list. */
const isList = (stmt: Stmt | undefined): boolean => stmt === undefined || stmt.kind === 'block' || stmt.kind === 'switch';

/** The innermost statement around a node that stands in a list of statements, and the one around that. */
export function listedStatement(where: Where): Stmt | undefined {
  for (let at = where.around.length - 1; at >= 0; at--) if (isList(where.around[at - 1])) return where.around[at];
  return undefined;
}

/** Statements beside a statement that stands in a list, itself included. */
export function siblings(stmt: Stmt, where: Where): readonly Stmt[] {
  const at = where.around.indexOf(stmt);
  const holder = where.around[at - 1];
  return holder?.kind === 'block' ? holder.body : (where.ast?.body ?? []);
}

/** Macros that declare: to the parser they are calls. */
const declarer = /^(?:static\s+)?(?:DECLARE|DEFINE|CLASS|LIST_HEAD|DRM_|BITMAP)\w*\s*\(/;

/** The declarations at the top of a function; `text` is what spans refer to. */
export function leadingDeclarations(ast: FunctionAst, text: string): readonly Stmt[] {
  let count = 0;
  for (const [index, stmt] of ast.body.entries()) {
    if (stmt.kind === 'decl') count = index + 1;
    else if (!declarer.test(text.slice(stmt.start, stmt.end).trimStart()) && !/\bstatic\s+$/.test(text.slice(0, stmt.start))) break;
  }
  return ast.body.slice(0, count);
}

/** Puts a declaration among those at the top of a function: values first, and of those without one the longer first. */
export function declare(fn: FunctionDef, ast: FunctionAst, line: string, draft: Draft): void {
  const { text } = fn.file;
  const base = fn.item.start;
  const decls = leadingDeclarations(ast, text.slice(base, fn.item.end));
  const length = (stmt: Stmt): number => text.slice(lineStart(text, base + stmt.start), lineEnd(text, base + stmt.end - 1)).trim().length;
  const isBare = (stmt: Stmt): boolean => stmt.kind === 'decl' && stmt.init === undefined;
  const before = decls.find((stmt, index) => decls.slice(index).every(isBare) && length(stmt) < line.length);
  const last = decls.at(-1);
  const at =
    before !== undefined
      ? lineStart(text, base + before.start)
      : lineEnd(text, last === undefined ? base + ast.bodySpan.start : base + last.end - 1);
  draft.declare(fn.file, at, `\t${line}\n`, last === undefined);
}

/** Puts lines before a statement at the indentation it has, in braces when it is a lone body; offsets relative to the file. */
export function putBefore(stmt: Stmt, where: Where, lines: (indent: string) => string): readonly Piece[] {
  const { text } = where.file;
  const [start, end] = [where.base + stmt.start, where.base + stmt.end];
  const holder = where.around[where.around.indexOf(stmt) - 1];
  const indent = indentOf(text, start);
  if (isList(holder)) {
    const at = lineStart(text, start);
    return [{ start: at, end: at, newText: lines(indent) }];
  }
  const outer = indent.replace(/\t$/, '');
  const other = holder?.kind !== 'if' ? undefined : holder.then === stmt ? holder.otherwise : holder.then;
  // Braces on one arm ask for braces on the other.
  const needsBraces = other !== undefined && other.kind !== 'block' && other.kind !== 'if';
  const wrapped = [open(text, start, `${lines(indent)}${indent}`), ...close(text, end, outer)];
  if (other === undefined || !needsBraces) return wrapped;
  return [...wrapped, open(text, where.base + other.start, indent), ...close(text, where.base + other.end, outer)];
}

/** A brace behind what stands before a lone body. */
function open(text: string, start: number, lead: string): Piece {
  let head = start;
  while (head > 0 && /\s/.test(text[head - 1] ?? '')) head--;
  return { start: head, end: start, newText: ` {\n${lead}` };
}

/** A brace behind a lone body, on the line of an `else` that follows. */
function close(text: string, end: number, outer: string): readonly Piece[] {
  const next = /^(\s*)else\b/.exec(text.slice(end));
  return [{ start: end, end: end + (next?.[1]?.length ?? 0), newText: `\n${outer}}${next === null ? '' : ' '}` }];
}

/** Every name that a function's text holds, other than as a member. */
export const namesOf = (fn: FunctionDef): ReadonlySet<string> =>
  new Set(fn.file.text.slice(fn.item.start, fn.item.end).match(/(?<!->|\.)\b[A-Za-z_]\w*\b/g) ?? []);

/** The first of these names that the function does not hold yet. */
export function freeName(fn: FunctionDef, names: readonly string[]): string {
  const taken = namesOf(fn);
  const free = names.find((name) => !taken.has(name));
  if (free !== undefined) return free;
  const last = names.at(-1) ?? 'tmp';
  let count = 2;
  while (taken.has(`${last}${count}`)) count++;
  return `${last}${count}`;
}

/** The call that an expression statement is; undefined for other statements. */
export function callOf(stmt: Stmt | undefined): (Expr & { readonly kind: 'call' }) | undefined {
  return stmt?.kind === 'expr' && stmt.expr.kind === 'call' ? stmt.expr : undefined;
}

/** Name of a called function; empty for calls through pointers. */
export const calleeOf = (call: Expr & { readonly kind: 'call' }): string => (call.callee.kind === 'name' ? call.callee.name : '');
