/** The release of what a path loses, in front of the return that loses it. */
import { typeOf } from '../flow/types.js';
import { walkStmt } from '../program/walk.js';
import type { Expr, Span, Stmt, TypeRef } from '../syntax/ast.js';
import type { Fix } from './finding.js';
import { exitsOf, type Loss } from './leaks.js';
import { releasePlaces } from './release-place.js';
import type { FunctionContext } from './rule.js';
import { callAt, insertBefore, replaceStatement, statementAt, written } from './statements.js';
import { jumpsTo } from './ways-out.js';

/** Offered where the pointer can be named at the return, or at the jump that leads to a shared one, and the condition in front of it is of one piece. */
export function fixLeak({ exit, key, object }: Loss, release: string, context: FunctionContext): readonly Fix[] {
  const { site } = object;
  const isShared = exitsOf(context).some((other) => other.span.start === exit.span.start && (other.state.object(key)?.count ?? 0) <= 0);
  if (site === undefined || site.fn !== context.fn.key || !/^\w+$/.test(release)) return [];
  if (context.engine.contracts.of(release) === undefined) return [];
  const pointer = fitting(pointerAt(site.span.start, context), release, context);
  if (pointer === undefined) return [];
  const jumps = isShared ? [] : fixByJump(exit.span, `${release}(${pointer.text})`, context);
  const calls = releasePlaces(context, { exit: exit.span, trail: exit.state.trail, key, isShared }).flatMap((places): readonly Fix[] => {
    const edits = places.map(({ stmt }) => stmt).every((stmt) => isReachable(pointer, stmt, context))
      ? places.map((placed) => insertBefore(context, placed, [`${release}(${pointer.text});`]))
      : [undefined];
    if (edits.includes(undefined)) return [];
    return [{ title: `Call \`${release}\` first`, safety: 'suggested', edits: edits.flatMap((one) => one ?? []) }];
  });
  return [...jumps, ...calls];
}

/** True where a pointer can be named in front of a statement, and is what it was. */
function isReachable(pointer: Pointer, stmt: Stmt, context: FunctionContext): boolean {
  if (!isInSight(pointer.root, stmt, context)) return false;
  // A member of what was freed above is out of reach.
  if (pointer.text !== pointer.root && new RegExp(`\\(\\s*${pointer.root}\\s*\\)\\s*;`).test(context.text.slice(0, stmt.start)))
    return false;
  // Several reasons to leave: on some of them the pointer may be nothing.
  if (isMixed(stmt, context)) return false;
  const value = stmt.kind === 'return' ? stmt.value : undefined;
  return value === undefined || !new RegExp(`\\b${pointer.root}\\b`).test(written(context, value));
}

/** A jump to the label that makes the release, in place of the return. */
export function fixByJump(exit: Span, call: string, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, exit);
  if (placed?.stmt.kind !== 'return') return [];
  const value = placed.stmt.value === undefined ? '' : written(context, placed.stmt.value);
  return jumpsTo(context, exit, value, call).flatMap(({ lines, words }): readonly Fix[] => {
    const edits = replaceStatement(context, placed, lines);
    return edits === undefined ? [] : [{ title: `Do not leave yet: ${words}`, safety: 'suggested', edits }];
  });
}

interface Pointer {
  readonly text: string;
  readonly root: string;
  readonly type: TypeRef | undefined;
}

/** The pointer as the release takes it: itself, or the member of what it points to. Undefined when the types do not meet. */
function fitting(pointer: Pointer | undefined, release: string, context: FunctionContext): Pointer | undefined {
  const wanted = context.program.findSignature(release, context.fn.file)?.params[0]?.type;
  if (pointer?.type === undefined || wanted === undefined || wanted.base === 'void') return pointer;
  const { type } = pointer;
  if (type.pointers !== wanted.pointers) return undefined;
  if (type.base === wanted.base) return pointer;
  const holders = context.program
    .containersOf(wanted.base, context.fn.file)
    .filter((one) => one.container.tag === type.base && !one.isPointer && !one.isArray);
  const [holder] = holders;
  return holder === undefined || holders.length > 1 ? undefined : { ...pointer, text: `&${pointer.text}->${holder.path.join('.')}` };
}

/** What a call's result is stored in; for a call that hands its argument back, else the argument. */
function pointerAt(start: number, context: FunctionContext): Pointer | undefined {
  const call = callAt(context, start);
  if (call?.callee.kind !== 'name') return undefined;
  const contract = context.engine.contracts.of(call.callee.name);
  const [given] = call.args;
  let holder: string | undefined;
  let type: TypeRef | undefined;
  each(context.ast.body, (stmt) => {
    if (stmt.kind === 'decl' && stmt.init?.start === start) [holder, type] = [stmt.name, stmt.type];
    if (stmt.kind === 'expr' && stmt.expr.kind === 'assign' && stmt.expr.right.start === start)
      [holder, type] = [written(context, stmt.expr.left), typeOf(stmt.expr.left, context.scope)];
  });
  if (holder === undefined && contract?.ops?.some((op) => op.op === 'acquire' && op.ref === '0') === true && given !== undefined)
    [holder, type] = [written(context, given), typeOf(given, context.scope)];
  const root = holder === undefined ? undefined : /^\W*(\w+)/.exec(holder)?.[1];
  return holder === undefined || root === undefined || holder.includes('(') ? undefined : { text: holder, root, type };
}

function each(body: readonly Stmt[], visit: (stmt: Stmt) => void): void {
  for (const stmt of body) walkStmt(stmt, () => undefined, visit);
}

/** True when the name is a parameter, or declared in a block that the statement stands in. */
function isInSight(name: string, stmt: Stmt, context: FunctionContext): boolean {
  if (context.ast.params.some((param) => param.name === name)) return true;
  let found = false;
  each(context.ast.body, (one) => {
    if (one.kind !== 'decl' || one.name !== name) return;
    const blocks = statementAt(context, one)?.blocks ?? [];
    const here = statementAt(context, stmt)?.blocks ?? [];
    if (blocks.every((block) => here.includes(block))) found = true;
  });
  return found;
}

/** True when the statement stands below a test with several alternatives. */
function isMixed(stmt: Stmt, context: FunctionContext): boolean {
  let mixed = false;
  const hasOr = (test: Expr): boolean => test.kind === 'binary' && (test.op === '||' || hasOr(test.left) || hasOr(test.right));
  each(context.ast.body, (one) => {
    if (one.kind === 'if' && one.then.start <= stmt.start && stmt.end <= one.then.end && hasOr(one.test)) mixed = true;
  });
  return mixed;
}
