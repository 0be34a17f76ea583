/** Which calls ask whether pages are still valid: by the tables, or because what they call does. */
import { askedMark } from '../../flow/events.js';
import type { FunctionContext } from '../rule.js';

/** Names of the functions of the tables that ask. */
export function askers(context: FunctionContext): readonly string[] {
  return context.engine.contracts.all
    .filter((c) => [...(c.ok ?? []), ...(c.fail ?? [])].some((op) => op.op === 'proven' || (op.op === 'pages' && op.proven === true)))
    .map((c) => c.name);
}

/** True for a call that asks, itself or below; of what is not followed nothing is known, and it may. */
export function asks(name: string, context: FunctionContext): boolean {
  const { engine, program } = context;
  const contract = engine.contracts.of(name);
  if (contract !== undefined || engine.contracts.isHarmless(name)) return askers(context).includes(name);
  const fn = program.findFunction(name, context.fn.file);
  if (fn === undefined || !engine.isWorthwhile(fn)) return false;
  const summary = engine.summaryOf(fn);
  return summary.unknown || summary.outcomes.some((one) => one.objects.some((object) => object.prefix === askedMark));
}
