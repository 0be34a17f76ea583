/** A range queued on a CPU unmap without being marked as unmapped. */

import { gpusvmOpsTag, rangeTag, unmapEvent } from '../../contracts/protected.js';
import { queueingCalls, startingCalls } from '../../contracts/queues.js';
import type { FlowEvent } from '../../flow/events.js';
import type { State } from '../../flow/state.js';
import type { Term } from '../../flow/term.js';
import { loadOf, memberLoc, param, pointee } from '../../flow/term.js';
import type { TypeScope } from '../../flow/types.js';
import { structOf, typeOf } from '../../flow/types.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr, FunctionAst, Span } from '../../syntax/ast.js';
import { hasTable } from '../drivers.js';
import { layoutsOf } from '../layout.js';
import { perFunction } from '../per-function.js';
import { rootKey } from '../roots.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixUnmarked } from './fix.js';

interface Queued {
  readonly span: Span;
  /** Parameter that the queued range came in by. */
  readonly index: number;
  readonly range: Expr;
}

const candidates = perFunction<Map<number, Queued>>(() => new Map());

/** See README.md beside this file. */
export const unmapEventNotMarked: Rule = {
  id: 'unmap-event-not-marked',
  onEvent(event, frame, context) {
    if (event.kind !== 'call') return;
    if (Object.hasOwn(startingCalls, event.name)) started(event, context);
    if (!queueingCalls.has(event.name)) return;
    const [link] = event.expr.args;
    const [value] = event.args;
    const range = link === undefined ? undefined : containerOfLink(link, frame.scope, context);
    if (range === undefined || value === undefined || event.state.joined || isMarked(event.state, value)) return;
    if (isUnmap(event.state, context.ast, context.fn, context)) {
      report(event.expr, range, event.state.trail, context, undefined);
      return;
    }
    const key = rootKey(value);
    const index = /^\$(\d+)$/.exec(key)?.[1];
    // On a path that asks for the event here, this function has decided itself.
    if (index !== undefined && !asksForEvent(event.state, context.ast))
      candidates(context).set(event.expr.start, { span: event.expr, index: Number(index), range });
  },
  finish(context) {
    const found = candidates(context);
    if (found.size === 0 || !hasTable(context.program, context.fn.file, gpusvmOpsTag)) return;
    for (const queued of found.values()) {
      const caller = unmarkedCaller(context, queued.index);
      if (caller !== undefined) report(queued.span, queued.range, undefined, context, caller);
    }
  },
};

/** Work is started for a range that the CPU has just unmapped: by hand, in the function that looks at the event. */
function started(event: FlowEvent & { readonly kind: 'call' }, context: FunctionContext): void {
  if (event.state.joined || !isUnmap(event.state, context.ast, context.fn, context)) return;
  if (!hasTable(context.program, context.fn.file, gpusvmOpsTag)) return;
  const tags = new Set([rangeTag, ...layoutsOf(context.program, context.fn.file, rangeTag).map((one) => one.container.tag)]);
  const index = context.ast.params.findIndex((one) => one.type.pointers === 1 && tags.has(one.type.base));
  const name = context.ast.params[index]?.name;
  if (name === undefined || isMarked(event.state, param(index))) return;
  const { start, end } = event.expr;
  report(event.expr, { kind: 'name', name, start, end }, event.state.trail, context, undefined);
}

function report(
  span: Span,
  range: Expr,
  trail: State['trail'],
  context: FunctionContext,
  caller: { readonly fn: FunctionDef; readonly span: Span } | undefined,
): void {
  context.report({
    span,
    message:
      'a fault maps the range again while it waits for the collector: the CPU unmapped its addresses, and it is queued without being marked; mark it unmapped before it is queued',
    trail,
    ...(caller === undefined ? {} : { because: [{ ...caller, message: 'called here on a CPU unmap, with a range that is not marked' }] }),
    fixes: fixUnmarked(span, range, context),
  });
}

/** The container of a range whose embedded link an expression is; undefined for other lists. */
function containerOfLink(link: Expr, scope: TypeScope, context: FunctionContext): Expr | undefined {
  if (link.kind !== 'address' || link.operand.kind !== 'member') return undefined;
  const { object } = link.operand;
  const tag = structOf(typeOf(object, scope), scope)?.tag;
  return tag !== undefined && layoutsOf(context.program, context.fn.file, rangeTag).some((one) => one.container.tag === tag)
    ? object
    : undefined;
}

function isMarked(state: State, value: Term): boolean {
  return state.object(`mark:marked:${rootKey(value)}`) !== undefined;
}

/** Terms of the event in parameters that carry one. */
function eventTerms(ast: FunctionAst): readonly Term[] {
  return ast.params.flatMap((one, index) =>
    one.type.base === 'struct mmu_notifier_range' && one.type.pointers === 1
      ? [loadOf(memberLoc(pointee(param(index)), unmapEvent.member))]
      : [],
  );
}

function isUnmap(state: State, ast: FunctionAst, fn: FunctionDef, context: FunctionContext): boolean {
  const value = context.program.constant(unmapEvent.value, fn.file);
  return value !== undefined && eventTerms(ast).some((term) => state.constraint(term).eq === value);
}

function asksForEvent(state: State, ast: FunctionAst): boolean {
  return eventTerms(ast).some((term) => {
    const known = state.constraint(term);
    return known.eq !== undefined || known.ne.length > 0;
  });
}

/** A call of this function on a path that knows of the unmap, with a range that is not marked. */
function unmarkedCaller(context: FunctionContext, index: number): { readonly fn: FunctionDef; readonly span: Span } | undefined {
  const { engine, program, fn } = context;
  for (const ref of program.references(fn)) {
    if (!ref.isCall || ref.caller.key === fn.key || ref.caller.item.alternative) continue;
    const ast = ref.caller.ast();
    if (ast === undefined || eventTerms(ast).length === 0) continue;
    let found: Span | undefined;
    engine.replay(ref.caller, (event) => {
      if (found !== undefined || event.kind !== 'call' || event.name !== fn.name || event.state.joined) return;
      const value = event.args[index];
      // The state is the one behind the call: a mark that the call itself made comes too late.
      const mark = value === undefined ? undefined : event.state.object(`mark:marked:${rootKey(value)}`);
      const isBefore = mark !== undefined && !(mark.site?.fn === ref.caller.key && mark.site.span.start === event.expr.start);
      if (value === undefined || isBefore || !isUnmap(event.state, ast, ref.caller, context)) return;
      found = event.expr;
    });
    if (found !== undefined) return { fn: ref.caller, span: found };
  }
  return undefined;
}
