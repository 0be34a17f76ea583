/** Which locals are live at each node: their values matter for keeping states apart. */
import { valueHelpers } from '../contracts/memory.js';
import type { Expr } from '../syntax/ast.js';
import type { Cfg, CfgNode } from './cfg.js';
import { forEachChild } from './substitute.js';

/** Names read, and names wholly written, by a node. */
function effects(node: CfgNode): { readonly uses: readonly string[]; readonly def: string | undefined } {
  const uses: string[] = [];
  const read = (e: Expr): void => {
    if (e.kind === 'name') uses.push(e.name);
    else forEachChild(e, read);
  };
  let def: string | undefined;
  switch (node.kind) {
    case 'eval': {
      const { expr } = node;
      if (expr.kind === 'assign' && expr.op === '=' && expr.left.kind === 'name') {
        def = expr.left.name;
        read(expr.right);
      } else read(expr);
      break;
    }
    case 'decl':
      def = node.name;
      if (node.init !== undefined) read(node.init);
      break;
    case 'branch':
      read(node.cond);
      break;
    case 'return':
      if (node.value !== undefined) read(node.value);
      break;
    case 'iterate':
    case 'guard':
    case 'skip':
      node.args.forEach(read);
      break;
    case 'cleanup':
      uses.push(node.name);
      break;
    default:
  }
  return { uses, def };
}

/** Live locals on entry to each node, by node id, and those that decide branches and results. Locals whose address is taken are live everywhere. */
export function liveLocals(cfg: Cfg): { readonly live: readonly (readonly string[])[]; readonly decisive: ReadonlySet<string> } {
  const always = new Set<string>();
  const visit = (e: Expr): void => {
    if (e.kind === 'address') {
      let target = e.operand;
      while (target.kind === 'member' && !target.arrow) target = target.object;
      if (target.kind === 'name') always.add(target.name);
    }
    forEachChild(e, visit);
  };
  const all = cfg.nodes.map(effects);
  for (const node of cfg.nodes) {
    if (node.kind === 'eval') visit(node.expr);
    if (node.kind === 'decl' && node.init !== undefined) visit(node.init);
    if (node.kind === 'branch') visit(node.cond);
    if (node.kind === 'return' && node.value !== undefined) visit(node.value);
    if (node.kind === 'iterate' || node.kind === 'guard' || node.kind === 'skip') node.args.forEach(visit);
  }
  const index = new Map<string, number>();
  const names: string[] = [];
  const id = (name: string): number => {
    let i = index.get(name);
    if (i === undefined) {
      i = names.length;
      names.push(name);
      index.set(name, i);
    }
    return i;
  };
  const uses = all.map((e) => e.uses.filter((u) => cfg.types.has(u) || u.startsWith('%')).map(id));
  const defs = all.map((e) => (e.def === undefined ? -1 : id(e.def)));
  const words = (names.length + 31) >>> 5;
  const live = cfg.nodes.map(() => new Uint32Array(words));
  const order = [...cfg.order].reverse();
  for (let changed = true; changed; ) {
    changed = false;
    for (const n of order) {
      const mine = live[n];
      if (mine === undefined) continue;
      const next = new Uint32Array(words);
      for (const succ of cfg.nodes[n]?.succ ?? []) {
        const theirs = live[succ];
        if (theirs !== undefined) for (let w = 0; w < words; w++) next[w] = (next[w] ?? 0) | (theirs[w] ?? 0);
      }
      const d = defs[n] ?? -1;
      if (d >= 0) next[d >>> 5] = (next[d >>> 5] ?? 0) & ~(1 << (d & 31));
      for (const u of uses[n] ?? []) next[u >>> 5] = (next[u >>> 5] ?? 0) | (1 << (u & 31));
      for (let w = 0; w < words; w++) {
        if (next[w] !== mine[w]) {
          live[n] = next;
          changed = true;
          break;
        }
      }
    }
  }
  const decisive = new Set<string>();
  const note = (e: Expr): void => {
    if (e.kind === 'name') decisive.add(e.name);
    else if (e.kind !== 'call' || (e.callee.kind === 'name' && Object.hasOwn(valueHelpers, e.callee.name))) forEachChild(e, note);
  };
  for (const node of cfg.nodes) {
    if (node.kind === 'branch') note(node.cond);
    if (node.kind === 'return' && node.value !== undefined) note(node.value);
    if (node.kind === 'decl' && node.init?.kind === 'name') decisive.add(node.init.name);
  }
  const forever = [...always].filter((name) => cfg.types.has(name));
  const result = live.map((set) => {
    const result = [...forever];
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name !== undefined && ((set[i >>> 5] ?? 0) & (1 << (i & 31))) !== 0 && !always.has(name)) result.push(name);
    }
    return result;
  });
  return { live: result, decisive };
}
