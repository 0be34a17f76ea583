/** How the notifier lock stands where functions are called: at calls, behind pointers, and for asserts of several alternatives. */
import { assertContract } from '../contracts/locks.js';
import { flagsLock } from '../contracts/protected.js';
import type { CallbackContract, Contract } from '../contracts/schema.js';
import type { Expr } from '../syntax/ast.js';
import { type Call, isKnownCall } from './calls.js';
import type { HeldLock, InheritedNeed } from './events.js';
import { LOCK } from './events.js';
import { classBits, lockAtEntry, lockClassOf, lockKey } from './locking.js';
import { recordNeed } from './needs.js';
import { lockNeed } from './needs-of-calls.js';
import type { FunctionRun } from './run.js';
import { P, type State, Z } from './state.js';
import type { Loc, Substitution, Term } from './term.js';
import { addressOf, loadOf, localLoc, memberLoc, param, pointee, substitute } from './term.js';
import { memberOf } from './types.js';
import { evaluate } from './values.js';

/** How a lock stands for a need. */
type Standing = 'ok' | 'bad' | 'inherited' | 'unknown';

const HELD = LOCK.read | LOCK.write | LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny;
const ASSUMED = 'mark:assumed:';

/** Whether a lock is held, in a mode. */
export function holding(run: FunctionRun, mode: 'read' | 'write' | undefined, loc: Loc, s: State): Standing {
  const key = lockKey(run, s, loc);
  const bits = s.object(key)?.bits;
  if (bits === undefined) {
    const isFree = s.entry === 'none' || (s.entry === 'no-notifier' && lockClassOf(run, loc) === flagsLock);
    return s.indirect ? 'unknown' : isFree ? 'bad' : 'inherited';
  }
  if (bits & LOCK.lost || (s.indirect && bits === LOCK.none && s.object(key)?.site === undefined)) return 'unknown';
  if (bits === LOCK.none) return 'bad';
  if (bits & LOCK.none) return 'unknown';
  if (mode === 'write') return bits & (LOCK.write | LOCK.callerWrite) ? 'ok' : bits & (LOCK.read | LOCK.callerRead) ? 'bad' : 'unknown';
  return bits & HELD ? 'ok' : 'unknown';
}

/** Notes a lock of which a function asks whether it is held, and which nothing is known of. */
export function assume(run: FunctionRun, s: State, loc: Loc, mode: 'read' | 'write' | undefined, e: Call): void {
  const key = lockKey(run, s, loc);
  if (s.object(key) !== undefined) return;
  s.setObject(`${ASSUMED}${key}`, { kind: 'mark', bits: 1, count: 0, detail: mode ?? '', term: undefined, site: run.site(e) });
}

/** An assert of alternatives came true by what was assumed of the caller's locks: the caller must bring one of these ways. */
export function alternativeNeed(run: FunctionRun, name: string, e: Call, s: State): void {
  const way: HeldLock[] = [];
  for (const [key, o] of [...s.objects()]) {
    if (!key.startsWith(ASSUMED)) continue;
    const lock = s.object(key.slice(ASSUMED.length))?.term;
    if (lock !== undefined) way.push({ lock, mode: o.detail === 'read' || o.detail === 'write' ? o.detail : undefined });
    s.dropObject(key);
  }
  const main = way.find(({ lock }) => lockClassOf(run, pointee(lock)) === flagsLock);
  if (main === undefined) return;
  recordNeed(run, {
    need: 'held',
    mode: 'write',
    verdict: 'inherited',
    subject: main.lock,
    key: lockKey(run, s, pointee(main.lock)),
    span: e,
    what: name,
    contract: assertContract,
    detail: flagsLock,
    state: s,
    lock: pointee(main.lock),
    alternatives: [way],
  });
}

/** A need of one of several ways, at a call. */
export function oneOfNeed(run: FunctionRun, need: InheritedNeed, by: Substitution, e: Call, name: string, s: State): void {
  const ways = (need.alternatives ?? []).map((way) => way.map(({ lock, mode }) => ({ lock: substitute(lock, by), mode })));
  const verdicts = ways.map((way) => {
    const parts = way.map(({ lock, mode }) => holding(run, mode, pointee(lock), s));
    return (['bad', 'unknown', 'inherited'] as const).find((worst) => parts.includes(worst)) ?? 'ok';
  });
  const verdict = (['ok', 'inherited', 'unknown'] as const).find((best) => verdicts.includes(best)) ?? 'bad';
  const lock = pointee(substitute(need.subject, by));
  recordNeed(run, {
    need: 'held',
    mode: (classBits(run, s, flagsLock) ?? LOCK.none) === LOCK.none ? undefined : 'write',
    verdict,
    subject: addressOf(lock),
    key: lockKey(run, s, lock),
    span: e,
    what: name,
    contract: need.origin.contract,
    detail: flagsLock,
    state: s,
    lock,
    from: need,
    alternatives: ways,
  });
}

/** A callback that relies on a lock: whoever calls it holds it. */
export function calledUnder(run: FunctionRun, held: NonNullable<CallbackContract['held']>, name: string, e: Call, s: State): void {
  for (const { ref, mode } of held) {
    const [head, ...rest] = ref.split('.');
    const arg = e.args[Number(head)];
    if (arg === undefined) continue;
    run.quiet = true;
    evaluate(run, arg, s.copy(), (t, value) => lockNeed(run, 'held', mode, memberLoc(pointee(value), ...rest), e, name, undefined, t));
    run.quiet = false;
  }
}

/** The call that gives a lock its place, when it chooses among several: asked again, it chooses the same one. */
export function lockChoice(
  run: FunctionRun,
  contract: Contract,
  e: Call,
): { readonly name: string; readonly args: readonly Expr[] } | undefined {
  const [arg] = e.args;
  if (arg?.kind !== 'call' || arg.callee.kind !== 'name' || !contract.ops?.some((op) => op.op === 'lock' || op.op === 'unlock'))
    return undefined;
  const { name } = arg.callee;
  if (isKnownCall(run, name)) return undefined;
  const fn = run.engine.program.findFunction(name, run.fn.file);
  const outcomes = fn === undefined ? [] : run.engine.summaryOf(fn).outcomes;
  if (new Set(outcomes.map((o) => o.ret?.key)).size < 2 || outcomes.some((o) => o.objects.length + o.writes.length > 0)) return undefined;
  return { name, args: arg.args };
}

/** True when a call through a pointer may come back with the notifier lock taken or dropped; what a caller hands in to be called leaves it as it was. */
export function mayChangeLock(run: FunctionRun, callee: Expr, s: State): boolean {
  if (callee.kind === 'member') return run.engine.mayLock(callee.field, run.fn.file, memberOf(callee, run.scope)?.structTag);
  if (callee.kind === 'deref') return mayChangeLock(run, callee.operand, s);
  if (callee.kind !== 'name') return callee.kind === 'index' || callee.kind === 'conditional';
  const value = s.read(localLoc(callee.name));
  if (value.kind === 'function') {
    const fn = run.engine.program.findFunction(value.name, run.fn.file);
    return fn === undefined || run.engine.mayChangeLock(fn);
  }
  const member = value.kind === 'load' ? value.loc.path.at(-1) : undefined;
  return member === undefined ? value.kind !== 'param' : run.engine.mayLock(member, run.fn.file);
}

/** Remembers how the notifier lock stands at a call of a function of the program, or of one handed to a call: what is needed deep below may be judged by it. */
export function noteHolds(run: FunctionRun, name: string | undefined, args: readonly Term[], s: State): void {
  if (name !== undefined) noteHold(run, name, s);
  for (const arg of args) {
    if (arg.kind === 'function') noteHold(run, arg.name, s);
    if (arg.kind !== 'addr' || arg.loc.root.kind !== 'local') continue;
    const below = `${arg.loc.key}.`;
    for (const cell of s.cells()) if (cell.term.kind === 'function' && cell.loc.key.startsWith(below)) noteHold(run, cell.term.name, s);
  }
}

function noteHold(run: FunctionRun, name: string, s: State): void {
  const bits = classBits(run, s, flagsLock) ?? lockAtEntry(s, flagsLock);
  const counts = run.holds.get(name) ?? { ok: 0, bad: 0, inherited: 0, unknown: 0 };
  if (bits === undefined) counts[s.indirect ? 'unknown' : 'inherited']++;
  else if (bits & LOCK.lost || (s.indirect && bits === LOCK.none)) counts.unknown++;
  else if (bits === LOCK.none) counts.bad++;
  else counts[bits & LOCK.none ? 'unknown' : 'ok']++;
  run.holds.set(name, counts);
}

/** A function whose own contract ties a flag to a lock begins in two states: the flag set and the lock held for write, or neither. */
export function byContext(run: FunctionRun, s: State): readonly State[] {
  const tie = run.engine.contracts.of(run.fn.name)?.needs?.find((need) => need.need === 'context');
  if (tie?.need !== 'context') return [s];
  const [flag, lock] = [tie.flag, tie.lock].map((ref) => {
    const [head, ...rest] = ref.split('.');
    return memberLoc(pointee(param(Number(head))), ...rest);
  });
  if (flag === undefined || lock === undefined) return [s];
  const value = loadOf(flag);
  run.terms.set(value.key, value);
  return [true, false].map((isSet) => {
    const state = s.copy();
    state.setConstraint(value, { bits: isSet ? P : Z, eq: isSet ? undefined : 0, ne: [] });
    const bits = isSet ? LOCK.callerWrite : LOCK.none;
    const detail = lockClassOf(run, lock);
    state.setObject(`lock:${lock.key}`, { kind: 'lock', bits, count: 0, detail, term: addressOf(lock), site: undefined });
    return state;
  });
}
