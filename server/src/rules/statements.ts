/** Statements around a place, for fixes that insert, move or replace whole statements. */

import { walkStmt } from '../program/walk.js';
import type { Expr, Span, Stmt } from '../syntax/ast.js';
import type { TextEdit } from './finding.js';
import type { FunctionContext } from './rule.js';
import { edit, indentAt } from './style.js';

/** A statement with what it stands in. */
export interface Placed {
  readonly stmt: Stmt;
  /** The statements beside it; undefined for the body of an `if` or a loop without braces. */
  readonly list: readonly Stmt[] | undefined;
  readonly index: number;
  /** The block that holds it, outermost first; the function's own body is not among them. */
  readonly blocks: readonly (Stmt & { readonly kind: 'block' })[];
}

const contains = (outer: Span, inner: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** The innermost statement that holds a span; undefined when none does. */
export function statementAt(context: FunctionContext, span: Span): Placed | undefined {
  const search = (list: readonly Stmt[], blocks: Placed['blocks']): Placed | undefined => {
    for (const [index, stmt] of list.entries()) if (contains(stmt, span)) return inside(stmt, blocks) ?? { stmt, list, index, blocks };
    return undefined;
  };
  const single = (stmt: Stmt, blocks: Placed['blocks']): Placed | undefined => {
    if (!contains(stmt, span)) return undefined;
    return stmt.kind === 'block'
      ? search(stmt.body, [...blocks, stmt])
      : (inside(stmt, blocks) ?? { stmt, list: undefined, index: -1, blocks });
  };
  const inside = (stmt: Stmt, blocks: Placed['blocks']): Placed | undefined => {
    switch (stmt.kind) {
      case 'block':
        return search(stmt.body, [...blocks, stmt]);
      case 'if':
        return single(stmt.then, blocks) ?? (stmt.otherwise === undefined ? undefined : single(stmt.otherwise, blocks));
      case 'while':
      case 'do':
      case 'for':
      case 'iterate':
      case 'scoped':
      case 'switch':
        return single(stmt.body, blocks);
      default:
        return undefined;
    }
  };
  return search(context.ast.body, []);
}

/** The outermost statement in the same list as another one: the element of a list that holds the first span. */
export function elementWith(list: readonly Stmt[], span: Span): number {
  return list.findIndex((stmt) => contains(stmt, span));
}

/** Where what follows a statement can be put: behind a declaration's neighbours, right behind anything else. */
export function behindDeclarations(placed: Placed): Placed {
  if (placed.stmt.kind !== 'decl' || placed.list === undefined) return placed;
  let { index } = placed;
  while (placed.list[index + 1]?.kind === 'decl') index++;
  return { ...placed, index, stmt: placed.list[index] ?? placed.stmt };
}

/** Edits that put statements in front of one, braces added where it stands alone below an `if` or a loop. Undefined where the layout does not allow it. */
export const insertBefore = (context: FunctionContext, placed: Placed, lines: readonly string[]): readonly TextEdit[] | undefined =>
  surround(context, placed, lines, []);

/** The same behind one. */
export const insertAfter = (context: FunctionContext, placed: Placed, lines: readonly string[]): readonly TextEdit[] | undefined =>
  surround(context, placed, [], lines);

/** The same in front of one and behind it. */
export function surround(
  context: FunctionContext,
  placed: Placed,
  above: readonly string[],
  below: readonly string[],
): readonly TextEdit[] | undefined {
  const { text, fn } = context;
  const { path } = fn.file;
  const base = fn.item.start;
  const { stmt } = placed;
  const lineStart = text.lastIndexOf('\n', stmt.start - 1) + 1;
  if (text.slice(lineStart, stmt.start).trim() !== '') return undefined;
  const indent = indentAt(text, stmt.start);
  const first = above.map((line) => (line === '' ? '\n' : `${indent}${line}\n`)).join('');
  const last = below.map((line) => (line === '' ? '\n' : `\n${indent}${line}`)).join('');
  const end = text.indexOf('\n', stmt.end);
  const isClean = end >= 0 && /^;?\s*(?:\/\*.*\*\/\s*)?$/.test(text.slice(stmt.end, end));
  const edits: TextEdit[] = above.length === 0 ? [] : [edit(path, base, lineStart, lineStart, first)];
  if (placed.list !== undefined) {
    if (below.length > 0 && !isClean) return undefined;
    return below.length === 0 ? edits : [...edits, edit(path, base, end, end, last)];
  }
  const head = /\)(?:[ \t]*\/\*[^\n]*\*\/)?\s*$/.exec(text.slice(0, lineStart));
  const outer = indent.replace(/\t$/, '');
  if (head === null || !isClean || /^\s*else\b/.test(text.slice(end)) || outer === indent) return undefined;
  return [edit(path, base, head.index + 1, head.index + 1, ' {'), ...edits, edit(path, base, end, end, `${last}\n${outer}}`)];
}

/** Edits that put statements in the place of one, braces added where several replace one that stands alone. Undefined where the layout does not allow it. */
export function replaceStatement(context: FunctionContext, placed: Placed, lines: readonly string[]): readonly TextEdit[] | undefined {
  const { text, fn } = context;
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const { start } = placed.stmt;
  const end = text[placed.stmt.end - 1] === ';' ? placed.stmt.end : text.indexOf(';', placed.stmt.end) + 1;
  if (end <= 0) return undefined;
  const own = edit(fn.file.path, fn.item.start, start, end, last);
  if (lines.length === 1) return [own];
  const before = insertBefore(context, placed, lines.slice(0, -1));
  return before === undefined ? undefined : [...before, own];
}

/** An edit that declares something at the top of the list of statements that holds a place: after its declarations, or as its first line. */
export function declareIn(context: FunctionContext, list: readonly Stmt[], lines: readonly string[]): TextEdit | undefined {
  const { text, fn } = context;
  const [first] = list;
  if (first === undefined) return undefined;
  let last: Stmt | undefined;
  for (const stmt of list) {
    if (stmt.kind !== 'decl') break;
    last = stmt;
  }
  const indent = indentAt(text, first.start);
  if (last !== undefined) {
    const end = text.indexOf('\n', text.indexOf(';', last.end - 1));
    if (end < 0) return undefined;
    return edit(fn.file.path, fn.item.start, end + 1, end + 1, lines.map((line) => `${indent}${line}\n`).join(''));
  }
  const start = text.lastIndexOf('\n', first.start - 1) + 1;
  return edit(fn.file.path, fn.item.start, start, start, `${lines.map((line) => `${indent}${line}\n`).join('')}\n`);
}

/** The call that begins at a place in the function. */
export function callAt(context: FunctionContext, start: number): (Expr & { readonly kind: 'call' }) | undefined {
  let found: (Expr & { readonly kind: 'call' }) | undefined;
  for (const stmt of context.ast.body) {
    walkStmt(stmt, (expr) => {
      if (expr.kind === 'call' && expr.start === start) found = expr;
    });
  }
  return found;
}

/** A name that the function does not use yet; undefined when all are taken. */
export function freeName(context: FunctionContext, names: readonly string[]): string | undefined {
  return names.find((name) => !new RegExp(`\\b(?<!->|\\.)${name}\\b`).test(context.text));
}

/** Text of a span of the function. */
export const written = (context: FunctionContext, span: Span): string => context.text.slice(span.start, span.end);

/** How often a name stands in the function, members of that name not counted. */
export function usesOf(context: FunctionContext, name: string): number {
  return [...context.text.matchAll(new RegExp(`(?<!->|\\.|\\w)${name}\\b`, 'g'))].length;
}
