/** Ways from a call that worked to a return of an error. */
import { valueHelpers } from '../contracts/memory.js';
import type { Cfg, CfgNode } from '../flow/cfg.js';
import { type TypeScope, typeOf } from '../flow/types.js';
import type { Expr } from '../syntax/ast.js';
import { reachable } from './graph.js';
import type { FunctionContext } from './rule.js';
import { resultPlace, written } from './written.js';

type Call = Expr & { readonly kind: 'call' };

/** A question of the graph. */
export interface FailureQuestion {
  readonly cfg: Cfg;
  readonly from: CfgNode;
  readonly call: Call;
  /** Nodes at which a way asks no further. */
  readonly ends: ReadonlySet<number>;
  /** Nodes of which a way must pass one. */
  readonly marks: ReadonlySet<number> | undefined;
  readonly context: FunctionContext;
}

interface Way {
  readonly id: number;
  /** The variable that is known to hold an error. */
  readonly bad: string | undefined;
  /** The call's own result was not tested yet. */
  readonly isFresh: boolean;
  readonly hasMark: boolean;
  /** A place that is known to hold no error. */
  readonly good: string | undefined;
}

/** A return of an error that is reached from where the call worked; undefined when there is none. */
export function failureWays({ cfg, from, call, ends, marks, context }: FailureQuestion): CfgNode | undefined {
  const own = resultPlace(from, call);
  const slot = ownFailure(from, own, call, context);
  const good = goodBefore(cfg, from, context);
  const seen = new Set<string>();
  const queue: Way[] = from.succ.flatMap((id, at) =>
    at === slot ? [] : [{ id, bad: undefined, isFresh: slot === undefined, hasMark: false, good }],
  );
  for (let at = 0; at < queue.length && at < 4000; at++) {
    const way = queue[at];
    const node = way === undefined ? undefined : cfg.nodes[way.id];
    if (way === undefined || node === undefined) continue;
    const key = `${way.id}|${way.bad ?? ''}|${way.isFresh}|${way.hasMark}|${way.good ?? ''}`;
    if (seen.has(key) || ends.has(way.id) || node === from) continue;
    seen.add(key);
    const hasMark = way.hasMark || marks?.has(way.id) === true;
    if (node.kind === 'return') {
      if (node.value !== undefined && (marks === undefined || hasMark) && isErrorValue(node.value, way.bad)) return node;
      continue;
    }
    if (node.kind === 'branch') {
      const failing = way.isFresh ? ownFailure(node, own, call, context) : undefined;
      const tested = testedPlace(node.cond, context.scope);
      node.succ.forEach((id, side) => {
        if (side === failing) return;
        // Decided before, and nothing written since.
        if (tested !== undefined && tested.badSlot === side && tested.place === way.good) return;
        if (tested !== undefined && tested.badSlot !== side && !tested.isPointer && tested.place === way.bad) return;
        const isBad = tested !== undefined && tested.badSlot === side;
        const bad = tested === undefined ? way.bad : isBad ? tested.place : way.bad === tested.place ? undefined : way.bad;
        queue.push({
          id,
          bad: tested?.isPointer === true && isBad ? way.bad : bad,
          isFresh: way.isFresh && failing === undefined,
          good: tested !== undefined && !isBad && !tested.isPointer ? tested.place : way.good,
          hasMark,
        });
      });
      continue;
    }
    const set = assignedBy(node);
    let { bad } = way;
    if (set !== undefined) {
      if (isErrorValue(set.value, bad)) bad = set.name;
      else if (bad === set.name) bad = undefined;
    }
    const isOver = set !== undefined && set.name === own;
    const good = set !== undefined && set.name === way.good ? undefined : way.good;
    for (const id of node.succ) queue.push({ id, bad, isFresh: way.isFresh && !isOver, hasMark, good });
  }
  return undefined;
}

/** Nodes that are reached from a call when it worked; a way ends where the call, or a node of `stop`, comes. */
export function reachedOnSuccess(cfg: Cfg, from: CfgNode, call: Call, context: FunctionContext, stop: number): ReadonlySet<number> {
  const own = resultPlace(from, call);
  const slot = ownFailure(from, own, call, context);
  const seen = new Set<string>();
  const found = new Set<number>();
  const work = from.succ.flatMap((id, at) => (at === slot ? [] : [{ id, isFresh: slot === undefined }]));
  for (let way = work.pop(); way !== undefined; way = work.pop()) {
    const node = cfg.nodes[way.id];
    const key = `${way.id}|${way.isFresh}`;
    if (node === undefined || seen.has(key) || way.id === stop || node === from) continue;
    seen.add(key);
    found.add(way.id);
    const failing = way.isFresh ? ownFailure(node, own, call, context) : undefined;
    const isFresh = way.isFresh && failing === undefined;
    node.succ.forEach((id, side) => {
      if (side !== failing) work.push({ id, isFresh });
    });
  }
  return found;
}

/** The way on from a test of the call's own result that is taken when it failed; undefined for other tests. */
function ownFailure(node: CfgNode, own: string | undefined, call: Call, context: FunctionContext): number | undefined {
  if (node.kind !== 'branch') return undefined;
  const { cond } = node;
  if (cond === call) return failsWithZero(call, context) ? 1 : 0;
  if (own === undefined) return undefined;
  const tested = testedPlace(cond, context.scope);
  return tested?.place === own ? tested.badSlot : undefined;
}

/** True for a call that tells of its failure by 0, false or NULL. */
function failsWithZero(call: Call, context: FunctionContext): boolean {
  const result = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name)?.result : undefined;
  if (result !== undefined) return result === 'bool' || result === 'null' || result === 'nonzero' || result === 'count';
  const type = typeOf(call, context.scope);
  return type !== undefined && (type.pointers > 0 || type.base === 'bool');
}

/** A place that a test before the call has shown to hold no error, and that nothing writes in between. */
function goodBefore(cfg: Cfg, from: CfgNode, context: FunctionContext): string | undefined {
  let found: string | undefined;
  for (const node of cfg.nodes) {
    if (node.kind !== 'branch' || node.id >= from.id) continue;
    const tested = testedPlace(node.cond, context.scope);
    const good = tested === undefined ? undefined : node.succ[1 - tested.badSlot];
    const bad = tested === undefined ? undefined : node.succ[tested.badSlot];
    if (tested === undefined || tested.isPointer || good === undefined || bad === undefined) continue;
    // Between the test and the call, not around a loop and through the test again.
    const stop = (one: CfgNode): boolean => one === node || one === from;
    const onGood = reachable(cfg, good, stop);
    if (!(good === from.id || onGood.has(from.id)) || bad === from.id || reachable(cfg, bad).has(from.id)) continue;
    const isWritten = cfg.nodes.some(
      (one) =>
        (one.id === good || onGood.has(one.id)) && assignedBy(one)?.name === tested.place && reachable(cfg, one.id, stop).has(from.id),
    );
    found = isWritten ? undefined : tested.place;
  }
  return found;
}

interface Tested {
  readonly place: string;
  /** The way on that is taken when the value is an error. */
  readonly badSlot: number;
  readonly isPointer: boolean;
}

/** The place that a condition tests for failure: an errno, a pointer that is NULL, or an error pointer. A test by `!` has its ways exchanged already. */
function testedPlace(cond: Expr, scope: TypeScope): Tested | undefined {
  const place = written(cond);
  if (place !== undefined) {
    const isPointer = (typeOf(cond, scope)?.pointers ?? 0) > 0;
    return { place, badSlot: isPointer ? 1 : 0, isPointer };
  }
  if (cond.kind === 'call' && cond.callee.kind === 'name') {
    const [arg] = cond.args;
    const what = Object.hasOwn(valueHelpers, cond.callee.name) ? valueHelpers[cond.callee.name] : undefined;
    const inner = arg === undefined ? undefined : written(arg);
    if ((what === 'is-err' || what === 'is-err-or-null') && inner !== undefined) return { place: inner, badSlot: 0, isPointer: true };
    return undefined;
  }
  if (cond.kind !== 'binary' || !/^(<|[!=]=)$/.test(cond.op)) return undefined;
  const isNull = cond.right.kind === 'name' && cond.right.name === 'NULL';
  const left = written(cond.left);
  if (left === undefined || !(isNull || (cond.right.kind === 'number' && cond.right.value === 0))) return undefined;
  const isPointer = isNull || (typeOf(cond.left, scope)?.pointers ?? 0) > 0;
  return { place: left, badSlot: (cond.op === '==') !== isPointer ? 1 : 0, isPointer };
}

/** True for a value that is an error for certain. */
export function isErrorValue(value: Expr, bad: string | undefined): boolean {
  if (value.kind === 'conditional')
    return isErrorValue(value.yes ?? value.test, bad) && (value.yes === undefined || isErrorValue(value.no, bad));
  if (value.kind === 'call' && value.callee.kind === 'name') {
    const [arg] = value.args;
    const what = Object.hasOwn(valueHelpers, value.callee.name) ? valueHelpers[value.callee.name] : undefined;
    if (what === 'err-cast' || what === 'ptr-err') return true;
    return what === 'err-ptr' && arg !== undefined && (arg.kind === 'name' || isErrorValue(arg, bad));
  }
  return (value.kind === 'unary' && value.op === '-' && value.operand.kind === 'name') || (value.kind === 'name' && value.name === bad);
}

function assignedBy(node: CfgNode): { readonly name: string; readonly value: Expr } | undefined {
  if (node.kind === 'decl') return node.init === undefined ? undefined : { name: node.name, value: node.init };
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.op !== '=' || node.expr.left.kind !== 'name') return undefined;
  return { name: node.expr.left.name, value: node.expr.right };
}
