/** One function's run: the solver over its graph, the transfer of each step, and its summary. */
import { errnoValues } from '../contracts/errno.js';
import { valueHelpers } from '../contracts/memory.js';
import { contextLocks, flagsLock, gpusvmTag, pagesTag, singletonLocks, wholeWordMember } from '../contracts/protected.js';
import type { CallbackContract } from '../contracts/schema.js';
import type { FunctionDef } from '../program/types.js';
import type { Expr, FunctionAst, Span, TypeRef } from '../syntax/ast.js';
import { applyCall, deed, doesUnmap, isKnownCall, lookedAt, nameableConds, noteEscape, resolveLoc } from './calls.js';
import type { Cfg, CfgNode } from './cfg.js';
import type { Engine } from './engine.js';
import type { Conds, Deed, FlowEvent, Frame, InheritedNeed, Sink, Summary } from './events.js';
import { DMA, LOCK, PAGES } from './events.js';
import { liveLocals } from './liveness.js';
import type { Constraint, Site, Tracked } from './state.js';
import { ANY, N, P, State, TOP, union, Z } from './state.js';
import { forEachChild } from './substitute.js';
import { summarise } from './summarise.js';
import type { Loc, Term } from './term.js';
import {
  addressOf,
  containerOf,
  fresh,
  functionTerm,
  globalLoc,
  int,
  isNameableLoc,
  localLoc,
  memberLoc,
  operate,
  param,
  pointee,
  stringTerm,
  ZERO,
} from './term.js';
import type { TypeScope } from './types.js';
import { memberOf, structOf, typeOf } from './types.js';
import { unwindingLoops } from './unwind.js';

/** States kept apart at one node before they are joined for lack of room. */
const MAX_STATES = 20;
const MAX_VISITS = 2500;

const NO_NAMES: ReadonlySet<string> = new Set();

/** Continuation of an evaluation: a state and the value in it. */
export type Then = (state: State, value: Term) => void;

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
  readonly verdicts = new Map<string, { ok: number; bad: number; inherited: number; unknown: number }>();
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

  private entryState(): State {
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
      s.setObject(`lock:${loc.key}`, { kind: 'lock', bits, count: 0, detail: this.lockClass(loc), term: addressOf(loc), site: undefined });
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
          detail: this.lockClass(loc),
          term: addressOf(loc),
          site: undefined,
        });
      }
    }
    return s;
  }

  /** Pointers to pages: which pages they point to keeps paths apart. */
  private readonly byValue = new Set<string>();
  /** Counters of loops over entries of pages: the first round is told from the others. */
  private readonly counters = new Set<string>();
  private states: (Map<string, State> | undefined)[] = [];

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
    arrive(entry, this.entryState());
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
      if (this.limit !== undefined) break;
    }
    this.states = states;
    this.final = true;
    this.lastPass(false);
    return summarise(this);
  }

  /** Nodes at which states are kept: 1 where paths meet; 2 where they part, when several states come there together; 3 where only parts of one condition meet. */
  private heads: Uint8Array = new Uint8Array(0);
  /** Heads from which the last pass would note something: the others need none for a summary. */
  private worth: Uint8Array = new Uint8Array(0);
  /** True when a step of the first pass met something that the last pass notes. */
  private noted = false;

  private findHeads(): void {
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

  /** True in the last pass; in the first it is remembered that the last one has something to do here. */
  notes(): boolean {
    this.noted = true;
    return this.final;
  }

  /** Runs states from a head through the steps that follow, up to the next heads. */
  private follow(node: CfgNode, states: readonly State[], arrive: (id: number, state: State) => void): void {
    const outs: (State[] | undefined)[] = [];
    for (const state of states) {
      this.node = node;
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
      if (head === 1 || head === 3 || (head === 2 && list.length > 1)) for (const out of list) arrive(id, out);
      else this.follow(next, list, arrive);
    }
  }

  /** One more pass over the solved states; from all heads, or from those that a summary needs. */
  private lastPass(all: boolean): void {
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

  private probe: ((node: CfgNode, state: State) => void) | undefined;

  /** Shows every solved state before each step; the probe must copy what it keeps. Gives no events. */
  inspect(probe: (node: CfgNode, state: State) => void): void {
    if (this.limit !== undefined) return;
    this.probe = probe;
    this.lastPass(true);
    this.probe = undefined;
  }

  private merge(
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
  private transfer(node: CfgNode, s: State, out: (slot: number, state: State) => void): void {
    switch (node.kind) {
      case 'eval':
        this.evaluate(node.expr, s, (t) => out(0, t), true);
        return;
      case 'decl': {
        const loc = localLoc(node.name);
        if (node.init === undefined) {
          s.havoc(loc, `uninit${node.id}`);
          out(0, s);
          return;
        }
        this.store(loc, node.init, s, node.type, (t) => out(0, t), node.span);
        return;
      }
      case 'branch': {
        const correlated = this.cfg.repeated.has(node.text);
        this.evaluate(node.cond, s, (t, value) => {
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
          const yes = this.refine(t, value, true);
          if (isEquality(node.cond))
            for (const [key, o] of [...t.objects()]) if (o.kind === 'errno' && namesVariable(node.cond, o.detail)) t.dropObject(key);
          const notYes = this.refine(no, value, false);
          this.noteError(node, t, no);
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
        else this.evaluate(node.value, s, finish);
        return;
      }
      case 'iterate':
        if (this.unwinding.has(node.id)) this.unwinds(s, node);
        this.iterate(node, s, out);
        return;
      case 'back': {
        const head = this.cfg.nodes[node.head];
        if (head?.kind === 'iterate') {
          this.emit({ kind: 'back', head, state: s });
          this.endRound(head, s);
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
        this.evaluate(arg, s, (t, value) => {
          if (node.release) this.unlock(t, pointee(value), guard.mode, node.span, true);
          else this.lock(t, pointee(value), guard.mode, node.span);
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

  private loops: ReadonlySet<number> | undefined;
  /** Heads of loops that drop mappings. */
  private get unwinding(): ReadonlySet<number> {
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

  private unwinds(s: State, node: CfgNode): void {
    s.setObject('mark:unmaps', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: this.site(node.span) });
    this.unwound(s);
  }

  /** A mapping's address compared with something has been checked, by hand. */
  private compared(s: State, value: Term): void {
    if (value.kind !== 'op') return;
    for (const arg of value.args) {
      const key = `dma:${arg.key}`;
      const object = s.object(key);
      if (object !== undefined && object.bits & DMA.unchecked)
        s.setObject(key, { ...object, bits: (object.bits & ~DMA.unchecked) | DMA.ok });
    }
  }

  /** True when a counted loop over entries of pages is at its first test. */
  private isFirstRound(node: CfgNode & { readonly kind: 'branch' }, value: Term): boolean {
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

  private textOf(span: Span): string {
    const start = this.fn.item.start;
    return this.fn.file.text.slice(start + span.start, start + span.end);
  }

  /** A branch on an error variable: on the side where it is an error, the error is pending. */
  private noteError(node: CfgNode & { readonly kind: 'branch' }, yes: State, no: State): void {
    const { cond } = node;
    const pointer =
      cond.kind === 'call' &&
      cond.callee.kind === 'name' &&
      Object.hasOwn(valueHelpers, cond.callee.name) &&
      valueHelpers[cond.callee.name] === 'is-err' &&
      cond.args[0]?.kind === 'name'
        ? cond.args[0].name
        : undefined;
    if (pointer !== undefined && this.cfg.types.has(pointer)) {
      const value = yes.read(localLoc(pointer));
      if (yes.constraint(value).bits === N)
        yes.setObject(`errno:${pointer}`, {
          kind: 'errno',
          bits: yes.object(`mark:must:${value.key}`) !== undefined ? 26 : 18,
          count: node.id,
          detail: pointer,
          term: value,
          site: this.site(node.span),
        });
      no.dropObject(`errno:${pointer}`);
      return;
    }
    const name =
      cond.kind === 'name'
        ? cond.name
        : cond.kind === 'binary' && cond.left.kind === 'name' && cond.right.kind === 'number' && cond.right.value === 0
          ? cond.left.name
          : undefined;
    if (name === undefined || !this.cfg.types.has(name) || name.includes('@')) return;
    const type = this.cfg.types.get(name);
    if (type === undefined || type.pointers > 0 || !/^(int|long|s64|s32|ssize_t)$/.test(type.base)) return;
    for (const s of [yes, no]) {
      const value = s.read(localLoc(name));
      const c = s.constraint(value);
      const key = `errno:${name}`;
      if ((c.bits & Z) === 0 && (c.bits & N) !== 0) {
        if (c.eq === undefined && s.object(key) === undefined && value.kind === 'fresh' && !value.id.startsWith('inc'))
          s.setObject(key, {
            kind: 'errno',
            bits: s.object(`mark:must:${value.key}`) === undefined ? 2 : 10,
            count: node.id,
            detail: name,
            term: value,
            site: this.site(node.span),
          });
      } else if (s.object(key)?.bits !== undefined) s.dropObject(key);
    }
  }

  private markCorrelated(value: Term, cond?: Expr): void {
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

  private iterate(node: CfgNode & { readonly kind: 'iterate' }, s: State, out: (slot: number, state: State) => void): void {
    const contract = this.engine.contracts.iterator(node.macro);
    const done = s.copy();
    const mark = `iter:${node.id}`;
    if (contract !== undefined && contract.walks !== 'list') {
      const container = node.args[contract.container];
      const seen = done.object(mark);
      if (
        container !== undefined &&
        (seen === undefined || seen.bits === 1) &&
        (contract.walks === 'ranges' || this.walksAll(node.args, contract.bounds))
      ) {
        this.evaluate(container, done, (t, value) => {
          t.setObject(`ranges:${value.key}`, {
            kind: 'ranges',
            bits: PAGES.unmapped,
            count: 0,
            detail: '',
            term: value,
            site: this.site(node.span),
          });
          t.dropObject(mark);
          out(1, t);
        });
      } else {
        done.dropObject(mark);
        if (seen?.bits === 2)
          done.setObject('mark:walk', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: this.site(node.span) });
        out(1, done);
      }
    } else out(1, done);
    const elements = contract?.elements ?? this.elementsOf(node, s);
    for (const index of elements) {
      const arg = node.args[index];
      if (arg?.kind !== 'name') continue;
      const type = this.cfg.types.get(arg.name);
      s.write(
        localLoc(arg.name),
        this.make(s, `it${node.id}:${arg.name}`, type !== undefined && type.pointers > 0 ? { bits: P, eq: undefined, ne: [] } : TOP),
      );
    }
    out(0, s);
  }

  /** True when the bounds of a walk are the whole space. */
  private walksAll(args: readonly Expr[], bounds: readonly [number, number] | undefined): boolean {
    if (bounds === undefined) return true;
    const start = args[bounds[0]];
    return start?.kind === 'number' && start.value === 0;
  }

  /** Arguments of an unknown loop macro that its definition assigns; else those that hold nothing yet; else its first. */
  private elementsOf(node: CfgNode & { readonly kind: 'iterate' }, s: State): readonly number[] {
    const assigned = this.assignedParams(node.macro, 0);
    if (assigned.length > 0) return assigned;
    const blank = node.args.flatMap((arg, i) => {
      const value = arg.kind === 'name' && this.cfg.types.has(arg.name) ? s.read(localLoc(arg.name)) : undefined;
      return value?.kind === 'fresh' && value.id.startsWith('uninit') ? [i] : [];
    });
    if (blank.length > 0) return blank;
    return node.macro.includes('_safe') ? [0, 1] : [0];
  }

  /** Parameters that a loop macro assigns, itself or through the macro it stands for. */
  private assignedParams(name: string, depth: number): readonly number[] {
    const known = this.engine.contracts.iterator(name);
    if (known !== undefined) return known.elements;
    const macro = this.engine.program.findMacro(name, this.fn.file);
    const params = macro?.def.params;
    if (macro === undefined || params === undefined || depth > 4) return [];
    const { body } = macro.def;
    const direct = params.flatMap((p, i) => (new RegExp(`(^|[^\\w.>])\\(?${p.replace(/[^\w]/g, '')}\\)?\\s*=[^=]`).test(body) ? [i] : []));
    if (direct.length > 0) return direct;
    const inner = /^\s*(\w+)\s*\(([\s\S]*)\)\s*$/.exec(body);
    if (inner === null) return [];
    const args = splitArguments(inner[2] ?? '');
    return this.assignedParams(inner[1] ?? '', depth + 1).flatMap((i) => {
      const at = params.indexOf((args[i] ?? '').replace(/^[\s(]+|[\s)]+$/g, ''));
      return at < 0 ? [] : [at];
    });
  }

  /** At the end of a round of a walk over ranges: were the element's pages unmapped? */
  private endRound(head: CfgNode & { readonly kind: 'iterate' }, s: State): void {
    const contract = this.engine.contracts.iterator(head.macro);
    if (contract === undefined || contract.walks === 'list') return;
    const element = head.args[contract.elements[0] ?? 0];
    if (element?.kind !== 'name') return;
    const value = fresh(`it${head.id}:${element.name}`);
    const good =
      contract.walks === 'ranges' ? this.rangeUnmapped(s, value) === 'ok' : s.object(`ranges:${value.key}`)?.bits === PAGES.unmapped;
    const mark = `iter:${head.id}`;
    const before = s.object(mark)?.bits ?? 1;
    s.setObject(mark, { kind: 'iter', bits: good && before === 1 ? 1 : 2, count: 0, detail: '', term: undefined, site: undefined });
  }

  /** Pages objects of a range. */
  pagesOfRange(range: Term, s?: State): readonly { readonly loc: Loc; readonly inUnion: boolean }[] {
    return this.engine.pagesOfRange(this.fn, range, s);
  }

  /** Whether no pages of a range may be mapped. */
  rangeUnmapped(s: State, range: Term): 'ok' | 'bad' | 'inherited' | 'unknown' {
    const all = this.pagesOfRange(range, s);
    if (all.length === 0) return 'unknown';
    const verdicts = all.map((pages): 'ok' | 'bad' | 'inherited' | 'unknown' => {
      const object = s.object(`pages:${pages.loc.key}`) ?? this.arrayPages(s, pages.loc);
      if (object === undefined) return 'inherited';
      if (object.bits & PAGES.lost) return 'unknown';
      if (object.bits & PAGES.mapped) return 'bad';
      return object.bits & PAGES.entry ? 'inherited' : 'ok';
    });
    // Members of a union are one or the other: what was done to either was done to all there is.
    if (all.some((pages, i) => pages.inUnion && verdicts[i] === 'ok')) return 'ok';
    for (const worst of ['bad', 'unknown', 'inherited'] as const) if (verdicts.includes(worst)) return worst;
    return 'ok';
  }

  private arrayPages(s: State, loc: Loc): Tracked | undefined {
    if (loc.path.at(-1) === '[]') return undefined;
    const key = `pages:${loc.key}.[]`;
    return s.object(key);
  }

  // ---- expressions ----

  /** Evaluates an expression; `then` runs once for each way it may end. The state given is used up. */
  evaluate(e: Expr, s: State, then: Then, discarded = false): void {
    switch (e.kind) {
      case 'number':
        then(s, int(e.value));
        return;
      case 'string':
        then(s, stringTerm);
        return;
      case 'name': {
        const pending = this.node.kind === 'branch' ? undefined : s.object(`errno:${e.name}`);
        if (pending !== undefined && !this.quiet) s.dropObject(`errno:${e.name}`);
        then(s, this.name(e.name, s));
        return;
      }
      case 'member': {
        const access = memberOf(e, this.scope);
        this.locate(e, s, (t, loc) => {
          this.access(e, loc, t, false, false, undefined);
          then(t, access !== undefined && access.member.type.dims.length > 0 ? addressOf(loc) : t.readPart(loc));
        });
        return;
      }
      case 'index':
      case 'deref': {
        const type = typeOf(e, this.scope);
        this.locate(e, s, (t, loc) => then(t, type !== undefined && type.dims.length > 0 ? addressOf(loc) : t.read(loc)));
        return;
      }
      case 'address':
        // The address of a member is arithmetic: nothing behind the pointer is looked at.
        if (e.operand.kind === 'member' && e.operand.arrow) {
          const { field, object } = e.operand;
          this.evaluate(object, s, (t, v) => then(t, addressOf(memberLoc(pointee(v), field))));
        } else this.locate(e.operand, s, (t, loc) => then(t, addressOf(loc)));
        return;
      case 'unary':
        this.evaluate(e.operand, s, (t, v) => then(t, e.op === '+' ? v : operate(e.op === '-' ? 'neg' : e.op, v)));
        return;
      case 'update':
        this.locate(e.operand, s, (t, loc) => {
          const old = t.read(loc);
          const next = this.widen(t, e, operate(e.op === '++' ? '+' : '-', old, int(1)), old);
          if (e.operand.kind === 'member') this.access(e.operand, loc, t, true, false, undefined);
          t.write(loc, next);
          then(t, e.prefix ? next : old);
        });
        return;
      case 'binary':
        this.evaluate(e.left, s, (t, a) => this.evaluate(e.right, t, (u, b) => then(u, this.arith(e, a, b))));
        return;
      case 'assign':
        this.assign(e, s, then);
        return;
      case 'call':
        applyCall(this, e, s, then, discarded);
        return;
      case 'cast':
        this.evaluate(e.operand, s, then);
        return;
      case 'container': {
        const tag = this.tagOf(e.type);
        this.evaluate(e.pointer, s, (t, v) =>
          then(t, tag === undefined ? fresh(`c${this.node.id}@${e.start}`) : containerOf(v, tag, e.member)),
        );
        return;
      }
      case 'sizeof':
        then(s, fresh(`size:${e.start}`));
        return;
      case 'compound':
      case 'initializer':
        then(s, this.make(s, `agg${this.node.id}@${e.start}`));
        return;
      case 'comma': {
        const go = (index: number, t: State): void => {
          const item = e.items[index];
          if (item === undefined) then(t, ZERO);
          else this.evaluate(item, t, (u, v) => (index === e.items.length - 1 ? then(u, v) : go(index + 1, u)));
        };
        go(0, s);
        return;
      }
      default:
        then(s, this.make(s, `u${this.node.id}@${e.start}`));
    }
  }

  private arith(e: Expr & { readonly kind: 'binary' }, a: Term, b: Term): Term {
    return operate(e.op, a, b);
  }

  private widen(s: State, e: Expr, next: Term, old: Term): Term {
    if (next.kind === 'int' && Math.abs(next.value) <= 1) return next;
    const c = s.constraint(old);
    const up = e.kind === 'update' ? e.op === '++' : true;
    const bits = up && (c.bits & N) === 0 ? P : up ? ANY : ANY;
    return this.make(s, `inc${this.node.id}@${e.start}`, { bits, eq: undefined, ne: [] });
  }

  /** The tag of a type, `typeof` resolved. */
  tagOf(type: TypeRef): string | undefined {
    if (type.base !== 'typeof') return type.base;
    const of = type.of === undefined ? undefined : typeOf(type.of, this.scope);
    return of?.base;
  }

  private name(name: string, s: State): Term {
    const type = this.cfg.types.get(name);
    if (type !== undefined || name.startsWith('%'))
      return type !== undefined && type.dims.length > 0 ? addressOf(localLoc(name)) : s.read(localLoc(name));
    if (name === 'NULL' || name === 'false') return ZERO;
    if (name === 'true') return int(1);
    const errno = errnoValues.get(name);
    if (errno !== undefined) return int(errno);
    const { program } = this.engine;
    const constant = program.constant(name, this.fn.file);
    if (constant !== undefined) return int(constant);
    if (program.findFunction(name, this.fn.file) !== undefined) return functionTerm(name);
    return s.read(globalLoc(name));
  }

  /** Evaluates an expression to the place it names. */
  locate(e: Expr, s: State, then: (state: State, loc: Loc) => void): void {
    switch (e.kind) {
      case 'name': {
        const known = this.cfg.types.has(e.name) || e.name.startsWith('%');
        then(s, known ? localLoc(e.name) : globalLoc(e.name));
        return;
      }
      case 'member':
        if (e.arrow) {
          this.evaluate(e.object, s, (t, v) => {
            this.touch(t, v, e);
            this.noteTag(v, e.object);
            then(t, memberLoc(pointee(v), e.field));
          });
        } else
          this.locate(e.object, s, (t, loc) => {
            if (e.object.kind === 'member') this.access(e.object, loc, t, false, false, undefined, true);
            then(t, memberLoc(loc, e.field));
          });
        return;
      case 'index': {
        const type = typeOf(e.object, this.scope);
        const array = type !== undefined && type.dims.length > 0;
        const done = (t: State, loc: Loc): void => this.evaluate(e.index, t, (u) => then(u, memberLoc(loc, '[]')));
        if (array) this.locate(e.object, s, done);
        else if (e.index.kind === 'number' && e.index.value === 0) this.evaluate(e.object, s, (t, v) => then(t, pointee(v)));
        else this.evaluate(e.object, s, (t, v) => done(t, pointee(v)));
        return;
      }
      case 'deref':
        this.evaluate(e.operand, s, (t, v) => {
          this.touch(t, v, e);
          then(t, pointee(v));
        });
        return;
      case 'cast':
        this.locate(e.operand, s, then);
        return;
      default:
        this.evaluate(e, s, (t, v) => then(t, v.kind === 'addr' ? v.loc : memberLoc(pointee(v), '?')));
    }
  }

  /** Looks behind a pointer: is what it points to still there? */
  touch(s: State, value: Term, e: Expr): void {
    if (!this.final) return;
    const gone = s.object(`mark:gone:${rootKey(value)}`);
    if (gone !== undefined && gone.bits === 1)
      this.emit({ kind: 'use-after', what: gone.detail, key: `mark:gone:${rootKey(value)}`, span: e, state: s });
  }

  private assign(e: Expr & { readonly kind: 'assign' }, s: State, then: Then): void {
    if (e.op === '=') {
      this.locate(e.left, s, (t, loc) => {
        this.store(
          loc,
          e.right,
          t,
          typeOf(e.left, this.scope),
          (u) => {
            then(u, u.read(loc));
          },
          e,
          e.left,
        );
      });
      return;
    }
    this.evaluate(e.right, s, (t, b) =>
      this.locate(e.left, t, (u, loc) => {
        const old = u.read(loc);
        let next = operate(e.op.slice(0, -1), old, b);
        if (next.kind !== 'int' && (e.op === '+=' || e.op === '-=' || next.key.length > 90)) next = this.widen(u, e, next, old);
        if (next.kind === 'int' && Math.abs(next.value) > 4096) next = this.widen(u, e, next, old);
        if (e.left.kind === 'member') this.access(e.left, loc, u, true, false, e.right);
        u.write(loc, next);
        then(u, next);
      }),
    );
  }

  /** Stores an expression's value at a place: aggregates member by member. */
  store(loc: Loc, value: Expr, s: State, type: TypeRef | undefined, then: (state: State) => void, span: Span, target?: Expr): void {
    const init = value.kind === 'compound' ? value.init : value;
    if (init.kind === 'initializer') {
      if (target?.kind === 'member') this.access(target, loc, s, true, false, value);
      s.zero(loc);
      const go = (index: number, t: State): void => {
        const item = init.items[index];
        if (item === undefined) {
          then(t);
          return;
        }
        if (item.designator.length === 0) {
          this.evaluate(item.value, t, (u) => {
            if (!(item.value.kind === 'number' && item.value.value === 0)) u.havoc(loc, `agg${this.node.id}`);
            go(index + 1, u);
          });
          return;
        }
        // The whole word of a union stands for all of its bits.
        if (item.designator.at(-1) === wholeWordMember) t.havoc(loc, `word${this.node.id}@${item.start}`);
        this.store(memberLoc(loc, ...item.designator), item.value, t, undefined, (u) => go(index + 1, u), item);
      };
      go(0, s);
      return;
    }
    this.evaluate(value, s, (t, v) => {
      if (target?.kind === 'member') this.access(target, loc, t, true, false, value);
      this.put(t, loc, v, span, type, value);
      then(t);
    });
  }

  /** Writes a value and what that means: hand-overs, pending errors. */
  put(s: State, loc: Loc, value: Term, span: Span, type: TypeRef | undefined, expr: Expr | undefined): void {
    const structValue = type !== undefined && type.pointers === 0 && type.dims.length === 0 && type.base.startsWith('struct ');
    if (structValue) {
      const from = expr?.kind === 'name' && this.cfg.types.has(expr.name) ? `v:${expr.name}.` : undefined;
      const cells = from === undefined ? [] : [...s.cells()].filter((cell) => cell.loc.key.startsWith(from));
      if (!loc.path.includes('[]'))
        for (const cell of [...s.cells()]) if (cell.loc.key.startsWith(`${loc.key}.`)) this.replaced(s, cell.term, span, expr);
      s.havoc(loc, `copy${this.node.id}@${span.start}`);
      for (const cell of cells) {
        const target = memberLoc(loc, ...cell.loc.path);
        this.handOver(s, cell.term, loc.root.kind !== 'local', target);
        s.write(target, cell.term);
      }
      // A mapping that is returned by value: the term stands for its address.
      const handle =
        s.object(`dma:${value.key}`) === undefined
          ? undefined
          : structOf(type, this.scope)?.ast.members.find((m) => m.type.base === 'dma_addr_t');
      if (handle !== undefined) {
        const target = memberLoc(loc, handle.name);
        this.handOver(s, value, loc.root.kind !== 'local', target);
        s.write(target, value);
      }
      return;
    }
    this.derived(s, value, span, expr);
    if (loc.root.kind === 'local' && loc.path.length === 0) {
      const name = loc.root.name;
      const key = `errno:${name}`;
      if (s.object(key) !== undefined) s.dropObject(key);
      if (this.node.kind !== 'decl' && value.kind === 'int' && value.value < 0 && value.value > -4096) {
        s.setObject(key, { kind: 'errno', bits: 1, count: 0, detail: name, term: value, site: this.site(span) });
      }
    } else {
      const before = s.read(loc);
      if (!loc.path.includes('[]')) this.replaced(s, before, span, expr);
      const outside = loc.root.kind !== 'local';
      this.handOver(s, value, outside, loc);
    }
    if (loc.path.at(-1) === wholeWordMember && loc.root.kind === 'local')
      s.havoc(memberLoc(localLoc(loc.root.name), ...loc.path.slice(0, -1)), `word${this.node.id}@${span.start}`);
    s.write(loc, value);
  }

  /** A place that holds a mapping is given something else. */
  private replaced(s: State, before: Term, span: Span, expr: Expr | undefined): void {
    if (s.object(`dma:${before.key}`) !== undefined)
      this.emit({ kind: 'dma', what: 'overwrite', key: `dma:${before.key}`, span, state: s, detail: '', before: before.key, expr });
  }

  /** A value computed from an address that nobody checked uses it. */
  private derived(s: State, value: Term, span: Span, expr: Expr | undefined): void {
    if (value.kind !== 'op' || isBoolean(value)) return;
    for (const arg of value.args) {
      const key = `dma:${arg.key}`;
      if (s.object(key) !== undefined) this.emit({ kind: 'dma', what: 'use', key, span, state: s, detail: '', before: '', expr });
    }
  }

  /** Something that drops mappings was called or passed: what stands in objects and arrays has had its chance. */
  unwound(s: State, args: readonly Term[] = []): void {
    for (const [key, o] of [...s.objects()]) {
      if (o.kind !== 'dma' || o.term === undefined) continue;
      if (
        (o.bits & DMA.stored) !== 0 ||
        key.endsWith('~') ||
        isNameableLoc(pointee(o.term)) ||
        o.term.kind !== 'fresh' ||
        args.some((a) => rootKey(a) === rootKey(o.term ?? a))
      )
        s.dropObject(key);
    }
  }

  /** A pointer is stored: what it owns is handed over when the place outlives the function. */
  handOver(s: State, value: Term, outside: boolean, loc: Loc | undefined): void {
    const dma = s.object(`dma:${value.key}`);
    if (dma !== undefined) {
      const root = loc?.root.kind === 'pointee' ? loc.root.term : undefined;
      const isOwn = root !== undefined && s.object(`mark:fresh:${rootKey(root)}`) !== undefined;
      // 1: at a plain place of the caller's (an array, a pointer); 2: in a member of an object that somebody owns.
      const place =
        !outside || isOwn
          ? dma.count
          : loc === undefined ||
              loc.path.some((part) => part !== '[]' && part !== '?') ||
              loc.root.kind === 'global' ||
              root?.kind === 'load'
            ? 2
            : 1;
      s.setObject(`dma:${value.key}`, { ...dma, bits: dma.bits | DMA.stored, count: Math.max(place, dma.count) });
    }
    if (!outside) return;
    const root = loc?.root.kind === 'pointee' ? loc.root.term : undefined;
    if (root !== undefined && !loc?.path.includes('[]') && s.object(`held:${value.key}`)?.detail === 'memory') {
      // Memory that hangs on memory of this function goes where that goes.
      const owner = s.object(`held:${rootKey(root)}`);
      if (owner?.detail === 'memory' && owner.count > 0) return;
    }
    this.escape(s, value, root);
  }

  /** Ownership of what a pointer leads to leaves this function. */
  escape(s: State, value: Term, into?: Term, memoryOnly = false): void {
    const root = rootKey(value);
    if (into !== undefined && root === rootKey(into)) return;
    let isMemory = false;
    for (const [key, object] of [...s.objects()]) {
      if (
        object.kind !== 'held' ||
        object.term === undefined ||
        rootKey(object.term) !== root ||
        object.count <= 0 ||
        (memoryOnly && object.detail !== 'memory' && object.detail !== 'object')
      )
        continue;
      isMemory ||= object.detail === 'memory';
      s.dropObject(key);
    }
    for (const [key, object] of [...s.objects()])
      if (object.kind === 'dma' && object.term !== undefined && object.term.key !== value.key && rootKey(object.term) === root)
        s.dropObject(key);
    if (s.object(`dma:${value.key}`) !== undefined && value.kind !== 'fresh') s.dropObject(`dma:${value.key}`);
    if (!isMemory) return;
    for (const cell of [...s.cells()])
      if (cell.loc.root.kind === 'pointee' && rootKey(cell.loc.root.term) === root) this.escape(s, cell.term);
  }

  private access(
    e: Expr & { readonly kind: 'member' },
    loc: Loc,
    s: State,
    write: boolean,
    once: boolean,
    value: Expr | undefined,
    partial = false,
  ): void {
    if (partial) return;
    if (this.final) this.emit({ kind: 'access', expr: e, loc, write, once, state: s, value });
    if (loc.root.kind === 'local') return;
    const info = memberOf(e, this.scope);
    if (info === undefined) return;
    for (const guarded of this.engine.contracts.guarded) {
      if (guarded.member !== e.field || guarded.structTag !== info.structTag || guarded.use !== 'value') continue;
      if (this.isFreshMemory(s, loc)) continue;
      this.guardedNeed(s, loc, guarded.lock, `${guarded.structTag}.${guarded.member}`, 'guarded', undefined, e);
    }
    if (info.member.bits !== undefined && !once && info.struct?.member(wholeWordMember) !== undefined && !this.isFreshMemory(s, loc)) {
      this.guardedNeed(s, loc, flagsLock, e.field, write ? 'flags-write' : 'flags-read', write ? 'write' : undefined, e);
    }
  }

  /** A need of a guarding lock, judged by the lock's class. */
  guardedNeed(
    s: State,
    loc: Loc,
    lockClass: string,
    what: string,
    kind: 'guarded' | 'flags-read' | 'flags-write',
    mode: 'read' | 'write' | undefined,
    e: Expr,
  ): void {
    const bits = this.classBits(s, lockClass) ?? this.atEntry(s, lockClass);
    const held = LOCK.read | LOCK.write | LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny;
    const verdict =
      bits === undefined
        ? s.indirect || this.engine.mayHold(s, lockClass)
          ? 'unknown'
          : 'inherited'
        : bits & LOCK.lost
          ? 'unknown'
          : (bits & held) !== 0 && (bits & LOCK.none) === 0
            ? 'ok'
            : bits === LOCK.none
              ? 'bad'
              : 'unknown';
    this.need({
      need: kind,
      mode,
      verdict,
      subject: addressOf(loc),
      key: `class:${lockClass}`,
      span: e,
      what,
      contract: undefined,
      detail: lockClass,
      state: s,
      expr: e,
      lock: undefined,
    });
  }

  /** What is known of a lock class that the function has not touched: outside of the driver the notifier lock is not held, of others nothing is known. */
  atEntry(s: State, lockClass: string): number | undefined {
    return s.entry === 'none' || (s.entry === 'no-notifier' && lockClass === flagsLock) ? LOCK.none : undefined;
  }

  /** State of a lock class anywhere in a state. */
  classBits(s: State, lockClass: string): number | undefined {
    return this.engine.classBits(s, lockClass);
  }

  /** True when memory at a location was made by this function and nobody else can see it. */
  isFreshMemory(s: State, loc: Loc): boolean {
    return this.engine.isFresh(s, loc) || this.engine.beingMade(this.fn, s, loc);
  }

  /** Records and emits a need. */
  need(n: {
    readonly need: FlowEvent & { kind: 'need' } extends { readonly need: infer K } ? K : never;
    readonly mode: 'read' | 'write' | undefined;
    readonly verdict: 'ok' | 'bad' | 'inherited' | 'unknown';
    readonly subject: Term;
    readonly key: string;
    readonly span: Span;
    readonly what: string;
    readonly contract: import('../contracts/schema.js').Contract | undefined;
    readonly detail: string;
    readonly state: State;
    readonly expr: Expr | undefined;
    readonly lock: Loc | undefined;
    readonly from?: InheritedNeed;
  }): void {
    if (!this.notes()) return;
    const origin = n.from?.origin ?? {
      fn: this.fn,
      span: { start: n.span.start, end: n.span.end },
      what: n.what,
      kind: n.need,
      id: `${this.fn.key}@${n.span.start}:${n.need}:${n.what}`,
      contract: n.contract,
    };
    const counts = this.verdicts.get(origin.id) ?? { ok: 0, bad: 0, inherited: 0, unknown: 0 };
    counts[n.verdict]++;
    this.verdicts.set(origin.id, counts);
    let inherited: InheritedNeed | undefined;
    if (n.verdict === 'inherited') {
      inherited = {
        origin,
        kind: n.need,
        mode: n.mode,
        subject: n.subject,
        lock: n.lock,
        trail: n.state.trail,
        depth: (n.from?.depth ?? 0) + 1,
        ways: [nameableConds(this, n.state)],
      };
      const key = `${origin.id}|${n.subject.key}`;
      const old = this.needs.get(key);
      if (old !== undefined) this.needs.set(key, { ...old, ways: joinWays(old.ways, inherited.ways) });
      else if (this.needs.size < 400 && inherited.depth < 8) this.needs.set(key, inherited);
    }
    this.emit({
      kind: 'need',
      need: n.need,
      mode: n.mode,
      verdict: n.verdict,
      subject: n.subject,
      key: n.key,
      span: n.span,
      origin,
      inherited: n.from ?? inherited,
      detail: n.detail,
      state: n.state,
      expr: n.expr,
    });
  }

  // ---- locks ----

  /** Name of a lock's class: its last member, or the variable. */
  lockClass(loc: Loc): string {
    return this.engine.lockClass(loc, this.fn, this.tags);
  }

  /** Structs that pointers were seen to point to, by key of the pointer: noted where a tree's tables tell locks apart by their struct. */
  private readonly tags = new Map<string, string>();

  /** Remembers what a pointer points to, from the type of the expression that it came from. */
  noteTag(value: Term, e: Expr): void {
    if (!this.engine.contracts.hasOwnLocks || value.kind === 'int' || this.tags.has(value.key)) return;
    const type = typeOf(e, this.scope);
    if (type?.pointers === 1 && type.dims.length === 0) this.tags.set(value.key, type.base);
  }

  /** The key under which a lock is tracked: exact, or the one held lock of a singleton class. */
  lockKey(s: State, loc: Loc): string {
    const exact = `lock:${loc.key}`;
    if (s.object(exact) !== undefined) return exact;
    const cls = this.lockClass(loc);
    if (!singletonLocks.has(cls)) return exact;
    let other: string | undefined;
    for (const [key, object] of s.objects()) {
      if (object.kind !== 'lock' || object.detail !== cls) continue;
      if (other === undefined || object.bits !== LOCK.none) other = key;
    }
    return other ?? exact;
  }

  /** Takes a lock. */
  lock(s: State, loc: Loc, mode: 'read' | 'write', span: Span, quiet = false, known?: string): void {
    const key = this.lockKey(s, loc);
    const cls = this.lockClass(loc);
    const old = s.object(key);
    const rank = known ?? this.engine.rankOf(loc, cls, this.fn);
    if (rank !== undefined && !quiet && this.notes())
      deed(this, s, { what: cls, doing: `takes:${rank}`, origin: this.site(span), conds: [], chain: [] }, span);
    const mine = LOCK.read | LOCK.write;
    if (this.engine.isDriverLock(loc, this.fn) && this.notes())
      deed(this, s, { what: cls, doing: 'driver-lock', origin: this.site(span), conds: [], chain: [] }, span);
    if (!quiet && !contextLocks.has(cls) && old !== undefined && (old.bits & ~mine) === 0 && old.count === 1)
      this.emit({ kind: 'lock-twice', lock: cls, key, span, state: s });
    if (old === undefined && !quiet && !contextLocks.has(cls)) {
      if (this.notes() && !this.underFlag(s)) this.entryFree.add(cls);
      this.need({
        need: 'free',
        mode: undefined,
        verdict: 'inherited',
        subject: addressOf(loc),
        key,
        span,
        what: cls,
        contract: undefined,
        detail: cls,
        state: s,
        expr: undefined,
        lock: loc,
      });
    } else if (
      !quiet &&
      !contextLocks.has(cls) &&
      old !== undefined &&
      old.site?.fn === this.fn.key &&
      old.bits & (LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny)
    ) {
      if ((old.bits & LOCK.none) === 0) this.emit({ kind: 'lock-twice', lock: cls, key, span, state: s });
    }
    s.setObject(key, {
      kind: 'lock',
      bits: mode === 'read' ? LOCK.read : LOCK.write,
      count: quiet ? 3 : 1,
      detail: cls,
      term: addressOf(loc),
      site: this.site(span),
      ...(rank === undefined ? {} : { rank }),
    });
    s.step(this.site(span), key, `takes \`${cls}\` for ${mode}`);
  }

  /** True when a flag that the function tests more than once decided the path: what it tells of the entry holds for that value only. */
  underFlag(s: State): boolean {
    for (const key of this.correlated) {
      const term = this.terms.get(key);
      if (
        term !== undefined &&
        (term.kind === 'param' || term.kind === 'load') &&
        s.constraint(term).bits !== ANY &&
        (s.constraint(term).bits & (Z | P)) !== (Z | P)
      )
        return true;
    }
    return false;
  }

  /** Drops a lock. */
  unlock(s: State, loc: Loc, mode: 'read' | 'write' | undefined, span: Span, quiet = false, viaCall = false): void {
    let key = this.lockKey(s, loc);
    const cls = this.lockClass(loc);
    if (s.object(key) === undefined) {
      const alias = [...s.objects()].filter(([, o]) => o.kind === 'lock' && o.detail === cls && (o.bits & (LOCK.read | LOCK.write)) !== 0);
      if (alias.length === 1 && alias[0] !== undefined) key = alias[0][0];
    }
    const old = s.object(key);
    if (!quiet) {
      if (old === undefined && viaCall) this.emit({ kind: 'unlock', lock: cls, key, problem: 'inherited', span, state: s, held: 0 });
      else if (old === undefined) this.emit({ kind: 'unlock', lock: cls, key, problem: 'inherited', span, state: s, held: 0 });
      else if (old.bits === LOCK.none && viaCall) void old;
      else if (old.bits === LOCK.none) this.emit({ kind: 'unlock', lock: cls, key, problem: 'unheld', span, state: s, held: 0 });
      else if (
        old.bits & (LOCK.read | LOCK.write) &&
        !(old.bits & ~(LOCK.read | LOCK.write)) &&
        !(mode !== undefined && ((old.bits === LOCK.read && mode === 'write') || (old.bits === LOCK.write && mode === 'read')))
      )
        this.emit({ kind: 'unlock', lock: cls, key, problem: 'none', span, state: s, held: old.bits });
      else if (mode !== undefined && ((old.bits === LOCK.read && mode === 'write') || (old.bits === LOCK.write && mode === 'read')))
        this.emit({ kind: 'unlock', lock: cls, key, problem: 'mode', span, state: s, held: old.bits });
    }
    if (old === undefined && s.indirect) {
      s.setObject(key, { kind: 'lock', bits: LOCK.lost, count: 0, detail: cls, term: addressOf(loc), site: this.site(span) });
      return;
    }
    if (old === undefined && !isNameableLoc(loc)) return;
    s.setObject(key, {
      kind: 'lock',
      bits: LOCK.none,
      count:
        old === undefined
          ? -1
          : old.count > 0
            ? 0
            : old.count === 0 && old.bits & (LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny)
              ? -1
              : old.count,
      detail: cls,
      term: addressOf(loc),
      site: this.site(span),
    });
    if (cls === flagsLock)
      for (const [k, o] of [...s.objects()]) if (o.kind === 'pages' && o.count === 1) s.setObject(k, { ...o, count: 0 });
    s.step(this.site(span), key, `drops \`${cls}\``);
  }

  // ---- objects ----

  /** Pages change their state. */
  setPages(s: State, subject: Term, to: 'initialised' | 'mapped' | 'unmapped' | 'freed', span: Span, name: string, proven = false): void {
    const loc = pointee(subject);
    const key = `pages:${loc.key}`;
    const before = s.object(key)?.bits ?? (this.isFreshMemory(s, loc) ? PAGES.raw : PAGES.entry);
    this.emit({ kind: 'pages', to, key, before, subject, span, state: s });
    const bits = to === 'initialised' ? PAGES.init : to === 'mapped' ? PAGES.mapped : to === 'unmapped' ? PAGES.unmapped : PAGES.freed;
    s.setObject(key, { kind: 'pages', bits, count: proven ? 1 : 0, detail: name, term: subject, site: this.site(span) });
    s.step(this.site(span), key, `\`${name}\`: the pages are ${to}`);
  }

  /** A reference is taken, or memory made. */
  acquire(
    s: State,
    subject: Term,
    family: string,
    span: Span,
    name: string,
    zeroed: boolean,
    _array = false,
    inner?: import('./state.js').Trail,
    viaCall = false,
  ): void {
    const key = `held:${subject.key}`;
    const old = s.object(key);
    if (subject.kind === 'int') return;
    if (family === 'memory' && !viaCall) {
      const loc = pointee(subject);
      if (zeroed) s.zero(loc);
      else s.havoc(loc, `raw${this.node.id}@${span.start}`);
      s.setObject(`mark:fresh:${rootKey(subject)}`, {
        kind: 'mark',
        bits: 1,
        count: zeroed ? 1 : 0,
        detail: name,
        term: subject,
        site: this.site(span),
      });
    }
    const count = (old?.count ?? 0) + 1;
    if (count === 0) s.dropObject(key);
    else s.setObject(key, { kind: 'held', bits: 1, count, detail: family, term: subject, site: old?.site ?? this.site(span) });
    s.step(this.site(span), key, family === 'memory' ? `\`${name}\` allocates` : `\`${name}\` takes a reference`, inner);
  }

  /** A reference is dropped, or memory freed. */
  release(s: State, subject: Term, family: string, span: Span, expr: Expr, name: string, inner?: import('./state.js').Trail): void {
    if (subject.kind === 'int') return;
    // Memory freed by the address of what it begins with is freed all the same; that it is a poor way is a rule's matter.
    const key = (family === 'memory' ? ownerOf(s, subject) : undefined) ?? `held:${subject.key}`;
    const old = s.object(key);
    this.emit({ kind: 'release', family, subject, expr, span, state: s, held: old !== undefined && old.count > 0 });
    const count = (old?.count ?? 0) - 1;
    // The count of something embedded decides over its container: the last put frees it.
    const container = `held:${rootKey(subject)}`;
    if (family !== 'memory' && family !== 'object' && container !== key && s.object(container)?.detail === 'memory')
      s.dropObject(container);
    if (family === 'memory' && old === undefined) {
      noteEscape(this, subject, true);
    } else if (count === 0) s.dropObject(key);
    else if (s.constraint(subject).bits & P)
      s.setObject(key, { kind: 'held', bits: 1, count, detail: family, term: subject, site: this.site(span) });
    s.step(this.site(span), key, family === 'memory' ? `\`${name}\` frees it` : `\`${name}\` drops a reference`, inner);
    const gone =
      family === 'memory'
        ? count <= 0
        : family === 'range'
          ? count < 0 || (count === 0 && s.object(`mark:removed:${rootKey(subject)}`) !== undefined)
          : false;
    if (gone && (s.constraint(subject).bits & P) !== 0)
      s.setObject(`mark:gone:${rootKey(subject)}`, {
        kind: 'mark',
        bits: 1,
        count: 0,
        detail: family,
        term: subject,
        site: this.site(span),
      });
  }

  /** A notifier becomes visible: pages beside it must be initialised. */
  publish(s: State, subject: Term, arg: Expr, span: Span): void {
    const target = arg.kind === 'address' ? arg.operand : undefined;
    if (target?.kind !== 'member' || subject.kind !== 'addr') return;
    const info = memberOf(target, this.scope);
    const struct = info?.struct;
    if (struct === undefined) return;
    const base: Loc = pointee(addressOf(subject.loc));
    const parent = base.path.length > 0 ? this.parentLoc(base) : undefined;
    if (parent === undefined) return;
    for (const m of struct.ast.members) {
      if (m.type.base !== pagesTag || m.type.pointers > 0) continue;
      const loc = memberLoc(parent, m.name);
      const key = `pages:${loc.key}`;
      const bits = s.object(key)?.bits;
      const verdict = bits === undefined ? 'inherited' : bits & (PAGES.lost | PAGES.entry) ? 'unknown' : bits === PAGES.raw ? 'bad' : 'ok';
      this.need({
        need: 'initialised',
        mode: undefined,
        verdict,
        subject: addressOf(loc),
        key,
        span,
        what: 'publish',
        contract: undefined,
        detail: 'publish',
        state: s,
        expr: arg,
        lock: undefined,
      });
      if (bits === undefined)
        s.setObject(`mark:published:${loc.key}`, {
          kind: 'mark',
          bits: 1,
          count: 0,
          detail: '',
          term: addressOf(loc),
          site: this.site(span),
        });
    }
  }

  private parentLoc(loc: Loc): Loc | undefined {
    const head: Loc =
      loc.root.kind === 'pointee' ? pointee(loc.root.term) : loc.root.kind === 'local' ? localLoc(loc.root.name) : globalLoc(loc.root.name);
    return memberLoc(head, ...loc.path.slice(0, -1));
  }

  /** Pages below a pointer given to the unknown are no longer known. */
  lose(s: State, value: Term): void {
    for (const [key, object] of [...s.objects()]) {
      if (object.kind === 'pages' && key.includes(rootKey(value))) s.setObject(key, { ...object, bits: PAGES.lost });
    }
    for (const { loc } of this.pagesOfRange(value))
      if (s.object(`pages:${loc.key}`) === undefined)
        s.setObject(`pages:${loc.key}`, { kind: 'pages', bits: PAGES.lost, count: 0, detail: '', term: addressOf(loc), site: undefined });
  }

  /** The lock a driver named for a GPU SVM object; undefined when it named none. */
  driverLock(gpusvm: Term): Loc | undefined {
    return this.engine.driverLock(gpusvm, this.fn);
  }

  // ---- predicates ----

  /** Adds the truth of a value to a state; false when that cannot be. */
  refine(s: State, value: Term, truth: boolean): boolean {
    if (value.kind === 'op') {
      const [a, b] = value.args;
      if (a !== undefined) this.terms.set(a.key, a);
      this.terms.set(value.key, value);
      if (value.op === 'iserr' && a !== undefined) return s.constrain(a, { bits: truth ? N : Z | P, eq: undefined, ne: [] });
      if (value.op === 'iserrnull' && a !== undefined) return s.constrain(a, { bits: truth ? N | Z : P, eq: undefined, ne: [] });
      if (value.op === '==' || value.op === '!=') {
        const equal = (value.op === '==') === truth;
        if (a !== undefined && b !== undefined) {
          // Memory of an allocator is nowhere where a variable is.
          if (equal && ((isVariable(a) && this.isAllocated(s, b)) || (isVariable(b) && this.isAllocated(s, a)))) return false;
          const cb = s.constraint(b);
          const ca = s.constraint(a);
          if (cb.eq !== undefined) {
            if (a.kind === 'op' && cb.eq === 0 && (isBoolean(a) || a.op === '&')) {
              if (isBoolean(a)) return this.refine(s, a, !equal);
            }
            if (equal) return s.constrain(a, { bits: ANY, eq: cb.eq, ne: [] });
            return s.constrain(a, { bits: cb.eq === 0 ? N | P : ANY, eq: undefined, ne: [cb.eq] });
          }
          if (ca.eq !== undefined && equal) return s.constrain(b, { bits: ANY, eq: ca.eq, ne: [] });
          if (ca.eq !== undefined) return s.constrain(b, { bits: ca.eq === 0 ? N | P : ANY, eq: undefined, ne: [ca.eq] });
          if (equal) {
            if (
              !s.constrain(a, { bits: cb.bits, eq: undefined, ne: [] }) ||
              !s.constrain(b, { bits: s.constraint(a).bits, eq: undefined, ne: [] })
            )
              return false;
          }
          return s.constrain(operate('==', a, b), { bits: equal ? P : Z, eq: equal ? 1 : 0, ne: [] });
        }
      }
      if ((value.op === '<' || value.op === '<=') && a !== undefined && b !== undefined) {
        const ca = s.constraint(a);
        const cb = s.constraint(b);
        if (cb.eq !== undefined && !this.order(s, a, value.op, cb.eq, truth)) return false;
        if (ca.eq !== undefined && !this.orderLeft(s, ca.eq, value.op, b, truth)) return false;
        if (ca.eq === undefined || cb.eq === undefined) return s.constrain(value, { bits: truth ? P : Z, eq: truth ? 1 : 0, ne: [] });
        return (value.op === '<' ? ca.eq < cb.eq : ca.eq <= cb.eq) === truth;
      }
    } else this.terms.set(value.key, value);
    return truth ? s.constrain(value, { bits: N | P, eq: undefined, ne: [] }) : s.constrain(value, { bits: Z, eq: 0, ne: [] });
  }

  private isAllocated(s: State, value: Term): boolean {
    return s.object(`held:${value.key}`)?.detail === 'memory' || s.object(`mark:fresh:${value.key}`) !== undefined;
  }

  private order(s: State, a: Term, op: string, n: number, truth: boolean): boolean {
    let bits = ANY;
    if (op === '<') bits = truth ? (n <= 0 ? N : ANY) : n > 0 ? P : n === 0 ? Z | P : ANY;
    else bits = truth ? (n < 0 ? N : n === 0 ? Z | N : ANY) : n >= 0 ? P : ANY;
    return s.constrain(a, { bits, eq: undefined, ne: [] });
  }
  private orderLeft(s: State, n: number, op: string, b: Term, truth: boolean): boolean {
    let bits = ANY;
    if (op === '<') bits = truth ? (n >= 0 ? P : ANY) : n <= 0 ? (n === 0 ? Z | N : N | (n < -1 ? 0 : 0) || ANY) : ANY;
    else bits = truth ? (n > 0 ? P : n === 0 ? Z | P : ANY) : n <= 0 ? N : ANY;
    return s.constrain(b, { bits, eq: undefined, ne: [] });
  }

  /** The type of the `gpusvm` a lock belongs to, for messages. */
  static readonly gpusvm = gpusvmTag;
}

/** True for a comparison of a variable with a value. */
function isEquality(cond: Expr): boolean {
  return (
    cond.kind === 'binary' && cond.op === '==' && cond.left.kind === 'name' && !(cond.right.kind === 'number' && cond.right.value === 0)
  );
}

/** True for the address of a variable or of a part of it. */
const isVariable = (t: Term): boolean => t.kind === 'addr' && t.loc.root.kind !== 'pointee';

/** True when a condition looks at an entry of an array by a variable index. */
function isIndexed(e: Expr): boolean {
  if (e.kind === 'index') return e.index.kind !== 'number' || isIndexed(e.object);
  let found = false;
  forEachChild(e, (child) => {
    found ||= isIndexed(child);
  });
  return found;
}

/** True when a condition looks at a variable. */
function namesVariable(cond: Expr, name: string): boolean {
  if (cond.kind === 'name') return cond.name === name;
  if (cond.kind === 'binary') return namesVariable(cond.left, name) || namesVariable(cond.right, name);
  return cond.kind === 'unary' && namesVariable(cond.operand, name);
}

/** Arguments of a call as text, split at its own commas. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** Ways to a need kept apart; more are joined to what they have in common. */
const MAX_WAYS = 4;

function joinWays(a: InheritedNeed['ways'], b: InheritedNeed['ways']): InheritedNeed['ways'] {
  const ways = [...a];
  for (const way of b) {
    // A way that another leaves open adds nothing.
    if (ways.some((other) => other.every((c) => way.some((d) => d.term.key === c.term.key && isWithin(d.constraint, c.constraint)))))
      continue;
    ways.push(way);
  }
  return ways.length <= MAX_WAYS ? ways : [ways.reduce(commonConds)];
}

/** True when all that one constraint allows is allowed by another. */
function isWithin(inner: Constraint, outer: Constraint): boolean {
  if ((inner.bits & ~outer.bits) !== 0 || (outer.eq !== undefined && outer.eq !== inner.eq)) return false;
  return outer.ne.every((value) => inner.ne.includes(value) || (inner.eq !== undefined && inner.eq !== value));
}

/** What two sets of conditions have in common. */
function commonConds(a: Conds, b: Conds): Conds {
  return a.flatMap((c) => {
    const other = b.find((d) => d.term.key === c.term.key);
    if (other === undefined) return [];
    const constraint = union(c.constraint, other.constraint);
    return constraint.bits === ANY && constraint.ne.length === 0 ? [] : [{ term: c.term, constraint }];
  });
}

const isBoolean = (t: Term): boolean =>
  t.kind === 'op' && (t.op === '==' || t.op === '!=' || t.op === '<' || t.op === '<=' || t.op === 'iserr' || t.op === 'iserrnull');

/** Source text of a condition, cut for a message. */
function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The last name in a term, for locks given by pointer. */
export function rootName(term: Term): string {
  if (term.kind === 'load' || term.kind === 'addr') {
    const { loc } = term;
    const last = loc.path.findLast((part) => part !== '[]');
    if (last !== undefined) return last;
    return loc.root.kind === 'pointee' ? rootName(loc.root.term) : loc.root.name;
  }
  if (term.kind === 'up') return rootName(term.of);
  return term.key;
}

/** Key of the outermost owner of a term: `&p->base` and `container_of(p)` lead back to `p`. */
export function rootKey(term: Term): string {
  if (term.kind === 'addr' && term.loc.root.kind === 'pointee') return rootKey(term.loc.root.term);
  if (term.kind === 'up') return rootKey(term.of);
  return term.key;
}

/** Key of the held object that a pointer leads into; undefined without one. */
export function ownerOf(s: State, value: Term): string | undefined {
  const direct = `held:${value.key}`;
  if (s.object(direct) !== undefined) return direct;
  const root = `held:${rootKey(value)}`;
  return s.object(root) !== undefined ? root : undefined;
}

export { isKnownCall };
