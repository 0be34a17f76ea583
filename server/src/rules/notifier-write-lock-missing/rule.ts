/** What needs the notifier lock for write, with less. */
import { flagsLock } from '../../contracts/protected.js';
import { judge } from '../needs.js';
import type { Rule } from '../rule.js';

/** See README.md beside this file. */
export const notifierWriteLockMissing: Rule = {
  id: 'notifier-write-lock-missing',
  onEvent(event, frame, context) {
    if (event.kind !== 'need' || event.detail !== flagsLock || event.mode !== 'write' || event.need !== 'held') return;
    const asserted = event.origin.contract?.ops?.some((op) => op.op === 'assert-held') === true;
    const free = event.verdict === 'inherited' && event.origin.fn.key === context.fn.key && event.span.start === event.origin.span.start && context.summary().entryFree.has(flagsLock);
    const verdict = free ? { span: event.span } : judge(event, frame, context, { rootsFail: false, blameCall: asserted });
    if (verdict === undefined) return;
    context.report({
      span: verdict.span,
      message: `a concurrent reader or writer of the flags sees a half-made change: \`${event.origin.what}\` needs the notifier lock for write; hold it for write around the call`,
      trail: event.state.trail,
      keys: [event.key],
    });
  },
};
