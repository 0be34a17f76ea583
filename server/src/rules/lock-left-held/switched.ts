/** Locks that one and the same test switches on and off: taken under its words, and released under them. */
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { callsIn } from '../../flow/unwind.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { reachable } from '../graph.js';

/** An expression's words, without its place. */
const wordsOf = (expr: Expr): string =>
  JSON.stringify(expr, (name, value: unknown) => (name === 'start' || name === 'end' ? undefined : value));

const nodesAt = (cfg: Cfg, place: Span): readonly CfgNode[] =>
  cfg.nodes.filter((node) => node.span.start <= place.start && node.span.end >= place.end && callsIn(node).length > 0);

/** Tests of calls under which the step at a place stands, by their words and the side that leads there; of variables the paths know more. */
function testsOf(cfg: Cfg, place: Span): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const before = predecessors(cfg);
  for (const node of nodesAt(cfg, place)) {
    let at = node.id;
    // Up the straight line to the test that it hangs on.
    for (let steps = 0; steps < 20; steps++) {
      const [only, more] = before[at] ?? [];
      const from = only === undefined || more !== undefined ? undefined : cfg.nodes[only];
      if (from === undefined) break;
      if (from.kind === 'branch') {
        if (callsIn(from).length > 0) found.set(`${from.succ.indexOf(at)} ${wordsOf(from.cond)}`, from.id);
        break;
      }
      at = from.id;
    }
  }
  return found;
}

/** True for a release under a test that says what the test says under which the lock is taken, when every way to it comes by that one. */
export function isSwitchedOn(cfg: Cfg, release: Span, taken: Span): boolean {
  const off = testsOf(cfg, release);
  if (off.size === 0) return false;
  // Where taking it can fail, a way past the test tells nothing.
  if (!nodesAt(cfg, taken).some((node) => node.kind === 'eval' && node.expr.kind === 'call')) return false;
  const places = new Set(nodesAt(cfg, release).map((node) => node.id));
  return [...testsOf(cfg, taken)].some(([words, test]) => {
    if (!off.has(words)) return false;
    const past = reachable(cfg, cfg.entry, (node) => node.id === test);
    return ![...places].some((id) => past.has(id));
  });
}

/** True for a lock taken under a test that says what a test says under which it is released, when every way to the exit comes by that one. */
export function isSwitchedOff(cfg: Cfg, taken: Span, release: Span, exit: Span): boolean {
  const on = testsOf(cfg, taken);
  if (on.size === 0) return false;
  const returns = cfg.nodes.filter((node) => node.kind === 'return' && node.span.start === exit.start).map((node) => node.id);
  const ends = returns.length > 0 ? returns : [cfg.exit];
  return [...testsOf(cfg, release)].some(([words, test]) => {
    if (!on.has(words)) return false;
    return nodesAt(cfg, taken).every((node) => {
      const past = reachable(cfg, node.id, (one) => one.id === test);
      return !ends.some((id) => past.has(id));
    });
  });
}

function predecessors(cfg: Cfg): readonly (readonly number[])[] {
  const lists: number[][] = cfg.nodes.map(() => []);
  for (const node of cfg.nodes) for (const next of node.succ) lists[next]?.push(node.id);
  return lists;
}
