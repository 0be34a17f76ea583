/** Calls: by contract, by summary of the body, or by what little is known of a stranger. */

import { borrowing } from '../contracts/borrows.js';
import { isDemand } from '../contracts/demand.js';
import { assertMacros } from '../contracts/locks.js';
import { assumptions, conditionSecond, valueHelpers } from '../contracts/memory.js';
import { waitingCalls } from '../contracts/queues.js';
import type { Contract, Op, ResultKind } from '../contracts/schema.js';
import type { Expr, Span, TypeRef } from '../syntax/ast.js';
import { deed, doings } from './deeds.js';
import { DMA, LOCK } from './events.js';
import { alternativeNeed, calledUnder, lockChoice, mayChangeLock, noteHolds } from './holds.js';
import { MAYBE_DROPPED } from './locking.js';
import { applyNeed } from './needs-of-calls.js';
import { applyOp } from './operations.js';
import { letEscape, noteEscape } from './ownership.js';
import { losePages } from './pages.js';
import { refine } from './predicates.js';
import type { FunctionRun } from './run.js';
import type { Constraint } from './state.js';
import { ANY, N, P, type State, TOP, Z } from './state.js';
import { bySummary, lookedAt } from './summary-call.js';
import type { Loc, Term } from './term.js';
import { int, localLoc, operate, pointee, ZERO } from './term.js';
import { memberOf, typeOf } from './types.js';
import type { Then } from './values.js';
import { evaluate, locate, putValue, touch } from './values.js';

/** A call expression. */
export type Call = Expr & { readonly kind: 'call' };

/** True for names whose meaning the tables give. */
export function isKnownCall(run: FunctionRun, name: string): boolean {
  return run.engine.contracts.of(name) !== undefined || run.engine.contracts.isHarmless(name) || Object.hasOwn(valueHelpers, name);
}

/** Evaluates arguments left to right. */
export function evaluateArgs(run: FunctionRun, args: readonly Expr[], s: State, then: (s: State, values: readonly Term[]) => void): void {
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
    evaluate(run, arg, state, (t, v) => go(index + 1, t, [...values, v]));
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
      const callback = info === undefined ? undefined : run.engine.contracts.callback(info.structTag, info.member.name);
      const contract = callback?.call;
      evaluate(run, e.callee, s, (t) => {
        if (info !== undefined && callback?.held !== undefined) calledUnder(run, callback.held, info.member.name, e, t);
        if (contract === undefined) {
          strange(run, undefined, e, t, then, false, false, info !== undefined && borrowing.has(`${info.structTag}.${info.member.name}`));
          return;
        }
        if (mayChangeLock(run, e.callee, t)) t.indirect = true;
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
      if (waitingCalls.has(name)) waitFor(run, args[0], e, t);
      if (run.final)
        args.forEach((arg, i) => {
          // A member's address is handed over to be looked through; a bare pointer may only be printed.
          const expr = e.args[i];
          if (expr !== undefined && (expr.kind === 'address' || looksThrough(run, name, i))) touch(run, t, arg, expr);
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
    if (!summary.unknown && run.mayFork(summary.outcomes.length - 1)) {
      bySummary(run, name, summary, e, s, then, discarded);
      return;
    }
  }
  strange(run, name, e, s, then, fn !== undefined, discarded);
}

/** Who waits for work waits for all that it does: what a context forbids, it forbids there as well. Locks that it takes in an order of its own are another matter. */
function waitFor(run: FunctionRun, work: Term | undefined, e: Call, s: State): void {
  if (work?.kind !== 'addr' || !run.notes()) return;
  for (const worker of run.engine.workers(work.loc.path, run.fn.file))
    for (const done of run.engine.summaryOf(worker).deeds) if (!done.doing.startsWith('takes:')) deed(run, s, { ...done, conds: [] }, e);
}

/** True for a macro of the tree that looks behind the pointer it is given: to print what it points to is a use of it. */
function looksThrough(run: FunctionRun, name: string, index: number): boolean {
  const def = run.engine.program.findMacro(name, run.fn.file)?.def;
  const param = def?.params?.[index]?.replace(/\W/g, '') ?? '';
  return param !== '' && new RegExp(`\\b${param}\\s*\\)*\\s*->`).test(def?.body ?? '');
}

/** What a stranger may reach through the address of a part of a variable: the whole of it where the part is a struct embedded in it. */
function reachOf(run: FunctionRun, loc: Loc, e: Expr | undefined): Loc {
  if (loc.path.length === 0 || loc.root.kind !== 'local' || e?.kind !== 'address') return loc;
  const type = typeOf(e.operand, run.scope);
  const isEmbedded = type?.base.startsWith('struct ') === true && type.pointers === 0 && type.dims.length === 0;
  return isEmbedded ? localLoc(loc.root.name) : loc;
}

/** A local whose address a called function hands on to strangers: what it holds is no longer known. */
export function loseLocal(run: FunctionRun, name: string, index: number, arg: Term, e: Call, s: State): void {
  if (arg.kind !== 'addr' || arg.loc.root.kind !== 'local') return;
  const type = run.engine.program.findSignature(name, run.fn.file)?.params[index]?.type;
  if (type?.isConst && type.pointers === 1) return;
  s.havoc(reachOf(run, arg.loc, e.args[index]), `h${callId(run, e)}`);
}

/** What a function with a body asks of its callers in so many words, looked at before the call. */
export function asked(run: FunctionRun, name: string, e: Call, s: State, args: readonly Term[]): void {
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

/** Name of the values that a call makes: where it stands. */
export const callId = (run: FunctionRun, e: Span): string => `c${run.node.id}@${e.start}`;

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
      evaluate(run, arg, s, (t, v) => {
        if (refine(run, t, v, assume >= 0)) then(t, ZERO);
      });
    return true;
  }
  if (assertMacros.includes(name)) {
    const [arg] = e.args;
    if (arg === undefined) then(s, ZERO);
    else
      evaluate(run, arg, s, (t, v) => {
        if (!refine(run, t, v, true)) return;
        alternativeNeed(run, name, e, t);
        then(t, ZERO);
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
      evaluate(run, arg, s, (t, v) => {
        const { bits } = t.constraint(v);
        const yes = what === 'is-err' ? N : N | Z;
        if ((bits & yes) === 0) then(t, ZERO);
        else if ((bits & ~yes & ANY) === 0) then(t, int(1));
        else then(t, operate(what === 'is-err' ? 'iserr' : 'iserrnull', v));
      });
      return true;
    case 'is-null':
      evaluate(run, arg, s, (t, v) => then(t, operate('==', v, ZERO)));
      return true;
    case 'ptr-err':
      evaluate(run, arg, s, (t, v) => {
        const c = t.constraint(v);
        then(t, c.eq !== undefined ? int(c.eq) : operate('errptr', v));
      });
      return true;
    case 'ptr-err-or-zero':
      evaluate(run, arg, s, (t, v) => {
        const good = t.copy();
        if (refine(run, t, operate('iserr', v), true)) then(t, operate('errptr', v));
        if (refine(run, good, operate('iserr', v), false)) then(good, ZERO);
      });
      return true;
    case 'read-once':
      if (arg.kind === 'member') {
        locate(run, arg, s, (t, loc) => {
          run.emit({ kind: 'access', expr: arg, loc, write: false, once: true, state: t, value: undefined });
          then(t, t.read(loc));
        });
      } else evaluate(run, arg, s, then);
      return true;
    case 'write-once': {
      const [, value] = e.args;
      if (value === undefined) return false;
      evaluate(run, value, s, (t, v) =>
        locate(run, arg, t, (u, loc) => {
          if (arg.kind === 'member') run.emit({ kind: 'access', expr: arg, loc, write: true, once: true, state: u, value });
          putValue(run, u, loc, v, e, undefined, value);
          then(u, v);
        }),
      );
      return true;
    }
    case 'xchg': {
      const [, value] = e.args;
      if (value === undefined) return false;
      evaluate(run, arg, s, (t, p) =>
        evaluate(run, value, t, (u, v) => {
          const old = u.read(pointee(p));
          putValue(run, u, pointee(p), v, e, undefined, value);
          then(u, old);
        }),
      );
      return true;
    }
    case 'warn': {
      evaluate(run, arg, s, then);
      return true;
    }
    default:
      evaluate(run, arg, s, then);
      return true;
  }
}

function byContract(run: FunctionRun, name: string, contract: Contract, e: Call, s: State, then: Then, discarded: boolean): void {
  const choice = lockChoice(run, contract, e);
  const go = (next: (t: State, args: readonly Term[]) => void): void => {
    if (choice === undefined) evaluateArgs(run, e.args, s, next);
    else
      evaluateArgs(run, choice.args, s, (t, inner) =>
        evaluateArgs(run, e.args.slice(1), t, (u, rest) => next(u, [operate(choice.name, ...inner), ...rest])),
      );
  };
  go((t, args) => {
    if (run.final)
      args.forEach((arg, i) => {
        const expr = e.args[i];
        const family = contract.ops?.find((op) => op.op === 'release');
        if (expr !== undefined && !(family !== undefined && name.startsWith('k'))) touch(run, t, arg, expr);
      });
    for (const need of contract.needs ?? []) applyNeed(run, need, contract, args, e, t);
    for (const doing of doings(contract, e)) deed(run, t, { what: name, doing, origin: run.site(e), conds: [], chain: [] }, e);
    const split = contract.ok !== undefined || contract.fail !== undefined;
    const id = callId(run, e);
    const base = resultOf(run, name, contract.result);
    const context = contract.underContext ?? contract.surelyWhenNull;
    const underContext = context !== undefined && t.constraint(args[context] ?? ZERO).bits !== Z;
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
    if (badBits !== 0 && !(sure !== undefined && bad.constraint(sure).bits === Z) && run.mayFork(1)) {
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
    noteHolds(run, inProgram ? name : undefined, args, t);
    if (name === undefined && mayChangeLock(run, e.callee, t)) t.indirect = true;
    if (inProgram) {
      const callee = name === undefined ? undefined : run.engine.program.findFunction(name, run.fn.file);
      for (const [key, o] of [...t.objects()]) {
        if (o.kind !== 'lock' || (o.count !== 1 && o.count !== 2 && o.count !== 3) || (o.bits & (LOCK.read | LOCK.write)) === 0) continue;
        const count = callee !== undefined && run.engine.mayUnlock(callee, o.detail) ? MAYBE_DROPPED : 2;
        if (count !== o.count) t.setObject(key, { ...o, count });
      }
    }
    args.forEach((arg, i) => {
      const expr = e.args[i];
      if (expr !== undefined) touch(run, t, arg, expr);
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
        const loc = reachOf(run, arg.loc, expr);
        if (!borrows)
          for (const cell of [...t.cells()])
            if (cell.loc.key === loc.key || cell.loc.key.startsWith(`${loc.key}.`)) letEscape(run, t, cell.term);
        const kept = borrows
          ? [...t.cells()].filter((cell) => cell.loc.key.startsWith(`${loc.key}.`) && t.object(`held:${cell.term.key}`) !== undefined)
          : [];
        t.havoc(loc, `h${id}`);
        for (const cell of kept) t.write(cell.loc, cell.term);
      } else if (!borrows) {
        // A function of the program that touches nothing tracked may keep or free memory, but drops no reference.
        letEscape(run, t, arg, undefined, inProgram);
        noteEscape(run, arg, inProgram);
        if (
          run.engine.program.facts.source === 'built-in' &&
          !inProgram &&
          arg.kind !== 'int' &&
          expr !== undefined &&
          (typeOf(expr, run.scope)?.pointers ?? 1) > 0
        )
          losePages(run, t, arg);
      }
    });
    const ret = run.make(t, id, name === undefined ? TOP : resultOf(run, name, undefined));
    if (name !== undefined) run.emit({ kind: 'call', name, contract: undefined, expr: e, args, result: ret, discarded, state: t });
    then(t, ret);
  });
}
