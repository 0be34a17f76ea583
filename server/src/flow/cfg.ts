/** Control-flow graphs: a function's body as nodes of simple steps, short circuits and macros resolved. */
import type { Expr, FunctionAst, Span, Stmt, TypeRef } from '../syntax/ast.js';
import { declaredNames, substituteExpr, substituteStmts } from './substitute.js';

/** A node. `succ` holds ids; a branch's are [taken, not taken], a loop macro's [body, done]. */
export type CfgNode = { readonly id: number; readonly span: Span; readonly succ: number[] } & (
  | { readonly kind: 'entry' | 'nop' | 'exit' }
  /** A goto, on its way to its label. */
  | { readonly kind: 'jump'; readonly label: string }
  | { readonly kind: 'eval'; readonly expr: Expr }
  | { readonly kind: 'decl'; readonly name: string; readonly type: TypeRef; readonly init: Expr | undefined }
  /** `counted` is the body of a loop from 0 up to a bound, on its test. */
  | { readonly kind: 'branch'; readonly cond: Expr; readonly text: string; readonly counted: Span | undefined }
  | { readonly kind: 'return'; readonly value: Expr | undefined }
  | { readonly kind: 'iterate'; readonly macro: string; readonly args: readonly Expr[] }
  /** The end of a round of the loop macro at node `head`. */
  | { readonly kind: 'back'; readonly head: number }
  | { readonly kind: 'guard'; readonly lockClass: string; readonly args: readonly Expr[]; readonly release: boolean }
  /** Leaves the scope of a variable with a cleanup class. */
  | { readonly kind: 'cleanup'; readonly name: string; readonly lockClass: string }
  /** A block macro nobody knows left without running its body: what it was given by name may have changed. */
  | { readonly kind: 'skip'; readonly args: readonly Expr[] }
);

/** A function's graph. */
export interface Cfg {
  readonly nodes: readonly CfgNode[];
  readonly entry: number;
  readonly exit: number;
  /** Types of locals and parameters, and of the renamed locals of macros, by name. */
  readonly types: ReadonlyMap<string, TypeRef>;
  readonly labels: ReadonlyMap<string, number>;
  /** Texts of conditions that are tested more than once. */
  readonly repeated: ReadonlySet<string>;
  /** Source order of nodes for the solver: reverse postorder. */
  readonly order: readonly number[];
}

/** What a macro's use stands for; undefined for calls that are not macros, or are known by contract. */
export type Expand = (
  name: string,
  argCount: number,
) => { readonly params: readonly string[]; readonly body: { readonly expr: Expr } | { readonly statements: readonly Stmt[] } } | undefined;

type NewNode = CfgNode extends infer T ? (T extends CfgNode ? Omit<T, 'id' | 'succ'> : never) : never;
interface Edge {
  readonly node: number;
  readonly slot: number;
}
interface Scope {
  readonly parent: Scope | undefined;
  /** Release to run when the scope is left; newest first. */
  readonly release: NewNode;
  readonly depth: number;
}
interface Loop {
  readonly breaks: Edge[];
  /** Undefined for a switch. */
  readonly continues: Edge[] | undefined;
  readonly scope: Scope | undefined;
}

const MAX_EXPANSION = 8;
const MAX_NODES = 6000;

/** Builds a function's graph. `text` is the text its spans refer to. */
export function buildCfg(fn: FunctionAst, text: string, expand: Expand): Cfg {
  const nodes: (CfgNode & { succ: number[] })[] = [];
  const types = new Map<string, TypeRef>();
  for (const p of fn.params) types.set(p.name, p.type);
  let dangling: Edge[] = [];
  let scope: Scope | undefined;
  const loops: Loop[] = [];
  const labels = new Map<string, number>();
  const gotos: { readonly edges: Edge[]; readonly label: string }[] = [];
  const switches: { cases: { values: readonly Expr[]; isRange: boolean; isDefault: boolean; node: number }[] }[] = [];
  const stack: string[] = [];
  const texts = new Map<string, number>();
  let temps = 0;
  const exits: Edge[] = [];
  let countedBody: Span | undefined;

  const link = (edges: readonly Edge[], target: number): void => {
    for (const edge of edges) {
      const node = nodes[edge.node];
      if (node !== undefined) node.succ[edge.slot] = target;
    }
  };
  const add = (node: NewNode): number => {
    const id = nodes.length;
    nodes.push({ ...node, id, succ: [] } as CfgNode & { succ: number[] });
    link(dangling, id);
    dangling = [{ node: id, slot: 0 }];
    return id;
  };
  const unwind = (to: Scope | undefined): void => {
    for (let s = scope; s !== undefined && s !== to; s = s.parent) add(s.release);
  };
  const push = (release: NewNode): void => {
    scope = { parent: scope, release, depth: (scope?.depth ?? 0) + 1 };
  };
  const textOf = (span: Span): string => text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();

  const expansionOf = (expr: Expr): { readonly expr: Expr } | { readonly statements: readonly Stmt[] } | undefined => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'name' || stack.length >= MAX_EXPANSION || nodes.length > MAX_NODES) return undefined;
    const { name } = expr.callee;
    if (stack.includes(name)) return undefined;
    const macro = expand(name, expr.args.length);
    if (macro === undefined) return undefined;
    const bindings = new Map<string, Expr>();
    macro.params.forEach((p, i) => {
      const arg = expr.args[i];
      if (arg !== undefined) bindings.set(p, arg);
    });
    const span = { start: expr.start, end: expr.end };
    if ('expr' in macro.body) {
      const renames = new Map<string, string>();
      for (const local of declaredNames([{ kind: 'expr', expr: macro.body.expr, ...span }])) renames.set(local, `${local}@${temps++}`);
      return { expr: substituteExpr(macro.body.expr, bindings, renames, span) };
    }
    const renames = new Map<string, string>();
    for (const local of declaredNames(macro.body.statements)) if (!bindings.has(local)) renames.set(local, `${local}@${temps++}`);
    return { statements: substituteStmts(macro.body.statements, bindings, renames, span) };
  };
  const inside = <T>(expr: Expr, run: () => T): T => {
    stack.push(expr.kind === 'call' && expr.callee.kind === 'name' ? expr.callee.name : '');
    const result = run();
    stack.pop();
    return result;
  };

  /** Adds the steps an expression needs before it, and returns what is left of it: no short circuits, no macros. */
  function flat(expr: Expr): Expr {
    switch (expr.kind) {
      case 'binary':
        if (expr.op === '&&' || expr.op === '||') return viaTemp(expr);
        return { ...expr, left: flat(expr.left), right: flat(expr.right) };
      case 'conditional':
        return viaTemp(expr);
      case 'member':
        return { ...expr, object: flat(expr.object) };
      case 'index':
        return { ...expr, object: flat(expr.object), index: flat(expr.index) };
      case 'deref':
      case 'address':
      case 'unary':
      case 'update':
      case 'cast':
        return { ...expr, operand: flat(expr.operand) };
      case 'assign': {
        const right = flat(expr.right);
        return { ...expr, left: flat(expr.left), right };
      }
      case 'comma': {
        const last = expr.items.at(-1);
        for (const item of expr.items.slice(0, -1)) statement(item);
        return last === undefined ? expr : flat(last);
      }
      case 'container':
        return { ...expr, pointer: flat(expr.pointer) };
      case 'compound':
        return { ...expr, init: flat(expr.init) };
      case 'initializer':
        return { ...expr, items: expr.items.map((item) => ({ ...item, value: flat(item.value) })) };
      case 'statements':
        return statementExpr(expr.body, expr);
      case 'call': {
        const expansion = expansionOf(expr);
        if (expansion === undefined)
          return { ...expr, callee: expr.callee.kind === 'name' ? expr.callee : flat(expr.callee), args: expr.args.map(flat) };
        return inside(expr, () => {
          if ('expr' in expansion) return flat(expansion.expr);
          block(expansion.statements);
          return { kind: 'unknown', start: expr.start, end: expr.end };
        });
      }
      default:
        return expr;
    }
  }
  function statementExpr(body: readonly Stmt[], span: Span): Expr {
    const last = body.at(-1);
    const outer = scope;
    if (last?.kind === 'expr') {
      for (const s of body.slice(0, -1)) stmt(s);
      const value = flat(last.expr);
      if (scope !== outer) {
        const name = `%${temps++}`;
        add({ kind: 'decl', name, type: UNKNOWN_TYPE, init: value, span });
        unwind(outer);
        scope = outer;
        return { kind: 'name', name, start: span.start, end: span.end };
      }
      return value;
    }
    for (const s of body) stmt(s);
    unwind(outer);
    scope = outer;
    return { kind: 'unknown', start: span.start, end: span.end };
  }
  function viaTemp(expr: Expr): Expr {
    const name = `%${temps++}`;
    const span = { start: expr.start, end: expr.end };
    const set = (value: Expr): void => {
      add({ kind: 'decl', name, type: UNKNOWN_TYPE, init: value, span });
    };
    if (expr.kind === 'conditional') {
      let testValue: Expr | undefined;
      if (expr.yes === undefined) {
        testValue = { kind: 'name', name: `%${temps++}`, ...span };
        add({ kind: 'decl', name: testValue.name, type: UNKNOWN_TYPE, init: flat(expr.test), span });
      }
      const { yes, no } = cond(testValue ?? expr.test);
      dangling = yes;
      set(flat(expr.yes ?? testValue ?? expr.test));
      const done = dangling;
      dangling = no;
      set(flat(expr.no));
      dangling = [...dangling, ...done];
    } else {
      const { yes, no } = cond(expr);
      dangling = yes;
      set({ kind: 'number', value: 1, ...span });
      const done = dangling;
      dangling = no;
      set({ kind: 'number', value: 0, ...span });
      dangling = [...dangling, ...done];
    }
    return { kind: 'name', name, ...span };
  }
  function statement(expr: Expr): void {
    if (expr.kind === 'comma') {
      for (const item of expr.items) statement(item);
      return;
    }
    const expansion = expansionOf(expr);
    if (expansion !== undefined && 'statements' in expansion) {
      inside(expr, () => block(expansion.statements));
      return;
    }
    const value = flat(expr);
    if (value.kind === 'name' && value.name.startsWith('%')) return;
    add({ kind: 'eval', expr: value, span: { start: expr.start, end: expr.end } });
  }
  /** Branches on a condition; returns the edges of both outcomes. */
  function cond(expr: Expr): { yes: Edge[]; no: Edge[] } {
    if (expr.kind === 'unary' && expr.op === '!') {
      const inner = cond(expr.operand);
      return { yes: inner.no, no: inner.yes };
    }
    if (expr.kind === 'binary' && (expr.op === '&&' || expr.op === '||')) {
      const left = cond(expr.left);
      dangling = expr.op === '&&' ? left.yes : left.no;
      const right = cond(expr.right);
      return expr.op === '&&' ? { yes: right.yes, no: [...left.no, ...right.no] } : { yes: [...left.yes, ...right.yes], no: right.no };
    }
    if (expr.kind === 'call' && expr.callee.kind === 'name' && (expr.callee.name === 'likely' || expr.callee.name === 'unlikely')) {
      const inner = expr.args[0];
      if (inner !== undefined) return cond(inner);
    }
    if (expr.kind === 'comma') {
      for (const item of expr.items.slice(0, -1)) statement(item);
      const last = expr.items.at(-1);
      if (last !== undefined) return cond(last);
    }
    const expansion = expansionOf(expr);
    if (expansion !== undefined && 'expr' in expansion) return inside(expr, () => cond(expansion.expr));
    const span = { start: expr.start, end: expr.end };
    const value = flat(expr);
    const written = textOf(span);
    texts.set(written, (texts.get(written) ?? 0) + 1);
    const id = add({ kind: 'branch', cond: value, text: written, counted: countedBody, span });
    dangling = [];
    return { yes: [{ node: id, slot: 0 }], no: [{ node: id, slot: 1 }] };
  }
  function block(body: readonly Stmt[]): void {
    const outer = scope;
    for (const s of body) stmt(s);
    if (scope !== outer) {
      unwind(outer);
      scope = outer;
    }
  }
  function loopBody(body: Stmt, loop: Loop): void {
    loops.push(loop);
    block([body]);
    loops.pop();
  }
  function stmt(s: Stmt): void {
    if (nodes.length > MAX_NODES) return;
    const span = { start: s.start, end: s.end };
    switch (s.kind) {
      case 'expr':
        statement(s.expr);
        return;
      case 'decl': {
        types.set(s.name, s.type);
        const init = s.init === undefined ? undefined : flat(s.init);
        add({ kind: 'decl', name: s.name, type: s.type, init, span });
        if (s.cleanup !== undefined) push({ kind: 'cleanup', name: s.name, lockClass: s.cleanup, span });
        return;
      }
      case 'block':
        block(s.body);
        return;
      case 'if': {
        const { yes, no } = cond(s.test);
        dangling = yes;
        block([s.then]);
        const after = dangling;
        dangling = no;
        if (s.otherwise !== undefined) block([s.otherwise]);
        dangling = [...dangling, ...after];
        return;
      }
      case 'while': {
        const head = add({ kind: 'nop', span });
        const { yes, no } = isTrue(s.test) ? { yes: dangling, no: [] } : cond(s.test);
        const loop: Loop = { breaks: [], continues: [], scope };
        dangling = yes;
        loopBody(s.body, loop);
        link([...dangling, ...(loop.continues ?? [])], head);
        dangling = [...no, ...loop.breaks];
        return;
      }
      case 'do': {
        if (isFalse(s.test) && !hasLoopJump(s.body)) {
          block([s.body]);
          return;
        }
        const head = add({ kind: 'nop', span });
        const loop: Loop = { breaks: [], continues: [], scope };
        loopBody(s.body, loop);
        dangling = [...dangling, ...(loop.continues ?? [])];
        if (isFalse(s.test)) {
          dangling = [...dangling, ...loop.breaks];
          return;
        }
        if (dangling.length > 0) {
          const { yes, no } = cond(s.test);
          link(yes, head);
          dangling = [...no, ...loop.breaks];
        } else dangling = loop.breaks;
        return;
      }
      case 'for': {
        const outer = scope;
        for (const init of s.init) stmt(init);
        const head = add({ kind: 'nop', span });
        if (s.test?.kind === 'binary' && s.test.op === '<') countedBody = { start: s.body.start, end: s.body.end };
        const { yes, no } = s.test === undefined || isTrue(s.test) ? { yes: dangling, no: [] as Edge[] } : cond(s.test);
        countedBody = undefined;
        const loop: Loop = { breaks: [], continues: [], scope };
        dangling = yes;
        loopBody(s.body, loop);
        dangling = [...dangling, ...(loop.continues ?? [])];
        if (s.update !== undefined && dangling.length > 0) statement(s.update);
        link(dangling, head);
        dangling = [...no, ...loop.breaks];
        scope = outer;
        return;
      }
      case 'iterate': {
        const args = s.args.map(flat);
        const head = add({ kind: 'iterate', macro: s.macro, args, span: { start: s.start, end: Math.max(s.start, s.body.start) } });
        const loop: Loop = { breaks: [], continues: [], scope };
        dangling = [{ node: head, slot: 0 }];
        loopBody(s.body, loop);
        dangling = [...dangling, ...(loop.continues ?? [])];
        if (dangling.length > 0) add({ kind: 'back', head, span: { start: s.body.start, end: s.body.end } });
        link(dangling, head);
        dangling = [{ node: head, slot: 1 }, ...loop.breaks];
        return;
      }
      case 'scoped': {
        const args = s.args.map(flat);
        const outer = scope;
        const [first] = args;
        const guardClass = first?.kind === 'name' ? first.name : undefined;
        const loop: Loop = { breaks: [], continues: [], scope };
        let skipped: Edge[] = [];
        if (/^scoped_(cond_)?guard$/.test(s.macro) && guardClass !== undefined) {
          const head = { start: s.start, end: Math.max(s.start, s.body.start) };
          const rest = s.macro === 'scoped_guard' ? args.slice(1) : args.slice(2);
          if (s.macro === 'scoped_cond_guard' && s.args[1] !== undefined) {
            const before = dangling;
            statement(s.args[1]);
            skipped = dangling;
            dangling = before;
          }
          add({ kind: 'guard', lockClass: guardClass, args: rest, release: false, span: head });
          push({ kind: 'guard', lockClass: guardClass, args: rest, release: true, span: { start: s.end, end: s.end } });
        } else {
          const head = add({ kind: 'nop', span });
          const mine = dangling;
          dangling = [{ node: head, slot: 1 }];
          add({ kind: 'skip', args, span });
          skipped = dangling;
          dangling = mine;
        }
        loopBody(s.body, loop);
        if (scope !== outer) {
          unwind(outer);
          scope = outer;
        }
        dangling = [...dangling, ...loop.breaks, ...(loop.continues ?? []), ...skipped];
        return;
      }
      case 'guard': {
        const args = s.args.map(flat);
        add({ kind: 'guard', lockClass: s.lockClass, args, release: false, span });
        push({ kind: 'guard', lockClass: s.lockClass, args, release: true, span });
        return;
      }
      case 'switch': {
        const name = `%${temps++}`;
        add({ kind: 'decl', name, type: UNKNOWN_TYPE, init: flat(s.value), span: { start: s.value.start, end: s.value.end } });
        const head = dangling;
        const mine: (typeof switches)[number] = { cases: [] };
        switches.push(mine);
        const loop: Loop = { breaks: [], continues: undefined, scope };
        dangling = [];
        loopBody(s.body, loop);
        switches.pop();
        const fallen = dangling;
        dangling = head;
        let fallback: number | undefined;
        for (const entry of mine.cases) {
          if (entry.isDefault) {
            fallback = entry.node;
            continue;
          }
          for (const value of entry.isRange ? entry.values.slice(0, 1) : entry.values) {
            const at = { start: value.start, end: value.end };
            const test: Expr = entry.isRange
              ? { kind: 'unknown', ...at }
              : { kind: 'binary', op: '==', left: { kind: 'name', name, ...at }, right: value, ...at };
            const id = add({ kind: 'branch', cond: test, text: `${textOf(s.value)} == ${textOf(at)}`, counted: undefined, span: at });
            link([{ node: id, slot: 0 }], entry.node);
            dangling = [{ node: id, slot: 1 }];
          }
        }
        if (fallback !== undefined) {
          link(dangling, fallback);
          dangling = [];
        }
        dangling = [...dangling, ...fallen, ...loop.breaks];
        return;
      }
      case 'case': {
        const node = add({ kind: 'nop', span });
        switches.at(-1)?.cases.push({ values: s.values, isRange: s.isRange, isDefault: s.isDefault, node });
        return;
      }
      case 'label':
        labels.set(s.name, add({ kind: 'nop', span }));
        return;
      case 'goto':
        unwind(undefined);
        add({ kind: 'jump', label: s.label, span });
        gotos.push({ edges: dangling, label: s.label });
        dangling = [];
        return;
      case 'return': {
        const value = s.value === undefined ? undefined : flat(s.value);
        if (scope !== undefined && value !== undefined && value.kind !== 'number') {
          const name = `%${temps++}`;
          add({ kind: 'decl', name, type: UNKNOWN_TYPE, init: value, span });
          unwind(undefined);
          add({ kind: 'return', value: { kind: 'name', name, start: value.start, end: value.end }, span });
        } else {
          unwind(undefined);
          add({ kind: 'return', value, span });
        }
        exits.push(...dangling);
        dangling = [];
        return;
      }
      case 'break': {
        const loop = loops.at(-1);
        if (loop === undefined) return;
        unwind(loop.scope);
        if (loop.continues !== undefined) add({ kind: 'jump', label: '', span });
        loop.breaks.push(...dangling);
        dangling = [];
        return;
      }
      case 'continue': {
        const loop = loops.findLast((l) => l.continues !== undefined);
        if (loop === undefined) return;
        unwind(loop.scope);
        loop.continues?.push(...dangling);
        dangling = [];
        return;
      }
      default:
        if (s.kind === 'broken') add({ kind: 'eval', expr: { kind: 'unknown', ...span }, span });
    }
  }

  const entry = add({ kind: 'entry', span: { start: fn.start, end: fn.bodySpan.start } });
  block(fn.body);
  if (dangling.length > 0) {
    add({ kind: 'return', value: undefined, span: { start: Math.max(fn.bodySpan.end - 1, 0), end: fn.bodySpan.end } });
    exits.push(...dangling);
    dangling = [];
  }
  const exit = add({ kind: 'exit', span: { start: Math.max(fn.bodySpan.end - 1, 0), end: fn.bodySpan.end } });
  link(exits, exit);
  for (const jump of gotos) link(jump.edges, labels.get(jump.label) ?? exit);
  const repeated = new Set<string>();
  for (const [key, count] of texts) if (count > 1) repeated.add(key);
  return { nodes, entry, exit, types, labels, repeated, order: reversePostorder(nodes, entry) };
}

const UNKNOWN_TYPE: TypeRef = { base: '', pointers: 0, dims: [], isConst: false };
const isTrue = (e: Expr): boolean => (e.kind === 'number' && e.value !== 0) || (e.kind === 'name' && e.name === 'true');
const isFalse = (e: Expr): boolean => (e.kind === 'number' && e.value === 0) || (e.kind === 'name' && e.name === 'false');

/** True when a break or continue in the statement leaves the loop around it. */
function hasLoopJump(s: Stmt): boolean {
  switch (s.kind) {
    case 'break':
    case 'continue':
      return true;
    case 'block':
      return s.body.some(hasLoopJump);
    case 'if':
      return hasLoopJump(s.then) || (s.otherwise !== undefined && hasLoopJump(s.otherwise));
    case 'switch':
      return hasContinue(s.body);
    default:
      return false;
  }
}
function hasContinue(s: Stmt): boolean {
  if (s.kind === 'continue') return true;
  if (s.kind === 'block') return s.body.some(hasContinue);
  if (s.kind === 'if') return hasContinue(s.then) || (s.otherwise !== undefined && hasContinue(s.otherwise));
  return s.kind === 'switch' && hasContinue(s.body);
}

function reversePostorder(nodes: readonly CfgNode[], entry: number): number[] {
  const seen = new Uint8Array(nodes.length);
  const order: number[] = [];
  const work: { id: number; next: number }[] = [{ id: entry, next: 0 }];
  seen[entry] = 1;
  while (work.length > 0) {
    const top = work[work.length - 1];
    if (top === undefined) break;
    const next = nodes[top.id]?.succ[top.next];
    if (top.next >= (nodes[top.id]?.succ.length ?? 0)) {
      order.push(top.id);
      work.pop();
      continue;
    }
    top.next++;
    if (next !== undefined && seen[next] === 0) {
      seen[next] = 1;
      work.push({ id: next, next: 0 });
    }
  }
  return order.reverse();
}
