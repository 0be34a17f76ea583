/** One function's run: the solver over its graph, the transfer of each step, and its summary. */

import { pagesTag } from '../contracts/protected.js';
import type { CallbackContract } from '../contracts/schema.js';
import type { FunctionDef } from '../program/types.js';
import type { Expr, FunctionAst, Span } from '../syntax/ast.js';
import type { Cfg, CfgNode } from './cfg.js';
import type { Engine } from './engine.js';
import { isEquality, namesVariable, noteError } from './errors.js';
import type { Deed, FlowEvent, Frame, InheritedNeed, Sink, Summary } from './events.js';
import { DMA, LOCK } from './events.js';
import { byContext } from './holds.js';
import { liveLocals } from './liveness.js';
import { dropLock, lockClassOf, takeLock } from './locking.js';
import { resolveLoc } from './operations.js';
import { unwound } from './ownership.js';
import { refine } from './predicates.js';
import type { Constraint, Site } from './state.js';
import { N, P, State, TOP, Z } from './state.js';
import { forEachChild } from './substitute.js';
import { summarise } from './summarise.js';
import { doesUnmap, lookedAt } from './summary-call.js';
import type { Term } from './term.js';
import { addressOf, fresh, localLoc, param, pointee, ZERO } from './term.js';
import type { TypeScope } from './types.js';
import { memberOf, typeOf } from './types.js';
import { unwindingLoops } from './unwind.js';
import { evaluate, storeValue } from './values.js';
import { endRound, takeRound } from './walks.js';

/** States kept apart at one node before they are joined for lack of room. */
const MAX_STATES = 20;
const MAX_VISITS = 2500;
/** Ways on from one state through one statement: a statement of twenty calls with two outcomes each has a million. */
const MAX_FORKS = 64;

const NO_NAMES: ReadonlySet<string> = new Set();

/** Runs one function. Made anew for every run. */
export class FunctionRun {
  readonly engine: Engine;
  readonly fn: FunctionDef;
  readonly ast: FunctionAst;
  readonly cfg: Cfg;
  readonly scope: TypeScope;
  readonly callbacks: readonly CallbackContract[];
  readonly roles: readonly string[];
  readonly correlated = new Set<string>();
  readonly needs = new Map<string, InheritedNeed>();
  readonly deeds = new Map<string, Deed>();
  readonly escapes = new Set<number>();
  readonly memoryEscapes = new Set<number>();
  readonly entryFree = new Set<string>();
  /** Classes of locks dropped here that this function did not take. */
  readonly handsBack = new Set<string>();
  readonly verdicts = new Map<string, { ok: number; bad: number; inherited: number; unknown: number }>();
  readonly holds = new Map<string, { ok: number; bad: number; inherited: number; unknown: number }>();
  /** Terms by key, for constraints in summaries. */
  readonly terms = new Map<string, Term>();
  limit: string | undefined;
  /** States given to the transfer function so far. */
  visits = 0;
  sink: Sink | undefined;
  /** True in the last pass, when states are final. */
  final = false;
  node: CfgNode;
  /** True while the arguments of a logging call are read: that is no use of a pending error. */
  quiet = false;
  /** Values of `return` by state, collected in the last pass. */
  readonly exits: { readonly state: State; readonly value: Term | undefined; readonly expr: Expr | undefined; readonly span: Span }[] = [];
  private frame: Frame | undefined;

  constructor(engine: Engine, fn: FunctionDef, ast: FunctionAst, cfg: Cfg) {
    this.engine = engine;
    this.fn = fn;
    this.ast = ast;
    this.cfg = cfg;
    const { program } = engine;
    this.scope = { program, file: fn.file, local: (name) => cfg.types.get(name), known: new Map() };
    this.callbacks = program.callbacksOf(fn.name, fn.file).flatMap((entry) => {
      const contract = engine.contracts.callback(entry.structTag, entry.member);
      return contract === undefined ? [] : [contract];
    });
    this.roles = this.callbacks.flatMap((c) => (c.role === undefined ? [] : [c.role]));
    const first = cfg.nodes[cfg.entry];
    if (first === undefined) throw new Error('graph without entry');
    this.node = first;
  }

  /** A place in this function. */
  site(span: Span): Site {
    return { fn: this.fn.key, span };
  }

  /** Gives an event to the rules; only in the last pass. */
  emit(event: FlowEvent): void {
    if (!this.final || this.sink === undefined) return;
    if (this.frame === undefined || this.frame.node !== this.node)
      this.frame = { fn: this.fn, cfg: this.cfg, scope: this.scope, node: this.node, roles: this.roles };
    this.sink(event, this.frame);
  }

  /** Locks that are held at entry by what the function's declaration says; true where it is a comment that says so, which supports no claim about the function. */
  readonly told = new Map<string, boolean>();

  entryState(): State {
    const s = new State();
    this.ast.params.forEach((p, i) => {
      s.write(localLoc(p.name), param(i));
      this.terms.set(`$${i}`, param(i));
      if (p.type.pointers === 0 && /^(bool|u8|u16|u32|u64|unsigned.*|size_t|_Bool)$/.test(p.type.base))
        s.setConstraint(param(i), { bits: Z | P, eq: undefined, ne: [] });
    });
    // What a function's own contract asks of its callers holds at entry.
    const declared = this.engine.declaredLocks(this.fn);
    const params = this.ast.params.map((_, index) => param(index));
    for (const need of [...(this.engine.contracts.of(this.fn.name)?.needs ?? []), ...declared.map((one) => one.need)]) {
      if (need.need !== 'free' && need.need !== 'held') continue;
      const loc = resolveLoc(need.ref, params, ZERO, s);
      if (loc === undefined) continue;
      const told = declared.find((one) => one.need === need);
      if (told !== undefined) this.told.set(`lock:${loc.key}`, told.isProse);
      const bits = need.need === 'free' ? LOCK.none : need.mode === 'write' ? LOCK.callerWrite : LOCK.callerAny;
      s.setObject(`lock:${loc.key}`, {
        kind: 'lock',
        bits,
        count: 0,
        detail: lockClassOf(this, loc),
        term: addressOf(loc),
        site: undefined,
      });
    }
    const called = this.callbacks.length > 0 && this.engine.isCalledDirectly(this.fn);
    if (!called && this.callbacks.some((c) => c.outside === true))
      s.entry = this.callbacks.some((c) => c.role === 'entry') ? 'none' : 'no-notifier';
    for (const callback of this.callbacks) {
      for (const held of callback.held ?? []) {
        const loc = resolveLoc(held.ref, params, ZERO, s);
        if (loc === undefined) continue;
        s.setObject(`lock:${loc.key}`, {
          kind: 'lock',
          bits: held.mode === 'write' ? LOCK.callerWrite : LOCK.callerRead,
          count: 0,
          detail: lockClassOf(this, loc),
          term: addressOf(loc),
          site: undefined,
        });
      }
    }
    return s;
  }

  /** Pointers to pages: which pages they point to keeps paths apart. */
  readonly byValue = new Set<string>();
  /** Counters of loops over entries of pages: the first round is told from the others. */
  readonly counters = new Set<string>();
  states: (Map<string, State> | undefined)[] = [];

  /** Solves the graph and returns the summary; `replay` gives the events. */
  solve(): Summary {
    const { nodes, order, entry } = this.cfg;
    const { live, decisive } = liveLocals(this.cfg);
    for (const [name, type] of this.cfg.types) if (type.base === pagesTag && type.pointers === 1) this.byValue.add(name);
    for (const node of nodes)
      if (node.kind === 'branch' && node.counted !== undefined && node.cond.kind === 'binary' && node.cond.left.kind === 'name')
        if (this.engine.contracts.pagesCalls.test(this.textOf(node.counted))) this.counters.add(node.cond.left.name);
    const deciding = live.map((names) => names.filter((name) => decisive.has(name) || this.byValue.has(name) || name.startsWith('%')));
    const position = new Map(order.map((id, at) => [id, at]));
    const states: (Map<string, State> | undefined)[] = new Array(nodes.length);
    const pending: (Set<string> | undefined)[] = new Array(order.length);
    const liveSets = live.map((names) => new Set(names));
    const coarse = new Map<number, number>();

    const arrive = (id: number, state: State): void => {
      const names = deciding[id] ?? [];
      const liveSet = liveSets[id] ?? NO_NAMES;
      state.collect((name) => liveSet.has(name));
      let known = states[id];
      if (known === undefined) states[id] = known = new Map();
      for (;;) {
        const level = coarse.get(id) ?? 0;
        const key = state.propertyKey(names, this.correlated, level, this.byValue, this.counters, this.heads[id] === 1);
        if (known.has(key) || known.size < MAX_STATES || level > 1) {
          if (level > 0) state.joined = true;
          this.merge(id, state, key, known, pending, position);
          return;
        }
        coarse.set(id, level + 1);
        const all = [...known.values()];
        known.clear();
        pending[position.get(id) ?? 0]?.clear();
        for (const s of all) {
          const copy = s.copy();
          copy.joined = true;
          this.merge(
            id,
            copy,
            copy.propertyKey(names, this.correlated, level + 1, this.byValue, this.counters, this.heads[id] === 1),
            known,
            pending,
            position,
          );
        }
      }
    };

    this.findHeads();
    this.node = nodes[entry] ?? this.node;
    for (const state of byContext(this, this.entryState())) arrive(entry, state);
    for (;;) {
      const at = pending.findIndex((set) => set !== undefined && set.size > 0);
      if (at < 0) break;
      const id = order[at] ?? 0;
      const node = nodes[id];
      const keys = pending[at];
      pending[at] = undefined;
      if (node === undefined || keys === undefined) continue;
      this.node = node;
      for (const key of keys) {
        const state = states[id]?.get(key);
        if (state === undefined) continue;
        if (++this.visits > MAX_VISITS) {
          this.limit = 'too many paths';
          break;
        }
        this.noted = false;
        this.follow(node, [state.copy()], arrive);
        if (this.noted) this.worth[id] = 1;
      }
      if (this.isCrowded) {
        // What went by where states are kept from now on must come there as well.
        this.isCrowded = false;
        states.forEach((known, other) => {
          if (known !== undefined && known.size > 0) pending[position.get(other) ?? 0] = new Set(known.keys());
        });
      }
      if (this.limit !== undefined) break;
    }
    this.states = states;
    this.final = true;
    this.lastPass(false);
    return summarise(this);
  }

  /** Nodes at which states are kept: 1 where paths meet; 2 where they part, when several states come there together; 3 where only parts of one condition meet. */
  heads: Uint8Array = new Uint8Array(0);
  /** Heads from which the last pass would note something: the others need none for a summary. */
  worth: Uint8Array = new Uint8Array(0);
  /** True when a step of the first pass met something that the last pass notes. */
  noted = false;

  /** True when a step became a head on the way, because too many states came there. */
  private isCrowded = false;

  findHeads(): void {
    const { nodes, order } = this.cfg;
    const heads = new Uint8Array(nodes.length);
    const entries = new Uint32Array(nodes.length);
    const plain = new Uint8Array(nodes.length);
    for (const id of order) {
      const node = nodes[id];
      if (node === undefined) continue;
      for (const next of node.succ) {
        entries[next] = (entries[next] ?? 0) + 1;
        if (node.kind !== 'branch') plain[next] = 1;
        if ((entries[next] ?? 0) > 1) heads[next] = plain[next] === 1 ? 1 : 3;
        else if (node.kind === 'branch' || node.kind === 'iterate') heads[next] = 2;
      }
    }
    let chain = 0;
    for (const id of order) {
      chain = heads[id] !== 0 ? 0 : chain + 1;
      if (chain > 30) {
        heads[id] = 1;
        chain = 0;
      }
    }
    heads[this.cfg.entry] = 1;
    this.heads = heads;
    this.worth = new Uint8Array(nodes.length);
  }

  private forks = 0;

  /** Asks for more ways on within one statement; false when they are too many: then a call is told apart no more. */
  mayFork(more: number): boolean {
    this.forks += more;
    return this.forks <= MAX_FORKS;
  }

  /** True in the last pass; in the first it is remembered that the last one has something to do here. */
  notes(): boolean {
    this.noted = true;
    return this.final;
  }

  /** Runs states from a head through the steps that follow, up to the next heads. */
  follow(node: CfgNode, states: readonly State[], arrive: (id: number, state: State) => void): void {
    const outs: (State[] | undefined)[] = [];
    for (const state of states) {
      this.node = node;
      this.forks = 0;
      this.probe?.(node, state);
      this.transfer(node, state, (slot, out) => {
        const list = outs[slot];
        if (list === undefined) outs[slot] = [out];
        else list.push(out);
      });
    }
    for (let slot = 0; slot < outs.length; slot++) {
      const list = outs[slot];
      const id = node.succ[slot];
      const next = id === undefined ? undefined : this.cfg.nodes[id];
      if (list === undefined || id === undefined || next === undefined) continue;
      const head = this.heads[id] ?? 0;
      if (head !== 1 && list.length > MAX_FORKS) {
        if (this.final) list.length = MAX_FORKS;
        else {
          // Steps that fork one after the other: sixteen of two ways each are 65,536.
          this.heads[id] = 1;
          this.isCrowded = true;
          for (const out of list) arrive(id, out);
          continue;
        }
      }
      if (head === 1 || head === 3 || (head === 2 && list.length > 1)) for (const out of list) arrive(id, out);
      else this.follow(next, list, arrive);
    }
  }

  /** One more pass over the solved states; from all heads, or from those that a summary needs. */
  lastPass(all: boolean): void {
    const { nodes, order } = this.cfg;
    this.exits.length = 0;
    for (const id of order) {
      const node = nodes[id];
      if (node === undefined || !(all || this.worth[id] === 1)) continue;
      for (const state of this.states[id]?.values() ?? []) this.follow(node, [state.copy()], () => undefined);
    }
  }

  /** Goes over the solved states once more and gives the events to the sink, the exits last. */
  replay(sink: Sink): void {
    if (this.limit !== undefined) return;
    this.sink = sink;
    this.lastPass(true);
    this.node = this.cfg.nodes[this.cfg.exit] ?? this.node;
    for (const exit of this.exits) {
      this.emit({
        kind: 'exit',
        value: exit.value,
        expr: exit.expr,
        span: exit.span,
        class: this.exitClass(exit.state, exit.value),
        state: exit.state,
      });
    }
    this.sink = undefined;
  }

  probe: ((node: CfgNode, state: State) => void) | undefined;

  /** Shows every solved state before each step; the probe must copy what it keeps. Gives no events. */
  inspect(probe: (node: CfgNode, state: State) => void): void {
    if (this.limit !== undefined) return;
    this.probe = probe;
    this.lastPass(true);
    this.probe = undefined;
  }

  merge(
    id: number,
    state: State,
    key: string,
    known: Map<string, State>,
    pending: (Set<string> | undefined)[],
    position: ReadonlyMap<number, number>,
  ): void {
    const old = known.get(key);
    const merged = old === undefined ? state : old.join(state, `${id}`);
    if (merged === undefined) return;
    known.set(key, merged);
    const at = position.get(id) ?? 0;
    const set = pending[at] ?? new Set<string>();
    set.add(key);
    pending[at] = set;
  }

  /** Success or failure of a return, by what it returns. */
  exitClass(s: State, value: Term | undefined): 'success' | 'failure' | 'unknown' | 'void' {
    const { returnType } = this.ast;
    if (returnType.base === 'void' && returnType.pointers === 0) return 'void';
    if (value === undefined) return 'unknown';
    const { bits } = s.constraint(value);
    if (returnType.pointers > 0) return bits === P ? 'success' : (bits & P) === 0 ? 'failure' : 'unknown';
    if (returnType.base === 'bool') return 'unknown';
    return bits === N ? 'failure' : (bits & N) === 0 ? 'success' : 'unknown';
  }

  /** One step: calls `out(slot, state)` for each way on. */
  transfer(node: CfgNode, s: State, out: (slot: number, state: State) => void): void {
    switch (node.kind) {
      case 'eval':
        evaluate(this, node.expr, s, (t) => out(0, t), true);
        return;
      case 'decl': {
        const loc = localLoc(node.name);
        if (node.init === undefined) {
          s.havoc(loc, `uninit${node.id}`);
          out(0, s);
          return;
        }
        storeValue(this, loc, node.init, s, node.type, (t) => out(0, t), node.span);
        return;
      }
      case 'branch': {
        const correlated = this.cfg.repeated.has(node.text);
        evaluate(this, node.cond, s, (t, value) => {
          if (correlated) this.markCorrelated(value, node.cond);
          for (const [key, o] of [...t.objects()])
            if (
              o.kind === 'errno' &&
              (o.bits === 1 || ((o.bits & 4) !== 0 && namesVariable(node.cond, o.detail) && !isEquality(node.cond)))
            )
              t.dropObject(key);
          lookedAt(t, [value]);
          this.compared(t, value);
          if (this.unwinding.has(node.id)) this.unwinds(t, node);
          const no = t.copy();
          const yes = refine(this, t, value, true);
          if (isEquality(node.cond))
            for (const [key, o] of [...t.objects()]) if (o.kind === 'errno' && namesVariable(node.cond, o.detail)) t.dropObject(key);
          const notYes = refine(this, no, value, false);
          noteError(this, node, t, no);
          if (yes && notYes && value.kind !== 'int') {
            t.step(this.site(node.span), undefined, `\`${clip(node.text)}\` is true`);
            no.step(this.site(node.span), undefined, `\`${clip(node.text)}\` is false`);
          }
          if (yes) out(0, t);
          // A loop over the entries of an array runs: no entries is nothing to do.
          if (notYes && !(yes && this.isFirstRound(node, value))) out(1, no);
        });
        return;
      }
      case 'jump':
        s.lastJump = this.site(node.span);
        if (node.label !== '')
          for (const [key, o] of [...s.objects()])
            if (o.kind === 'errno' && (o.bits & 4) === 0)
              s.setObject(key, {
                ...o,
                bits: o.bits | 4,
                count: node.succ[0] ?? 0,
                site: (o.bits & 26) === 0 ? o.site : this.site(node.span),
              });
        out(0, s);
        return;
      case 'return': {
        const finish = (t: State, value: Term | undefined): void => {
          if (this.notes()) this.exits.push({ state: t, value, expr: node.value, span: node.span });
          out(0, t);
        };
        if (node.value === undefined) finish(s, undefined);
        else evaluate(this, node.value, s, finish);
        return;
      }
      case 'iterate':
        if (this.unwinding.has(node.id)) this.unwinds(s, node);
        takeRound(this, node, s, out);
        return;
      case 'back': {
        const head = this.cfg.nodes[node.head];
        if (head?.kind === 'iterate') {
          this.emit({ kind: 'back', head, state: s });
          endRound(this, head, s);
        }
        out(0, s);
        return;
      }
      case 'guard': {
        const guard = this.engine.contracts.guard(node.lockClass);
        const [arg] = node.args;
        if (guard === undefined || arg === undefined) {
          out(0, s);
          return;
        }
        evaluate(this, arg, s, (t, value) => {
          if (node.release) dropLock(this, t, pointee(value), guard.mode, node.span, true);
          else takeLock(this, t, pointee(value), guard.mode, node.span);
          out(0, t);
        });
        return;
      }
      case 'cleanup': {
        const value = s.read(localLoc(node.name));
        const key = `held:${value.key}`;
        if (s.object(key) !== undefined) s.dropObject(key);
        out(0, s);
        return;
      }
      case 'skip': {
        for (const arg of node.args) {
          if (arg.kind === 'name' && this.cfg.types.get(arg.name)?.pointers === 0 && this.cfg.types.get(arg.name)?.dims.length === 0)
            s.write(localLoc(arg.name), this.make(s, `skip${node.id}:${arg.name}`));
        }
        out(0, s);
        return;
      }
      default:
        out(0, s);
    }
  }

  loops: ReadonlySet<number> | undefined;
  /** Heads of loops that drop mappings. */
  get unwinding(): ReadonlySet<number> {
    this.loops ??= unwindingLoops(this.cfg, (call) => {
      const { contracts, program } = this.engine;
      if (call.callee.kind === 'member') {
        const info = memberOf(call.callee, this.scope);
        return (
          info !== undefined &&
          contracts.callback(info.structTag, info.member.name)?.call?.ops?.some((op) => op.op === 'dma-unmap') === true
        );
      }
      if (call.callee.kind !== 'name') return false;
      const contract = contracts.of(call.callee.name);
      if (contract !== undefined) return contract.ops?.some((op) => op.op === 'dma-unmap') === true;
      const fn = contracts.isHarmless(call.callee.name) ? undefined : program.findFunction(call.callee.name, this.fn.file);
      return fn !== undefined && this.engine.isWorthwhile(fn) && doesUnmap(this.engine.summaryOf(fn));
    });
    return this.loops;
  }

  unwinds(s: State, node: CfgNode): void {
    s.setObject('mark:unmaps', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: this.site(node.span) });
    unwound(s);
  }

  /** A mapping's address compared with something has been checked, by hand. */
  compared(s: State, value: Term): void {
    if (value.kind !== 'op') return;
    for (const arg of value.args) {
      const key = `dma:${arg.key}`;
      const object = s.object(key);
      if (object !== undefined && object.bits & DMA.unchecked)
        s.setObject(key, { ...object, bits: (object.bits & ~DMA.unchecked) | DMA.ok });
    }
  }

  /** True when a counted loop over entries of pages is at its first test. */
  isFirstRound(node: CfgNode & { readonly kind: 'branch' }, value: Term): boolean {
    return (
      node.counted !== undefined &&
      value.kind === 'op' &&
      value.op === '<' &&
      value.args[0]?.kind === 'int' &&
      value.args[0].value === 0 &&
      value.args[1]?.kind !== 'int' &&
      this.engine.contracts.pagesCalls.test(this.textOf(node.counted))
    );
  }

  textOf(span: Span): string {
    const start = this.fn.item.start;
    return this.fn.file.text.slice(start + span.start, start + span.end);
  }

  markCorrelated(value: Term, cond?: Expr): void {
    // An entry of an array found by an index is another one the next time.
    if (cond !== undefined && value.key.includes('[]') && isIndexed(cond)) return;
    if (cond?.kind === 'member') {
      const path: string[] = [];
      let e: Expr = cond;
      while (e.kind === 'member' && !e.arrow) {
        path.unshift(e.field);
        e = e.object;
      }
      if (e.kind === 'name' && this.cfg.types.has(e.name)) this.correlated.add(`v:${[e.name, ...path].join('.')}`);
    }
    if (value.kind === 'load' || value.kind === 'param') {
      if (!value.key.includes('!')) this.correlated.add(value.key);
    } else if (value.kind === 'op') {
      if (!value.key.includes('!') && (value.args[1]?.kind !== 'int' || (value.op !== '==' && value.op !== '!=')))
        this.correlated.add(value.key);
      for (const arg of value.args) if (arg.kind !== 'int') this.markCorrelated(arg);
    }
  }

  /** A value made at this place; what it was in an earlier round is forgotten. */
  make(s: State, id: string, constraint: Constraint = TOP): Term {
    s.renew(id);
    const term = fresh(id);
    this.terms.set(term.key, term);
    if (constraint !== TOP) s.setConstraint(term, constraint);
    return term;
  }

  /** Structs that pointers were seen to point to, by key of the pointer: noted where a tree's tables tell locks apart by their struct. */
  readonly tags = new Map<string, string>();

  /** Remembers what a pointer points to, from the type of the expression that it came from. */
  noteTag(value: Term, e: Expr): void {
    if (!this.engine.contracts.hasOwnLocks || value.kind === 'int' || this.tags.has(value.key)) return;
    const type = typeOf(e, this.scope);
    if (type?.pointers === 1 && type.dims.length === 0) this.tags.set(value.key, type.base);
  }
}

/** True when a condition looks at an entry of an array by a variable index. */
function isIndexed(e: Expr): boolean {
  if (e.kind === 'index') return e.index.kind !== 'number' || isIndexed(e.object);
  let found = false;
  forEachChild(e, (child) => {
    found ||= isIndexed(child);
  });
  return found;
}

/** Source text of a condition, cut for a message. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
