/** Ranges are inserted or removed where the driver's lock is surely not held. */
import { pointee } from '../../flow/term.js';
import { judge } from '../needs.js';
import type { Rule } from '../rule.js';

/** See README.md beside this file. */
export const driverLockMissing: Rule = {
  id: 'driver-lock-missing',
  onEvent(event, frame, context) {
    if (event.kind !== 'need') return;
    if (
      event.need === 'held' &&
      event.verdict === 'bad' &&
      event.origin.contract?.ops?.some((op) => op.op === 'assert-held') === true &&
      (context.engine.isDriverLock(pointee(event.subject), context.fn) || context.engine.contracts.roleOf(event.detail) === 'driver')
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
