/** Buffers of addresses that a function allocates, has filled by what it calls, and frees with the mappings standing. */
import { addressTypes } from '../../contracts/dma-types.js';
import type { CfgNode } from '../../flow/cfg.js';
import type { FunctionDef } from '../../program/types.js';
import { mapsIn } from '../backing.js';
import { reachable } from '../graph.js';
import { callsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { type Call, unmapsIn } from './effects.js';

/** A buffer freed with its mappings. */
export interface FreedBuffer {
  readonly map: Call;
  readonly free: Call;
}

/** The free of an own buffer that is reached from a call that maps into it, and past no unmap. */
export function freedBuffer(context: FunctionContext): FreedBuffer | undefined {
  if (!ownsMemory(context.fn, context)) return undefined;
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined) return undefined;
  const fills = cfg.nodes.flatMap((node) => callsOf(node).flatMap((call) => (fillsOwn(call, context) ? [{ node, call }] : [])));
  if (fills.length === 0) return undefined;
  const unmaps = unmapsIn(cfg, context);
  const isUnmap = (node: CfgNode): boolean => unmaps.has(node.id);
  for (const { node, call } of fills) {
    for (const id of reachable(cfg, node.id, isUnmap)) {
      const after = cfg.nodes[id];
      if (after === undefined || isUnmap(after)) continue;
      const free = callsOf(after).find((one) => isFree(one, context));
      if (free !== undefined) return { map: call, free };
    }
  }
  return undefined;
}

/** True for a call of a function that maps into an array which it is given, and leaves it so, when the array is this function's own. */
function fillsOwn(call: Call, context: FunctionContext): boolean {
  if (call.callee.kind !== 'name' || context.engine.contracts.of(call.callee.name) !== undefined) return false;
  const fn = context.program.findFunction(call.callee.name, context.fn.file);
  const at = fn?.ast()?.params.findIndex((p) => p.type.pointers === 1 && addressTypes.has(p.type.base)) ?? -1;
  const arg = call.args[at];
  if (fn === undefined || arg?.kind !== 'name' || context.ast.params.some((p) => p.name === arg.name)) return false;
  return context.scope.local(arg.name)?.pointers === 1 && mapsIn(context, [fn], 'dma-map', 0) && leavesMapped(fn, context);
}

/** True when a way leads from a mapping of a function to its end past no unmap. */
function leavesMapped(fn: FunctionDef, context: FunctionContext): boolean {
  const cfg = context.engine.cfgOf(fn);
  if (cfg === undefined) return false;
  const has = (node: CfgNode, what: 'dma-map' | 'dma-unmap'): boolean =>
    callsOf(node).some((call) => {
      const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
      return [...(contract?.ops ?? []), ...(contract?.ok ?? [])].some((op) => op.op === what);
    });
  return cfg.nodes.some(
    (node) =>
      has(node, 'dma-map') && [...reachable(cfg, node.id, (one) => has(one, 'dma-unmap'))].some((id) => cfg.nodes[id]?.kind === 'exit'),
  );
}

/** True when every caller of a function hands it memory of its own: what is left there is judged with them. */
export function callersOwn(context: FunctionContext): boolean {
  const callers = context.program.references(context.fn).filter((ref) => ref.caller.key !== context.fn.key);
  return callers.length > 0 && callers.every((ref) => ref.isCall && ownsMemory(ref.caller, context));
}

/** True when a function allocates memory and frees some. */
function ownsMemory(fn: FunctionDef, context: FunctionContext): boolean {
  let makes = false;
  let frees = false;
  for (const match of fn.file.text.slice(fn.item.bodyStart, fn.item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const contract = context.engine.contracts.of(match[1] ?? '');
    makes ||= contract?.ok?.some((op) => op.op === 'acquire' && op.family === 'memory') === true;
    frees ||= contract?.ops?.some((op) => op.op === 'release' && op.family === 'memory') === true;
  }
  return makes && frees;
}

const isFree = (call: Call, context: FunctionContext): boolean =>
  call.callee.kind === 'name' &&
  context.engine.contracts.of(call.callee.name)?.ops?.some((op) => op.op === 'release' && op.family === 'memory') === true;
