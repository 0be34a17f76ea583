/** What may sleep, allocate or take outer locks, under the notifier lock or inside an invalidation. */
import { flagsLock } from '../../contracts/protected.js';
import { LOCK } from '../../flow/events.js';
import type { Rule } from '../rule.js';

const WORDS: Readonly<Record<string, string>> = {
  alloc: 'allocates with GFP_KERNEL, and reclaim can call this notifier again',
  'mmap-lock': 'takes the mmap lock, which is outside the notifier lock',
  'driver-lock': 'needs the driver lock, which is outside the notifier lock',
  fault: 'faults pages in',
  remove: 'removes ranges or notifiers',
};

/** See README.md beside this file. */
export const forbiddenInNotifier: Rule = {
  id: 'forbidden-in-notifier',
  onEvent(event, frame, context) {
    if (event.kind !== 'deed' || event.state.joined) return;
    const words = WORDS[event.deed.doing];
    if (words === undefined) return;
    const contract = context.engine.contracts.of(event.deed.what);
    if (
      contract?.needs?.some((n) => n.need === 'free') === true &&
      [...(contract.ops ?? []), ...(contract.ok ?? [])].some((op) => op.op === 'pages')
    )
      return;
    const bits = context.engine.classBits(event.state, flagsLock);
    const held = bits !== undefined && (bits & (LOCK.none | LOCK.lost)) === 0;
    const inside = frame.roles.includes('invalidate') || frame.roles.includes('notifier-invalidate');
    if (!held && !inside) return;
    if (event.deed.doing === 'remove' && !held) return;
    context.report({
      span: event.span,
      message: `deadlock: \`${event.deed.what}\` ${words}; ${held ? 'the notifier lock is held here' : 'an invalidation runs here'}, and both are taken in reclaim; move it out`,
      trail: event.state.trail,
      keys: ['lock:'],
      because: event.deed.chain.length === 0 ? [] : [],
    });
  },
};
