/** A lock taken while one that comes after it in the documented order is held. */
import { flagsLock } from '../../contracts/protected.js';
import { LOCK } from '../../flow/events.js';
import type { Tracked } from '../../flow/state.js';
import { pointee } from '../../flow/term.js';
import type { FunctionContext, Rule } from '../rule.js';

const TAKES = 'takes:';
const WORDS: Readonly<Record<string, string>> = {
  driver: 'the driver lock',
  mmap_lock: 'the mmap lock',
  dma_resv: 'a reservation lock',
  notifier_lock: 'the notifier lock',
};

/** See README.md beside this file. */
export const lockOrderRule: Rule = {
  id: 'lock-order',
  onEvent(event, _frame, context) {
    if (event.kind !== 'deed' || !event.deed.doing.startsWith(TAKES) || event.state.joined) return;
    const rank = event.deed.doing.slice(TAKES.length);
    const { orders } = context.engine.contracts;
    let inner: { readonly key: string; readonly rank: string; readonly order: readonly string[]; readonly isOwn: boolean } | undefined;
    for (const [key, object] of event.state.objects()) {
      const other = object.kind === 'lock' && isHeld(object) ? rankOf(context, object) : undefined;
      if (other === undefined) continue;
      // Held already: nothing new is waited for.
      if (other === rank) return;
      const order = orders.find((one) => one.includes(rank) && one.indexOf(other) > one.indexOf(rank));
      if (order !== undefined) inner = { key, rank: other, order, isOwn: (object.bits & (LOCK.read | LOCK.write)) !== 0 };
    }
    // Inside of an invalidation another rule tells what reclaim makes of the outermost locks.
    if (inner === undefined || (inner.rank === flagsLock && rank !== 'dma_resv' && !inner.isOwn)) return;
    context.report({
      span: event.span,
      message: `two threads can wait for each other: ${rank === event.deed.what && WORDS[rank] === undefined ? '' : `${WORDS[rank] ?? rank} `}\`${event.deed.what}\` is taken while ${WORDS[inner.rank] ?? `\`${inner.rank}\``} is held, and the order is ${inner.order === orders[0] ? 'driver lock, mmap lock, reservation, notifier lock' : inner.order.join(', ')}; take it before`,
      trail: event.state.trail,
      keys: [inner.key],
    });
  },
};

const isHeld = (object: Tracked): boolean => object.bits !== 0 && (object.bits & (LOCK.none | LOCK.lost)) === 0;

const rankOf = (context: FunctionContext, object: Tracked): string | undefined =>
  object.rank ?? (object.term === undefined ? undefined : context.engine.rankOf(pointee(object.term), object.detail, context.fn));
