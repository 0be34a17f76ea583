/** Which calls ask whether pages are still valid: by the tables, or because what they call does. */
import { askedMark } from '../../flow/events.js';
import type { FunctionDef } from '../../program/types.js';
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

/** True when whoever calls a function asks there, or one call farther up: by name, or through a member that the function stands in. */
export function callersAsk(context: FunctionContext): boolean {
  const above = callersOf(context.fn, context);
  return [...above, ...above.flatMap((one) => callersOf(one, context))].some((fn) => asksInside(fn, context));
}

function callersOf(fn: FunctionDef, context: FunctionContext): readonly FunctionDef[] {
  const { program } = context;
  const direct = program.references(fn).flatMap((ref) => (ref.isCall && ref.caller.key !== fn.key ? [ref.caller] : []));
  const members = new Set(program.callbacksOf(fn.name, fn.file).map((entry) => entry.member));
  const behind = [...members].flatMap((member) => {
    const call = new RegExp(`(?:->|\\.)\\s*${member}\\s*\\(`);
    return program
      .mentioning(member, fn.file)
      .filter((file) => call.test(file.text))
      .flatMap((file) => program.functionsIn(file).filter((one) => call.test(textOf(one))));
  });
  return [...direct, ...behind];
}

const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);

const asksInside = (fn: FunctionDef, context: FunctionContext): boolean =>
  [...textOf(fn).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)].some((match) => match[1] !== context.fn.name && asks(match[1] ?? '', context));
