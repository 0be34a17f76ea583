/** What needs the notifier lock for write, with less. */
import { flagsLock, wholeWordMember, writeLockedWords } from '../../contracts/protected.js';
import { LOCK } from '../../flow/events.js';
import { memberOf } from '../../flow/types.js';
import { judge, wantsWrite } from '../needs.js';
import type { Rule } from '../rule.js';

/** See README.md beside this file. */
export const notifierWriteLockMissing: Rule = {
  id: 'notifier-write-lock-missing',
  onEvent(event, frame, context) {
    if (event.kind === 'access' && event.write && event.once && event.expr.field === wholeWordMember && event.loc.root.kind !== 'local') {
      const tag = memberOf(event.expr, frame.scope)?.structTag ?? '';
      const bits = context.engine.classBits(event.state, flagsLock);
      if (
        !writeLockedWords.has(tag) ||
        bits === undefined ||
        bits & (LOCK.write | LOCK.callerWrite | LOCK.callerAny | LOCK.lost) ||
        context.engine.isFresh(event.state, event.loc)
      )
        return;
      context.report({
        span: event.expr,
        message: `a concurrent writer's change is lost: the range's flags word is written with ${bits === LOCK.none ? 'no' : 'only a read'} hold of the notifier lock; hold it for write`,
        trail: event.state.trail,
        keys: ['lock:'],
      });
      return;
    }
    if (event.kind !== 'need' || event.detail !== flagsLock || event.need !== 'held' || !wantsWrite(event, context)) return;
    const asserted = event.origin.contract?.ops?.some((op) => op.op === 'assert-held') === true;
    const free =
      !asserted &&
      event.verdict === 'inherited' &&
      event.origin.fn.key === context.fn.key &&
      event.span.start === event.origin.span.start &&
      context.summary().entryFree.has(flagsLock);
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
