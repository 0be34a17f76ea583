/** What may sleep, allocate or take outer locks, under the notifier lock or inside an invalidation. */
import { flagsLock } from '../../contracts/protected.js';
import { LOCK } from '../../flow/events.js';
import type { FunctionDef } from '../../program/types.js';
import type { Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';

const WORDS: Readonly<Record<string, string>> = {
  alloc: 'allocates with GFP_KERNEL, and reclaim can call this notifier again',
  'mmap-lock': 'takes the mmap lock, which is outside the notifier lock',
  'driver-lock': 'needs the driver lock, which is outside the notifier lock',
  fault: 'faults pages in',
  remove: 'removes ranges or notifiers',
};

/** Answers kept while one function is looked at. */
const entries = perFunction((context) => {
  const known = new Map<string, boolean>();
  return (fn: FunctionDef): boolean => {
    const answer = known.get(fn.key) ?? context.isHeldAtEntry(fn);
    known.set(fn.key, answer);
    return answer;
  };
});

/** The function that is called at a place; undefined when a macro stands there. */
function calleeAt(span: Span, context: FunctionContext): FunctionDef | undefined {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(span.start, span.end))?.[0];
  return name === undefined ? undefined : context.program.findFunction(name, context.fn.file);
}

/** True when every caller of a function takes the lock itself: what is called under it is theirs to change. */
function isTakenAbove(fn: FunctionDef, context: FunctionContext): boolean {
  const refs = context.program.references(fn).filter((ref) => ref.caller.key !== fn.key && !ref.caller.item.alternative);
  return refs.length > 0 && refs.every((ref) => ref.isCall && context.engine.summaryOf(ref.caller).entryFree.has(flagsLock));
}

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
    const isUnder = held || inside || (entries(context)(context.fn) && !isTakenAbove(context.fn, context));
    if (!isUnder) return;
    // What every caller runs under the lock is where it is to be changed, but where a caller takes the lock for it.
    const callee = event.deed.chain.length === 0 ? undefined : calleeAt(event.span, context);
    if (callee !== undefined && entries(context)(callee) && !isTakenAbove(callee, context)) return;
    if (event.deed.doing === 'remove' && !held) return;
    context.report({
      span: event.span,
      message: `deadlock: \`${event.deed.what}\` ${words}; ${held ? 'the notifier lock is held here' : inside ? 'an invalidation runs here' : 'every caller holds the notifier lock'}, and both are taken in reclaim; move it out`,
      trail: event.state.trail,
      keys: ['lock:'],
    });
  },
};
