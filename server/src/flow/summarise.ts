/** A function's summary from its exits: what each kind of return leaves behind, in terms of parameters. */

import { flagsLock } from '../contracts/protected.js';
import { nameableConds } from './deeds.js';
import type { InheritedNeed, ObjectEffect, Outcome, Summary } from './events.js';
import { LOCK } from './events.js';
import { rootKey } from './keys.js';
import { lockClassOf, MAYBE_DROPPED, RETAKEN } from './locking.js';
import type { FunctionRun } from './run.js';
import type { Constraint, State } from './state.js';
import { union } from './state.js';
import type { Term } from './term.js';
import { fresh, isNameable, isNameableLoc, pointee } from './term.js';

const MAX_OUTCOMES = 10;
const CALLERS = LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny;

/** Builds the summary of a finished run. */
export function summarise(run: FunctionRun): Summary {
  const unknown = run.limit !== undefined;
  const merged = new Map<string, Outcome>();
  if (!unknown) {
    for (const exit of run.exits) {
      const outcome = outcomeOf(run, exit.state, exit.value);
      const key = outcomeKey(outcome);
      const old = merged.get(key);
      merged.set(key, old === undefined ? outcome : joinOutcomes(old, outcome));
    }
  }
  let outcomes = [...merged.values()];
  if (outcomes.length > 6) {
    const byClass = new Map<string, Outcome>();
    for (const outcome of outcomes) {
      const key = `${effectKey(outcome)}|${outcome.ret === undefined ? '' : outcome.retConstraint.bits}|${outcome.writes
        .filter((w) => w.loc.path.length === 0)
        .map((w) => `${w.loc.key}${w.term?.key ?? ''}`)
        .join()}`;
      const old = byClass.get(key);
      byClass.set(key, old === undefined ? outcome : joinOutcomes(old, outcome));
    }
    outcomes = [...byClass.values()];
  }
  if (outcomes.length > MAX_OUTCOMES) {
    const byEffect = new Map<string, Outcome>();
    for (const outcome of outcomes) {
      const loose = { ...outcome, conds: [], writes: outcome.writes.map((w) => ({ ...w, term: undefined, zero: false })) };
      const key = `${effectKey(loose)}|${loose.ret === undefined ? '' : loose.retConstraint.bits}`;
      const old = byEffect.get(key);
      byEffect.set(key, old === undefined ? loose : joinOutcomes(old, loose));
    }
    outcomes = [...byEffect.values()];
  }
  outcomes = consistentLocks(outcomes);
  if (outcomes.some((o) => o.objects.some((x) => x.kind === 'pages' && !isNameable(x.term))))
    outcomes = outcomes.map((o) => ({ ...o, objects: o.objects.filter((x) => x.prefix !== 'mark:fresh:') }));
  if (outcomes.some((o) => o.joined))
    outcomes = outcomes.map((o) => ({ ...o, objects: o.objects.filter((x) => x.prefix !== 'mark:fresh:') }));
  const needs = [...run.needs.values()].filter((need) => isNameable(need.subject) && !isTakenBelow(run, need));
  const hash = `${unknown}|${outcomes.map(outcomeKey).join('\n')}|${needs.map((n) => `${n.origin.id}>${n.subject.key}`).join()}|${[...run.deeds.keys()].join()}|${[...run.escapes].join()}/${[...run.memoryEscapes].join()}|${[...run.entryFree].join()}`;
  return {
    key: run.fn.key,
    outcomes,
    needs,
    deeds: [...run.deeds.values()],
    escapes: [...run.escapes],
    memoryEscapes: [...run.memoryEscapes],
    entryFree: run.entryFree,
    handsBack: run.handsBack,
    unknown,
    verdicts: run.verdicts,
    holds: run.holds,
    hash,
  };
}

/** True for a hold that the function itself gives up without having taken it: something that it calls took it. */
function isTakenBelow(run: FunctionRun, need: InheritedNeed): boolean {
  if (need.kind !== 'held' && need.kind !== 'guarded') return false;
  return run.handsBack.has(need.kind === 'guarded' ? flagsLock : lockClassOf(run, pointee(need.subject)));
}

/** Counts of a lock held at the end of which the caller hears nothing. */
const UNSURE: ReadonlySet<number> = new Set([2, RETAKEN, MAYBE_DROPPED]);

function outcomeOf(run: FunctionRun, s: State, value: Term | undefined): Outcome {
  const isVoid = run.ast.returnType.base === 'void' && run.ast.returnType.pointers === 0;
  const ret = isVoid ? undefined : value;
  const retKey = ret === undefined ? '' : rootKey(ret);
  const visible = (term: Term): boolean =>
    isNameable(term) || (ret !== undefined && rootKey(term) === retKey && !rootKey(term).startsWith('v:'));
  const objects: ObjectEffect[] = [];
  for (const [key, o] of s.objects()) {
    if (o.term === undefined || o.kind === 'errno' || o.kind === 'iter' || o.kind === 'written') continue;
    if (!visible(o.term)) continue;
    if (o.kind === 'lock' && (o.bits & LOCK.lost || (UNSURE.has(o.count) && o.bits & (LOCK.read | LOCK.write)))) continue;
    // What is dropped here and was taken below is nothing that the caller brings.
    if (o.kind === 'lock' && (o.bits & CALLERS) !== 0 && run.handsBack.has(o.detail)) continue;
    if (o.kind === 'mark' && key.startsWith('mark:fresh:') && ret === undefined) continue;
    // What a declaration asks is looked at where it is called, and tells the caller nothing.
    if (o.kind === 'lock' && o.site === undefined && run.told.has(key)) continue;
    const isLocal = (t: Term): boolean =>
      t.kind === 'addr' || t.kind === 'load'
        ? t.loc.root.kind === 'local' || (t.loc.root.kind === 'pointee' && isLocal(t.loc.root.term))
        : t.kind === 'up'
          ? isLocal(t.of)
          : false;
    if (isLocal(o.term)) continue;
    const prefix = o.kind === 'mark' ? markPrefix(key) : `${o.kind}:`;
    objects.push({ kind: o.kind, term: o.term, prefix, bits: o.bits, count: o.count, detail: o.detail, site: o.site });
  }
  for (const [key, o] of s.objects())
    if (o.kind === 'mark' && o.term === undefined && !key.startsWith('mark:made:') && !key.startsWith('mark:must:') && key !== 'mark:walk')
      objects.push({ kind: 'mark', term: fresh('none'), prefix: key, bits: o.bits, count: 0, detail: o.detail, site: o.site });
  const writes: { loc: Outcome['writes'][number]['loc']; term: Term | undefined; zero: boolean }[] = [];
  for (const cell of s.cells()) {
    const under = cell.loc.root.kind === 'pointee' && ret !== undefined && rootKey(cell.loc.root.term) === retKey;
    if (cell.loc.root.kind === 'local' || !(isNameableLoc(cell.loc) || under)) continue;
    if (writes.length > 40) break;
    writes.push({
      loc: cell.loc,
      term: isNameable(cell.term) || cell.term.kind === 'fresh' || (ret !== undefined && cell.term.key === ret.key) ? cell.term : undefined,
      zero: false,
    });
  }
  for (const blank of s.blankCells()) {
    const under = blank.loc.root.kind === 'pointee' && ret !== undefined && rootKey(blank.loc.root.term) === retKey;
    if (blank.loc.root.kind === 'local' || !(isNameableLoc(blank.loc) || under)) continue;
    writes.unshift({ loc: blank.loc, term: undefined, zero: blank.since === 'zero' });
  }
  const retConstraint: Constraint = ret === undefined ? { bits: 7, eq: undefined, ne: [] } : s.constraint(ret);
  return { ret, retConstraint, conds: nameableConds(run, s), objects, writes, trail: s.trail, indirect: s.indirect, joined: s.joined };
}

function markPrefix(key: string): string {
  const second = key.indexOf(':', key.indexOf(':') + 1);
  return key.slice(0, second + 1);
}

function effectKey(o: Outcome): string {
  return o.objects
    .filter((x) => !(x.kind === 'lock' && x.bits === LOCK.none && x.count >= 0) && x.prefix !== 'mark:fresh:')
    .map((x) => `${x.prefix}${x.term.key}=${x.bits},${x.count}`)
    .sort()
    .join(';');
}

function retClass(o: Outcome): string {
  if (o.ret === undefined) return '';
  if (o.ret.kind === 'int') return `#${o.ret.value}`;
  return isNameable(o.ret) ? o.ret.key : `${o.retConstraint.bits}${o.retConstraint.eq ?? ''}`;
}

/** Outcomes are told apart by their effects, the class they return and the flags that decided it. */
function outcomeKey(o: Outcome): string {
  const writes = o.writes
    .filter((w) => !w.zero && w.term?.kind === 'int' && w.loc.path.length === 0)
    .map((w) => `${w.loc.key}:${w.term?.key}`)
    .sort()
    .join();
  const effects = effectKey(o);
  return `${effects}|${retClass(o)}|${writes}${
    effects === ''
      ? ''
      : o.conds
          .filter((c) => c.term.kind === 'load' || c.term.kind === 'param')
          .map((c) => `${c.term.key}:${c.constraint.bits}`)
          .sort()
          .join()
  }`;
}

function joinOutcomes(a: Outcome, b: Outcome): Outcome {
  const conds = a.conds.flatMap((c) => {
    const other = b.conds.find((d) => d.term.key === c.term.key);
    if (other === undefined) return [];
    const constraint = union(c.constraint, other.constraint);
    return constraint.bits === 7 && constraint.ne.length === 0 ? [] : [{ term: c.term, constraint }];
  });
  const writes = new Map(a.writes.map((w) => [w.loc.key, w]));
  for (const w of b.writes) {
    const mine = writes.get(w.loc.key);
    if (mine === undefined || mine.term?.key !== w.term?.key || mine.zero !== w.zero)
      writes.set(w.loc.key, { loc: w.loc, term: undefined, zero: false });
  }
  for (const w of a.writes)
    if (!b.writes.some((x) => x.loc.key === w.loc.key)) writes.set(w.loc.key, { loc: w.loc, term: undefined, zero: false });
  const sameRet = a.ret?.key === b.ret?.key;
  const ret = sameRet || a.ret === undefined ? a.ret : fresh(`ret|${retClass(a)}`);
  return {
    ret,
    retConstraint: union(a.retConstraint, b.retConstraint),
    conds,
    objects: a.objects,
    writes: [...writes.values()],
    trail: (a.trail?.length ?? 0) <= (b.trail?.length ?? 0) ? a.trail : b.trail,
    indirect: a.indirect || b.indirect,
    joined: a.joined || b.joined,
  };
}

/**
 * A lock that a function leaves held counts only where all its returns of a kind agree: a wrapper that locks.
 * Where they do not, the function's own report says so, and callers are not told.
 */
function consistentLocks(outcomes: readonly Outcome[]): Outcome[] {
  const classOf = (o: Outcome): string =>
    o.ret === undefined
      ? 'void'
      : o.ret.kind === 'int'
        ? `${Math.sign(o.ret.value)}`
        : (o.retConstraint.bits & 2) === 0
          ? `${o.retConstraint.bits}`
          : o.retConstraint.bits === 2
            ? '-1'
            : 'any';
  const taken = (o: Outcome): Set<string> =>
    new Set(o.objects.filter((x) => x.kind === 'lock' && (x.bits & (LOCK.read | LOCK.write)) !== 0).map((x) => `${x.term.key}`));
  const groups = new Map<string, Outcome[]>();
  for (const o of outcomes) groups.set(classOf(o), [...(groups.get(classOf(o)) ?? []), o]);
  const unsure = new Set<string>();
  for (const group of groups.values()) {
    const all = group.map(taken);
    for (const set of all) for (const key of set) if (!all.every((other) => other.has(key))) unsure.add(key);
  }
  return unsure.size === 0
    ? [...outcomes]
    : outcomes.map((o) => ({
        ...o,
        objects: o.objects.map((x) => (x.kind === 'lock' && unsure.has(x.term.key) ? { ...x, bits: LOCK.lost, count: 0 } : x)),
      }));
}
