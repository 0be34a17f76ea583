/** Where a need that callers hand on is reported: at its origin when nobody meets it, else at the call that does not. */
import { flagsLock } from '../contracts/protected.js';
import type { FlowEvent, Frame } from '../flow/events.js';
import { LOCK } from '../flow/events.js';
import type { FunctionDef } from '../program/types.js';
import type { Span } from '../syntax/ast.js';
import { perFunction } from './per-function.js';
import type { CallerVerdict, FunctionContext } from './rule.js';

type NeedEvent = FlowEvent & { readonly kind: 'need' };

/** A place to report, and why it is sure. */
export interface Verdict {
  readonly span: Span;
  readonly because: string;
}

/** Policy of a rule for needs that depend on the caller. */
export interface NeedPolicy {
  /** True when a function nobody calls, or that a table calls, brings nothing: the need is not met there. */
  readonly rootsFail: boolean;
  /** True when the call is what is wrong even if no caller meets the need (documented by an assertion in the callee). */
  readonly blameCall?: boolean;
  /** True when one caller that does not meet the need is enough, whatever is not known of others: a race needs no more. */
  readonly oneIsEnough?: boolean;
}

/** Decides whether and where to report a need event; undefined to stay silent. */
export function judge(event: NeedEvent, _frame: Frame, context: FunctionContext, policy: NeedPolicy): Verdict | undefined {
  if (event.state.joined && event.verdict !== 'bad') return undefined;
  const here = event.origin.fn.key === context.fn.key && event.span.start === event.origin.span.start;
  const isLock = event.need === 'held' || event.need === 'guarded';
  const sure: Verdict = { span: event.span, because: '' };
  if (event.verdict === 'bad') {
    if (here) return sure;
    if (!isLock) return policy.blameCall === true || originVerdict(event, context).ok > 0 ? sure : undefined;
    const callee = calleeOf(event, context);
    const isDocumented = policy.blameCall === true && (callee === undefined || callee.key === event.origin.fn.key);
    if (isDocumented) return sure;
    // Where nobody meets the need, the callee is what is wrong, and is reported there.
    const others = callersOf(event, context, callee ?? event.origin.fn);
    return policy.blameCall === true ? (isUnmet(others, policy) ? undefined : sure) : others.ok > 0 ? sure : undefined;
  }
  if (event.verdict !== 'inherited') return undefined;
  if (here) {
    if (policy.blameCall === true || !isUnmet(callersOf(event, context, context.fn), policy)) return undefined;
    return { span: event.span, because: 'no caller does it' };
  }
  if (!isLock || policy.rootsFail) return undefined;
  // The lowest of the functions that nobody calls with the lock held is the one to change.
  const callee = calleeOf(event, context);
  if (callee === undefined || !isUnmet(callersOf(event, context, context.fn), policy)) return undefined;
  const isDocumented = policy.blameCall === true && callee.key === event.origin.fn.key;
  return isDocumented || callersOf(event, context, callee).ok > 0 ? { span: event.span, because: 'no caller does it' } : undefined;
}

/** True for a need of a hold for write that more than any hold would meet: where an assert meets no hold at all, the lock is missing altogether. */
export function wantsWrite(event: NeedEvent, context: FunctionContext): boolean {
  if (event.mode !== 'write') return false;
  const isAsserted = event.origin.contract?.ops?.some((op) => op.op === 'assert-held') === true;
  return !isAsserted || (context.engine.classBits(event.state, event.detail) ?? LOCK.none) !== LOCK.none;
}

/** True for an unmap outside of an invalidation under the notifier lock held for read: whatever the flag says, the call is in the wrong place. */
export function isReadHold(event: FlowEvent & { readonly kind: 'need' }, context: FunctionContext): boolean {
  const bits = context.engine.classBits(event.state, flagsLock);
  return event.detail === 'clear' && (bits === LOCK.read || bits === LOCK.callerRead);
}

/** True when no caller meets the need, and all of them are known. */
function isUnmet(callers: CallerVerdict, policy: NeedPolicy): boolean {
  if (callers.ok > 0 || (callers.unknown > 0 && !(policy.oneIsEnough === true && callers.bad > 0))) return false;
  return callers.bad > 0 || policy.rootsFail || (callers.closed > 0 && callers.roots === 0);
}

const verdicts = perFunction(() => new Map<string, CallerVerdict>());

function callersOf(event: NeedEvent, context: FunctionContext, fn: FunctionDef): CallerVerdict {
  const known = verdicts(context);
  const key = `${fn.key}|${event.origin.id}`;
  const isLock = event.need === 'held' || event.need === 'guarded';
  const made = known.get(key) ?? context.callersOf(event.origin.id, isLock ? event.detail : undefined, fn);
  known.set(key, made);
  return made;
}

/** The function whose call hands the need on; undefined when a macro stands between. */
function calleeOf(event: NeedEvent, context: FunctionContext): FunctionDef | undefined {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(event.span.start, event.span.end))?.[0];
  return name === undefined ? undefined : context.program.findFunction(name, context.fn.file);
}

function originVerdict(event: NeedEvent, context: FunctionContext): { readonly ok: number } {
  let ok = 0;
  const seen = new Set<string>();
  const visit = (fn: NeedEvent['origin']['fn']): void => {
    if (seen.has(fn.key) || seen.size > 60) return;
    seen.add(fn.key);
    for (const ref of context.program.references(fn)) {
      if (!ref.isCall) continue;
      const counts = context.engine.summaryOf(ref.caller).verdicts.get(event.origin.id);
      if (counts === undefined) continue;
      ok += counts.ok;
      if (counts.inherited > 0) visit(ref.caller);
    }
  };
  visit(event.origin.fn);
  return { ok };
}
