/** A return that leaves a lock held, a release of what is not held, or a mix of read and write. */
import { contextLocks } from '../../contracts/protected.js';
import { Engine } from '../../flow/engine.js';
import type { FlowEvent, Frame } from '../../flow/events.js';
import { LOCK } from '../../flow/events.js';
import { MAYBE_DROPPED, RETAKEN } from '../../flow/locking.js';
import { P, type State, type Tracked, Z } from '../../flow/state.js';
import type { FunctionDef } from '../../program/types.js';
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixLeftHeld, fixMode, fixRepeated } from './fix.js';
import { isSwitchedOff, isSwitchedOn } from './switched.js';

interface Exit {
  readonly span: Span;
  readonly class: string;
  readonly state: State;
  /** Classes the returned value may have. */
  readonly value: number;
  /** True for a constant: NULL, or an error by name. */
  readonly isConstant: boolean;
}

/** What one release met on the paths that reach it. */
interface Unlock {
  readonly span: Span;
  readonly lock: string;
  readonly key: string;
  /** Where it was taken, by the places' beginnings. */
  readonly taken: Map<number, Span>;
  /** Taken here on some path. */
  readonly held: boolean;
  /** A path on which nobody took it. */
  readonly free: State | undefined;
  /** True when what is released has several names: locks of elements that another walk took. */
  readonly isMany: boolean;
}

const unlocks = new WeakMap<FunctionContext, Map<number, Unlock>>();
const exits = new WeakMap<FunctionContext, Exit[]>();
const MINE = LOCK.read | LOCK.write;
/** Count of a lock that a callee has left held. */
const FROM_CALL = 3;
/** Functions below one that are looked at for a release; beyond, nothing is sure. */
const MOST_CALLED = 150;

/** See README.md beside this file. */
export const lockLeftHeld: Rule = {
  id: 'lock-left-held',
  onEvent(event: FlowEvent, _frame: Frame, context: FunctionContext) {
    if (event.kind === 'exit') {
      const list = exits.get(context) ?? [];
      const value = event.value === undefined ? 7 : event.state.constraint(event.value).bits;
      const isConstant = event.expr === undefined || event.value?.kind === 'int';
      list.push({
        span: event.span,
        class: event.class,
        state: event.state,
        value,
        isConstant: isConstant && event.expr?.kind !== 'member',
      });
      exits.set(context, list);
    }
    if (event.kind === 'back' && !event.state.joined) noteRound(event.state, event.head.id, context);
    if (event.kind !== 'unlock') return;
    if ((event.problem === 'none' || event.problem === 'inherited') && !contextLocks.has(event.lock)) {
      const seen = unlocks.get(context) ?? new Map<number, Unlock>();
      unlocks.set(context, seen);
      const at = seen.get(event.span.start) ?? {
        span: event.span,
        lock: event.lock,
        key: event.key,
        held: false,
        free: undefined,
        taken: new Map<number, Span>(),
        isMany: false,
      };
      const isMany = at.isMany || (event.key !== at.key && event.key.includes('!it'));
      const site = event.problem === 'none' ? event.state.object(event.key)?.site : undefined;
      if (site?.fn === context.fn.key) at.taken.set(site.span.start, site.span);
      seen.set(
        event.span.start,
        event.problem === 'none'
          ? { ...at, held: true, isMany }
          : event.state.joined || event.state.indirect
            ? { ...at, isMany }
            : { ...at, free: event.state, isMany },
      );
    }
    if (event.state.joined) return;
    if (event.problem === 'mode') {
      context.report({
        span: event.span,
        message: `the lock's count is corrupted: \`${event.lock}\` was taken for ${(event.held & (LOCK.read | LOCK.callerRead)) !== 0 ? 'read' : 'write'} and is released for the other; release it as it was taken`,
        trail: event.state.trail,
        keys: [event.key],
        fixes: fixMode(event.span, context),
      });
    } else if (event.problem === 'unheld' && !contextLocks.has(event.lock)) {
      const site = event.state.object(event.key)?.site;
      context.report({
        span: event.span,
        message: `a lock that is not held is released: \`${event.lock}\` was released on this path already; leave this release out, or jump past it`,
        trail: event.state.trail,
        keys: [event.key],
        fixes: site?.fn === context.fn.key ? fixRepeated(site.span, context) : [],
      });
    }
  },
  finish(context) {
    for (const { key, lock, state } of rounds(context).values()) {
      const isReleased = [...(unlocks.get(context)?.values() ?? [])].some((one) => one.key === key && one.held);
      if (!isReleased || lock.site === undefined || !isSurelyHeld(lock, context)) continue;
      context.report({
        span: lock.site.span,
        message: `the next one to take \`${lock.detail}\` of this element hangs: a round of the loop ends with it held, and others give it back; release it before going on`,
        trail: state.trail,
        keys: [key],
      });
    }
    for (const at of unlocks.get(context)?.values() ?? []) {
      if (!at.held || at.free === undefined || at.isMany || isSwitched(context, at)) continue;
      context.report({
        span: at.span,
        message: `a lock that is not held is released: one path comes here without having taken \`${at.lock}\`; release it before the label, or jump past it`,
        trail: at.free.trail,
        keys: [at.key],
      });
    }
    const list = exits.get(context) ?? [];
    const keys = new Set<string>();
    for (const exit of list) for (const [key, o] of exit.state.objects()) if (o.kind === 'lock') keys.add(key);
    for (const key of keys) judgeLock(context, key, list);
  },
};

/** True for a return that never touched a lock. */
const isBefore = (e: Exit, key: string): boolean => e.state.object(key) === undefined && !e.state.indirect && !e.state.joined;

/** Locks of an element that were held when its round was over. */
const rounds = perFunction(() => new Map<string, { readonly key: string; readonly lock: Tracked; readonly state: State }>());

function noteRound(state: State, head: number, context: FunctionContext): void {
  for (const [key, lock] of state.objects()) {
    if (lock.kind !== 'lock' || (lock.bits & MINE) === 0 || (lock.bits & ~MINE) !== 0 || lock.count === FROM_CALL) continue;
    if (key.includes(`!it${head}:`) && lock.site?.fn === context.fn.key && !contextLocks.has(lock.detail))
      rounds(context).set(key, { key, lock, state });
  }
}

/** True for the lock of an element that is told where its round ends, or that is given back under another name: in a later walk over the same elements. */
function isOfElement(context: FunctionContext, key: string, lockClass: string): boolean {
  const given = [...(unlocks.get(context)?.values() ?? [])];
  return rounds(context).has(key) || given.some((one) => one.lock === lockClass && one.key !== key);
}

function isSwitched(context: FunctionContext, at: Unlock): boolean {
  const cfg = context.engine.cfgOf(context.fn);
  return cfg !== undefined && [...at.taken.values()].some((taken) => isSwitchedOn(cfg, at.span, taken));
}

function isReleasedUnderTest(context: FunctionContext, key: string, taken: Span, exit: Span): boolean {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined) return false;
  return [...(unlocks.get(context)?.values() ?? [])].some((one) => one.key === key && isSwitchedOff(cfg, taken, one.span, exit));
}

function judgeLock(context: FunctionContext, key: string, list: readonly Exit[]): void {
  const held = (e: Exit): Tracked | undefined => {
    const o = e.state.object(key);
    return o !== undefined && o.bits & MINE && !(o.bits & ~MINE) && o.count !== RETAKEN && o.count !== MAYBE_DROPPED ? o : undefined;
  };
  const holding = list.filter((e) => held(e) !== undefined);
  // A function that releases it somewhere balances it: where nothing is known of it, this function has not taken it.
  const balances = [...(unlocks.get(context)?.values() ?? [])].some((one) => one.key === key && one.held);
  const free = list.filter((e) => e.state.object(key)?.bits === LOCK.none);
  const untouched = balances ? list.filter((e) => e.state.object(key) === undefined && !e.state.indirect) : [];
  for (const e of holding) {
    const o = held(e);
    if (o === undefined || (key.includes('!it') && (contextLocks.has(o.detail) || isOfElement(context, key, o.detail)))) continue;
    // Held for sure only when nobody was called since who may have released it.
    const isSure = isSurelyHeld(o, context);
    // An error of unknown sign is a failure all the same.
    const isError = e.class === 'unknown' && isSure && context.ast.returnType.pointers === 0 && (e.value & Z) === 0;
    // Who drops there what the caller has taken tells nothing of what is taken here: one function that locks or unlocks as it is told.
    const given = free.filter((f) => (f.state.object(key)?.count ?? 0) >= 0);
    // Released where it fails, kept where it does not: the lock is for the caller, who knows when there is none.
    const isForCaller = e.class === 'success' && given.length > 0 && given.every((f) => f.class !== 'success');
    // The object is given locked, or NULL.
    if (context.ast.returnType.pointers > 0 && !e.isConstant && given.length > 0 && given.every((f) => f.isConstant)) continue;
    const counter = (isSure && !isForCaller ? [...given, ...untouched] : given).find((f) =>
      e.class === 'failure'
        ? true
        : ((f.class === e.class || isError) && ((f.value & e.value) !== 0 || e.class === 'void')) ||
          isRefused(context, o.detail, e, f, holding),
    );
    // What a callee left behind when it refused, and nobody gives back, is told there.
    const taker = o.count === FROM_CALL && o.site !== undefined ? calleeAt(o.site.span, context) : undefined;
    if (taker?.ast()?.returnType.base === 'bool' && !isGivenBack(taker, o.detail, context)) continue;
    if (o.site?.fn === context.fn.key && isReleasedUnderTest(context, key, o.site.span, e.span)) continue;
    const successHeld = list.some((f) => f.class === 'success' && held(f) !== undefined);
    // Failures that a caller cannot tell apart: one before the lock was taken, one behind.
    const isKept = isSure || o.count === FROM_CALL;
    const early = isKept && e.class === 'failure' && successHeld ? list.find((f) => isBefore(f, key) && (f.value & Z) === 0) : undefined;
    const bad =
      early !== undefined || (counter !== undefined && !(e.class === 'failure' && successHeld && !free.some((f) => f.class === 'failure')));
    if (!bad) continue;
    // A wait/wound lock comes and goes with its context; only a plain failure or a function without a result is sure.
    if (contextLocks.has(o.detail) && e.class !== 'failure' && e.class !== 'void') continue;
    context.report({
      span: e.span,
      message: `the next one to take \`${o.detail}\` hangs: this return leaves it held, and others do not; release it before returning`,
      trail: e.state.trail,
      keys: [key],
      fixes: fixFor(context, key, e, { free, list, isHeld: (one) => held(one) !== undefined }),
    });
  }
}

/** The function called at a place of this function. */
function calleeAt(span: Span, context: FunctionContext): FunctionDef | undefined {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(span.start, span.end))?.[0];
  return name === undefined ? undefined : context.program.findFunction(name, context.fn.file);
}

/** True when something that is called, and not followed, says the lock's name: it may come back without it. */
function mayBeReleased(lock: Tracked, context: FunctionContext): boolean {
  // A name such as `lock` says little: with the member that holds it, it says more.
  const path = lock.term?.kind === 'addr' ? lock.term.loc.path.filter((part) => part !== '[]').slice(-2) : [];
  const name = path.length === 2 ? path.join('\\s*(?:->|\\.)\\s*') : lock.detail.slice(lock.detail.lastIndexOf('.') + 1);
  return saysName(context.fn, new RegExp(`(?:->|\\.|&)\\s*${name}\\b`), new Set(), context);
}

/** True when nobody who was called since a lock was taken can have released it. */
const isSurelyHeld = (lock: Tracked, context: FunctionContext): boolean =>
  lock.count === 1 || (lock.count === 2 && !mayBeReleased(lock, context));

function saysName(fn: FunctionDef, name: RegExp, seen: Set<string>, context: FunctionContext): boolean {
  const { engine, program } = context;
  seen.add(fn.key);
  for (const match of Engine.textOf(fn).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const called = match[1] ?? '';
    if (engine.contracts.of(called) !== undefined || engine.contracts.isHarmless(called)) continue;
    const callee = program.findFunction(called, fn.file);
    if (callee === undefined || seen.has(callee.key)) continue;
    if (engine.isWorthwhile(callee) && !engine.summaryOf(callee).unknown) continue;
    if (seen.size > MOST_CALLED || name.test(Engine.textOf(callee)) || saysName(callee, name, seen, context)) return true;
  }
  return false;
}

/** True for a `false` that leaves the lock held where every `true` gives it back, and no caller ever releases it. */
function isRefused(context: FunctionContext, lockClass: string, e: Exit, free: Exit, holding: readonly Exit[]): boolean {
  if (context.ast.returnType.base !== 'bool' || e.value !== Z || free.value !== P || holding.some((one) => one.value !== Z)) return false;
  return !isGivenBack(context.fn, lockClass, context);
}

/** True when a caller gives back a lock that it got from a function; also when there is nobody to look at. */
function isGivenBack(taker: FunctionDef, lockClass: string, context: FunctionContext): boolean {
  const callers = context.program.references(taker).filter((ref) => ref.caller.key !== taker.key && !ref.caller.item.alternative);
  return (
    callers.length === 0 ||
    callers.some(({ caller, isCall }) => {
      let gives = !isCall;
      const facts = context.engine.replay(caller, (event) => {
        if (event.kind !== 'unlock' || event.lock !== lockClass) return;
        gives ||= event.problem === 'inherited' || event.state.object(event.key)?.count === FROM_CALL;
      });
      return gives || facts.limit !== undefined;
    })
  );
}

/** The release that another return's path has made, for this one. */
function fixFor(
  context: FunctionContext,
  key: string,
  exit: Exit,
  { free, list, isHeld }: { readonly free: readonly Exit[]; readonly list: readonly Exit[]; isHeld(one: Exit): boolean },
): readonly Fix[] {
  const site = free.map((one) => one.state.object(key)?.site).find((one) => one?.fn === context.fn.key);
  const isShared = list.some((one) => one.span.start === exit.span.start && !isHeld(one));
  return site === undefined ? [] : fixLeftHeld({ exit: exit.span, trail: exit.state.trail, key, isShared }, site.span, context);
}
