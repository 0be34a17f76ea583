/** Ranges of which one is asked for, and another is not: in a function that goes through several. */
import { rangeTag } from '../../contracts/protected.js';
import { forEachChild } from '../../flow/substitute.js';
import type { Expr, Span, Stmt } from '../../syntax/ast.js';
import { layoutsOf } from '../layout.js';
import type { FunctionContext } from '../rule.js';
import { walkExprs } from '../walk.js';
import { asks } from './asks.js';

/** A local that holds a range, with the statements that see it. */
interface Held {
  readonly name: string;
  readonly span: Span;
  readonly scope: readonly Stmt[];
}

/** The declaration of a range that nobody asks for, where a range of another block is asked for; undefined when there is none. */
export function forgottenRange(context: FunctionContext, names: readonly string[]): Span | undefined {
  if (!context.text.includes('struct')) return undefined;
  const tags = new Set([rangeTag, ...layoutsOf(context.program, context.fn.file).map((one) => one.container.tag)]);
  const held: Held[] = [];
  const visit = (body: readonly Stmt[]): void => {
    for (const stmt of body) {
      if (stmt.kind === 'decl' && stmt.type.pointers === 1 && tags.has(stmt.type.base))
        held.push({ name: stmt.name, span: { start: stmt.start, end: stmt.end }, scope: body });
      for (const inner of blocksOf(stmt)) visit(inner);
    }
  };
  visit(context.ast.body);
  if (held.length < 2) return undefined;
  const asked = held.filter((one) => isAsked(one, names, context));
  // The variable of the whole function says nothing about a block.
  return asked.length === 0 ? undefined : held.find((one) => one.scope !== context.ast.body && !asked.includes(one))?.span;
}

function blocksOf(stmt: Stmt): readonly (readonly Stmt[])[] {
  switch (stmt.kind) {
    case 'block':
      return [stmt.body];
    case 'if':
      return [[stmt.then], ...(stmt.otherwise === undefined ? [] : [[stmt.otherwise]])];
    case 'while':
    case 'do':
    case 'for':
    case 'iterate':
    case 'scoped':
    case 'switch':
      return [[stmt.body]];
    default:
      return [];
  }
}

function isAsked({ name, scope }: Held, names: readonly string[], context: FunctionContext): boolean {
  let found = false;
  walkExprs(scope, (e) => {
    if (found || e.kind !== 'call' || e.callee.kind !== 'name' || !e.args.some((arg) => says(arg, name))) return;
    found = names.includes(e.callee.name) || asks(e.callee.name, context);
  });
  return found;
}

function says(e: Expr, name: string): boolean {
  if (e.kind === 'name') return e.name === name;
  let found = false;
  forEachChild(e, (child) => {
    found ||= says(child, name);
  });
  return found;
}
