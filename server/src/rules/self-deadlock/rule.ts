/** A call that takes a lock the caller holds already. */
import { isDemand } from '../../contracts/demand.js';
import { isReadHold, judge } from '../needs.js';
import type { Rule } from '../rule.js';

/** See README.md beside this file. */
export const selfDeadlock: Rule = {
  id: 'self-deadlock',
  onEvent(event, frame, context) {
    if (event.kind === 'lock-twice' && !event.state.joined) {
      context.report({
        span: event.span,
        message: `deadlock: \`${event.lock}\` is taken while it is held already; drop it first, or leave this one out`,
        trail: event.state.trail,
        keys: [event.key],
      });
    }
    if (
      event.kind === 'need' &&
      event.need === 'context' &&
      isReadHold(event, context) &&
      judge(event, frame, context, { rootsFail: false })
    )
      context.report({
        span: event.span,
        message: `deadlock: the notifier lock is held for read here and \`${event.origin.what}\` takes it; drop the lock before the call`,
        trail: event.state.trail,
        keys: [event.key],
      });
    if (event.kind !== 'need' || event.need !== 'free' || event.verdict !== 'bad' || event.state.joined) return;
    const { contract } = event.origin;
    if (
      contract !== undefined &&
      !isDemand(contract) &&
      ![...(contract.ops ?? []), ...(contract.ok ?? [])].some((op) => op.op === 'pages' || op.op === 'lock' || op.op === 'assert-free')
    )
      return;
    const direct = event.origin.fn.key === context.fn.key && event.span.start === event.origin.span.start;
    context.report({
      span: event.span,
      message: `deadlock: \`${event.detail}\` is held here and ${direct ? `\`${event.origin.what}\` takes it` : `the call takes it again`}; drop the lock before the call`,
      trail: event.state.trail,
      keys: [event.key],
      because: direct ? [] : [{ fn: event.origin.fn, span: event.origin.span, message: `\`${event.origin.what}\` is taken here` }],
    });
  },
};
