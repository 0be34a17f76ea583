/** A range looked at after the reference that kept it is gone. */
import type { FunctionDef } from '../../program/types.js';
import type { FunctionContext, Rule } from '../rule.js';

/** See README.md beside this file. */
export const rangeUsedAfterRemoval: Rule = {
  id: 'range-used-after-removal',
  onEvent(event, _frame, context) {
    if (event.kind !== 'use-after' || event.what !== 'range' || event.state.joined) return;
    if (/^mark:gone:\$\d+$/.test(event.key) && callerHolds(context)) return;
    context.report({
      span: event.span,
      message:
        'use after free: the range may have gone with the reference that was dropped; read what is needed before, or hold a reference of your own across the removal',
      trail: event.state.trail,
      keys: [event.key, event.key.replace('mark:gone:', 'held:'), event.key.replace('mark:gone:', 'pages:')],
    });
  },
};

/** True when a caller takes references on ranges itself: it may hold one across the call. */
function callerHolds(context: FunctionContext): boolean {
  const takers = context.engine.contracts.all
    .filter((c) => [...(c.ops ?? []), ...(c.ok ?? [])].some((op) => op.op === 'acquire' && op.family === 'range'))
    .map((c) => c.name);
  const pattern = new RegExp(`\\b(?:${takers.join('|')})\\s*\\(`);
  const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);
  return context.program
    .references(context.fn)
    .some((ref) => ref.isCall && ref.caller.key !== context.fn.key && pattern.test(textOf(ref.caller)));
}
