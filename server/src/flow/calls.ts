/** Calls: by contract, by summary of the body, or by what little is known of a stranger. */

import { borrowing } from '../contracts/borrows.js';
import { isDemand } from '../contracts/demand.js';
import { assertMacros } from '../contracts/locks.js';
import { assumptions, conditionSecond, valueHelpers } from '../contracts/memory.js';
import { flagsLock, pagesInitMembers, sequenceMember } from '../contracts/protected.js';
import type { Contract, Need, Op, ResultKind } from '../contracts/schema.js';
import type { Expr, Span, TypeRef } from '../syntax/ast.js';
import { carried } from './dma-detail.js';
import type { Deed, Outcome, Summary } from './events.js';
import { DMA, LOCK, PAGES } from './events.js';
import type { FunctionRun, Then } from './run.js';
import { ownerOf, rootKey } from './run.js';
import type { Constraint, State } from './state.js';
import { ANY, N, P, TOP, Z } from './state.js';
import type { Loc, Substitution, Term } from './term.js';
import {
  addressOf,
  fresh,
  int,
  isNameable,
  localLoc,
  memberLoc,
  mentions,
  operate,
  pointee,
  substitute,
  substituteLoc,
  ZERO,
} from './term.js';
import { memberOf, typeOf } from './types.js';

type Call = Expr & { readonly kind: 'call' };

/** True for names whose meaning the tables give. */
export function isKnownCall(run: FunctionRun, name: string): boolean {
  return run.engine.contracts.of(name) !== undefined || run.engine.contracts.isHarmless(name) || Object.hasOwn(valueHelpers, name);
}

/** Evaluates arguments left to right. */
function evaluateArgs(run: FunctionRun, args: readonly Expr[], s: State, then: (s: State, values: readonly Term[]) => void): void {
  const go = (index: number, state: State, values: readonly Term[]): void => {
    const arg = args[index];
    if (arg === undefined) {
      then(state, values);
      return;
    }
    if (arg.kind === 'type') {
      go(index + 1, state, [...values, ZERO]);
      return;
    }
    run.evaluate(arg, state, (t, v) => go(index + 1, t, [...values, v]));
  };
  go(0, s, []);
}

/** One call. */
export function applyCall(run: FunctionRun, e: Call, s: State, then: Then, discarded: boolean): void {
  const name = e.callee.kind === 'name' ? e.callee.name : undefined;
  if (name !== undefined && run.cfg.types.has(name)) {
    strange(run, undefined, e, s, then);
    return;
  }
  if (name === undefined) {
    if (e.callee.kind === 'member') {
      const info = memberOf(e.callee, run.scope);
      const contract = info === undefined ? undefined : run.engine.contracts.callback(info.structTag, info.member.name)?.call;
      run.evaluate(e.callee, s, (t) => {
        if (contract === undefined) {
          strange(run, undefined, e, t, then, false, false, info !== undefined && borrowing.has(`${info.structTag}.${info.member.name}`));
          return;
        }
        t.indirect = true;
        byContract(run, contract.name, contract, e, t, then, discarded);
      });
      return;
    }
    strange(run, undefined, e, s, then);
    return;
  }
  if (helper(run, name, e, s, then)) return;
  const contract = run.engine.contracts.of(name);
  const fn = contract === undefined || isDemand(contract) ? run.engine.program.findFunction(name, run.fn.file) : undefined;
  const isBody = fn !== undefined && contract !== undefined;
  if (contract !== undefined && !isBody && !(contract.harmless === true && contract.ops === undefined && contract.pure !== true)) {
    byContract(run, name, contract, e, s, then, discarded);
    return;
  }
  if (run.engine.contracts.isHarmless(name)) {
    run.quiet = true;
    evaluateArgs(run, e.args, s, (t, args) => {
      run.quiet = false;
      const ret = run.make(t, callId(run, e), resultOf(run, name, contract?.result));
      if (run.final)
        args.forEach((arg, i) => {
          // A member's address is handed over to be looked through; a bare pointer may only be printed.
          const expr = e.args[i];
          if (expr?.kind === 'address') run.touch(t, arg, expr);
          if (!discarded && t.object(`dma:${arg.key}`) !== undefined)
            run.emit({ kind: 'dma', what: 'use', key: `dma:${arg.key}`, span: e, state: t, detail: name, before: '', expr });
        });
      run.emit({ kind: 'call', name, contract, expr: e, args, result: ret, discarded, state: t });
      then(t, ret);
      run.quiet = true;
    });
    run.quiet = false;
    return;
  }
  if (fn !== undefined && run.engine.isWorthwhile(fn)) {
    const summary = run.engine.summaryOf(fn);
    if (!summary.unknown) {
      bySummary(run, name, summary, e, s, then, discarded);
      return;
    }
  }
  strange(run, name, e, s, then, fn !== undefined, discarded);
}

/** What a function with a body asks of its callers in so many words, looked at before the call. */
function asked(run: FunctionRun, name: string, e: Call, s: State, args: readonly Term[]): void {
  const fn = run.engine.program.findFunction(name, run.fn.file);
  if (fn === undefined) return;
  const contract = run.engine.contracts.of(name);
  args.forEach((value, index) => {
    const expr = e.args[index];
    if (expr !== undefined) run.noteTag(value, expr);
  });
  for (const { need, words } of run.engine.declaredLocks(fn))
    applyNeed(run, need, { name, words, source: `${fn.file.path}: ${name}`, needs: [need] }, args, e, s);
  for (const need of contract?.needs ?? [])
    if (need.need !== 'held') applyNeed(run, need, contract ?? { name, words: '', source: '' }, args, e, s);
}

const callId = (run: FunctionRun, e: Span): string => `c${run.node.id}@${e.start}`;

function resultOf(run: FunctionRun, name: string, kind: ResultKind | undefined): Constraint {
  const of = (bits: number): Constraint => ({ bits, eq: undefined, ne: [] });
  switch (kind) {
    case 'errno':
      return of(Z | N);
    case 'errptr':
      return of(N | P);
    case 'null':
    case 'bool':
    case 'nonzero':
    case 'count':
      return of(Z | P);
    case 'valid':
      return of(P);
    case undefined: {
      const type = run.engine.program.findSignature(name, run.fn.file)?.returnType;
      return type !== undefined && isUnsigned(type) ? of(Z | P) : TOP;
    }
    default:
      return TOP;
  }
}

function isUnsigned(type: TypeRef): boolean {
  return type.pointers === 0 && /^(bool|_Bool|u8|u16|u32|u64|unsigned.*|size_t|dma_addr_t)$/.test(type.base);
}

/** Error pointers, likely(), READ_ONCE and other helpers that the engine folds. */
function helper(run: FunctionRun, name: string, e: Call, s: State, then: Then): boolean {
  const assume = assumptions[name];
  if (assume !== undefined && Object.hasOwn(assumptions, name)) {
    const arg = e.args[Math.max(assume, 0)];
    if (arg === undefined) then(s, ZERO);
    else
      run.evaluate(arg, s, (t, v) => {
        if (run.refine(t, v, assume >= 0)) then(t, ZERO);
      });
    return true;
  }
  if (assertMacros.includes(name)) {
    const [arg] = e.args;
    if (arg === undefined) then(s, ZERO);
    else
      run.evaluate(arg, s, (t, v) => {
        if (run.refine(t, v, true)) then(t, ZERO);
      });
    return true;
  }
  if (!Object.hasOwn(valueHelpers, name)) return false;
  const what = valueHelpers[name];
  const index = what === 'warn' && conditionSecond.has(name) ? 1 : 0;
  const arg = e.args[index];
  if (arg === undefined) return false;
  switch (what) {
    case 'is-err':
    case 'is-err-or-null':
      run.evaluate(arg, s, (t, v) => {
        const { bits } = t.constraint(v);
        const yes = what === 'is-err' ? N : N | Z;
        if ((bits & yes) === 0) then(t, ZERO);
        else if ((bits & ~yes & ANY) === 0) then(t, int(1));
        else then(t, operate(what === 'is-err' ? 'iserr' : 'iserrnull', v));
      });
      return true;
    case 'ptr-err':
      run.evaluate(arg, s, (t, v) => {
        const c = t.constraint(v);
        then(t, c.eq !== undefined ? int(c.eq) : operate('errptr', v));
      });
      return true;
    case 'ptr-err-or-zero':
      run.evaluate(arg, s, (t, v) => {
        const good = t.copy();
        if (run.refine(t, operate('iserr', v), true)) then(t, operate('errptr', v));
        if (run.refine(good, operate('iserr', v), false)) then(good, ZERO);
      });
      return true;
    case 'read-once':
      if (arg.kind === 'member') {
        run.locate(arg, s, (t, loc) => {
          run.emit({ kind: 'access', expr: arg, loc, write: false, once: true, state: t, value: undefined });
          then(t, t.read(loc));
        });
      } else run.evaluate(arg, s, then);
      return true;
    case 'write-once': {
      const [, value] = e.args;
      if (value === undefined) return false;
      run.evaluate(value, s, (t, v) =>
        run.locate(arg, t, (u, loc) => {
          if (arg.kind === 'member') run.emit({ kind: 'access', expr: arg, loc, write: true, once: true, state: u, value });
          run.put(u, loc, v, e, undefined, value);
          then(u, v);
        }),
      );
      return true;
    }
    case 'xchg': {
      const [, value] = e.args;
      if (value === undefined) return false;
      run.evaluate(arg, s, (t, p) =>
        run.evaluate(value, t, (u, v) => {
          const old = u.read(pointee(p));
          run.put(u, pointee(p), v, e, undefined, value);
          then(u, old);
        }),
      );
      return true;
    }
    case 'warn': {
      run.evaluate(arg, s, then);
      return true;
    }
    default:
      run.evaluate(arg, s, then);
      return true;
  }
}

/** What a reference names in a call: a value (for pointers, what they are). */
function resolve(ref: string, args: readonly Term[], ret: Term, s: State): Term | undefined {
  const star = ref.startsWith('*');
  const body = star ? ref.slice(1) : ref;
  const parts = body.split(/(->|\.)/);
  const head = parts[0] ?? '';
  let value: Term | undefined = head === 'ret' ? ret : args[Number(head)];
  if (value === undefined) return undefined;
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const member = parts[i + 1] ?? '';
    if (parts[i] === '->') value = s.read(pointee(value));
    value = addressOf(memberLoc(pointee(value), member));
  }
  return star ? s.read(pointee(value)) : value;
}

/** What a lock reference names: `0.gpusvm->notifier_lock` reads `gpusvm` first. */
export function resolveLoc(ref: string, args: readonly Term[], ret: Term, s: State): Loc | undefined {
  const parts = ref.split(/(->|\.)/);
  const head = parts[0] ?? '';
  let value: Term | undefined = head === 'ret' ? ret : args[Number(head)];
  if (value === undefined) return undefined;
  let loc = pointee(value);
  for (let i = 1; i + 1 < parts.length; i += 2) {
    if (parts[i] === '->') {
      value = s.read(loc);
      loc = pointee(value);
    }
    loc = memberLoc(loc, parts[i + 1] ?? '');
  }
  return loc;
}

function byContract(run: FunctionRun, name: string, contract: Contract, e: Call, s: State, then: Then, discarded: boolean): void {
  evaluateArgs(run, e.args, s, (t, args) => {
    if (run.final)
      args.forEach((arg, i) => {
        const expr = e.args[i];
        const family = contract.ops?.find((op) => op.op === 'release');
        if (expr !== undefined && !(family !== undefined && name.startsWith('k'))) run.touch(t, arg, expr);
      });
    for (const need of contract.needs ?? []) applyNeed(run, need, contract, args, e, t);
    for (const doing of doings(contract, e)) deed(run, t, { what: name, doing, origin: run.site(e), conds: [], chain: [] }, e);
    const split = contract.ok !== undefined || contract.fail !== undefined;
    const id = callId(run, e);
    const base = resultOf(run, name, contract.result);
    const underContext = contract.surelyWhenNull !== undefined && t.constraint(args[contract.surelyWhenNull] ?? ZERO).bits !== Z;
    const finish = (u: State, ret: Term, all: readonly Op[]): void => {
      const ops = underContext ? [] : all;
      for (const op of ops) if (!applyOp(run, op, name, args, ret, e, u, contract)) return;
      run.emit({ kind: 'call', name, contract, expr: e, args, result: ret, discarded, state: u });
      then(u, ret);
    };
    if (contract.returns !== undefined && !split) {
      finish(t, args[contract.returns] ?? ZERO, contract.ops ?? []);
      return;
    }
    if (contract.pure === true) {
      const ret = operate(name, ...args.filter((a) => a.kind !== 'string'));
      if (ret.kind !== 'int' && t.constraint(ret).bits === ANY && base !== TOP) t.constrain(ret, base);
      const check = contract.ops?.find((op) => op.op === 'dma-check');
      if (check !== undefined && check.op === 'dma-check') {
        const handle = args[Number(check.handle)];
        const key = handle === undefined ? '' : `dma:${handle.key}`;
        const object = t.object(key);
        if (object !== undefined) {
          const bad = t.copy();
          t.setObject(key, { ...object, bits: DMA.ok | (object.bits & DMA.stored) });
          bad.dropObject(key);
          bad.setObject(`mark:${key}`, { kind: 'mark', bits: 1, count: 0, detail: 'failed', term: undefined, site: object.site });
          bad.dropObject(`mark:${key}`);
          const bret = run.make(bad, `${id}f`, { bits: N, eq: undefined, ne: [] });
          finish(t, ZERO, []);
          finish(bad, bret, []);
          return;
        }
      }
      finish(
        t,
        ret,
        (contract.ops ?? []).filter((op) => op.op !== 'dma-check'),
      );
      return;
    }
    if (!split) {
      // The mapping of the round before is forgotten now: was it ever checked?
      const last = `dma:!${id}`;
      if (t.object(last) !== undefined)
        run.emit({ kind: 'dma', what: 'use', key: last, span: e, state: t, detail: '', before: '', expr: e });
      const ret = run.make(t, id, base);
      if (contract.mustCheck === true) noteMust(run, t, ret, e);
      finish(t, ret, contract.ops ?? []);
      return;
    }
    const okBits = successBits(contract.result);
    const bad = t.copy();
    const same = contract.returns === undefined ? undefined : args[contract.returns];
    const okRet = same ?? (contract.result === 'errno' ? ZERO : run.make(t, id, { bits: okBits & base.bits, eq: undefined, ne: [] }));
    if (same !== undefined && !t.constrain(same, { bits: P, eq: undefined, ne: [] })) return;
    const badBits = base.bits & ~okBits;
    finish(t, okRet, [...(contract.ops ?? []), ...(contract.ok ?? [])]);
    const sure = contract.surelyWhenNull === undefined ? undefined : args[contract.surelyWhenNull];
    if (badBits !== 0 && !(sure !== undefined && bad.constraint(sure).bits === Z)) {
      const looked = contract.fail?.some((op) => op.op === 'unlooked') === true;
      const badRet = badBits === Z && !looked ? ZERO : run.make(bad, `${id}f`, { bits: badBits, eq: undefined, ne: [] });
      if (contract.mustCheck === true) noteMust(run, bad, badRet, e);
      finish(bad, badRet, [...(contract.ops ?? []), ...(contract.fail ?? [])]);
    }
  });
}

/** Remembers that a result must not be forgotten. */
function noteMust(run: FunctionRun, s: State, ret: Term, e: Call): void {
  s.setObject(`mark:must:${ret.key}`, { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: run.site(e) });
}

function successBits(kind: ResultKind | undefined): number {
  return kind === 'errno' ? Z : P;
}

function doings(contract: Contract, e: Call): readonly string[] {
  if (contract.does === undefined) return [];
  const names = new Set<string>();
  const visit = (x: Expr): void => {
    if (x.kind === 'name') names.add(x.name);
    if (x.kind === 'binary') {
      visit(x.left);
      visit(x.right);
    }
  };
  if (contract.does.includes('alloc')) {
    for (const arg of e.args) visit(arg);
    if (names.has('GFP_ATOMIC') || names.has('GFP_NOWAIT') || names.has('GFP_NOIO') || names.has('GFP_NOFS'))
      return contract.does.filter((d) => d !== 'alloc');
    const { gfp } = contract;
    if (gfp !== undefined && e.args[gfp] !== undefined && !names.has('GFP_KERNEL') && !names.has('GFP_HIGHUSER') && !names.has('GFP_USER'))
      return contract.does.filter((d) => d !== 'alloc');
  }
  return contract.does;
}

/** Records something that some contexts forbid. */
export function deed(run: FunctionRun, s: State, d: Deed, span: Span): void {
  if (!run.notes()) return;
  run.emit({ kind: 'deed', deed: d, span, state: s });
  const key = `${d.what}:${d.doing}:${d.origin.fn}@${d.origin.span.start}`;
  if (run.deeds.has(key) || run.deeds.size > 40 || d.chain.length > 6) return;
  if (run.classBits(s, flagsLock) === LOCK.none) return;
  const conds = nameableConds(run, s);
  run.deeds.set(key, { ...d, conds, chain: [run.site(span), ...d.chain] });
}

/** What a state knows of things a caller can name. */
export function nameableConds(run: FunctionRun, s: State): { readonly term: Term; readonly constraint: Constraint }[] {
  const conds: { term: Term; constraint: Constraint }[] = [];
  for (const [key, constraint] of s.constraints()) {
    if (key.includes('!') || (constraint.bits === ANY && constraint.ne.length === 0)) continue;
    const term = run.terms.get(key);
    if (term !== undefined && isNameable(term) && conds.length < 12) conds.push({ term, constraint });
  }
  return conds;
}

function applyNeed(run: FunctionRun, need: Need, contract: Contract, args: readonly Term[], e: Call, s: State): void {
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
        (run.isFreshMemory(s, pointee(subject)) && isBlank(s.read(memberLoc(pointee(subject), pagesInitMembers[1] ?? '')))
          ? PAGES.raw
          : undefined);
      const verdict = bits === undefined ? 'inherited' : bits & (PAGES.lost | PAGES.entry) ? 'unknown' : bits === PAGES.raw ? 'bad' : 'ok';
      run.need({
        need: 'initialised',
        mode: undefined,
        verdict,
        subject,
        key,
        span: e,
        what: contract.name,
        contract,
        detail: '',
        state: s,
        expr: e,
        lock: undefined,
      });
      return;
    }
    case 'unmapped': {
      const subject = resolve(need.ref, args, unknownRet, s);
      if (subject === undefined || run.engine.program.facts.removeUnmapsPages || handsOn(run)) return;
      run.need({
        need: 'unmapped',
        mode: undefined,
        verdict: unmappedVerdict(run, s, subject),
        subject,
        key: keyOfPages(run, subject),
        span: e,
        what: contract.name,
        contract,
        detail: '',
        state: s,
        expr: e,
        lock: undefined,
      });
      return;
    }
    case 'all-unmapped': {
      const subject = resolve(need.ref, args, unknownRet, s);
      if (subject === undefined || run.engine.program.facts.removeUnmapsPages) return;
      const bits = s.object(`ranges:${subject.key}`)?.bits;
      run.need({
        need: 'all-unmapped',
        mode: undefined,
        verdict: bits === PAGES.unmapped ? 'ok' : 'inherited',
        subject,
        key: `ranges:${subject.key}`,
        span: e,
        what: contract.name,
        contract,
        detail: '',
        state: s,
        expr: e,
        lock: undefined,
      });
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
  const verdict = run.rangeUnmapped(s, range);
  return verdict === 'inherited' && !isNameable(range) ? 'bad' : verdict;
}

const keyOfPages = (run: FunctionRun, range: Term): string => {
  const [first] = run.pagesOfRange(range);
  return first === undefined ? '' : `pages:${first.loc.key}`;
};

const HELD = LOCK.read | LOCK.write | LOCK.callerRead | LOCK.callerWrite | LOCK.callerAny;

function lockNeed(
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
  const key = run.lockKey(s, loc);
  const bits = s.object(key)?.bits;
  let verdict: 'ok' | 'bad' | 'inherited' | 'unknown';
  if (bits === undefined && (s.entry === 'none' || (s.entry === 'no-notifier' && run.lockClass(loc) === flagsLock)))
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
  run.need({
    need: kind,
    mode,
    verdict,
    subject: addressOf(loc),
    key,
    span,
    what,
    contract,
    detail: run.lockClass(loc),
    state: s,
    expr: undefined,
    lock: loc,
    ...(from === undefined ? {} : { from }),
  });
  if (kind === 'free' && bits === undefined) {
    if (run.notes() && !run.underFlag(s)) run.entryFree.add(run.lockClass(loc));
    s.setObject(key, { kind: 'lock', bits: LOCK.none, count: 0, detail: run.lockClass(loc), term: addressOf(loc), site: undefined });
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
  const key = run.lockKey(s, lock);
  const bits = s.object(key)?.bits ?? (s.entry === 'caller' || s.indirect ? undefined : LOCK.none);
  let verdict: 'ok' | 'bad' | 'inherited' | 'unknown' = 'unknown';
  const set = (c.bits & Z) === 0;
  const clear = c.bits === Z;
  if (!set && !clear) verdict = isNameable(flag) ? 'inherited' : 'unknown';
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
  run.need({
    need: 'context',
    mode: undefined,
    verdict,
    subject: flag,
    key,
    span,
    what,
    contract,
    detail: set ? 'set' : 'clear',
    state: s,
    expr: undefined,
    lock,
    ...(from === undefined ? {} : { from }),
  });
  if (clear && bits === undefined) {
    if (run.notes() && !run.underFlag(s)) run.entryFree.add(run.lockClass(lock));
    s.setObject(key, { kind: 'lock', bits: LOCK.none, count: 0, detail: run.lockClass(lock), term: addressOf(lock), site: undefined });
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
  const lock = run.driverLock(gpusvm);
  if (lock === undefined) return;
  const key = run.lockKey(s, lock);
  const bits = s.object(key)?.bits ?? (s.entry === 'none' && !s.indirect ? LOCK.none : undefined);
  const verdict =
    bits === undefined ? 'inherited' : bits & LOCK.lost ? 'unknown' : bits === LOCK.none ? 'bad' : bits & LOCK.none ? 'unknown' : 'ok';
  run.need({
    need: 'driver-lock',
    mode: undefined,
    verdict,
    subject: gpusvm,
    key,
    span,
    what,
    contract,
    detail: run.lockClass(lock),
    state: s,
    expr: undefined,
    lock,
    ...(from === undefined ? {} : { from }),
  });
}

/** Pages that a contract's reference names. "The pages of this range" are the driver's own where ranges own none: a call of a helper that is gone still means them. */
function pagesNamed(run: FunctionRun, ref: string, args: readonly Term[], ret: Term, s: State): readonly Term[] {
  const ofRange = /^(.+)\.pages$/.exec(ref)?.[1];
  const subject = resolve(ofRange === undefined || run.engine.program.facts.rangeHasPages ? ref : ofRange, args, ret, s);
  if (subject === undefined) return [];
  if (ofRange === undefined || run.engine.program.facts.rangeHasPages) return [subject];
  return run.pagesOfRange(subject, s).map(({ loc }) => addressOf(loc));
}

/** Applies one effect; false when the path ends here. */
function applyOp(run: FunctionRun, op: Op, name: string, args: readonly Term[], ret: Term, e: Call, s: State, contract: Contract): boolean {
  const site = run.site(e);
  switch (op.op) {
    case 'lock':
    case 'unlock': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc === undefined) return true;
      if (op.op === 'lock')
        run.lock(s, loc, op.mode, e, contract.result === 'nonzero', contract.does?.includes('resv-lock') === true ? 'dma_resv' : undefined);
      else run.unlock(s, loc, op.mode, e);
      return true;
    }
    case 'downgrade': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc !== undefined) {
        const key = run.lockKey(s, loc);
        const old = s.object(key);
        if (old !== undefined && old.bits === LOCK.write) s.setObject(key, { ...old, bits: LOCK.read });
      }
      return true;
    }
    case 'assert-held': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc === undefined) return true;
      if (contract.result !== 'bool') lockNeed(run, 'held', op.mode, loc, e, name, contract, s);
      const key = run.lockKey(s, loc);
      if (s.object(key) === undefined)
        s.setObject(key, {
          kind: 'lock',
          bits: op.mode === 'write' ? LOCK.callerWrite : op.mode === 'read' ? LOCK.callerRead : LOCK.callerAny,
          count: 0,
          detail: run.lockClass(loc),
          term: addressOf(loc),
          site,
        });
      return true;
    }
    case 'assert-free': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc !== undefined) lockNeed(run, 'free', undefined, loc, e, name, contract, s);
      return true;
    }
    case 'pages': {
      for (const subject of pagesNamed(run, op.ref, args, ret, s)) run.setPages(s, subject, op.to, e, name, op.proven === true);
      return true;
    }
    case 'range': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject === undefined) return true;
      run.emit({ kind: 'range', to: op.to, subject, span: e, state: s });
      if (op.to === 'none-left')
        s.setObject(`ranges:${subject.key}`, { kind: 'ranges', bits: PAGES.unmapped, count: 0, detail: '', term: subject, site });
      else if (op.to === 'removed') {
        const own = ownerOf(s, subject);
        s.step(site, `pages:${rootKey(subject)}`, `\`${name}\` takes the range off the tree`);
        s.setObject(`mark:removed:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: 'range', term: subject, site });
        if (own === undefined || s.object(own)?.detail !== 'range')
          s.setObject(`mark:gone:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: 'range', term: subject, site });
      } else {
        s.setObject(`mark:marked:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: 'range', term: subject, site });
        s.step(site, `mark:marked:${rootKey(subject)}`, `\`${name}\` marks the range unmapped`);
      }
      return true;
    }
    case 'acquire': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject === undefined || (op.family === 'object' && op.ref !== 'ret' && isNameable(subject))) return true;
      run.acquire(s, subject, op.family, e, name, op.zeroed === true, op.array === true);
      return true;
    }
    case 'release': {
      const subject = resolve(op.ref, args, ret, s);
      const arg = e.args[Number(op.ref.replace(/\D.*/, ''))];
      if (subject !== undefined) run.release(s, subject, op.family, e, arg ?? e, name);
      return true;
    }
    case 'keep': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined) run.escape(s, subject);
      return true;
    }
    case 'publish': {
      const subject = resolve(op.ref, args, ret, s);
      const arg = e.args[Number(op.ref.replace(/\D.*/, ''))];
      if (subject !== undefined && arg !== undefined) {
        run.emit({ kind: 'publish', expr: arg, subject, span: e, state: s });
        run.publish(s, subject, arg, e);
      }
      return true;
    }
    case 'dma-map': {
      const handle = resolve(op.handle, args, ret, s);
      if (handle === undefined) return true;
      const key = `dma:${handle.key}`;
      const before = s.object(key);
      if (before !== undefined && op.handle !== 'ret')
        run.emit({ kind: 'dma', what: 'overwrite', key, span: e, state: s, detail: '', before: before.detail, expr: e });
      const part = (ref: string | undefined): string => (ref === undefined ? '' : (resolve(ref, args, ret, s)?.key ?? ''));
      s.setObject(key, {
        kind: 'dma',
        bits: op.checkedBy === 'dma-check' ? DMA.unchecked : DMA.ok,
        count: 0,
        detail: `${part(op.device)}|${part(op.size)}|${part(op.direction)}|${name}`,
        term: handle,
        site,
      });
      s.step(site, key, `\`${name}\` makes the mapping`);
      return true;
    }
    case 'dma-unmap': {
      const handle = resolve(op.handle, args, ret, s);
      if (handle === undefined) return true;
      const key = `dma:${handle.key}`;
      const part = (ref: string | undefined): string => (ref === undefined ? '' : (resolve(ref, args, ret, s)?.key ?? ''));
      run.emit({
        kind: 'dma',
        what: 'unmap',
        key,
        span: e,
        state: s,
        detail: `${part(op.device)}|${part(op.size)}|${part(op.direction)}|${name}`,
        before: s.object(key)?.detail ?? '',
        expr: e,
      });
      // What is not known by its name here stands for what was mapped elsewhere, or in earlier rounds.
      if (s.object(key) !== undefined) s.dropObject(key);
      else s.setObject(`mark:unmaps`, { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site });
      return true;
    }
    case 'proven': {
      const seq = resolve(op.ref, args, ret, s);
      if (seq?.kind !== 'load' || seq.loc.path.at(-1) !== sequenceMember) return true;
      const key = `pages:${seq.loc.key.slice(0, -sequenceMember.length - 1)}`;
      const pages = s.object(key);
      if (pages !== undefined) s.setObject(key, { ...pages, count: 1, detail: name });
      return true;
    }
    case 'shared': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined)
        s.setObject(`mark:shared:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: name, term: subject, site });
      return true;
    }
    case 'unlooked':
      s.setObject(`mark:failed:${ret.key}`, { kind: 'mark', bits: 1, count: 0, detail: name, term: ret, site });
      return true;
    case 'zero': {
      const subject = resolve(op.ref, args, ret, s);
      const fill = op.when === undefined ? undefined : args[op.when];
      if (subject !== undefined && (fill === undefined || s.constraint(fill).eq === 0)) s.zero(pointee(subject));
      return true;
    }
    case 'made': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined)
        s.setObject(`mark:made:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site });
      return true;
    }
    case 'evict':
      s.setObject('mark:evicted', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site });
      return true;
    case 'stop':
      return false;
    default:
      return true;
  }
}

/** A function whose body is known: its outcomes, in the caller's names. */
function bySummary(run: FunctionRun, name: string, summary: Summary, e: Call, s: State, then: Then, discarded: boolean): void {
  evaluateArgs(run, e.args, s, (pre, args) => {
    const id = callId(run, e);
    if (run.final)
      args.forEach((arg, i) => {
        const expr = e.args[i];
        if (expr !== undefined) run.touch(pre, arg, expr);
      });
    asked(run, name, e, pre, args);
    pre.renew(id);
    const by: Substitution = {
      param: (i) => args[i] ?? ZERO,
      fresh: (inner) => {
        const term = fresh(`${id}:${inner.length > 60 ? inner.slice(-60) : inner}`);
        run.terms.set(term.key, term);
        return term;
      },
      load: (loc) => pre.read(loc),
      local: (local) => localLoc(`${id}:${local}`),
    };
    for (const need of summary.needs) inheritedNeed(run, need, by, e, pre, name);
    for (const d of summary.deeds) {
      const possible = d.conds.every(({ term, constraint }) => compatible(pre.constraint(substitute(term, by)), constraint));
      if (possible) deed(run, pre, d, e);
    }
    const seen = new Set<string>();
    const unmaps = doesUnmap(summary);
    for (const outcome of summary.outcomes) {
      const t = pre.copy();
      if (unmaps) t.setObject('mark:unmaps', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: run.site(e) });
      lookedAt(t, args);
      if (outcome.indirect) t.indirect = true;
      if (!applyOutcome(run, name, outcome, by, e, t, args)) continue;
      for (const index of summary.escapes) {
        const arg = args[index];
        if (arg === undefined) continue;
        run.escape(t, arg);
        noteEscape(run, arg);
      }
      for (const index of summary.memoryEscapes) {
        const arg = args[index];
        if (arg === undefined) continue;
        run.escape(t, arg, undefined, true);
        noteEscape(run, arg, true);
      }
      let ret: Term = ZERO;
      if (outcome.ret !== undefined) {
        ret = substitute(outcome.ret, by);
        if (!t.constrain(ret, outcome.retConstraint)) continue;
        run.terms.set(ret.key, ret);
      } else ret = fresh(`${id}:void`);
      void seen;
      run.emit({ kind: 'call', name, contract: undefined, expr: e, args, result: ret, discarded, state: t });
      if (unmaps) run.unwound(t, args);
      then(t, ret);
    }
  });
}

/** True when a function drops mappings on some path: calling it is an unwinding, whatever it found to do. */
export function doesUnmap(summary: Summary): boolean {
  return summary.outcomes.some((o) => o.objects.some((x) => x.prefix === 'mark:unmaps'));
}

/** Results of failed mappings that are handed to a function, or tested, have been looked at. */
export function lookedAt(s: State, values: readonly Term[]): void {
  for (const [key, o] of [...s.objects()]) {
    if (!key.startsWith('mark:failed:') || o.term === undefined) continue;
    const { key: name } = o.term;
    if (values.some((v) => mentions(v.key, name))) s.dropObject(key);
  }
}

/** True when a term may be as a condition asks. */
function isPossible(s: State, term: Term, want: Constraint): boolean {
  if (!compatible(s.constraint(term), want)) return false;
  // A comparison with a constant, of what is known to be another one.
  if (term.kind !== 'op' || term.op !== '==' || want.bits !== P) return true;
  const [a, b] = term.args;
  return a === undefined || b === undefined || compatible(s.constraint(a), s.constraint(b));
}

function compatible(have: Constraint, want: Constraint): boolean {
  if ((have.bits & want.bits) === 0) return false;
  if (have.eq !== undefined && want.eq !== undefined && have.eq !== want.eq) return false;
  if (have.eq !== undefined && want.ne.includes(have.eq)) return false;
  return !(want.eq !== undefined && have.ne.includes(want.eq));
}

function applyOutcome(
  run: FunctionRun,
  name: string,
  outcome: Outcome,
  by: Substitution,
  e: Call,
  t: State,
  args: readonly Term[],
): boolean {
  const site = run.site(e);
  for (const { term, constraint } of outcome.conds) {
    const mine = substitute(term, by);
    run.terms.set(mine.key, mine);
    if (!t.constrain(mine, constraint)) return false;
  }
  const writes = outcome.writes.map((w) => ({
    loc: pointee(substitute(addressOf(w.loc), by)),
    term: w.term === undefined ? undefined : substitute(w.term, by),
    zero: w.zero,
  }));
  let stepped = false;
  const step = (key: string): void => {
    if (!stepped) t.step(site, key, `calls \`${name}\``, outcome.trail);
    stepped = true;
  };
  for (const effect of outcome.objects) {
    const term = substitute(effect.term, by);
    switch (effect.kind) {
      case 'lock': {
        const loc = pointee(term);
        if (outcome.joined) break;
        if (effect.bits & (LOCK.read | LOCK.write)) run.lock(t, loc, effect.bits & LOCK.write ? 'write' : 'read', e, true);
        else if (effect.bits === LOCK.none && effect.count < 0) run.unlock(t, loc, undefined, e, false, true);
        // What is asserted behind a call through a pointer may have been taken there.
        else if (!(outcome.indirect && (effect.bits & ~LOCK.none) !== 0)) {
          const key = run.lockKey(t, loc);
          if (t.object(key) === undefined)
            t.setObject(key, {
              kind: 'lock',
              bits: effect.bits,
              count: 0,
              detail: run.lockClass(loc),
              term: addressOf(loc),
              site: undefined,
            });
        }
        break;
      }
      case 'pages': {
        const key = `pages:${pointee(term).key}`;
        const before = t.object(key)?.bits ?? PAGES.entry;
        run.emit({ kind: 'pages', to: pagesWord(effect.bits), key, before, subject: term, span: e, state: t });
        t.setObject(key, {
          kind: 'pages',
          bits: effect.bits & PAGES.entry ? (effect.bits & ~PAGES.entry) | before : effect.bits,
          count: effect.count,
          detail: effect.detail,
          term,
          site,
        });
        step(key);
        break;
      }
      case 'ranges':
        t.setObject(`ranges:${term.key}`, { kind: 'ranges', bits: effect.bits, count: 0, detail: '', term, site });
        step(`ranges:${term.key}`);
        break;
      case 'held':
        if (effect.detail === 'memory') {
          // An allocator of the program: what it returns is its caller's.
          if (effect.count > 0 && outcome.ret !== undefined && rootKey(outcome.ret) === effect.term.key)
            run.acquire(t, term, 'memory', e, name, false, false, outcome.trail, true);
          break;
        }
        if (effect.detail === 'object') {
          if (effect.count < 0) t.dropObject(`held:${term.key}`);
          break;
        }
        if (effect.count > 0) run.acquire(t, term, effect.detail, e, name, false, false, outcome.trail, true);
        else if (effect.count < 0) run.release(t, term, effect.detail, e, e, name, outcome.trail);
        break;
      case 'dma':
        t.setObject(`dma:${term.key}`, {
          kind: 'dma',
          bits: effect.bits,
          // What the callee found in an object and mapped stays with that object, whatever its value is called here.
          count: effect.term.kind === 'load' && substituteLoc(effect.term.loc, by).root.kind !== 'local' ? 2 : effect.count,
          detail: carried(effect.detail, args),
          term,
          site,
        });
        step(`dma:${term.key}`);
        break;
      case 'mark': {
        const key = `${effect.prefix}${effect.prefix.endsWith(':') ? rootKey(term) : ''}`;
        if (effect.prefix === 'mark:failed:') break;
        if (effect.prefix === 'mark:gone:') {
          const own = ownerOf(t, term);
          if (own !== undefined && t.object(own)?.detail === 'range' && effect.detail === 'range') break;
        }
        t.setObject(key, {
          kind: 'mark',
          bits: effect.bits,
          count: 0,
          detail: effect.detail,
          term: effect.prefix.endsWith(':') ? term : undefined,
          site,
        });
        step(key);
        break;
      }
      default:
    }
  }
  for (const w of writes) {
    if (w.zero) t.zero(w.loc);
    else if (w.term === undefined) t.havoc(w.loc, callId(run, e));
    else {
      const outside = w.loc.root.kind !== 'local';
      if (outside) run.handOver(t, w.term, true, w.loc);
      t.write(w.loc, w.term);
    }
  }
  return true;
}

/** Name of a pages state. */
export function pagesWord(bits: number): string {
  if (bits & PAGES.freed) return 'freed';
  if (bits & PAGES.mapped) return 'mapped';
  if (bits & PAGES.unmapped) return 'unmapped';
  if (bits & PAGES.init) return 'initialised';
  return 'unknown';
}

function inheritedNeed(
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
      run.need({
        need: 'unmapped',
        mode: undefined,
        verdict: unmappedVerdict(run, s, subject),
        subject,
        key: keyOfPages(run, subject),
        span: e,
        what: name,
        contract: need.origin.contract,
        detail: '',
        state: s,
        expr: e,
        lock: undefined,
        from: need,
      });
      return;
    case 'all-unmapped':
      run.need({
        need: 'all-unmapped',
        mode: undefined,
        verdict: s.object(`ranges:${subject.key}`)?.bits === PAGES.unmapped ? 'ok' : 'inherited',
        subject,
        key: `ranges:${subject.key}`,
        span: e,
        what: name,
        contract: need.origin.contract,
        detail: '',
        state: s,
        expr: e,
        lock: undefined,
        from: need,
      });
      return;
    case 'initialised': {
      const key = `pages:${pointee(subject).key}`;
      const bits = s.object(key)?.bits ?? (run.isFreshMemory(s, pointee(subject)) ? PAGES.raw : undefined);
      const verdict = bits === undefined ? 'inherited' : bits & (PAGES.lost | PAGES.entry) ? 'unknown' : bits === PAGES.raw ? 'bad' : 'ok';
      run.need({
        need: 'initialised',
        mode: undefined,
        verdict,
        subject,
        key,
        span: e,
        what: name,
        contract: need.origin.contract,
        detail: '',
        state: s,
        expr: e,
        lock: undefined,
        from: need,
      });
      return;
    }
    case 'guarded':
    case 'flags-read':
    case 'flags-write': {
      const { what } = need.origin;
      const lockClass = run.engine.contracts.guarded.find((one) => `${one.structTag}.${one.member}` === what)?.lock ?? flagsLock;
      const bits = run.classBits(s, lockClass) ?? run.atEntry(s, lockClass);
      const verdict = run.isFreshMemory(s, pointee(subject))
        ? 'ok'
        : bits === undefined
          ? s.indirect || run.engine.mayHold(s, lockClass)
            ? 'unknown'
            : 'inherited'
          : bits & LOCK.lost
            ? 'unknown'
            : bits === LOCK.none
              ? 'bad'
              : bits & LOCK.none
                ? 'unknown'
                : 'ok';
      run.need({
        need: need.kind,
        mode: need.mode,
        verdict,
        subject,
        key: `class:${lockClass}`,
        span: e,
        what: name,
        contract: undefined,
        detail: lockClass,
        state: s,
        expr: e,
        lock: undefined,
        from: need,
      });
      return;
    }
    default:
  }
}

/** A function nobody knows: pointers it is given escape; locals it may write become unknown. Locks stay as they are. */
function strange(
  run: FunctionRun,
  name: string | undefined,
  e: Call,
  s: State,
  then: Then,
  inProgram = false,
  discarded = false,
  borrows = name !== undefined && borrowing.has(name),
): void {
  const signature = name === undefined ? undefined : run.engine.program.findSignature(name, run.fn.file);
  evaluateArgs(run, e.args, s, (t, args) => {
    const id = callId(run, e);
    if (inProgram && name !== undefined) asked(run, name, e, t, args);
    lookedAt(t, args);
    if (name === undefined && (e.callee.kind !== 'member' || run.engine.mayLock(e.callee.field, run.fn.file))) t.indirect = true;
    if (inProgram)
      for (const [key, o] of [...t.objects()])
        if (o.kind === 'lock' && (o.count === 1 || o.count === 3) && (o.bits & (LOCK.read | LOCK.write)) !== 0)
          t.setObject(key, { ...o, count: 2 });
    args.forEach((arg, i) => {
      const expr = e.args[i];
      if (expr !== undefined) run.touch(t, arg, expr);
      const type = signature?.params[i]?.type;
      const readOnly = type?.isConst && type.pointers === 1;
      if (run.final && arg.kind === 'addr' && arg.loc.root.kind === 'local') {
        for (const cell of t.cells()) {
          const key = `dma:${cell.term.key}`;
          if (cell.loc.key.startsWith(`${arg.loc.key}.`) && t.object(key) !== undefined)
            run.emit({ kind: 'dma', what: 'use', key, span: e, state: t, detail: name ?? '', before: '', expr });
        }
      }
      if (t.object(`dma:${arg.key}`) !== undefined)
        run.emit({ kind: 'dma', what: 'use', key: `dma:${arg.key}`, span: e, state: t, detail: name ?? '', before: '', expr });
      if (readOnly) return;
      if (arg.kind === 'addr' && arg.loc.root.kind === 'local') {
        const { loc } = arg;
        if (!borrows)
          for (const cell of [...t.cells()])
            if (cell.loc.key === loc.key || cell.loc.key.startsWith(`${loc.key}.`)) run.escape(t, cell.term);
        const kept = borrows
          ? [...t.cells()].filter((cell) => cell.loc.key.startsWith(`${loc.key}.`) && t.object(`held:${cell.term.key}`) !== undefined)
          : [];
        t.havoc(loc, `h${id}`);
        for (const cell of kept) t.write(cell.loc, cell.term);
      } else if (!borrows) {
        // A function of the program that touches nothing tracked may keep or free memory, but drops no reference.
        run.escape(t, arg, undefined, inProgram);
        noteEscape(run, arg, inProgram);
        if (
          run.engine.program.facts.source === 'built-in' &&
          !inProgram &&
          arg.kind !== 'int' &&
          expr !== undefined &&
          (typeOf(expr, run.scope)?.pointers ?? 1) > 0
        )
          run.lose(t, arg);
      }
    });
    const ret = run.make(t, id, name === undefined ? TOP : resultOf(run, name, undefined));
    if (name !== undefined) run.emit({ kind: 'call', name, contract: undefined, expr: e, args, result: ret, discarded, state: t });
    then(t, ret);
  });
}

/** Remembers that a parameter escapes from this function. */
export function noteEscape(run: FunctionRun, value: Term, memoryOnly = false): void {
  const key = rootKey(value);
  if (/^\$\d+$/.test(key) && run.notes()) (memoryOnly ? run.memoryEscapes : run.escapes).add(Number(key.slice(1)));
}
