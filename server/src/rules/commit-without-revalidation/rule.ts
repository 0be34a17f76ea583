/** Device addresses handed on after a mapping, and nobody asked under the lock whether they still hold. */
import { flagsLock, guardedMembers } from '../../contracts/protected.js';
import type { FlowEvent } from '../../flow/events.js';
import { LOCK, PAGES } from '../../flow/events.js';
import type { Loc, Term } from '../../flow/term.js';
import type { FunctionContext, Rule } from '../rule.js';

const ADDRESSES = guardedMembers.find((m) => m.use === 'through')?.member ?? '';

/** See README.md beside this file. */
export const commitWithoutRevalidation: Rule = {
  id: 'commit-without-revalidation',
  onEvent(event, _frame, context) {
    if (event.kind !== 'call' || event.state.joined || context.engine.contracts.isHarmless(event.name)) return;
    for (const arg of event.args) {
      const loc = addressesOf(arg);
      if (loc !== undefined) judge(event, loc, context);
    }
  },
};

/** The place of the address array that a value leads to. */
function addressesOf(value: Term): Loc | undefined {
  if (value.kind === 'load') return value.loc.path.at(-1) === ADDRESSES ? value.loc : undefined;
  return value.kind === 'addr' && value.loc.root.kind === 'pointee' ? addressesOf(value.loc.root.term) : undefined;
}

function judge(event: FlowEvent & { readonly kind: 'call' }, loc: Loc, context: FunctionContext): void {
  const key = `pages:${loc.key.slice(0, -ADDRESSES.length - 1)}`;
  const pages = event.state.object(key);
  if (pages === undefined || pages.bits !== PAGES.mapped || pages.count === 1) return;
  // Mapped by whom? A check that was true says mapped too, until its lock is dropped.
  const bits = context.engine.classBits(event.state, flagsLock) ?? 0;
  const isHeld = bits !== 0 && (bits & (LOCK.none | LOCK.lost)) === 0;
  if (!isHeld && asksLater(context)) return;
  context.report({
    span: event.expr,
    message:
      'the device is given addresses that an invalidation may just have taken back: nobody asked, since the notifier lock was taken, whether the pages are still valid; ask under the same hold, and retry when they are not',
    trail: event.state.trail,
    keys: [key],
  });
}

/** True when the function proves pages somewhere: what is prepared without the lock is thrown away then. */
function asksLater(context: FunctionContext): boolean {
  const names = context.engine.contracts.all
    .filter((c) => [...(c.ok ?? []), ...(c.fail ?? [])].some((op) => op.op === 'proven' || (op.op === 'pages' && op.proven === true)))
    .map((c) => c.name);
  return new RegExp(`\\b(?:${names.join('|')})\\s*\\(`).test(context.text);
}
