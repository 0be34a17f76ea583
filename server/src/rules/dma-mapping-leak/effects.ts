/** What calls do to mappings, and which tests stand for their unmap. */
import { directionType } from '../../contracts/dma-types.js';
import type { Cfg } from '../../flow/cfg.js';
import { doesUnmap } from '../../flow/summary-call.js';
import { memberOf } from '../../flow/types.js';
import type { Expr } from '../../syntax/ast.js';
import { makesMappings, mapsIn } from '../backing.js';
import { guards } from '../detours.js';
import { reachable } from '../graph.js';
import { callsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';

/** A call expression. */
export type Call = Expr & { readonly kind: 'call' };

/** What a call does to mappings, by contract or by what its body does closely. */
export function effectOf(call: Call, context: FunctionContext): 'map' | 'unmap' | undefined {
  const { contracts, program } = context.engine;
  let contract = call.callee.kind === 'name' ? contracts.of(call.callee.name) : undefined;
  if (call.callee.kind === 'member') {
    const info = memberOf(call.callee, context.scope);
    contract = info === undefined ? undefined : contracts.callback(info.structTag, info.member.name)?.call;
    if (contract === undefined) return undefined;
  }
  if (contract !== undefined) {
    const ops = [...(contract.ops ?? []), ...(contract.ok ?? [])];
    const undoes = ops.some((op) => op.op === 'dma-unmap' || (op.op === 'pages' && (op.to === 'unmapped' || op.to === 'freed')));
    return ops.some((op) => op.op === 'dma-map') ? 'map' : undoes ? 'unmap' : undefined;
  }
  if (call.callee.kind !== 'name') return undefined;
  const { name } = call.callee;
  if (!name.includes('map') || contracts.isHarmless(name)) return undefined;
  const fn = program.findFunction(name, context.fn.file);
  if (fn === undefined || fn.item.alternative) return undefined;
  if (name.includes('unmap'))
    return makesMappings(context, new Set([name]), 'dma-unmap') || doesUnmap(context.engine.summaryOf(fn)) ? 'unmap' : undefined;
  const takes = fn.ast()?.params.some((p) => p.type.base === directionType) === true;
  return takes && (makesMappings(context, new Set([name])) || name.includes('_map_')) ? 'map' : undefined;
}

/** True for a call that unmaps, in whatever it calls closely. */
function drops(call: Call, context: FunctionContext): boolean {
  const { contracts } = context.engine;
  if (effectOf(call, context) === 'unmap') return true;
  if (call.callee.kind !== 'name' || contracts.of(call.callee.name) !== undefined || contracts.isHarmless(call.callee.name)) return false;
  const fn = context.program.findFunction(call.callee.name, context.fn.file);
  return fn !== undefined && fn.key !== context.fn.key && mapsIn(context, [fn], 'dma-unmap');
}

/** Nodes that unmap, in whatever they call closely, and tests that stand for such a node. */
export function unmapsIn(cfg: Cfg, context: FunctionContext): ReadonlySet<number> {
  const unmaps = new Set(cfg.nodes.filter((node) => callsOf(node).some((call) => drops(call, context))).map((node) => node.id));
  // A loop that unmaps what there is has unmapped when it ends, and with no round there was nothing.
  const heads = new Set(cfg.nodes.flatMap((node) => node.succ.filter((next) => next <= node.id)));
  for (const head of heads) if (unmapsEach(cfg, head, unmaps, context)) unmaps.add(head);
  for (const node of cfg.nodes) if (guards(cfg, node, unmaps)) unmaps.add(node.id);
  return unmaps;
}

/** True for the head of a loop that unmaps and maps nothing. */
function unmapsEach(cfg: Cfg, head: number, unmaps: ReadonlySet<number>, context: FunctionContext): boolean {
  const round = [...reachable(cfg, head)].filter((id) => reachable(cfg, id).has(head));
  const maps = (id: number): boolean => {
    const node = cfg.nodes[id];
    return node !== undefined && callsOf(node).some((call) => effectOf(call, context) === 'map');
  };
  return round.some((id) => unmaps.has(id)) && !round.some(maps);
}
