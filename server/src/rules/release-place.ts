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

/** The statement to put the release in front of; undefined when the path has no place of its own. */
export function releasePlace(context: FunctionContext, { exit, trail, key, isShared }: LosingPath): Placed | undefined {
  if (!isShared) {
    const placed = statementAt(context, exit);
    return placed?.stmt.kind === 'return' ? placed : undefined;
  }
  const jumps = new Map<number, Stmt>();
  for (let step = trail; step !== undefined; step = step.prev) {
    if (step.site.fn !== context.fn.key) continue;
    if (step.key !== undefined && (step.key === key || key.includes(step.key))) break;
    const jump = step.key === undefined ? jumpBehind(context, step) : undefined;
    if (jump !== undefined) jumps.set(jump.start, jump);
  }
  // With several jumps on the way it is anybody's guess which one lacks the release.
  const [only] = jumps.values();
  return only === undefined || jumps.size > 1 ? undefined : statementAt(context, only);
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
