/** Locks that one and the same test switches on and off: taken under its words, and released under them. */
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { callsIn } from '../../flow/unwind.js';
import type { Expr, Span } from '../../syntax/ast.js';

/** An expression's words, without its place. */
const wordsOf = (expr: Expr): string =>
  JSON.stringify(expr, (name, value: unknown) => (name === 'start' || name === 'end' ? undefined : value));

/** True for a test of a call: of what a variable says the paths know more. */
const asksCall = (node: CfgNode): boolean => node.kind === 'branch' && callsIn(node).length > 0;

/** Tests under which the step at a place stands, each with the side that leads there. */
export function switchesOf(cfg: Cfg, place: Span): ReadonlySet<string> {
  const found = new Set<string>();
  const before = predecessors(cfg);
  for (const node of cfg.nodes) {
    if (node.span.start > place.start || node.span.end < place.end || callsIn(node).length === 0) continue;
    let at = node.id;
    // Up the straight line to the test that it hangs on.
    for (let steps = 0; steps < 20; steps++) {
      const [only, more] = before[at] ?? [];
      const from = only === undefined || more !== undefined ? undefined : cfg.nodes[only];
      if (from === undefined) break;
      if (from.kind === 'branch') {
        if (asksCall(from)) found.add(`${from.succ.indexOf(at)} ${wordsOf(from.cond)}`);
        break;
      }
      at = from.id;
    }
  }
  return found;
}

function predecessors(cfg: Cfg): readonly (readonly number[])[] {
  const lists: number[][] = cfg.nodes.map(() => []);
  for (const node of cfg.nodes) for (const next of node.succ) lists[next]?.push(node.id);
  return lists;
}
