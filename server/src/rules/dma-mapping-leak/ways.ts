/** Ways of failure that pass by the unmap which the other ways of the function go through: told by the graph. */
import { directionType } from '../../contracts/dma-types.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { forEachChild } from '../../flow/substitute.js';
import { doesUnmap } from '../../flow/summary-call.js';
import { memberOf } from '../../flow/types.js';
import { unwindingLoops } from '../../flow/unwind.js';
import type { Expr } from '../../syntax/ast.js';
import { makesMappings } from '../backing.js';
import { reachable } from '../graph.js';
import { callsOf, exprsOf, resultName } from '../paths.js';
import type { FunctionContext } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

/** A failure that leaves the mappings of a call. */
export interface PassedBy {
  readonly map: Call;
  readonly back: CfgNode;
}

/** Failures that pass by the unmaps of this function, of mappings that it makes and takes down itself. */
export function passedBy(context: FunctionContext): readonly PassedBy[] {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined) return [];
  const maps = cfg.nodes.flatMap((node) => callsOf(node).flatMap((call) => (effectOf(call, context) === 'map' ? [{ node, call }] : [])));
  if (maps.length === 0) return [];
  const undoes = (call: Call): boolean => effectOf(call, context) === 'unmap';
  const unmaps = new Set(cfg.nodes.filter((node) => callsOf(node).some(undoes)).map((node) => node.id));
  if (unmaps.size === 0) return [];
  for (const head of unwindingLoops(cfg, undoes))
    if (!maps.some(({ node }) => reachable(cfg, head).has(node.id) && reachable(cfg, node.id).has(head))) unmaps.add(head);
  for (const node of cfg.nodes) if (guards(cfg, node, unmaps)) unmaps.add(node.id);
  const found: PassedBy[] = [];
  for (const { node, call } of maps) {
    const after = reachable(cfg, node.id);
    // What is unmapped before belongs to an earlier mapping.
    if (![...unmaps].some((id) => id > node.id && after.has(id))) continue;
    const back = failureWithout(cfg, node, call, unmaps, leavesSome(call, context), failsWithZero(call, context));
    if (back !== undefined && !found.some((one) => one.back === back)) found.push({ map: call, back });
  }
  return found;
}

/** What a call does to mappings, by contract or by what its body does closely. */
function effectOf(call: Call, context: FunctionContext): 'map' | 'unmap' | undefined {
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

/** True for a call that tells of its failure by 0: a count. */
function failsWithZero(call: Call, context: FunctionContext): boolean {
  const result = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name)?.result : undefined;
  return result === 'count' || result === 'nonzero' || result === 'bool';
}

/** True for a function that maps one thing after the other and leaves what it had when one fails. */
function leavesSome(call: Call, context: FunctionContext): boolean {
  if (call.callee.kind !== 'name' || context.engine.contracts.of(call.callee.name) !== undefined) return false;
  const fn = context.program.findFunction(call.callee.name, context.fn.file);
  if (fn === undefined) return false;
  return /\bfor \(/.test(fn.file.text.slice(fn.item.bodyStart, fn.item.end)) && !makesMappings(context, new Set([fn.name]), 'dma-unmap');
}

/** True for a test of which one side unmaps and comes back to where the other goes on. */
function guards(cfg: Cfg, node: CfgNode, unmaps: ReadonlySet<number>): boolean {
  if (node.kind !== 'branch') return false;
  const [yes, no] = node.succ;
  if (yes === undefined || no === undefined) return false;
  const onYes = new Set([yes, ...onward(cfg, yes)]);
  const onNo = new Set([no, ...onward(cfg, no)]);
  const own = (a: ReadonlySet<number>, b: ReadonlySet<number>): readonly number[] => [...a].filter((id) => !b.has(id) && unmaps.has(id));
  const joins = (id: number, other: ReadonlySet<number>): boolean =>
    [...onward(cfg, id)].some((after) => other.has(after) && cfg.nodes[after]?.kind !== 'exit');
  return own(onYes, onNo).some((id) => joins(id, onNo)) || own(onNo, onYes).some((id) => joins(id, onYes));
}

/** Nodes on the ways from a node that never go back in the text: a retry is no joining of ways. */
function onward(cfg: Cfg, from: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const work = [from];
  for (let id = work.pop(); id !== undefined; id = work.pop())
    for (const next of cfg.nodes[id]?.succ ?? [])
      if (next > id && !seen.has(next)) {
        seen.add(next);
        work.push(next);
      }
  return seen;
}

/** True when a way leads from a node back to it that passes none of others: what the round before made stands. */
function comesBack(cfg: Cfg, from: number, others: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  const work = [...(cfg.nodes[from]?.succ ?? [])];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (id === from) return true;
    if (seen.has(id) || others.has(id)) continue;
    seen.add(id);
    work.push(...(cfg.nodes[id]?.succ ?? []));
  }
  return false;
}

/** A return of an error that the mapping reaches without passing an unmap. */
function failureWithout(
  cfg: Cfg,
  from: CfgNode,
  call: Call,
  unmaps: ReadonlySet<number>,
  isPartial: boolean,
  zeroFails: boolean,
): CfgNode | undefined {
  const own = resultName(from, call);
  interface Way {
    readonly id: number;
    /** The variable that is known to hold an error. */
    readonly bad: string | undefined;
    /** The result of the mapping itself was not tested yet. */
    readonly isFresh: boolean;
    /** The variable that holds what the check of the mapping said. */
    readonly asked?: string | undefined;
  }
  const isInLoop = comesBack(cfg, from.id, unmaps);
  const seen = new Set<string>();
  const queue: Way[] = from.succ.map((id) => ({ id, bad: undefined, isFresh: true }));
  for (let at = 0; at < queue.length && at < 4000; at++) {
    const way = queue[at];
    const node = way === undefined ? undefined : cfg.nodes[way.id];
    if (way === undefined || node === undefined) continue;
    const key = `${way.id}|${way.bad ?? ''}|${way.isFresh}`;
    if (seen.has(key) || unmaps.has(way.id) || node === from) continue;
    seen.add(key);
    if (node.kind === 'return') {
      const { value } = node;
      const isBad =
        value !== undefined && ((value.kind === 'unary' && value.op === '-') || (value.kind === 'name' && value.name === way.bad));
      if (isBad) return node;
      continue;
    }
    if (node.kind === 'branch') {
      const name = node.cond.kind === 'name' ? node.cond.name : isZeroTest(node.cond) ? node.cond.left.name : undefined;
      const isZero = (node.cond.kind === 'binary' && node.cond.op === '==') !== (zeroFails && name !== undefined && name === own);
      const badSlot = isZero ? 1 : 0;
      const isCheck =
        way.isFresh &&
        ((name !== undefined && (name === own || name === way.asked)) ||
          isAbout(node, own) ||
          (way.asked !== undefined && isNamed(node, way.asked)));
      node.succ.forEach((id, slot) => {
        const isBadSide = slot === badSlot;
        // The mapping's own failure maps nothing; what earlier rounds mapped stands.
        if (isCheck && isBadSide && !isInLoop && !isPartial) return;
        const bad = name === undefined ? way.bad : isBadSide ? name : way.bad === name ? undefined : way.bad;
        queue.push({ id, bad: isErrorName(bad, cfg) ? bad : way.bad, isFresh: way.isFresh && !isCheck });
      });
      continue;
    }
    const set = assigned(node);
    const isCopy = node.kind === 'decl' && node.name.startsWith('%') && node.init?.kind === 'name' && node.init.name === way.bad;
    const bad = isCopy ? node.name : set === undefined ? way.bad : set.isError ? set.name : way.bad === set.name ? undefined : way.bad;
    const asked = set !== undefined && way.isFresh && isAbout(node, own) ? set.name : way.asked;
    for (const id of node.succ) queue.push({ ...way, id, bad, asked });
  }
  return undefined;
}

const isErrorName = (name: string | undefined, cfg: Cfg): boolean => {
  const type = name === undefined ? undefined : cfg.types.get(name);
  return (
    name === undefined ||
    name.startsWith('%') ||
    (type !== undefined && type.pointers === 0 && /^(int|long|ssize_t|s32|s64)$/.test(type.base))
  );
};

function isZeroTest(e: Expr): e is Expr & { readonly kind: 'binary'; readonly left: Expr & { readonly kind: 'name' } } {
  return e.kind === 'binary' && e.left.kind === 'name' && e.right.kind === 'number' && e.right.value === 0 && /^(<|[!=]=)$/.test(e.op);
}

/** True when a test is made of a call that is given what the mapping returned. */
function isAbout(node: CfgNode, own: string | undefined): boolean {
  let found = false;
  const visit = (e: Expr): void => {
    if (e.kind === 'call' && (own === undefined || e.args.some((arg) => arg.kind === 'name' && arg.name === own))) found = true;
    forEachChild(e, visit);
  };
  exprsOf(node).forEach(visit);
  return found;
}

/** True when a node reads a name. */
function isNamed(node: CfgNode, name: string): boolean {
  let found = false;
  const visit = (e: Expr): void => {
    if (e.kind === 'name' && e.name === name) found = true;
    forEachChild(e, visit);
  };
  exprsOf(node).forEach(visit);
  return found;
}

/** The local that a node writes, and whether with an errno by name. */
function assigned(node: CfgNode): { readonly name: string; readonly isError: boolean } | undefined {
  if (node.kind === 'decl') return { name: node.name, isError: false };
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.left.kind !== 'name') return undefined;
  const { right } = node.expr;
  return { name: node.expr.left.name, isError: right.kind === 'unary' && right.op === '-' && right.operand.kind === 'name' };
}
