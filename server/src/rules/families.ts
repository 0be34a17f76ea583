/** What functions of a driver take and give back, told by the calls in their text and in what they call closely. */
import type { Family } from '../contracts/schema.js';
import type { FunctionDef } from '../program/types.js';
import type { FunctionContext } from './rule.js';

const DEPTH = 2;
const known = new WeakMap<FunctionDef, Map<string, ReadonlySet<Family>>>();

/** Families of which a function takes (or gives back) something, at most `depth` calls down. */
export function familiesOf(context: FunctionContext, fn: FunctionDef, what: 'acquire' | 'release', depth = DEPTH): ReadonlySet<Family> {
  const key = `${what}${depth}`;
  const mine = known.get(fn) ?? new Map<string, ReadonlySet<Family>>();
  known.set(fn, mine);
  const before = mine.get(key);
  if (before !== undefined) return before;
  const found = new Set<Family>();
  mine.set(key, found);
  const { contracts } = context.engine;
  const seen = new Set<string>();
  for (const match of fn.file.text.slice(fn.item.bodyStart, fn.item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const name = match[1] ?? '';
    if (seen.has(name)) continue;
    seen.add(name);
    const contract = contracts.of(name);
    for (const op of [...(contract?.ops ?? []), ...(contract?.ok ?? [])])
      if (op.op === what && (op.op === 'acquire' || op.op === 'release')) found.add(op.family);
    if (contract !== undefined || depth <= 0 || contracts.isHarmless(name)) continue;
    const callee = context.program.findFunction(name, fn.file);
    if (callee !== undefined && callee.key !== fn.key) for (const family of familiesOf(context, callee, what, depth - 1)) found.add(family);
  }
  return found;
}
