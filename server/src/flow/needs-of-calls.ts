/** What a call asks for: by the tables, or by the body of what it calls. */

import { flagsLock, pagesInitMembers } from '../contracts/protected.js';
import type { Contract, Need } from '../contracts/schema.js';
import type { Span } from '../syntax/ast.js';
import type { Call } from './calls.js';
import { LOCK, PAGES } from './events.js';
import { oneOfNeed } from './holds.js';
import { driverLockOf, guardVerdict, isUnderFlag, lockClassOf, lockKey } from './locking.js';
import { recordNeed } from './needs.js';
import { resolve, resolveLoc } from './operations.js';
import { freedVerdict, initialisedVerdict, isFreshMemory, pagesOfRange, rangeUnmapped } from './pages.js';
import { isPossible } from './predicates.js';
import type { FunctionRun } from './run.js';
import { type State, Z } from './state.js';
import type { Loc, Substitution, Term } from './term.js';
import { addressOf, isNameable, memberLoc, pointee, substitute, ZERO } from './term.js';

/** Judges what the tables ask for before a call. */
export function applyNeed(run: FunctionRun, need: Need, contract: Contract, args: readonly Term[], e: Call, s: State): void {
  const unknownRet = ZERO;
  switch (need.need) {
    case 'held':
    case 'free': {
      const loc = resolveLoc(need.ref, args, unknownRet, s);
      if (loc === undefined) return;
      lockNeed(run, need.need, need.need === 'held' ? need.mode : undefined, loc, e, contract.name, contract, s);
      return;
    }
    case 'initialised': {
      const subject = resolve(need.ref, args, unknownRet, s);
      if (subject === undefined) return;
      const key = `pages:${pointee(subject).key}`;
      const bits =
        s.object(key)?.bits ??
        (isFreshMemory(run, s, pointee(subject)) && isBlank(s.read(memberLoc(pointee(subject), pagesInitMembers[1] ?? '')))
          ? PAGES.raw
          : undefined);
      pagesNeed(run, 'initialised', subject, initialisedVerdict(bits), e, contract.name, contract, s);
      return;
    }
    case 'unmapped': {
      const subject = resolve(need.ref, args, unknownRet, s);
      if (subject === undefined || run.engine.program.facts.removeUnmapsPages || handsOn(run)) return;
      pagesNeed(run, 'unmapped', subject, unmappedVerdict(run, s, subject), e, contract.name, contract, s);
      return;
    }
    case 'all-unmapped': {
      const subject = resolve(need.ref, args, unknownRet, s);
      if (subject === undefined || run.engine.program.facts.removeUnmapsPages) return;
      pagesNeed(run, 'all-unmapped', subject, allUnmappedVerdict(s, subject), e, contract.name, contract, s);
      return;
    }
    case 'context': {
      const flagLoc = resolveLoc(need.flag, args, unknownRet, s);
      const lockLoc = resolveLoc(need.lock, args, unknownRet, s);
      if (flagLoc === undefined || lockLoc === undefined) return;
      contextNeed(run, s.read(flagLoc), lockLoc, e, contract.name, contract, s);
      return;
    }
    case 'driver-lock': {
      const subject = resolve(need.ref, args, unknownRet, s);
      if (subject === undefined) return;
      driverNeed(run, subject, e, contract.name, contract, s);
      return;
    }
    default:
  }
}

/** True in a function whose own contract hands the unmapping to its callers. */
function handsOn(run: FunctionRun): boolean {
  return run.engine.contracts.of(run.fn.name)?.needs?.some((n) => n.need === 'unmapped' || n.need === 'all-unmapped') === true;
}

/** True for a member of fresh memory that nobody wrote. */
function isBlank(value: Term): boolean {
  return (value.kind === 'int' && value.value === 0) || (value.kind === 'fresh' && value.id.startsWith('raw'));
}

function unmappedVerdict(run: FunctionRun, s: State, range: Term): 'ok' | 'bad' | 'inherited' | 'unknown' {
  const verdict = rangeUnmapped(run, s, range);
  return verdict === 'inherited' && !isNameable(range) ? 'bad' : verdict;
}

const keyOfPages = (run: FunctionRun, range: Term): string => {
  const [first] = pagesOfRange(run, range);
  return first === undefined ? '' : `pages:${first.loc.key}`;
};

const HELD = LOCK.read | LOCK.write | LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny;

/** True when a lock of the same declared class is held by another way to it: that may be the very same lock. */
function isHeldElsewhere(run: FunctionRun, s: State, lockClass: string): boolean {
  const { engine } = run;
  if (!engine.contracts.hasOwnLocks || !lockClass.includes('.')) return false;
  for (const [, object] of s.objects())
    if (object.kind === 'lock' && object.detail === lockClass && (object.bits & HELD) !== 0) return true;
  return engine.mayHold(s, lockClass);
}

const allUnmappedVerdict = (s: State, subject: Term): 'ok' | 'inherited' =>
  s.object(`ranges:${subject.key}`)?.bits === PAGES.unmapped ? 'ok' : 'inherited';

/** Records what a call needs of pages: by the tables, or handed on by its callee. */
function pagesNeed(
  run: FunctionRun,
  need: 'initialised' | 'unmapped' | 'all-unmapped',
  subject: Term,
  verdict: 'ok' | 'bad' | 'inherited' | 'unknown',
  e: Call,
  what: string,
  contract: Contract | undefined,
  s: State,
  from?: import('./events.js').InheritedNeed,
): void {
  const key =
    need === 'initialised' ? `pages:${pointee(subject).key}` : need === 'unmapped' ? keyOfPages(run, subject) : `ranges:${subject.key}`;
  recordNeed(run, { need, verdict, subject, key, span: e, what, contract, state: s, expr: e, from });
}

/** Judges that a lock is held, or free. */
export function lockNeed(
  run: FunctionRun,
  kind: 'held' | 'free',
  mode: 'read' | 'write' | undefined,
  loc: Loc,
  span: Span,
  what: string,
  contract: Contract | undefined,
  s: State,
  from?: import('./events.js').InheritedNeed,
): void {
  const key = lockKey(run, s, loc);
  const bits = s.object(key)?.bits;
  let verdict: 'ok' | 'bad' | 'inherited' | 'unknown';
  if (kind === 'held' && ((bits ?? LOCK.none) & HELD) === 0 && isHeldElsewhere(run, s, lockClassOf(run, loc))) verdict = 'unknown';
  else if (bits === undefined && (s.entry === 'none' || (s.entry === 'no-notifier' && lockClassOf(run, loc) === flagsLock)))
    verdict = s.indirect ? 'unknown' : kind === 'free' ? 'ok' : 'bad';
  else if (bits === undefined) verdict = s.indirect ? 'unknown' : 'inherited';
  else if (bits & LOCK.lost) verdict = 'unknown';
  else if (s.indirect && bits === LOCK.none && s.object(key)?.site === undefined) verdict = kind === 'free' ? 'ok' : 'unknown';
  else if (kind === 'free' && run.told.get(key) === true) verdict = bits === LOCK.none ? 'ok' : 'unknown';
  else if (kind === 'free') verdict = bits === LOCK.none ? 'ok' : (bits & LOCK.none) === 0 ? 'bad' : 'unknown';
  else if (bits === LOCK.none) verdict = 'bad';
  else if (bits & LOCK.none) verdict = 'unknown';
  else if (mode === 'write')
    verdict = bits & (LOCK.write | LOCK.callerWrite) ? 'ok' : bits & (LOCK.read | LOCK.callerRead) ? 'bad' : 'unknown';
  else verdict = bits & HELD ? 'ok' : 'unknown';
  recordNeed(run, {
    need: kind,
    mode,
    verdict,
    subject: addressOf(loc),
    key,
    span,
    what,
    contract,
    detail: lockClassOf(run, loc),
    state: s,
    lock: loc,
    from,
  });
  if (kind === 'free' && bits === undefined) {
    if (run.notes() && !isUnderFlag(run, s)) run.entryFree.add(lockClassOf(run, loc));
    s.setObject(key, { kind: 'lock', bits: LOCK.none, count: 0, detail: lockClassOf(run, loc), term: addressOf(loc), site: undefined });
  }
}

function contextNeed(
  run: FunctionRun,
  flag: Term,
  lock: Loc,
  span: Span,
  what: string,
  contract: Contract | undefined,
  s: State,
  from?: import('./events.js').InheritedNeed,
): void {
  const c = s.constraint(flag);
  const key = lockKey(run, s, lock);
  const bits = s.object(key)?.bits ?? (s.entry === 'caller' || s.indirect ? undefined : LOCK.none);
  let verdict: 'ok' | 'bad' | 'inherited' | 'unknown' = 'unknown';
  const set = (c.bits & Z) === 0;
  const clear = c.bits === Z;
  // Held for read is wrong either way: too little with the flag, taken twice without it.
  if (!set && !clear && bits !== undefined && bits !== 0 && (bits & ~(LOCK.read | LOCK.callerRead)) === 0) verdict = 'bad';
  else if (!set && !clear) verdict = isNameable(flag) ? 'inherited' : 'unknown';
  else if (bits === undefined) verdict = 'inherited';
  else if (bits & LOCK.lost) verdict = 'unknown';
  else if (set)
    verdict =
      bits & (LOCK.write | LOCK.callerWrite)
        ? 'ok'
        : bits === LOCK.none || (bits & ~(LOCK.read | LOCK.callerRead)) === 0
          ? 'bad'
          : 'unknown';
  else verdict = bits === LOCK.none ? 'ok' : (bits & LOCK.none) === 0 ? 'bad' : 'unknown';
  recordNeed(run, {
    need: 'context',
    verdict,
    subject: flag,
    key,
    span,
    what,
    contract,
    detail: set ? 'set' : 'clear',
    state: s,
    lock,
    from,
  });
  if (clear && bits === undefined) {
    if (run.notes() && !isUnderFlag(run, s)) run.entryFree.add(lockClassOf(run, lock));
    s.setObject(key, { kind: 'lock', bits: LOCK.none, count: 0, detail: lockClassOf(run, lock), term: addressOf(lock), site: undefined });
  }
}

function driverNeed(
  run: FunctionRun,
  gpusvm: Term,
  span: Span,
  what: string,
  contract: Contract | undefined,
  s: State,
  from?: import('./events.js').InheritedNeed,
): void {
  const lock = driverLockOf(run, gpusvm);
  if (lock === undefined) return;
  const key = lockKey(run, s, lock);
  const bits = s.object(key)?.bits ?? (s.entry === 'none' && !s.indirect ? LOCK.none : undefined);
  const verdict =
    bits === undefined ? 'inherited' : bits & LOCK.lost ? 'unknown' : bits === LOCK.none ? 'bad' : bits & LOCK.none ? 'unknown' : 'ok';
  recordNeed(run, {
    need: 'driver-lock',
    verdict,
    subject: gpusvm,
    key,
    span,
    what,
    contract,
    detail: lockClassOf(run, lock),
    state: s,
    lock,
    from,
  });
}

/** Judges at a call what its callee left to the callers. */
export function inheritedNeed(
  run: FunctionRun,
  need: import('./events.js').InheritedNeed,
  by: Substitution,
  e: Call,
  s: State,
  name: string,
): void {
  if (!need.ways.some((conds) => conds.every(({ term, constraint }) => isPossible(s, substitute(term, by), constraint)))) return;
  const subject = substitute(need.subject, by);
  switch (need.kind) {
    case 'held':
    case 'free':
      if (need.alternatives !== undefined) {
        oneOfNeed(run, need, by, e, name, s);
        return;
      }
      lockNeed(run, need.kind, need.mode, pointee(subject), e, name, need.origin.contract, s, need);
      return;
    case 'context':
      if (need.lock !== undefined)
        contextNeed(run, subject, pointee(substitute(addressOf(need.lock), by)), e, name, need.origin.contract, s, need);
      return;
    case 'driver-lock':
      driverNeed(run, subject, e, name, need.origin.contract, s, need);
      return;
    case 'unmapped':
      pagesNeed(run, 'unmapped', subject, unmappedVerdict(run, s, subject), e, name, need.origin.contract, s, need);
      return;
    case 'all-unmapped':
      pagesNeed(run, 'all-unmapped', subject, allUnmappedVerdict(s, subject), e, name, need.origin.contract, s, need);
      return;
    case 'initialised': {
      const key = `pages:${pointee(subject).key}`;
      const bits = s.object(key)?.bits ?? (isFreshMemory(run, s, pointee(subject)) ? PAGES.raw : undefined);
      pagesNeed(run, 'initialised', subject, initialisedVerdict(bits), e, name, need.origin.contract, s, need);
      return;
    }
    case 'freed': {
      const loc = pointee(subject);
      recordNeed(run, {
        need: 'freed',
        verdict: freedVerdict(run, s, loc),
        subject,
        key: `pages:${loc.key}`,
        span: e,
        what: name,
        state: s,
        expr: e,
        from: need,
      });
      return;
    }
    case 'guarded':
    case 'flags-read':
    case 'flags-write': {
      const { what } = need.origin;
      const lockClass = run.engine.contracts.guarded.find((one) => `${one.structTag}.${one.member}` === what)?.lock ?? flagsLock;
      const verdict = isFreshMemory(run, s, pointee(subject)) ? 'ok' : guardVerdict(run, s, lockClass);
      recordNeed(run, {
        need: need.kind,
        mode: need.mode,
        verdict,
        subject,
        key: `class:${lockClass}`,
        span: e,
        what: name,
        detail: lockClass,
        state: s,
        expr: e,
        from: need,
      });
      return;
    }
    default:
  }
}
