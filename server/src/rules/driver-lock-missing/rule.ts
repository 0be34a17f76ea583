/** Ranges are inserted or removed where the driver's lock is surely not held. */
import type { FlowEvent } from '../../flow/events.js';
import { pointee } from '../../flow/term.js';
import type { FunctionDef } from '../../program/types.js';
import type { Span } from '../../syntax/ast.js';
import { judge } from '../needs.js';
import type { FunctionContext, Rule } from '../rule.js';

/**
 * True where an asserted lock is missing: nobody above holds it when this function is called, or this function does not hold it and another caller of what it
 * calls does. What is missing in every call of a function is missing in that function.
 */
function isForgotten(event: FlowEvent & { readonly kind: 'need' }, context: FunctionContext): boolean {
  const { origin } = event;
  if (event.state.joined || context.fn.key === origin.fn.key) return event.verdict === 'bad';
  if (event.verdict === 'inherited')
    return calleeAt(event.span, context)?.key === origin.fn.key && isNowhereHeld(context.fn, origin.id, context);
  const callee = event.verdict === 'bad' ? calleeAt(event.span, context) : undefined;
  return event.verdict === 'bad' && (callee === undefined || callee.key === origin.fn.key || !isNowhereHeld(callee, origin.id, context));
}

/** True when every call of a function is surely made without what it needs. */
function isNowhereHeld(fn: FunctionDef, originId: string, context: FunctionContext): boolean {
  const refs = context.program.references(fn).filter((ref) => ref.caller.key !== fn.key && !ref.caller.item.alternative);
  return (
    refs.length > 0 &&
    refs.every(({ caller, isCall }) => {
      const counts = isCall ? context.engine.summaryOf(caller).verdicts.get(originId) : undefined;
      return counts !== undefined && counts.bad > 0 && counts.ok + counts.inherited + counts.unknown === 0;
    })
  );
}

function calleeAt(span: Span, context: FunctionContext): FunctionDef | undefined {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(span.start, span.end))?.[0];
  return name === undefined ? undefined : context.program.findFunction(name, context.fn.file);
}

/** See README.md beside this file. */
export const driverLockMissing: Rule = {
  id: 'driver-lock-missing',
  onEvent(event, frame, context) {
    if (event.kind !== 'need') return;
    if (
      event.need === 'held' &&
      event.origin.contract?.ops?.some((op) => op.op === 'assert-held') === true &&
      (context.engine.isDriverLock(pointee(event.subject), context.fn) || context.engine.contracts.roleOf(event.detail) === 'driver') &&
      isForgotten(event, context)
    ) {
      context.report({
        span: event.span,
        message: `two threads can insert or remove the same range: the driver lock \`${event.detail}\` is expected${event.mode === 'write' ? ' for write' : ''} by what is called here and is not held${event.mode === 'write' ? ' that way' : ''}; hold it around the call`,
        trail: event.state.trail,
        keys: [event.key],
        because: event.origin.fn.key === context.fn.key ? [] : [{ fn: event.origin.fn, span: event.origin.span, message: 'asserted here' }],
      });
      return;
    }
    // A function of the driver that says of itself, or of which the tree's tables say, that callers hold the lock.
    const isAsked =
      event.need === 'held' &&
      context.engine.contracts.roleOf(event.detail) === 'driver' &&
      event.origin.contract?.ops?.some((op) => op.op === 'assert-held') !== true;
    if (event.need !== 'driver-lock' && !isAsked) return;
    const free =
      event.verdict === 'inherited' &&
      event.origin.fn.key === context.fn.key &&
      event.span.start === event.origin.span.start &&
      context.summary().entryFree.has(event.detail);
    // Callers may hold a lock that the tables name by another way to it: only what this function does itself is sure.
    if (isAsked && !free && event.verdict !== 'bad') return;
    const verdict = free ? { span: event.span } : judge(event, frame, context, { rootsFail: false });
    if (verdict === undefined) return;
    context.report({
      span: verdict.span,
      message: `two threads can insert or remove the same range: \`${event.origin.what}\` runs without the driver lock \`${event.detail}\`; hold it around the call`,
      trail: event.state.trail,
      keys: [event.key],
    });
  },
};
