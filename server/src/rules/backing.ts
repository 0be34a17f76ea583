/** Functions between which an object's backing pages live, and who is called from them. */
import { backingPairs, bindMembers } from '../contracts/pairs.js';
import type { FunctionDef, Program } from '../program/types.js';
import type { FunctionContext } from './rule.js';

/** Functions of a driver that stand in a backing pair: making and dropping. */
export function pairFunctions(
  program: Program,
  fn: FunctionDef,
): {
  readonly make: ReadonlySet<string>;
  readonly drop: ReadonlySet<string>;
  /** The functions that make: most are static, and not to be found by name from another file. */
  readonly makers: readonly FunctionDef[];
} {
  const makers = backingPairs.flatMap((pair) => program.storedIn(pair.make, fn.file));
  const droppers = backingPairs.flatMap((pair) => program.storedIn(pair.drop, fn.file));
  return { make: new Set(makers.map((one) => one.name)), drop: new Set(droppers.map((one) => one.name)), makers };
}

/** True when the function stands where objects are bound, any number of times. */
export function isBinding(program: Program, fn: FunctionDef): boolean {
  return bindMembers.some((member) => program.storedIn(member, fn.file).some((one) => one.name === fn.name));
}

/** True when one of the functions by name, or what it calls closely, makes (or drops) a mapping. */
export function makesMappings(context: FunctionContext, names: ReadonlySet<string>, what: 'dma-map' | 'dma-unmap' = 'dma-map'): boolean {
  const functions = [...names].flatMap((name) => context.program.findFunction(name, context.fn.file) ?? []);
  return mapsIn(context, functions, what);
}

/** True when one of the functions, or what it calls closely (`depth` calls at most), makes (or drops) a mapping; what is called `except` (a key) is not looked into. */
export function mapsIn(
  context: FunctionContext,
  functions: readonly FunctionDef[],
  what: 'dma-map' | 'dma-unmap' = 'dma-map',
  depth = 2,
  except?: string,
): boolean {
  const { contracts } = context.engine;
  const maps = (fn: FunctionDef, depth: number): boolean => {
    for (const match of fn.file.text.slice(fn.item.bodyStart, fn.item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
      const name = match[1] ?? '';
      const contract = contracts.of(name);
      if ([...(contract?.ops ?? []), ...(contract?.ok ?? [])].some((op) => op.op === what)) return true;
      if (contract !== undefined || depth <= 0 || contracts.isHarmless(name)) continue;
      const callee = context.program.findFunction(name, fn.file);
      if (callee !== undefined && callee.key !== except && maps(callee, depth - 1)) return true;
    }
    return false;
  };
  return functions.some((fn) => maps(fn, depth));
}

/** True when a function of the set is this one or leads to it by calls. */
export function isReachedFrom(program: Program, fn: FunctionDef, names: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  const work = [fn];
  for (let at = work.pop(); at !== undefined && seen.size < 80; at = work.pop()) {
    if (seen.has(at.key)) continue;
    seen.add(at.key);
    if (names.has(at.name)) return true;
    for (const ref of program.references(at)) if (ref.caller.key !== at.key) work.push(ref.caller);
  }
  return seen.size >= 80;
}
