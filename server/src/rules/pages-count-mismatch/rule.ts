/** A count of pages that is not their array's. */
import { markCall } from '../../contracts/generations.js';
import { pagesTag } from '../../contracts/protected.js';
import type { FlowEvent } from '../../flow/events.js';
import { memberLoc, pointee, ZERO } from '../../flow/term.js';
import { memberOf, typeOf } from '../../flow/types.js';
import { walkStmt } from '../../program/walk.js';
import type { Expr, Span, Stmt } from '../../syntax/ast.js';
import { layoutsOf } from '../layout.js';
import { arrayOf } from '../pages-array.js';
import { perFunction } from '../per-function.js';
import { rootTerm } from '../roots.js';
import type { FunctionContext, Rule } from '../rule.js';

type CallEvent = FlowEvent & { readonly kind: 'call' };

/** Counts by call: what some path makes wrong, and whether a branch made it right on another. */
const verdicts = perFunction(() => new Map<number, { readonly span: Span; readonly message: string }>());

/** See README.md beside this file. */
export const pagesCountMismatch: Rule = {
  id: 'pages-count-mismatch',
  onEvent(event, _frame, context) {
    if (event.kind !== 'call' || event.name !== markCall.name || event.expr.args.length !== markCall.newestParams || event.state.joined)
      return;
    const [pages, count] = [event.expr.args[markCall.pages], event.expr.args[markCall.count]];
    if (pages === undefined || count === undefined) return;
    const why = mismatch(pages, count, event, context);
    if (why !== undefined) verdicts(context).set(event.expr.start, { span: count, message: why });
  },
  finish(context) {
    for (const { span, message } of verdicts(context).values()) report(span, message, context);
    for (const stmt of context.ast.body) {
      walkStmt(
        stmt,
        () => undefined,
        (one) => {
          if (one.kind === 'for') loop(one, context);
        },
      );
    }
  },
};

function report(span: Span, why: string, context: FunctionContext): void {
  context.report({
    span,
    message: `some devices keep their mapping, or memory behind the array is taken for pages: ${why}; use the array's own count`,
  });
}

/** Why the count does not fit the pages given; undefined when it does, or when the array's count is not known. */
function mismatch(pages: Expr, count: Expr, event: CallEvent, context: FunctionContext): string | undefined {
  const value = constantOf(count, context);
  if (pages.kind === 'cast' && pointsToPointers(pages.operand, context))
    return 'an array of pointers is given, and the entries must be contiguous';
  const object = pages.kind === 'address' ? pages.operand : pages;
  const whole = object.kind === 'index' ? object.object : object;
  const member = whole.kind === 'member' ? memberOf(whole, context.scope)?.member : undefined;
  if (member !== undefined && member.type.base === pagesTag) {
    const [size] = member.type.dims;
    if (member.type.dims.length === 1 && object.kind !== 'index' && member.type.pointers === 0) {
      return value === undefined || size === undefined || value === size
        ? undefined
        : `the count is ${value}, and \`${member.name}\` has ${size} entries`;
    }
    if (member.type.pointers === 0 && member.type.dims.length === 0 && pages.kind === 'address') {
      const isOne = event.args[markCall.count] !== undefined && event.state.constraint(event.args[markCall.count] ?? ZERO).eq === 1;
      if (value === undefined && (isOne || member.inUnion === true || holdsArray(whole, context))) return undefined;
      return value === 1 ? undefined : `the count is ${value ?? `\`${textOf(count, context)}\``}, and \`${member.name}\` is one object`;
    }
  }
  if (value === undefined) return undefined;
  return ofArray(pages, value, event, context);
}

const textOf = (e: Span, context: FunctionContext): string => context.text.slice(e.start, e.end);

/** True when the struct that holds a pages object holds an array of them as well: its count may be for either. */
function holdsArray(whole: Expr, context: FunctionContext): boolean {
  const tag = whole.kind === 'member' ? memberOf(whole, context.scope)?.structTag : undefined;
  return layoutsOf(context.program, context.fn.file).some(
    (one) => one.container.tag === tag && one.pages.some((pages) => pages.isPointer || pages.isArray),
  );
}

/** A constant against an array whose count is a member of the container. */
function ofArray(pages: Expr, value: number, event: CallEvent, context: FunctionContext): string | undefined {
  const { program, fn, scope } = context;
  for (const layout of layoutsOf(program, fn.file)) {
    const array = arrayOf(program, layout);
    if (array?.count === undefined) continue;
    const container =
      pages.kind === 'call' && pages.callee.kind === 'name' && pages.callee.name === array.accessor
        ? pages.args[0]
        : pages.kind === 'member' && pages.field === array.pointer && typeOf(pages.object, scope)?.base === layout.container.tag
          ? pages.object
          : undefined;
    if (container === undefined) continue;
    const range = event.args[markCall.range];
    if (range === undefined) return undefined;
    const root = rootTerm(range);
    const { state } = event;
    const term = state.read(memberLoc(pointee(root), array.count));
    const known = state.constraint(term);
    if (known.eq === value) return undefined;
    // The range may be known by its base only: then the count is looked for under any name that a branch has decided.
    for (const [key, one] of state.constraints()) if (key.includes(`.${array.count}`) && one.eq === value) return undefined;
    return `the count is ${value}, and \`${array.count}\` entries stand in the array`;
  }
  return undefined;
}

function pointsToPointers(expr: Expr, context: FunctionContext): boolean {
  const type = typeOf(expr, context.scope);
  return type?.base === pagesTag && type.pointers + type.dims.length >= 2;
}

function constantOf(expr: Expr, context: FunctionContext): number | undefined {
  if (expr.kind === 'number') return expr.value;
  return expr.kind === 'name' && context.scope.local(expr.name) === undefined
    ? context.program.constant(expr.name, context.fn.file)
    : undefined;
}

/** A loop with a constant bound over an array of fixed size: does it reach every entry? */
function loop(stmt: Stmt & { readonly kind: 'for' }, context: FunctionContext): void {
  const { test } = stmt;
  if (test?.kind !== 'binary' || (test.op !== '<' && test.op !== '<=' && test.op !== '!=') || test.left.kind !== 'name') return;
  const index = test.left.name;
  const limit = constantOf(test.right, context);
  if (test.op === '<=' && limit === undefined && startsAtZero(stmt.init, index)) pastEnd(stmt.body, index, test.right, context);
  if (limit === undefined || !startsAtZero(stmt.init, index) || leaves(stmt.body)) return;
  const rounds = test.op === '<=' ? limit + 1 : limit;
  walkStmt(stmt.body, (expr) => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'name') return;
    if (context.engine.contracts.of(expr.callee.name)?.ops?.some((op) => op.op === 'pages') !== true) return;
    for (const arg of expr.args) {
      if (arg.kind !== 'address' || arg.operand.kind !== 'index' || arg.operand.index.kind !== 'name' || arg.operand.index.name !== index)
        continue;
      const { object } = arg.operand;
      const member = object.kind === 'member' ? memberOf(object, context.scope)?.member : undefined;
      const size = member?.type.base === pagesTag && member.type.pointers === 0 ? member.type.dims[0] : undefined;
      if (member !== undefined && size !== undefined && size !== rounds)
        report(expr, `the loop runs ${rounds} times, and \`${member.name}\` has ${size} entries`, context);
    }
  });
}

/** A loop up to and with a count, over entries that are counted from zero. */
function pastEnd(body: Stmt, index: string, count: Expr, context: FunctionContext): void {
  if (count.kind !== 'name' && count.kind !== 'member') return;
  let at: Expr | undefined;
  walkStmt(body, (expr) => {
    if (expr.kind !== 'index' || expr.index.kind !== 'name' || expr.index.name !== index) return;
    const type = typeOf(expr.object, context.scope);
    if (type?.base === pagesTag && type.pointers + type.dims.length === 1) at ??= expr;
  });
  if (at !== undefined) report(at, `the loop goes on to entry \`${textOf(count, context)}\` itself, one behind the last`, context);
}

function startsAtZero(init: readonly Stmt[], index: string): boolean {
  return init.some((one) => {
    if (one.kind === 'decl') return one.name === index && one.init?.kind === 'number' && one.init.value === 0;
    return (
      one.kind === 'expr' &&
      one.expr.kind === 'assign' &&
      one.expr.left.kind === 'name' &&
      one.expr.left.name === index &&
      one.expr.right.kind === 'number' &&
      one.expr.right.value === 0
    );
  });
}

function leaves(body: Stmt): boolean {
  let found = false;
  walkStmt(
    body,
    () => undefined,
    (one) => {
      if (one.kind === 'break' || one.kind === 'goto' || one.kind === 'return') found = true;
    },
  );
  return found;
}
