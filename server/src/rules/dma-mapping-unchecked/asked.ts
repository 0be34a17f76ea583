/** Mappings for which no way on asks whether they failed: told by the graph alone, whatever became of the states. */
import type { Contract } from '../../contracts/schema.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { forEachChild } from '../../flow/substitute.js';
import { memberOf } from '../../flow/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { reachable } from '../graph.js';
import { callsOf, exprsOf, resultName } from '../paths.js';
import type { FunctionContext } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

/** A mapping call that nobody asks about, and the place to report. */
export interface Unasked {
  readonly span: Span;
  readonly call: Span;
  readonly stored: boolean;
}

/** Calls that map, and that nobody asks about; `stored` where the address is kept in an array before it is asked about. */
export function unasked(context: FunctionContext): readonly Unasked[] {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined) return [];
  const found: Unasked[] = [];
  for (const node of cfg.nodes)
    for (const call of callsOf(node)) {
      const place = maps(call, context) ? placeOf(node, call, context) : undefined;
      if (place === undefined) continue;
      const after = reachable(cfg, node.id);
      const nodes = [...after].flatMap((id) => cfg.nodes[id] ?? []);
      if (nodes.some((one) => one.kind === 'return' && mentions(one, place, context))) continue;
      const isInLoop = after.has(node.id);
      const round = isInLoop ? roundOf(cfg, node, indexOf(node)) : after;
      // A check of the next round asks about another entry; one behind the loop may ask about all of them.
      const isOfThis = (one: CfgNode): boolean => round.has(one.id) || !reachable(cfg, one.id).has(node.id);
      const checks = nodes.filter((one) => isOfThis(one) && asks(one, place, context));
      const isSame = (one: CfgNode): boolean => !isInLoop || !reachable(cfg, one.id).has(node.id);
      if (!checks.some((one) => isLookedAt(cfg, one, isSame(one) ? undefined : node.id, context)))
        found.push({ span: call, call, stored: false });
      else if (/^\w+$/.test(place)) {
        const early = storedBefore(cfg, node, place, new Set(checks.map((one) => one.id)), context);
        if (early !== undefined) found.push({ span: early.span, call, stored: true });
      }
    }
  return found;
}

/** The contract of a call, also of one through a member that the tables know. */
export function contractAt({ callee }: Call, context: FunctionContext): Omit<Contract, 'name'> | undefined {
  const { contracts } = context.engine;
  if (callee.kind === 'name') return contracts.of(callee.name);
  const info = callee.kind === 'member' ? memberOf(callee, context.scope) : undefined;
  return info === undefined ? undefined : contracts.callback(info.structTag, info.member.name)?.call;
}

/** True for a call whose result is an address that must be asked about. */
function maps(call: Call, context: FunctionContext): boolean {
  const contract = contractAt(call, context);
  return [...(contract?.ops ?? []), ...(contract?.ok ?? [])].some(
    (op) => op.op === 'dma-map' && op.handle === 'ret' && op.checkedBy === 'dma-check',
  );
}

const plain = (text: string): string => text.replace(/\s+/g, '').replace(/\[[^[\]]*\]/g, '[]');
const textOf = (e: Span, context: FunctionContext): string => plain(context.text.slice(e.start, e.end));

/** The place that a call's result is stored in, as it is written; undefined when it goes elsewhere. */
function placeOf(node: CfgNode, call: Call, context: FunctionContext): string | undefined {
  const name = resultName(node, call);
  if (name !== undefined) return /[@%]/.test(name) ? undefined : name;
  return node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.op === '=' && node.expr.right === call
    ? textOf(node.expr.left, context)
    : undefined;
}

/** Names that the place's index is made of. */
function indexOf(node: CfgNode): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (e: Expr): void => {
    if (e.kind === 'name') names.add(e.name);
    forEachChild(e, visit);
  };
  if (node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.left.kind === 'index') visit(node.expr.left.index);
  return names;
}

/** Nodes behind one, as far as the index stays what it is. */
function roundOf(cfg: Cfg, from: CfgNode, index: ReadonlySet<string>): ReadonlySet<number> {
  const seen = new Set<number>();
  const work = [...from.succ];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const node = cfg.nodes[id];
    if (node === undefined || seen.has(id) || id === from.id) continue;
    seen.add(id);
    const moves = some(node, (e) => {
      const target = e.kind === 'assign' ? e.left : e.kind === 'update' ? e.operand : undefined;
      return target?.kind === 'name' && index.has(target.name);
    });
    if (!moves) work.push(...node.succ);
  }
  return seen;
}

const isPart = (text: string, place: string): boolean => text === place || text.startsWith(`${place}.`) || text === `&${place}`;

function some(node: CfgNode, test: (e: Expr) => boolean): boolean {
  let found = false;
  const visit = (e: Expr): void => {
    if (!found && test(e)) found = true;
    if (!found) forEachChild(e, visit);
  };
  exprsOf(node).forEach(visit);
  return found;
}

const mentions = (node: CfgNode, place: string, context: FunctionContext): boolean =>
  some(node, (e) => (e.kind === 'name' || e.kind === 'member' || e.kind === 'index') && isPart(textOf(e, context), place));

/** True where the place is asked about: by the check, by a comparison, or by somebody it is given to who may. */
function asks(node: CfgNode, place: string, context: FunctionContext): boolean {
  return some(node, (e) => {
    if (e.kind === 'binary' && (e.op === '==' || e.op === '!='))
      return isPart(textOf(e.left, context), place) || isPart(textOf(e.right, context), place);
    if (e.kind !== 'call' || e.callee.kind !== 'name') return false;
    const contract = context.engine.contracts.of(e.callee.name);
    const isCheck = contract?.ops?.some((op) => op.op === 'dma-check') === true;
    const isGiven = e.args.some(
      (arg) => isPart(textOf(arg, context), place) || (isCheck && textOf(arg, context).replaceAll('[]', '') === place.replaceAll('[]', '')),
    );
    if (isCheck) return isGiven;
    // A function of the driver that takes the address and tells of errors.
    return isGiven && contract === undefined && !context.engine.contracts.isHarmless(e.callee.name) && node.kind === 'branch';
  });
}

/** True when what a check says is tested, handed on, or kept; in a loop (that of the node `loop`) in its own round, since the next one asks anew. */
function isLookedAt(cfg: Cfg, node: CfgNode, loop: number | undefined, context: FunctionContext): boolean {
  const name =
    node.kind === 'decl'
      ? node.name
      : node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.left.kind === 'name'
        ? node.expr.left.name
        : undefined;
  if (name === undefined || name.startsWith('%')) return node.kind !== 'eval' || node.expr.kind !== 'call';
  const seen = new Set<number>();
  const work = [...node.succ];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const next = cfg.nodes[id];
    if (next === undefined || seen.has(id)) continue;
    seen.add(id);
    const isWritten =
      (next.kind === 'decl' && next.name === name) ||
      (next.kind === 'eval' &&
        next.expr.kind === 'assign' &&
        next.expr.op === '=' &&
        next.expr.left.kind === 'name' &&
        next.expr.left.name === name);
    const isRead = some(next, (e) => e.kind === 'name' && e.name === name);
    const isTold = callsOf(next).some((call) => call.callee.kind === 'name' && context.engine.contracts.isHarmless(call.callee.name));
    if (isRead && !isWritten && !isTold && (loop === undefined || reachable(cfg, id).has(loop))) return true;
    if (!isWritten) work.push(...next.succ);
  }
  return false;
}

/** A store of the address into an array on a way to the check: the teardown finds what was never mapped. */
function storedBefore(cfg: Cfg, from: CfgNode, place: string, checks: ReadonlySet<number>, context: FunctionContext): CfgNode | undefined {
  const seen = new Set<number>();
  const work = [...from.succ];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const node = cfg.nodes[id];
    if (node === undefined || seen.has(id) || checks.has(id) || id === from.id) continue;
    seen.add(id);
    if (
      node.kind === 'eval' &&
      node.expr.kind === 'assign' &&
      node.expr.left.kind === 'index' &&
      textOf(node.expr.right, context) === place &&
      [...reachable(cfg, id)].some((one) => checks.has(one))
    )
      return node;
    work.push(...node.succ);
  }
  return undefined;
}
