/**
 * The engine: summaries of functions, bottom-up and on demand, and the events of a function's run for the rules.
 * It names no kernel function: what calls mean comes from the contract tables and from bodies.
 */

import { isDemand } from '../contracts/demand.js';
import type { Contracts } from '../contracts/index.js';
import { assertMacros, lockOrder } from '../contracts/locks.js';
import { assumptions, valueHelpers } from '../contracts/memory.js';
import { driverLockSetter, flagsLock, gpusvmTag, pagesTag, rangeTag } from '../contracts/protected.js';
import { workMakers } from '../contracts/queues.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import type { Cfg } from './cfg.js';
import { buildCfg } from './cfg.js';
import { type DeclaredLock, declaredLocks } from './declared.js';
import { type Described, describeAt } from './describe.js';
import type { Sink, Summary } from './events.js';
import { LOCK } from './events.js';
import { rootKey, rootName } from './keys.js';
import { FunctionRun } from './run.js';
import type { State, Tracked } from './state.js';
import type { Loc, Term } from './term.js';
import { containerOf, globalLoc, loadOf, localLoc, memberLoc, pointee } from './term.js';

/** What the engine needs. */
export interface EngineOptions {
  readonly program: Program;
  readonly contracts: Contracts;
}

/** A function's run as far as it is kept: its summary, and why it was not analysed when it was not. */
export interface FunctionFacts {
  readonly summary: Summary;
  readonly limit: string | undefined;
}

const EMPTY: ReadonlyMap<string, { ok: number; bad: number; inherited: number; unknown: number }> = new Map();

/** Calls between a function and what is tracked, up to which it is worth a summary. */
const NEAR = 2;

/** A summary of which nothing may be concluded. */
export const unknownSummary = (key: string): Summary => ({
  key,
  outcomes: [],
  needs: [],
  deeds: [],
  escapes: [],
  memoryEscapes: [],
  entryFree: new Set(),
  handsBack: new Set(),
  unknown: true,
  verdicts: EMPTY,
  holds: EMPTY,
  hash: 'unknown',
});

/** Computes and keeps summaries; `run` replays a function's events to a sink. */
export class Engine {
  readonly program: Program;
  readonly contracts: Contracts;
  protected readonly facts = new Map<string, { readonly text: string; readonly facts: FunctionFacts }>();
  private readonly running = new Set<string>();
  protected readonly cfgs = new Map<string, { readonly text: string; readonly cfg: Cfg }>();
  /** When set, the time and work of every function is noted here, callees included: for measuring. */
  timings: { readonly key: string; readonly ms: number; readonly visits: number; readonly nodes: number }[] | undefined;
  /** Functions analysed since the last reset of the counter. */
  analysed = 0;

  constructor(options: EngineOptions) {
    this.program = options.program;
    this.contracts = options.contracts;
  }

  /** Text of a function, the key of what is kept of it. */
  static textOf(fn: FunctionDef): string {
    return fn.file.text.slice(fn.item.start, fn.item.end);
  }

  /** The control-flow graph of a function; undefined when it has no body or did not parse. */
  cfgOf(fn: FunctionDef): Cfg | undefined {
    const text = Engine.textOf(fn);
    const known = this.cfgs.get(fn.key);
    if (known !== undefined && known.text === text) return known.cfg;
    const ast = fn.ast();
    if (ast === undefined) return undefined;
    const cfg = buildCfg(ast, text, (name) => this.expand(name, fn.file));
    this.cfgs.set(fn.key, { text, cfg });
    return cfg;
  }

  private expand(name: string, file: ProgramFile): ReturnType<Parameters<typeof buildCfg>[2]> {
    if (this.contracts.of(name) !== undefined || this.contracts.isHarmless(name)) return undefined;
    if (Object.hasOwn(valueHelpers, name) || Object.hasOwn(assumptions, name) || assertMacros.includes(name)) return undefined;
    const macro = this.program.findMacro(name, file);
    if (macro?.def.params === undefined || macro.def.params.some((p) => p.includes('...'))) return undefined;
    const body = macro.body();
    return body === undefined ? undefined : { params: macro.def.params, body };
  }

  /** The summary of a function; `unknown` while it is being computed (recursion). */
  summaryOf(fn: FunctionDef): Summary {
    return this.factsOf(fn).summary;
  }

  protected readonly distance = new Map<string, { readonly text: string; readonly value: number }>();
  private readonly asking = new Set<string>();

  /** True when a call of the function is worth a summary: it or what it calls closely touches what the tables track, or it is a small wrapper. */
  isWorthwhile(fn: FunctionDef): boolean {
    const text = Engine.textOf(fn);
    return text.length < 400 || this.distanceOf(fn, text) <= NEAR;
  }

  /** Calls between a function and the nearest one that touches what is tracked; NEAR + 1 for farther. */
  protected distanceOf(fn: FunctionDef, text: string): number {
    const known = this.distance.get(fn.key);
    if (known !== undefined && known.text === text) return known.value;
    let value = NEAR + 1;
    if (this.contracts.interesting.test(text)) value = 0;
    else if (!this.asking.has(fn.key) && this.asking.size < NEAR) {
      this.asking.add(fn.key);
      const seen = new Set<string>([fn.name]);
      for (const match of text.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
        const name = match[1] ?? '';
        if (seen.has(name) || this.contracts.of(name) !== undefined || this.contracts.isHarmless(name)) continue;
        seen.add(name);
        const callee = this.program.findFunction(name, fn.file);
        const macro = callee === undefined ? this.program.findMacro(name, fn.file) : undefined;
        if (callee !== undefined) value = Math.min(value, 1 + this.distanceOf(callee, Engine.textOf(callee)));
        else if (macro !== undefined && this.contracts.interesting.test(macro.def.body)) value = Math.min(value, 1);
        if (value <= 1) break;
      }
      this.asking.delete(fn.key);
      if (this.asking.size > 0 && value > NEAR) return value;
    } else return value;
    this.distance.set(fn.key, { text, value });
    return value;
  }

  /** Summary and limit of a function. */
  factsOf(fn: FunctionDef): FunctionFacts {
    const text = Engine.textOf(fn);
    const known = this.facts.get(fn.key);
    if (known !== undefined && known.text === text) return known.facts;
    if (this.running.has(fn.key) || this.running.size > 40) return { summary: unknownSummary(fn.key), limit: undefined };
    const { facts, run } = this.solve(fn);
    this.facts.set(fn.key, { text, facts });
    if (run !== undefined && this.wanted.has(fn.file.path)) this.runs.set(fn.key, run);
    return facts;
  }

  /** Files whose functions will be replayed: their solved graphs are kept until then. */
  wanted: ReadonlySet<string> = new Set();
  protected readonly runs = new Map<string, FunctionRun>();

  /** Gives a function's events to the sink; its summary is known before the first event. Never throws for bad input. */
  replay(fn: FunctionDef, sink: Sink): FunctionFacts {
    const facts = this.factsOf(fn);
    if (facts.limit !== undefined) return facts;
    const run = this.runs.get(fn.key) ?? this.solve(fn).run;
    this.runs.delete(fn.key);
    run?.replay(sink);
    return facts;
  }

  protected readonly described = new Map<string, { readonly text: string; readonly run: FunctionRun | undefined }>();

  /** States just before the statement at an offset (relative to the function), in words; undefined where nothing is known. Solved graphs of the functions asked for last are kept. */
  describe(fn: FunctionDef, offset: number): Described | undefined {
    const text = Engine.textOf(fn);
    let known = this.described.get(fn.key);
    if (known === undefined || known.text !== text) {
      if (this.factsOf(fn).limit !== undefined) return undefined;
      known = { text, run: this.runs.get(fn.key) ?? this.solve(fn).run };
      if (this.described.size >= 4) this.described.clear();
      this.described.set(fn.key, known);
    }
    return known.run === undefined ? undefined : describeAt(known.run, offset);
  }

  protected solve(fn: FunctionDef): { readonly facts: FunctionFacts; readonly run: FunctionRun | undefined } {
    const none = (limit: string): { readonly facts: FunctionFacts; readonly run: undefined } => ({
      facts: { summary: unknownSummary(fn.key), limit },
      run: undefined,
    });
    const ast = fn.ast();
    if (ast === undefined) return none('did not parse');
    if (ast.errors.length > 0) return none('part of it did not parse');
    const cfg = this.cfgOf(fn);
    if (cfg === undefined) return none('did not parse');
    if (cfg.nodes.length > 5000) return none('too large');
    this.running.add(fn.key);
    this.analysed++;
    try {
      const run = new FunctionRun(this, fn, ast, cfg);
      const began = performance.now();
      const summary = run.solve();
      this.timings?.push({ key: fn.key, ms: performance.now() - began, visits: run.visits, nodes: cfg.nodes.length });
      return { facts: { summary, limit: run.limit }, run };
    } finally {
      this.running.delete(fn.key);
    }
  }

  /** The lock the driver of a function named for a GPU SVM object: the member path beside the object, from where the driver says so. */
  driverLock(gpusvm: Term, fn: FunctionDef): Loc | undefined {
    const found = this.driverLockOf(fn.file);
    if (found === undefined || gpusvm.kind !== 'addr') return undefined;
    const { loc } = gpusvm;
    const cut = loc.path.length - found.gpusvm.length;
    if (cut < 0 || found.gpusvm.some((part, i) => loc.path[cut + i] !== part)) return undefined;
    const head =
      loc.root.kind === 'pointee' ? pointee(loc.root.term) : loc.root.kind === 'local' ? localLoc(loc.root.name) : globalLoc(loc.root.name);
    return memberLoc(head, ...loc.path.slice(0, cut), ...found.lock);
  }

  /** True for a lock that the driver named as its lock for ranges: by its last members. */
  isDriverLock(loc: Loc, fn: FunctionDef): boolean {
    const found = this.driverLockOf(fn.file);
    if (found === undefined) return false;
    if (loc.path.length !== found.lock.length || found.lock.some((part, i) => loc.path[i] !== part) || loc.root.kind !== 'pointee')
      return false;
    const { term } = loc.root;
    const owners = this.program
      .containersOf(gpusvmTag, fn.file)
      .filter((c) => c.path.join('.') === found.gpusvm.join('.'))
      .map((c) => c.container.tag);
    return owners.includes(this.pointeeTag(term, fn) ?? '');
  }

  /** The rank of a lock in the documented order, by its class or because the driver named it; undefined for other locks. */
  rankOf(loc: Loc, lockClass: string, fn: FunctionDef): string | undefined {
    if (this.contracts.orders.some((order) => order.includes(lockClass))) return lockClass;
    return this.isDriverLock(loc, fn) ? lockOrder[0] : undefined;
  }

  /**
   * Name of a lock's class: its last member, or the variable; with its struct where the tables of the tree tell locks of one member name apart.
   * `tags` has the structs that pointers were seen to point to, by key.
   */
  lockClass(loc: Loc, fn: FunctionDef, tags: ReadonlyMap<string, string>): string {
    const at = loc.path.findLastIndex((part) => part !== '[]');
    const name = loc.path[at];
    if (name === undefined) return loc.root.kind === 'pointee' ? rootName(loc.root.term) : loc.root.name;
    if (!this.contracts.hasOwnLocks || loc.root.kind !== 'pointee') return name;
    const declared = this.contracts.locksNamed(name);
    const tag = this.pointeeTag(loc.root.term, fn) ?? tags.get(loc.root.term.key);
    const path = loc.path.slice(0, at + 1);
    // The struct that the pointer names, or one embedded on the way to the member.
    let owner = tag;
    for (let from = 0; from < path.length && owner !== undefined; from++) {
      const rest = path.slice(from).join('.');
      const found = declared.find((one) => one.struct === owner && one.member === rest);
      if (found !== undefined) return found.name;
      owner = this.program.findStruct(owner, fn.file)?.member(path[from] ?? '')?.type.base;
    }
    return name;
  }

  protected declared = new WeakMap<FunctionDef, readonly DeclaredLock[]>();

  /** Locks that callers of a function hold, as it says itself: in its declaration, or in a tree's table that says no more of it. */
  declaredLocks(fn: FunctionDef): readonly DeclaredLock[] {
    const contract = this.contracts.of(fn.name);
    const told = contract !== undefined && isDemand(contract) ? contract : undefined;
    let known = this.declared.get(fn);
    if (known === undefined) {
      known = contract !== undefined && told === undefined ? [] : declaredLocks(fn, this.program);
      this.declared.set(fn, known);
    }
    if (told === undefined) return known;
    const own = (told.needs ?? []).flatMap((need): DeclaredLock[] =>
      need.need === 'held' ? [{ need, isProse: false, words: told.words }] : [],
    );
    return [...own, ...known.filter((one) => !own.some((other) => other.need.ref === one.need.ref))];
  }

  /** True when a lock of a declared class may be held under its member name alone: where the struct could not be told. */
  mayHold(s: State, lockClass: string): boolean {
    const at = lockClass.lastIndexOf('.');
    const held = LOCK.read | LOCK.write | LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny;
    if (at < 0) return false;
    for (const [, object] of s.objects())
      if (object.kind === 'lock' && object.detail === lockClass.slice(at + 1) && (object.bits & held) !== 0) return true;
    return false;
  }

  /** Tag of the struct that a term of a function points to, as far as declarations tell. */
  pointeeTag(term: Term, fn: FunctionDef): string | undefined {
    if (term.kind === 'up') return term.tag;
    if (term.kind === 'param') return fn.ast()?.params[term.index]?.type.base;
    if (term.kind !== 'load' || term.loc.root.kind !== 'pointee') return undefined;
    const outer = this.pointeeTag(term.loc.root.term, fn);
    let tag = outer;
    for (let i = 0; i < term.loc.path.length; i++) {
      const info = tag === undefined ? undefined : this.program.findStruct(tag, fn.file);
      const member = info?.member(term.loc.path[i] ?? '');
      if (member?.inner !== undefined) {
        const inner = member.inner.find((m) => m.name === term.loc.path[i + 1]);
        tag = inner?.type.base;
        i++;
      } else tag = member?.type.base;
    }
    return tag;
  }

  /** Whether the text of a caller that could not be analysed mentions what would meet a need: an unmap, or the lock. */
  mayMeet(originId: string, caller: FunctionDef, lockClass: string): boolean {
    const text = Engine.textOf(caller);
    const lock = lockClass.slice(lockClass.lastIndexOf('.') + 1);
    return /:(all-)?unmapped:/.test(originId) ? this.contracts.pagesCalls.test(text) : text.includes(lock);
  }

  protected readonly lockers = new Map<string, boolean>();

  /** True when a function that may stand behind a pointer of this name, in a struct where it is known, comes back with a guarding lock taken or dropped. */
  mayLock(member: string, file: ProgramFile, structTag?: string): boolean {
    const key = `${driverRootOf(file.path)}|${structTag ?? ''}|${member}`;
    let known = this.lockers.get(key);
    if (known === undefined) {
      known = this.behind(member, file, structTag).some((fn) => this.mentionsLock(fn, 0));
      this.lockers.set(key, known);
    }
    return known && this.behind(member, file, structTag).some((fn) => this.mayChangeLock(fn));
  }

  /** Functions that may stand behind a pointer of this name. */
  protected behind(member: string, file: ProgramFile, structTag: string | undefined): readonly FunctionDef[] {
    return this.program.callbacks(file).flatMap((entry) => {
      const isThere = entry.member === member && (structTag === undefined || entry.structTag === structTag);
      const fn = isThere ? this.program.findFunction(entry.functionName, entry.file) : undefined;
      return fn === undefined ? [] : [fn];
    });
  }

  /** True when a function may return with a guarding lock held that it took, or dropped that its caller held. */
  mayChangeLock(fn: FunctionDef): boolean {
    if (!this.mentionsLock(fn, 0)) return false;
    const { unknown, outcomes } = this.summaryOf(fn);
    const taken = LOCK.read | LOCK.write | LOCK.lost;
    return (
      unknown ||
      outcomes.some(
        ({ indirect, objects }) =>
          indirect ||
          objects.some(
            (o) => o.kind === 'lock' && o.detail === flagsLock && ((o.bits & taken) !== 0 || (o.bits === LOCK.none && o.count < 0)),
          ),
      )
    );
  }

  /** True when the text of a function drops a lock, and says the name of this class. */
  mayUnlock(fn: FunctionDef, lockClass: string): boolean {
    const text = Engine.textOf(fn);
    return this.contracts.unlocks.test(text) && new RegExp(`\\b${lockClass.slice(lockClass.lastIndexOf('.') + 1)}\\b`).test(text);
  }

  protected mentionsLock(fn: FunctionDef, depth: number): boolean {
    const text = Engine.textOf(fn);
    if (text.includes(flagsLock)) return true;
    if (depth > 1) return false;
    for (const match of text.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
      const name = match[1] ?? '';
      if (this.contracts.of(name) !== undefined || this.contracts.isHarmless(name)) continue;
      const callee = this.program.findFunction(name, fn.file);
      if (callee !== undefined && callee.key !== fn.key && this.mentionsLock(callee, depth + 1)) return true;
    }
    return false;
  }

  /** Functions that work runs, by the members that lead to it: as the driver set it up. */
  workers(work: readonly string[], file: ProgramFile): readonly FunctionDef[] {
    const [owner, last] = work.slice(-2);
    if (owner === undefined || last === undefined || !/^\w+$/.test(owner) || !/^\w+$/.test(last)) return [];
    const made = new RegExp(
      `\\b(?:${workMakers.join('|')})\\s*\\(\\s*&[^,;]*\\b${owner}\\s*(?:\\.|->)\\s*${last}\\s*,\\s*(\\w+)\\s*\\)`,
      'g',
    );
    return this.program
      .mentioning(owner, file)
      .flatMap((one) => [...one.text.matchAll(made)].flatMap((match) => this.program.findFunction(match[1] ?? '', one) ?? []));
  }

  /** True when a function that stands in a callback table is called by name as well. */
  isCalledDirectly(fn: FunctionDef): boolean {
    return this.program.references(fn).some((ref) => ref.isCall && ref.caller.key !== fn.key);
  }

  private driverLocks = new Map<string, { readonly gpusvm: readonly string[]; readonly lock: readonly string[] } | undefined>();
  private driverLockOf(file: ProgramFile): { readonly gpusvm: readonly string[]; readonly lock: readonly string[] } | undefined {
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    if (this.driverLocks.has(folder)) return this.driverLocks.get(folder);
    let found: { gpusvm: readonly string[]; lock: readonly string[] } | undefined;
    const pattern = new RegExp(
      `\\b${driverLockSetter}\\s*\\(\\s*&\\s*\\w+((?:(?:->|\\.)\\w+)+)\\s*,\\s*&\\s*\\w+((?:(?:->|\\.)\\w+)+)\\s*\\)`,
    );
    for (const candidate of this.program.mentioning(driverLockSetter, file)) {
      if (!candidate.path.startsWith(folder)) continue;
      const at = candidate.text.indexOf(driverLockSetter);
      if (at < 0) continue;
      const match = pattern.exec(candidate.text.slice(at, at + 300));
      if (match !== null) {
        found = { gpusvm: (match[1] ?? '').split(/->|\./).slice(1), lock: (match[2] ?? '').split(/->|\./).slice(1) };
        break;
      }
    }
    this.driverLocks.set(folder, found);
    return found;
  }

  /** Pages objects of a range, by the structs of the asking function's driver that embed ranges. */
  pagesOfRange(fn: FunctionDef, range: Term, s?: State): readonly { readonly loc: Loc; readonly inUnion: boolean }[] {
    const { program } = this;
    const found: { readonly loc: Loc; readonly inUnion: boolean }[] = [];
    const own = program.facts.rangeHasPages ? [{ loc: memberLoc(pointee(range), 'pages'), inUnion: false }] : [];
    const root = driverRootOf(fn.file.path);
    for (const { container, path, isPointer, isArray } of program.containersOf(rangeTag, fn.file)) {
      if (isPointer || isArray || driverRootOf(container.file.path) !== root) continue;
      if (range.kind === 'addr' && range.loc.path.length > 0 && path.at(-1) !== range.loc.path.at(-1)) continue;
      for (const held of program.containersOf(pagesTag, fn.file)) {
        if (held.container.tag !== container.tag || path.every((part, i) => held.path[i] === part)) continue;
        const base = memberLoc(pointee(containerOf(range, container.tag, path)), ...held.path);
        const inUnion = held.container.member(held.path[0] ?? '')?.inUnion === true;
        found.push({ loc: held.isPointer ? memberLoc(pointee(s?.read(base) ?? loadOf(base)), '[]') : base, inUnion });
      }
    }
    return found.length > 0 ? found : own;
  }

  /** True when memory at a location was made by the function and nobody else can see it. */
  isFresh(s: State, loc: Loc): boolean {
    const root = loc.root.kind === 'pointee' ? loc.root.term : undefined;
    return (
      root !== undefined && (s.object(`held:${root.key}`)?.detail === 'memory' || s.object(`mark:fresh:${rootKey(root)}`) !== undefined)
    );
  }

  /** True when a function makes the object: it initialises its reference count or returns what an allocation callback made. */
  beingMade(_fn: FunctionDef, s: State, loc: Loc): boolean {
    const root = loc.root.kind === 'pointee' ? rootKey(loc.root.term) : '';
    return s.object(`mark:made:${root}`) !== undefined;
  }

  /** The mark of memory or a range that is gone, for a pointer into it. */
  goneMark(s: State, value: Term): Tracked | undefined {
    return s.object(`mark:gone:${rootKey(value)}`);
  }

  /** State of a lock class anywhere in a state; undefined when nothing is known. */
  classBits(s: State, lockClass: string): number | undefined {
    let bits: number | undefined;
    for (const [, object] of s.objects()) if (object.kind === 'lock' && object.detail === lockClass) bits = (bits ?? 0) | object.bits;
    if (bits !== undefined && bits !== LOCK.none) bits &= ~LOCK.none;
    return bits;
  }

  /** Forgets everything: used after changes outside function bodies. */
  reset(): void {
    this.facts.clear();
    this.cfgs.clear();
    this.distance.clear();
    this.runs.clear();
    this.described.clear();
    this.driverLocks.clear();
    this.lockers.clear();
  }
}

/** The folder of the driver a file stands in; the core's own folder for the core. */
export function driverRootOf(path: string): string {
  return /^(.*\/drm\/[^/]+\/)/.exec(path)?.[1] ?? path.slice(0, path.lastIndexOf('/') + 1);
}
