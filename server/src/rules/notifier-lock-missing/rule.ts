/** What needs the notifier lock, where it is surely not held. */
import { flagsLock } from '../../contracts/protected.js';
import { judge, wantsWrite } from '../needs.js';
import type { Rule } from '../rule.js';
import { fixLockMissing } from './fix.js';

/** See README.md beside this file. */
export const notifierLockMissing: Rule = {
  id: 'notifier-lock-missing',
  onEvent(event, frame, context) {
    if (
      event.kind !== 'need' ||
      (event.need !== 'held' && event.need !== 'guarded') ||
      context.engine.contracts.roleOf(event.detail) !== 'notifier' ||
      (event.detail === flagsLock && wantsWrite(event, context))
    )
      return;
    const asserted = event.origin.contract?.ops?.some((op) => op.op === 'assert-held') === true;
    const free =
      !asserted &&
      event.verdict === 'inherited' &&
      event.origin.fn.key === context.fn.key &&
      event.span.start === event.origin.span.start &&
      context.summary().entryFree.has(event.detail);
    // Callers may hold a lock that the tables name by another way to it: only what this function does itself is sure.
    if (event.detail !== flagsLock && !free && event.verdict !== 'bad') return;
    const verdict = free ? { span: event.span } : judge(event, frame, context, { rootsFail: false, blameCall: asserted });
    if (verdict === undefined) return;
    const lock = event.detail === flagsLock ? 'the notifier lock' : `\`${event.detail}\``;
    const what =
      event.need === 'guarded'
        ? `\`${event.origin.what.split('.').at(-1) ?? ''}\` is read`
        : asserted
          ? `\`${context.text.slice(event.span.start, event.span.end).split('(')[0]}\` expects the lock and`
          : `\`${event.origin.what}\``;
    context.report({
      span: verdict.span,
      message: `the answer may be stale before it is used: ${what} ${event.need === 'guarded' ? 'without' : 'is called without'} ${lock}, and an invalidation can run in between; hold ${lock} around it`,
      trail: event.state.trail,
      keys: [event.key],
      fixes: event.detail === flagsLock ? fixLockMissing(verdict.span, context) : [],
    });
  },
};
