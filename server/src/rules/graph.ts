/** Questions about control-flow graphs. */
import type { Cfg, CfgNode } from '../flow/cfg.js';

/** Nodes that can be reached from a node, the node itself only through a cycle; `stop` ends a way at a node that is still counted. */
export function reachable(cfg: Cfg, from: number, stop: (node: CfgNode) => boolean = () => false): ReadonlySet<number> {
  const seen = new Set<number>();
  const work = [...(cfg.nodes[from]?.succ ?? [])];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const node = cfg.nodes[id];
    if (node !== undefined && !stop(node)) work.push(...node.succ);
  }
  return seen;
}
