/** Loops that undo: whatever number of rounds they run, passing them means that the undoing has had its chance. */
import type { Expr } from '../syntax/ast.js';
import type { Cfg, CfgNode } from './cfg.js';
import { forEachChild } from './substitute.js';

/** Ids of the branches and loop macros that head a loop in which a call does what `undoes` tells by name. */
export function unwindingLoops(cfg: Cfg, undoes: (call: Expr & { readonly kind: 'call' }) => boolean): ReadonlySet<number> {
  const inside = new Set<number>();
  for (const node of cfg.nodes) if (callsIn(node).some(undoes)) inside.add(node.id);
  if (inside.size === 0) return inside;
  const heads = new Set<number>();
  for (const id of inside) {
    const after = reachable(cfg, id);
    if (!after.has(id)) continue;
    for (const node of cfg.nodes)
      if ((node.kind === 'branch' || node.kind === 'iterate') && after.has(node.id) && reachable(cfg, node.id).has(id)) heads.add(node.id);
  }
  return heads;
}

/** Calls in a node's expression, arguments included. */
export function callsIn(node: CfgNode): readonly (Expr & { readonly kind: 'call' })[] {
  const calls: (Expr & { readonly kind: 'call' })[] = [];
  const visit = (e: Expr): void => {
    if (e.kind === 'call') calls.push(e);
    forEachChild(e, visit);
  };
  for (const e of expressionsOf(node)) visit(e);
  return calls;
}

/** Expressions of a node. */
export function expressionsOf(node: CfgNode): readonly Expr[] {
  switch (node.kind) {
    case 'eval':
      return [node.expr];
    case 'branch':
      return [node.cond];
    case 'decl':
      return node.init === undefined ? [] : [node.init];
    case 'return':
      return node.value === undefined ? [] : [node.value];
    default:
      return [];
  }
}

/** Ids of the nodes that a node leads to, itself only when it lies in a loop. `stop` is not passed. */
export function reachable(cfg: Cfg, from: number, stop?: ReadonlySet<number>): ReadonlySet<number> {
  const seen = new Set<number>();
  const work = [...(cfg.nodes[from]?.succ ?? [])];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (stop?.has(id)) continue;
    work.push(...(cfg.nodes[id]?.succ ?? []));
  }
  return seen;
}
