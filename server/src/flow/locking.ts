/** Locks of a state: taken, dropped, asked for. */

import { contextLocks, flagsLock, singletonLocks } from '../contracts/protected.js';
import type { Expr, Span } from '../syntax/ast.js';
import { deed } from './deeds.js';
import { ASKED, askedMark, LOCK } from './events.js';
import { recordNeed } from './needs.js';
import type { FunctionRun } from './run.js';
import { ANY, P, type State, type Tracked, Z } from './state.js';
import type { Loc, Term } from './term.js';
import { addressOf, isNameableLoc, pointee } from './term.js';

/** A need of a guarding lock, judged by the lock's class. */
export function guardedNeed(
  run: FunctionRun,
  s: State,
  loc: Loc,
  lockClass: string,
  what: string,
  kind: 'guarded' | 'flags-read' | 'flags-write',
  mode: 'read' | 'write' | undefined,
  e: Expr,
): void {
  recordNeed(run, {
    need: kind,
    mode,
    verdict: guardVerdict(run, s, lockClass),
    subject: addressOf(loc),
    key: `class:${lockClass}`,
    span: e,
    what,
    detail: lockClass,
    state: s,
    expr: e,
  });
}

/** Whether a lock class is held in a state, as far as that is known. */
export function guardVerdict(run: FunctionRun, s: State, lockClass: string): 'ok' | 'bad' | 'inherited' | 'unknown' {
  const bits = classBits(run, s, lockClass) ?? lockAtEntry(s, lockClass);
  if (bits === undefined) return s.indirect || run.engine.mayHold(s, lockClass) ? 'unknown' : 'inherited';
  if (bits & LOCK.lost) return 'unknown';
  if (bits === LOCK.none) return 'bad';
  return bits & LOCK.none ? 'unknown' : 'ok';
}

/** What is known of a lock class that the function has not touched: outside of the driver the notifier lock is not held, of others nothing is known. */
export function lockAtEntry(s: State, lockClass: string): number | undefined {
  return s.entry === 'none' || (s.entry === 'no-notifier' && lockClass === flagsLock) ? LOCK.none : undefined;
}

/** State of a lock class anywhere in a state. */
export function classBits(run: FunctionRun, s: State, lockClass: string): number | undefined {
  return run.engine.classBits(s, lockClass);
}

/** Count of a lock that was the caller's, was dropped and is taken again: it is as it was on entry. */
export const RETAKEN = 4;

/** The key under which a lock is tracked: exact, or the one held lock of a singleton class. */
export function lockKey(run: FunctionRun, s: State, loc: Loc): string {
  const exact = `lock:${loc.key}`;
  if (s.object(exact) !== undefined) return exact;
  const cls = lockClassOf(run, loc);
  if (!singletonLocks.has(cls)) return exact;
  let other: string | undefined;
  for (const [key, object] of s.objects()) {
    if (object.kind !== 'lock' || object.detail !== cls) continue;
    if (other === undefined || object.bits !== LOCK.none) other = key;
  }
  return other ?? exact;
}

/** Count of a lock that was taken here, and that a function which was called since, and which drops some lock, may have dropped. */
export const MAYBE_DROPPED = 5;

/** The caller's lock that was dropped and is taken again through a pointer which had to be read anew: who slept meanwhile cannot tell that it is the same. */
function retakenKey(s: State, loc: Loc, cls: string): string | undefined {
  if (loc.root.kind !== 'pointee' || s.object(`lock:${loc.key}`) !== undefined) return undefined;
  const dropped = [...s.objects()].filter(([, o]) => o.kind === 'lock' && o.detail === cls && o.bits === LOCK.none && o.count < 0);
  const [other] = dropped;
  return dropped.length === 1 && other !== undefined && (loc.key.includes('!') || other[0].includes('!')) ? other[0] : undefined;
}

/** One of an array of locks: which one is told by an index, and each round of a loop has another. */
const isOfArray = (loc: Loc): boolean => loc.path.at(-1) === '[]';

/** Takes a lock. */
export function takeLock(run: FunctionRun, s: State, loc: Loc, mode: 'read' | 'write', span: Span, quiet = false, known?: string): void {
  if (isOfArray(loc)) return;
  const cls = lockClassOf(run, loc);
  const key = retakenKey(s, loc, cls) ?? lockKey(run, s, loc);
  const old = s.object(key);
  const rank = known ?? run.engine.rankOf(loc, cls, run.fn);
  if (rank !== undefined && !quiet && run.notes())
    deed(run, s, { what: cls, doing: `takes:${rank}`, origin: run.site(span), conds: [], chain: [] }, span);
  const mine = LOCK.read | LOCK.write;
  if (run.engine.isDriverLock(loc, run.fn) && run.notes())
    deed(run, s, { what: cls, doing: 'driver-lock', origin: run.site(span), conds: [], chain: [] }, span);
  if (!quiet && !contextLocks.has(cls) && old !== undefined && (old.bits & ~mine) === 0 && (old.count === 1 || old.count === RETAKEN))
    run.emit({ kind: 'lock-twice', lock: cls, key, span, state: s });
  if (old === undefined && !quiet && !contextLocks.has(cls)) {
    if (run.notes() && !isUnderFlag(run, s)) run.entryFree.add(cls);
    recordNeed(run, {
      need: 'free',
      verdict: 'inherited',
      subject: addressOf(loc),
      key,
      span,
      what: cls,
      detail: cls,
      state: s,
      lock: loc,
    });
  } else if (
    !quiet &&
    !contextLocks.has(cls) &&
    old !== undefined &&
    old.site?.fn === run.fn.key &&
    old.bits & (LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny)
  ) {
    if ((old.bits & LOCK.none) === 0) run.emit({ kind: 'lock-twice', lock: cls, key, span, state: s });
  }
  s.setObject(key, {
    kind: 'lock',
    bits: mode === 'read' ? LOCK.read : LOCK.write,
    count: old?.bits === LOCK.none && old.count < 0 ? RETAKEN : quiet ? 3 : 1,
    detail: cls,
    term: addressOf(loc),
    site: run.site(span),
    ...(rank === undefined ? {} : { rank }),
  });
  s.step(run.site(span), key, `takes \`${cls}\` for ${mode}`);
}

/** True when a flag that the function tests more than once decided the path: what it tells of the entry holds for that value only. */
export function isUnderFlag(run: FunctionRun, s: State): boolean {
  for (const key of run.correlated) {
    const term = run.terms.get(key);
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

/** The struct that a lock is a member of, by the pointer that leads there; undefined when it cannot be told. */
function ownerTag(run: FunctionRun, loc: Loc | undefined): string | undefined {
  return loc?.root.kind === 'pointee' ? run.engine.pointeeTag(loc.root.term, run.fn) : undefined;
}

/** What is to be said of a release; undefined when nothing is. */
function unlockProblem(
  old: Tracked | undefined,
  mode: 'read' | 'write' | undefined,
  viaCall: boolean,
): 'inherited' | 'unheld' | 'mode' | 'none' | undefined {
  if (old === undefined || old.count === RETAKEN) return 'inherited';
  if (old.bits === LOCK.none) return viaCall ? undefined : 'unheld';
  if ((old.bits === LOCK.read && mode === 'write') || (old.bits === LOCK.write && mode === 'read')) return 'mode';
  // Held by the caller, for sure in one mode.
  if ((old.bits === LOCK.callerRead && mode === 'write') || (old.bits === LOCK.callerWrite && mode === 'read')) return 'mode';
  const mine = LOCK.read | LOCK.write;
  return (old.bits & mine) !== 0 && (old.bits & ~mine) === 0 ? 'none' : undefined;
}

/** True for a place behind a pointer that is NULL here: nobody comes this way. */
function isNowhere(s: State, loc: Loc): boolean {
  if (loc.root.kind !== 'pointee') return false;
  const { term } = loc.root;
  return s.constraint(term).bits === Z || (term.kind === 'load' && isNowhere(s, term.loc));
}

/** Drops a lock. `owner`: the struct that holds it, where the one who drops it knows. */
export function dropLock(
  run: FunctionRun,
  s: State,
  loc: Loc,
  mode: 'read' | 'write' | undefined,
  span: Span,
  quiet = false,
  viaCall = false,
  owner?: string,
): void {
  if (isOfArray(loc)) return;
  let key = lockKey(run, s, loc);
  const cls = lockClassOf(run, loc);
  if (s.object(key) === undefined) {
    const alias = [...s.objects()].filter(([, o]) => o.kind === 'lock' && o.detail === cls && (o.bits & (LOCK.read | LOCK.write)) !== 0);
    const [other] = alias;
    if (alias.length === 1 && other !== undefined) {
      // A member of another struct is another lock, whatever its name.
      const theirs = ownerTag(run, other[1].term === undefined ? undefined : pointee(other[1].term));
      const mine = owner ?? ownerTag(run, loc);
      if (mine === undefined || theirs === undefined || mine === theirs) key = other[0];
    }
  }
  const old = s.object(key);
  if (old === undefined || (old.bits & (LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny)) !== 0) run.handsBack.add(cls);
  const problem = quiet ? undefined : unlockProblem(old, mode, viaCall);
  if (problem !== undefined && !isNowhere(s, loc)) {
    const held = problem === 'none' || problem === 'mode' ? (old?.bits ?? 0) : 0;
    run.emit({ kind: 'unlock', lock: cls, key, problem, span, state: s, held });
  }
  if (old === undefined && s.indirect) {
    s.setObject(key, { kind: 'lock', bits: LOCK.lost, count: 0, detail: cls, term: addressOf(loc), site: run.site(span) });
    return;
  }
  if (old === undefined && !isNameableLoc(loc)) return;
  s.setObject(key, {
    kind: 'lock',
    bits: LOCK.none,
    count:
      old === undefined || old.count === RETAKEN
        ? -1
        : old.count > 0
          ? 0
          : old.count === 0 && old.bits & (LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny)
            ? -1
            : old.count,
    detail: cls,
    term: addressOf(loc),
    site: run.site(span),
  });
  const asked = cls === flagsLock ? s.object(askedMark) : undefined;
  if (asked !== undefined) s.setObject(askedMark, { ...asked, bits: ASKED.before });
  if (cls === flagsLock) for (const [k, o] of [...s.objects()]) if (o.kind === 'pages' && o.count === 1) s.setObject(k, { ...o, count: 0 });
  s.step(run.site(span), key, `drops \`${cls}\``);
}

/** Name of a lock's class: its last member, or the variable. */
export function lockClassOf(run: FunctionRun, loc: Loc): string {
  return run.engine.lockClass(loc, run.fn, run.tags);
}

/** The lock a driver named for a GPU SVM object; undefined when it named none. */
export function driverLockOf(run: FunctionRun, gpusvm: Term): Loc | undefined {
  return run.engine.driverLock(gpusvm, run.fn);
}
