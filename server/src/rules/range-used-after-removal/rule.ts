/** A range looked at after the reference that kept it is gone, or after its memory is. */
import { rangeTag } from '../../contracts/protected.js';
import { ownerOf } from '../../flow/keys.js';
import type { Term } from '../../flow/term.js';
import type { FunctionDef } from '../../program/types.js';
import { layoutsOf } from '../layout.js';
import { rootTerm } from '../roots.js';
import type { FunctionContext, Rule } from '../rule.js';

/** See README.md beside this file. */
export const rangeUsedAfterRemoval: Rule = {
  id: 'range-used-after-removal',
  onEvent(event, frame, context) {
    if (event.kind !== 'use-after' || event.state.joined) return;
    // Pages that are released after their container are told by another rule.
    const { start, end } = frame.node.span;
    const isFreed =
      event.what === 'memory' &&
      isRange(event.subject, context) &&
      !context.engine.contracts.pagesCalls.test(context.text.slice(start, end));
    if (event.what !== 'range' && !isFreed) return;
    const index = /^mark:gone:\$(\d+)$/.exec(event.key)?.[1];
    if (!isFreed && index !== undefined && everyCallerHolds(Number(index), context)) return;
    context.report({
      span: event.span,
      message: isFreed
        ? 'use after free: the memory of the range has been freed; read what is needed before'
        : 'use after free: the range may have gone with the reference that was dropped; read what is needed before, or hold a reference of your own across the removal',
      trail: event.state.trail,
      keys: [event.key, event.key.replace('mark:gone:', 'held:'), event.key.replace('mark:gone:', 'pages:')],
    });
  },
};

/** True for a pointer to a range, or to what embeds one. */
function isRange(value: Term, context: FunctionContext): boolean {
  const tag = context.engine.pointeeTag(rootTerm(value), context.fn);
  return tag === rangeTag || layoutsOf(context.program, context.fn.file).some((one) => one.container.tag === tag);
}

/** True when whoever calls the function may hold a reference of its own on the range it hands in, so that the removal leaves it alive. */
function everyCallerHolds(index: number, context: FunctionContext): boolean {
  const takers = context.engine.contracts.all
    .filter((c) => [...(c.ops ?? []), ...(c.ok ?? [])].some((op) => op.op === 'acquire' && op.family === 'range'))
    .map((c) => c.name);
  const pattern = new RegExp(`\\b(?:${takers.join('|')})\\s*\\(`);
  const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);
  const callers = context.program
    .references(context.fn)
    .filter((ref) => ref.isCall && ref.caller.key !== context.fn.key && !ref.caller.item.alternative);
  return callers.length > 0 && callers.every(({ caller }) => pattern.test(textOf(caller)) && mayHold(caller, index, context));
}

/** False only when a caller is seen to hand the range in without a reference. */
function mayHold(caller: FunctionDef, index: number, context: FunctionContext): boolean {
  let mayHold = true;
  context.engine.replay(caller, (event) => {
    if (event.kind !== 'call' || event.name !== context.fn.name || event.state.joined) return;
    const arg = event.args[index];
    const held = arg === undefined ? undefined : ownerOf(event.state, arg);
    if (arg !== undefined && (held === undefined || event.state.object(held)?.detail !== 'range')) mayHold = false;
  });
  return mayHold;
}
