/** Tests that stand for what one of their sides does: `if (x) undo(x);`. */
import type { Cfg, CfgNode } from '../flow/cfg.js';
import { reachable } from './graph.js';

/** True for a test of which one side undoes something and comes back to where the other goes on. */
export function guards(cfg: Cfg, node: CfgNode, undos: ReadonlySet<number>): boolean {
  if (node.kind !== 'branch') return false;
  const [yes, no] = node.succ;
  if (yes === undefined || no === undefined) return false;
  const clears = (side: number, other: number): boolean => {
    const beyond = new Set([other, ...onward(cfg, other)]);
    const all = [side, ...onward(cfg, side)];
    if (!all.some((id) => undos.has(id) && !beyond.has(id))) return false;
    // Each way of the side that comes to where the other goes on has undone it; a test that only decides which of two ends comes is none.
    const past = undos.has(side) ? [] : [side, ...reachable(cfg, side, (one) => undos.has(one.id))].filter((id) => !undos.has(id));
    return !past.some((id) => beyond.has(id) || cfg.nodes[id]?.kind === 'return') && all.includes(other);
  };
  return clears(yes, no) || clears(no, yes);
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
