/** A bitfield read of a flags word without the lock that its writers hold. */
import { flagsLock, wholeWordMember } from '../../contracts/protected.js';
import { judge } from '../needs.js';
import type { Rule } from '../rule.js';
import { fixPlainRead } from './fix.js';

/** See README.md beside this file. */
export const flagsPlainRead: Rule = {
  id: 'flags-plain-read',
  onEvent(event, frame, context) {
    if (event.kind !== 'need' || event.need !== 'flags-read') return;
    const free =
      event.verdict === 'inherited' &&
      event.origin.fn.key === context.fn.key &&
      event.span.start === event.origin.span.start &&
      context.summary().entryFree.has(flagsLock);
    const verdict = free ? { span: event.span } : judge(event, frame, context, { rootsFail: false, oneIsEnough: true });
    if (verdict === undefined) return;
    context.report({
      span: verdict.span,
      message: `data race: \`${event.origin.what}\` is read from the flags word without the notifier lock while its writers may run; read the word with READ_ONCE of \`${wholeWordMember}\` into a local copy`,
      trail: event.state.trail,
      keys: [event.key],
      fixes: fixPlainRead(verdict.span, context),
    });
  },
};
