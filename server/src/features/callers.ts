/**
 * What the callers of a function bring for a need. Followed by what summaries say of it; where a call was not followed, by whether the lock
 * can be held there at all: calls up to where nobody calls any more, or to tables that the kernel calls from outside of the driver.
 */
import { flagsLock } from '../contracts/protected.js';
import type { Contract } from '../contracts/schema.js';
import { driverRootOf, Engine } from '../flow/engine.js';
import { LOCK } from '../flow/events.js';
import type { FunctionDef, Program, Reference } from '../program/types.js';
import type { CallerVerdict } from '../rules/rule.js';

/** What is asked: the need's name, and the program and engine that answer. */
export interface CallerQuestion {
  readonly program: Program;
  readonly engine: Engine;
  readonly originId: string;
  /** Class of the lock in question. */
  readonly lockClass: string;
}

interface Total {
  ok: number;
  bad: number;
  unknown: number;
  roots: number;
  closed: number;
}

/** Functions looked at for one question; beyond, nothing is known. */
const ROOM = 150;
/** Calls below a function in which a lock wrapper may stand. */
const WRAPPERS = 2;
const HELD = LOCK.read | LOCK.write;

const isSettled = (total: Total): boolean => total.ok > 0 || total.unknown > 0;

const add = (into: Total, from: Total): void => {
  into.ok += from.ok;
  into.bad += from.bad;
  into.unknown += from.unknown;
  into.roots += from.roots;
  into.closed += from.closed;
};

/** What the callers of a function bring for a need; the search ends with the first that meets it, or might: no rule reports then. */
export function callerVerdict(question: CallerQuestion, fn: FunctionDef): CallerVerdict {
  return new Search(question).callers(fn);
}

/** True when every call of a function is made with the notifier lock held, as far up as that is decided, and there is one. */
export function isHeldAtEntry(program: Program, engine: Engine, fn: FunctionDef): boolean {
  return isHeldBelow(new Search({ program, engine, originId: '', lockClass: flagsLock }), fn, new Set());
}

function isHeldBelow(search: Search, fn: FunctionDef, seen: Set<string>): boolean {
  const { program, engine } = search;
  if (seen.has(fn.key) || seen.size > ROOM) return false;
  seen.add(fn.key);
  const refs = program.references(fn).filter((ref) => ref.caller.key !== fn.key && !ref.caller.item.alternative);
  if (refs.length === 0 || refs.some((ref) => !ref.isCall) || program.callbacksOf(fn.name, fn.file).length > 0) return false;
  const calls = nearFirst(fn, refs);
  // One caller that cannot is enough: who is told by its text, or by its table, goes before who must be solved.
  const asked = calls.map(({ caller }) => ({ caller, entry: entryOf(search, fn, caller) }));
  if (asked.some(({ entry }) => entry === 'free')) return false;
  return (
    asked.every(({ caller, entry }) => entry !== 'inherited' || isHeldBelow(search, caller, seen)) &&
    asked.every(({ caller, entry }) => {
      if (entry !== 'unknown') return true;
      const counts = engine.summaryOf(caller).holds.get(fn.name);
      if (counts === undefined || counts.bad > 0 || counts.unknown > 0) return false;
      return counts.inherited === 0 ? counts.ok > 0 : isHeldBelow(search, caller, seen);
    })
  );
}

/**
 * What a caller's text and tables tell of the notifier lock where it calls a function, without a look at its paths: `inherited` from its own
 * callers, `held` or `free` by the contract of the table it stands in, `unknown` when its paths decide.
 */
function entryOf(search: Search, fn: FunctionDef, caller: FunctionDef): 'inherited' | 'held' | 'free' | 'unknown' {
  const { program, engine } = search;
  if (engine.declaredLocks(caller).length > 0 || search.holdsBefore(caller, fn.name)) return 'unknown';
  const entries = program.callbacksOf(caller.name, caller.file);
  if (entries.length === 0) return 'inherited';
  const isHeld = entries.every(({ structTag, member }) =>
    engine.contracts.callback(structTag, member)?.held?.some((lock) => lock.ref.endsWith(flagsLock)),
  );
  if (!isHeld) return 'free';
  return program.references(caller).some((ref) => ref.isCall) ? 'unknown' : 'held';
}

class Search {
  private readonly seen = new Set<string>();
  readonly program: Program;
  readonly engine: Engine;
  private readonly originId: string;
  private readonly lockClass: string;
  /** True for what a lock must be held for. */
  private readonly isOfLock: boolean;
  /** True when that is the notifier lock, which nobody outside of the driver takes. */
  private readonly isOfNotifier: boolean;

  /** What a text says that takes or drops the lock: its name, or that of a function of the core that does. */
  private readonly words: RegExp;
  /** True above a call through a member of the driver's own. */
  private isBehindPointer = false;

  constructor({ program, engine, originId, lockClass }: CallerQuestion) {
    this.program = program;
    this.engine = engine;
    this.originId = originId;
    this.lockClass = lockClass;
    this.words = wordsOf(engine.contracts.all);
    this.isOfLock = /:(guarded|held|flags-read):/.test(originId);
    this.isOfNotifier = this.isOfLock && lockClass === flagsLock;
  }

  private begin(fn: FunctionDef): Total | undefined {
    const none = { ok: 0, bad: 0, unknown: 0, roots: 0, closed: 0 };
    if (this.seen.has(fn.key)) return undefined;
    this.seen.add(fn.key);
    return this.seen.size > ROOM ? { ...none, unknown: 1 } : none;
  }

  callers(fn: FunctionDef): Total {
    const total = this.begin(fn);
    if (total === undefined) return { ok: 0, bad: 0, unknown: 0, roots: 0, closed: 0 };
    const refs = this.program.references(fn).filter((ref) => ref.caller.key !== fn.key && !ref.caller.item.alternative);
    // What the function does not hand on, no caller hears of.
    const own = this.engine.summaryOf(fn);
    if (!own.unknown && !own.needs.some((need) => need.origin.id === this.originId)) return total;
    // It drops what it did not take: somewhere on the way another took it.
    if (this.isOfLock && own.handsBack.has(this.lockClass)) return { ...total, unknown: 1 };
    const isFollowed = this.engine.isWorthwhile(fn);
    add(total, this.outside(fn, refs));
    if (isSettled(total)) return total;
    for (const ref of nearFirst(fn, refs)) {
      if (!isFollowed && this.isOfNotifier) {
        add(total, this.unfollowed(fn, ref.caller));
        if (isSettled(total)) return total;
        continue;
      }
      const summary = this.engine.summaryOf(ref.caller);
      if (summary.unknown) {
        // A caller that could not be analysed, and says nothing of what is needed, only hands it on.
        if (this.engine.mayMeet(this.originId, ref.caller, this.lockClass)) {
          total.unknown++;
          return total;
        }
        const up = this.callers(ref.caller);
        total.roots += Math.max(1, up.roots);
        continue;
      }
      const counts = summary.verdicts.get(this.originId);
      if (counts === undefined) continue;
      total.ok += counts.ok;
      total.bad += counts.bad;
      // One path of the caller that surely does not is enough, whatever is lost on others.
      if (counts.bad === 0) total.unknown += counts.unknown;
      if (isSettled(total)) return total;
      if (counts.inherited === 0) continue;
      // A caller that takes the lock itself did not have it.
      if (this.isOfLock && summary.entryFree.has(this.lockClass)) total.bad += counts.inherited;
      else add(total, this.callers(ref.caller));
      if (isSettled(total)) return total;
    }
    return total;
  }

  /** Whether a function that hands nothing on can be entered with the lock held. */
  private entry(fn: FunctionDef): Total {
    const total = this.begin(fn);
    if (total === undefined) return { ok: 0, bad: 0, unknown: 0, roots: 0, closed: 0 };
    if (isSettled(total)) return total;
    const refs = this.program.references(fn).filter((ref) => ref.caller.key !== fn.key && !ref.caller.item.alternative);
    add(total, this.outside(fn, refs));
    for (const ref of nearFirst(fn, refs)) {
      if (isSettled(total)) return total;
      add(total, this.unfollowed(fn, ref.caller));
    }
    return total;
  }

  /** A call of which no summary tells: what its function brings there. */
  private unfollowed(fn: FunctionDef, caller: FunctionDef): Total {
    const none = { ok: 0, bad: 0, unknown: 0, roots: 0, closed: 0 };
    if (!this.holdsSomewhere(caller)) return this.entry(caller);
    const summary = this.engine.summaryOf(caller);
    const counts = summary.unknown ? undefined : summary.holds.get(fn.name);
    // It drops what another took on the way: not what comes through the pointer itself, which would be the one to take it.
    if (counts === undefined || (summary.handsBack.has(flagsLock) && !this.isBehindPointer)) return { ...none, unknown: 1 };
    const total = { ...none, ok: counts.ok, bad: counts.bad, unknown: counts.unknown };
    if (isSettled(total) || counts.inherited === 0) return total;
    if (summary.entryFree.has(flagsLock)) total.bad += counts.inherited;
    else add(total, this.entry(caller));
    return total;
  }

  /** What calls from outside of the program's text bring: tables, stored addresses, nobody at all. */
  private outside(fn: FunctionDef, refs: readonly Reference[]): Total {
    const total = { ok: 0, bad: 0, unknown: 0, roots: 0, closed: 0 };
    if (!this.isOfNotifier) {
      if (refs.length === 0) total.roots++;
      for (const ref of refs) if (!ref.isCall) total.roots++;
      return total;
    }
    const entries = this.program.callbacksOf(fn.name, fn.file);
    if (refs.length === 0 && entries.length === 0) {
      total.roots++;
      return total;
    }
    const root = driverRootOf(fn.file.path);
    for (const entry of entries) {
      const contract = this.engine.contracts.callback(entry.structTag, entry.member);
      if (contract?.held !== undefined) total.ok++;
      else if (contract?.outside === true) total.closed++;
      else if (entry.member === '') total.roots++;
      else if (this.program.findStruct(entry.structTag, entry.file)?.file.path.startsWith(root) === true)
        add(total, this.throughPointer(entry.member, fn));
      else total.closed++;
    }
    // Who hands the address on may have it called at once, with what is held there.
    for (const ref of refs) {
      if (ref.isCall) continue;
      if (entries.length === 0) total.roots++;
      else add(total, this.unfollowed(fn, ref.caller));
    }
    return total;
  }

  /** Calls through a member of the driver's own. */
  private throughPointer(member: string, fn: FunctionDef): Total {
    const total = { ok: 0, bad: 0, unknown: 0, roots: 0, closed: 0 };
    const call = new RegExp(`(?:->|\\.)\\s*${member}\\s*\\(`);
    for (const file of this.program.mentioning(member, fn.file))
      for (const one of call.test(file.text) ? this.program.functionsIn(file) : []) {
        if (!call.test(Engine.textOf(one)) || isSettled(total)) continue;
        const was = this.isBehindPointer;
        this.isBehindPointer = true;
        add(total, this.holdsSomewhere(one) ? { ...total, unknown: 1 } : this.entry(one));
        this.isBehindPointer = was;
      }
    return total;
  }

  /** True when a function's text, or a wrapper that it calls, says the lock's name. */
  holdsSomewhere(fn: FunctionDef): boolean {
    return this.saysLock(fn, 0, new Set());
  }

  /** The same of what stands before the last call of a name: what comes later holds nothing the first time that the call is reached. */
  holdsBefore(fn: FunctionDef, name: string): boolean {
    const text = Engine.textOf(fn);
    const last = Math.max(0, ...[...text.matchAll(new RegExp(`\\b${name}\\s*\\(`, 'g'))].map((match) => match.index));
    return this.saysLock(fn, 0, new Set(), text.slice(0, last));
  }

  private saysLock(fn: FunctionDef, depth: number, asked: Set<string>, text = Engine.textOf(fn)): boolean {
    if (this.words.test(text)) return true;
    if (depth > WRAPPERS) return false;
    for (const match of text.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
      const name = match[1] ?? '';
      if (asked.has(name) || this.engine.contracts.of(name) !== undefined || this.engine.contracts.isHarmless(name)) continue;
      asked.add(name);
      if (this.words.test(this.program.findMacro(name, fn.file)?.def.body ?? '')) return true;
      const callee = this.program.findFunction(name, fn.file);
      if (callee !== undefined && callee.key !== fn.key && this.changesHold(callee, depth, asked)) return true;
    }
    return false;
  }

  /** True when a callee may come back with the lock taken or dropped: a wrapper. */
  private changesHold(callee: FunctionDef, depth: number, asked: Set<string>): boolean {
    const text = Engine.textOf(callee);
    if (!this.words.test(text)) return text.length < 500 && this.saysLock(callee, depth + 1, asked);
    const summary = this.engine.summaryOf(callee);
    return (
      summary.unknown ||
      summary.outcomes.some((outcome) =>
        outcome.objects.some(
          (o) => o.kind === 'lock' && o.detail === flagsLock && ((o.bits & HELD) !== 0 || (o.bits === LOCK.none && o.count < 0)),
        ),
      )
    );
  }
}

const made = new WeakMap<readonly Contract[], RegExp>();

function wordsOf(contracts: readonly Contract[]): RegExp {
  const known = made.get(contracts);
  if (known !== undefined) return known;
  const names = contracts.filter((c) => c.ops?.some((op) => (op.op === 'lock' || op.op === 'unlock') && op.ref.endsWith(flagsLock)));
  const words = new RegExp([flagsLock, ...names.map((c) => c.name)].join('|'));
  made.set(contracts, words);
  return words;
}

/** Calls in the order in which they are looked at: the function's own file first, small callers first. Independent of what is known already. */
function nearFirst(fn: FunctionDef, refs: readonly Reference[]): readonly Reference[] {
  const size = (ref: Reference): number => ref.caller.item.end - ref.caller.item.start;
  const far = (ref: Reference): number => (ref.caller.file.path === fn.file.path ? 0 : 1);
  return refs.filter((ref) => ref.isCall).sort((a, b) => far(a) - far(b) || size(a) - size(b) || (a.caller.key < b.caller.key ? -1 : 1));
}
