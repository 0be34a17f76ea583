/** Where a need that callers hand on is reported: at its origin when nobody meets it, else at the call that does not. */
import type { FlowEvent, Frame } from '../flow/events.js';
import type { Span } from '../syntax/ast.js';
import type { FunctionContext } from './rule.js';

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
}

/** Decides whether and where to report a need event; undefined to stay silent. */
export function judge(event: NeedEvent, _frame: Frame, context: FunctionContext, policy: NeedPolicy): Verdict | undefined {
  if (event.state.joined && event.verdict !== 'bad') return undefined;
  const here = event.origin.fn.key === context.fn.key && event.span.start === event.origin.span.start;
  if (event.verdict === 'bad') {
    if (here || policy.blameCall === true) return { span: event.span, because: '' };
    const others = originVerdict(event, context);
    return others.ok > 0 ? { span: event.span, because: '' } : undefined;
  }
  if (event.verdict !== 'inherited' || !here || policy.blameCall === true) return undefined;
  const isLock = event.need === 'held' || event.need === 'guarded';
  const callers = isLock ? context.callersOf(event.origin.id, event.detail) : context.callersOf(event.origin.id);
  if (callers.ok > 0 || callers.unknown > 0) return undefined;
  if (callers.bad > 0) return { span: event.span, because: 'no caller does it' };
  return policy.rootsFail ? { span: event.span, because: 'no caller does it' } : undefined;
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
