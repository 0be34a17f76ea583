/** Where on a path a forgotten release belongs: before its return, or before the jump that leads there when others share the return. */
import type { Trail } from '../flow/state.js';
import { forEachChild } from '../flow/substitute.js';
import { walkStmt } from '../program/walk.js';
import type { Expr, Span, Stmt } from '../syntax/ast.js';
import type { FunctionContext } from './rule.js';
import { type Placed, statementAt } from './statements.js';

/** The path that a release is missing on. */
export interface LosingPath {
  readonly exit: Span;
  readonly trail: Trail | undefined;
  /** Key of the object: its last step is where the search backwards ends. */
  readonly key: string;
  /** True when paths that need no release end in the same return. */
  readonly isShared: boolean;
}

/** Alternatives, likeliest first: the statements that each want the release in front of them. None when the path has no place of its own. */
export function releasePlaces(context: FunctionContext, path: LosingPath): readonly (readonly Placed[])[] {
  const { exit, trail, key, isShared } = path;
  if (!isShared) {
    const placed = statementAt(context, exit);
    return placed?.stmt.kind === 'return' ? [[placed]] : [];
  }
  const jumps = new Map<number, Stmt>();
  let taken = -1;
  for (let step = trail; step !== undefined; step = step.prev) {
    if (step.site.fn !== context.fn.key) continue;
    if (step.key !== undefined && (step.key === key || key.includes(step.key))) {
      taken = step.site.span.end;
      break;
    }
    const jump = step.key === undefined ? jumpBehind(context, step) : undefined;
    if (jump !== undefined) jumps.set(jump.start, jump);
  }
  const [only] = jumps.values();
  if (only !== undefined && jumps.size === 1) {
    const placed = statementAt(context, only);
    if (placed !== undefined) return [[placed]];
  }
  // The path does not tell which jump it took: each is tried, the one farthest from where it was taken first, then all of them.
  const open = taken < 0 ? [] : jumpsBetween(context, taken, exit);
  return [...open.map((one) => [one]).reverse(), ...(open.length > 1 ? [open] : [])].slice(0, 5);
}

/** Jumps behind a place whose label leads straight to an exit. */
function jumpsBetween(context: FunctionContext, from: number, exit: Span): readonly Placed[] {
  const { text } = context;
  const found: Placed[] = [];
  for (const stmt of context.ast.body)
    walkStmt(
      stmt,
      () => undefined,
      (one) => {
        if (one.kind !== 'goto' || one.start < from || one.start > exit.start) return;
        const label = text.search(new RegExp(`^ ?${one.label}:(?!:)`, 'm'));
        if (label < one.start || label > exit.start || /\b(?:return|goto)\b/.test(text.slice(label, exit.start))) return;
        const placed = statementAt(context, one);
        if (placed !== undefined) found.push(placed);
      },
    );
  return found;
}

/** The jump that ends the branch which a step took; undefined when the step was no such branch. */
function jumpBehind(context: FunctionContext, step: Trail): Stmt | undefined {
  const at = step.site.span;
  let found: (Stmt & { readonly kind: 'if' }) | undefined;
  for (const stmt of context.ast.body)
    walkStmt(
      stmt,
      () => undefined,
      (one) => {
        if (one.kind === 'if' && one.test.start <= at.start && at.end <= one.test.end) found = one;
      },
    );
  if (found === undefined) return undefined;
  const isTaken = step.message.endsWith(' is true') !== isNegated(found.test, at);
  const side = isTaken ? found.then : found.otherwise;
  const last = side?.kind === 'block' ? side.body.at(-1) : side;
  return last?.kind === 'goto' ? last : undefined;
}

/** True when a part of a test counts the other way round. */
function isNegated(test: Expr, part: Span): boolean {
  if (test.start === part.start && test.end === part.end) return false;
  let inside: Expr | undefined;
  forEachChild(test, (child) => {
    if (child.start <= part.start && part.end <= child.end) inside = child;
  });
  const isNot = test.kind === 'unary' && test.op === '!';
  return inside === undefined ? isNot : isNot !== isNegated(inside, part);
}
