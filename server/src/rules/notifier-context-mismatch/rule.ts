/** `in_notifier` that disagrees with the lock. */
import { unmapCall } from '../../contracts/generations.js';
import { flagsLock } from '../../contracts/protected.js';
import { LOCK } from '../../flow/events.js';
import { isReadHold, judge } from '../needs.js';
import type { Rule } from '../rule.js';
import { fixContext } from './fix.js';

/** See README.md beside this file. */
export const notifierContextMismatch: Rule = {
  id: 'notifier-context-mismatch',
  onEvent(event, frame, context) {
    if (event.kind !== 'need' || event.need !== 'context' || isReadHold(event, context)) return;
    const verdict = judge(event, frame, context, { rootsFail: false });
    if (verdict === undefined) return;
    const set = event.detail === 'set';
    context.report({
      span: verdict.span,
      message: set
        ? `pages are unmapped without the lock that protects them: \`in_notifier\` is set and the notifier lock is not held for write; clear the flag, or take the path that holds the lock`
        : `deadlock: \`in_notifier\` is clear while the notifier lock is held, so \`${event.origin.what}\` takes it again; set the flag where the lock is held for write`,
      trail: event.state.trail,
      keys: [event.key],
      fixes: fixContext(
        event.span.start,
        { member: unmapCall.flag, isSet: set, held: (context.engine.classBits(event.state, flagsLock) ?? LOCK.none) !== LOCK.none },
        context,
      ),
    });
  },
};
