/** Ways of failure that pass by the unmap which the other ways of the function go through: told by the graph. */
import type { Op } from '../../contracts/schema.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { forEachChild } from '../../flow/substitute.js';
import { unwindingLoops } from '../../flow/unwind.js';
import type { Expr } from '../../syntax/ast.js';
import { makesMappings } from '../backing.js';
import { guards } from '../detours.js';
import { reachable } from '../graph.js';
import { callsOf, exprsOf, resultName } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { type Call, effectOf } from './effects.js';

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
  for (const head of unwindingLoops(cfg, undoes))
    if (!maps.some(({ node }) => reachable(cfg, head).has(node.id) && reachable(cfg, node.id).has(head))) unmaps.add(head);
  for (const node of cfg.nodes) if (guards(cfg, node, unmaps)) unmaps.add(node.id);
  const isHeldToIt = unmaps.size === 0 && failsUnmapped(context);
  const found: PassedBy[] = [];
  for (const { node, call } of maps) {
    const after = reachable(cfg, node.id);
    // What is unmapped before belongs to an earlier mapping. Without an unmap that other ways go through, a failure must free what is mapped to be told.
    const isAsked = isHeldToIt || [...unmaps].some((id) => id > node.id && after.has(id));
    const frees = isAsked ? undefined : storageFrees(cfg, call, context);
    if (frees !== undefined && frees.size === 0) continue;
    const back = failureWithout({
      cfg,
      from: node,
      call,
      unmaps,
      frees,
      isPartial: leavesSome(call, context),
      zeroFails: failsWithZero(call, context),
    });
    if (back !== undefined && !found.some((one) => one.back === back)) found.push({ map: call, back });
  }
  return found;
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

/** True for a body of which the tables say that a success leaves pages mapped: a failure leaves nothing. */
function failsUnmapped(context: FunctionContext): boolean {
  const contract = context.engine.contracts.of(context.fn.name);
  const maps = (ops: readonly Op[] | undefined): boolean => ops?.some((op) => op.op === 'pages' && op.to === 'mapped') === true;
  return maps(contract?.ok) && !maps(contract?.fail);
}

/** Nodes that free the table which a call maps. */
function storageFrees(cfg: Cfg, call: Call, context: FunctionContext): ReadonlySet<number> {
  const { contracts } = context.engine;
  const contract = call.callee.kind === 'name' ? contracts.of(call.callee.name) : undefined;
  const op = [...(contract?.ops ?? []), ...(contract?.ok ?? [])].find((one) => one.op === 'dma-map' && one.handle !== 'ret');
  const handle = op?.op === 'dma-map' ? call.args[Number(op.handle)] : undefined;
  if (handle === undefined || handle.kind !== 'name') return new Set();
  const { name } = handle;
  return new Set(
    cfg.nodes
      .filter((node) =>
        callsOf(node).some(
          (one) =>
            one.callee.kind === 'name' &&
            /(^|_)free(_|$)/.test(one.callee.name) &&
            one.args.some((arg) => arg.kind === 'name' && arg.name === name),
        ),
      )
      .map((node) => node.id),
  );
}

/** A question of the graph: what a failure behind a mapping passes by. */
interface Question {
  readonly cfg: Cfg;
  readonly from: CfgNode;
  readonly call: Call;
  readonly unmaps: ReadonlySet<number>;
  /** Nodes of which a way must have passed one. */
  readonly frees: ReadonlySet<number> | undefined;
  readonly isPartial: boolean;
  readonly zeroFails: boolean;
}

/** A return of an error that the mapping reaches without passing an unmap. */
function failureWithout({ cfg, from, call, unmaps, frees, isPartial, zeroFails }: Question): CfgNode | undefined {
  const own = resultName(from, call);
  interface Way {
    readonly id: number;
    /** The variable that is known to hold an error. */
    readonly bad: string | undefined;
    /** The result of the mapping itself was not tested yet. */
    readonly isFresh: boolean;
    /** The variable that holds what the check of the mapping said. */
    readonly asked?: string | undefined;
    readonly hasFreed: boolean;
  }
  // A table is mapped anew only when mapping it failed before, or it went with its pages.
  const isInLoop = frees === undefined && comesBack(cfg, from.id, unmaps);
  const seen = new Set<string>();
  const failing = failingSlot(from, call, zeroFails);
  const queue: Way[] = from.succ.flatMap((id, slot) =>
    slot === failing && !isInLoop && !isPartial ? [] : [{ id, bad: undefined, isFresh: failing === undefined, hasFreed: false }],
  );
  for (let at = 0; at < queue.length && at < 4000; at++) {
    const way = queue[at];
    const node = way === undefined ? undefined : cfg.nodes[way.id];
    if (way === undefined || node === undefined) continue;
    const key = `${way.id}|${way.bad ?? ''}|${way.isFresh}|${way.hasFreed}`;
    if (seen.has(key) || unmaps.has(way.id) || node === from) continue;
    seen.add(key);
    const hasFreed = way.hasFreed || frees?.has(way.id) === true;
    if (node.kind === 'return') {
      const { value } = node;
      if (value !== undefined && isError(value, way.bad) && (frees === undefined || hasFreed)) return node;
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
        queue.push({ id, bad: isErrorName(bad, cfg) ? bad : way.bad, isFresh: way.isFresh && !isCheck, hasFreed });
      });
      continue;
    }
    const set = assigned(node);
    const isCopy = node.kind === 'decl' && node.name.startsWith('%') && node.init?.kind === 'name' && node.init.name === way.bad;
    const bad = isCopy ? node.name : set === undefined ? way.bad : set.isError ? set.name : way.bad === set.name ? undefined : way.bad;
    const asked = set !== undefined && way.isFresh && isAbout(node, own) ? set.name : way.asked;
    for (const id of node.succ) queue.push({ ...way, id, bad, asked, hasFreed });
  }
  return undefined;
}

/** The way on from a test of the mapping's own result that is taken when it failed; undefined where something else is tested. */
function failingSlot(from: CfgNode, call: Call, zeroFails: boolean): number | undefined {
  if (from.kind !== 'branch') return undefined;
  const { cond } = from;
  if (cond === call) return zeroFails ? 1 : 0;
  return cond.kind === 'unary' && cond.op === '!' && cond.operand === call ? (zeroFails ? 0 : 1) : undefined;
}

/** True for a value that is an error for certain: an errno by name, or a variable that holds one. */
function isError(value: Expr, bad: string | undefined): boolean {
  if (value.kind === 'conditional') return isError(value.yes ?? value.test, bad) && (value.yes === undefined || isError(value.no, bad));
  return (value.kind === 'unary' && value.op === '-') || (value.kind === 'name' && value.name === bad);
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
  if (node.kind === 'decl') return { name: node.name, isError: node.name.startsWith('%') && isErrno(node.init) };
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.left.kind !== 'name') return undefined;
  const { right } = node.expr;
  return { name: node.expr.left.name, isError: isErrno(right) };
}

const isErrno = (e: Expr | undefined): boolean => e?.kind === 'unary' && e.op === '-' && e.operand.kind === 'name';
