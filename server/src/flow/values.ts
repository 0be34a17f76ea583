/** Expressions: their values, the places they name, and what storing means. */

import { errnoValues } from '../contracts/errno.js';
import { flagsLock, wholeWordMember } from '../contracts/protected.js';
import type { Expr, Span, TypeRef } from '../syntax/ast.js';
import { applyCall } from './calls.js';
import { guardOf } from './guarded.js';
import { rootKey } from './keys.js';
import { guardedNeed } from './locking.js';
import { handOver, noteDerived, noteReplaced } from './ownership.js';
import { isFreshMemory } from './pages.js';
import type { FunctionRun } from './run.js';
import { ANY, N, P, type State } from './state.js';
import type { Loc, Term } from './term.js';
import {
  addressOf,
  containerOf,
  fresh,
  functionTerm,
  globalLoc,
  int,
  localLoc,
  memberLoc,
  operate,
  pointee,
  stringTerm,
  ZERO,
} from './term.js';
import { memberOf, structOf, typeOf } from './types.js';

/** Evaluates an expression; `then` runs once for each way it may end. The state given is used up. */
export function evaluate(run: FunctionRun, e: Expr, s: State, then: Then, discarded = false): void {
  switch (e.kind) {
    case 'number':
      then(s, int(e.value));
      return;
    case 'string':
      then(s, stringTerm);
      return;
    case 'name': {
      const pending = run.node.kind === 'branch' ? undefined : s.object(`errno:${e.name}`);
      if (pending !== undefined && !run.quiet) s.dropObject(`errno:${e.name}`);
      then(s, valueOfName(run, e.name, s));
      return;
    }
    case 'member': {
      const access = memberOf(e, run.scope);
      locate(run, e, s, (t, loc) => {
        noteAccess(run, e, loc, t, false, false, undefined);
        then(t, access !== undefined && access.member.type.dims.length > 0 ? addressOf(loc) : t.readPart(loc));
      });
      return;
    }
    case 'index':
    case 'deref': {
      const type = typeOf(e, run.scope);
      locate(run, e, s, (t, loc) => then(t, type !== undefined && type.dims.length > 0 ? addressOf(loc) : t.read(loc)));
      return;
    }
    case 'address':
      // The address of a member is arithmetic: nothing behind the pointer is looked at.
      if (e.operand.kind === 'member' && e.operand.arrow) {
        const { field, object } = e.operand;
        evaluate(run, object, s, (t, v) => then(t, addressOf(memberLoc(pointee(v), field))));
      } else locate(run, e.operand, s, (t, loc) => then(t, addressOf(loc)));
      return;
    case 'unary':
      evaluate(run, e.operand, s, (t, v) => then(t, e.op === '+' ? v : operate(e.op === '-' ? 'neg' : e.op, v)));
      return;
    case 'update':
      locate(run, e.operand, s, (t, loc) => {
        const old = t.read(loc);
        const next = widen(run, t, e, operate(e.op === '++' ? '+' : '-', old, int(1)), old);
        if (e.operand.kind === 'member') noteAccess(run, e.operand, loc, t, true, false, undefined);
        t.write(loc, next);
        then(t, e.prefix ? next : old);
      });
      return;
    case 'binary':
      evaluate(run, e.left, s, (t, a) => evaluate(run, e.right, t, (u, b) => then(u, arithmetic(e, a, b))));
      return;
    case 'assign':
      assignValue(run, e, s, then);
      return;
    case 'call':
      applyCall(run, e, s, then, discarded);
      return;
    case 'cast':
      evaluate(run, e.operand, s, then);
      return;
    case 'container': {
      const tag = tagOf(run, e.type);
      evaluate(run, e.pointer, s, (t, v) =>
        then(t, tag === undefined ? fresh(`c${run.node.id}@${e.start}`) : containerOf(v, tag, e.member)),
      );
      return;
    }
    case 'sizeof':
      then(s, fresh(`size:${e.start}`));
      return;
    case 'compound':
    case 'initializer':
      then(s, run.make(s, `agg${run.node.id}@${e.start}`));
      return;
    case 'comma': {
      const go = (index: number, t: State): void => {
        const item = e.items[index];
        if (item === undefined) then(t, ZERO);
        else evaluate(run, item, t, (u, v) => (index === e.items.length - 1 ? then(u, v) : go(index + 1, u)));
      };
      go(0, s);
      return;
    }
    default:
      then(s, run.make(s, `u${run.node.id}@${e.start}`));
  }
}

function arithmetic(e: Expr & { readonly kind: 'binary' }, a: Term, b: Term): Term {
  return operate(e.op, a, b);
}

function widen(run: FunctionRun, s: State, e: Expr, next: Term, old: Term): Term {
  if (next.kind === 'int' && Math.abs(next.value) <= 1) return next;
  const c = s.constraint(old);
  const up = e.kind === 'update' ? e.op === '++' : true;
  const bits = up && (c.bits & N) === 0 ? P : ANY;
  return run.make(s, `inc${run.node.id}@${e.start}`, { bits, eq: undefined, ne: [] });
}

/** The tag of a type, `typeof` resolved. */
function tagOf(run: FunctionRun, type: TypeRef): string | undefined {
  if (type.base !== 'typeof') return type.base;
  const of = type.of === undefined ? undefined : typeOf(type.of, run.scope);
  return of?.base;
}

function valueOfName(run: FunctionRun, name: string, s: State): Term {
  const type = run.cfg.types.get(name);
  if (type !== undefined || name.startsWith('%'))
    return type !== undefined && type.dims.length > 0 ? addressOf(localLoc(name)) : s.read(localLoc(name));
  if (name === 'NULL' || name === 'false') return ZERO;
  if (name === 'true') return int(1);
  const errno = errnoValues.get(name);
  if (errno !== undefined) return int(errno);
  const { program } = run.engine;
  const constant = program.constant(name, run.fn.file);
  if (constant !== undefined) return int(constant);
  if (program.findFunction(name, run.fn.file) !== undefined) return functionTerm(name);
  return s.read(globalLoc(name));
}

/** Evaluates an expression to the place it names. */
export function locate(run: FunctionRun, e: Expr, s: State, then: (state: State, loc: Loc) => void): void {
  switch (e.kind) {
    case 'name': {
      const known = run.cfg.types.has(e.name) || e.name.startsWith('%');
      then(s, known ? localLoc(e.name) : globalLoc(e.name));
      return;
    }
    case 'member':
      if (e.arrow) {
        evaluate(run, e.object, s, (t, v) => {
          touch(run, t, v, e);
          run.noteTag(v, e.object);
          then(t, memberLoc(pointee(v), e.field));
        });
      } else
        locate(run, e.object, s, (t, loc) => {
          if (e.object.kind === 'member') noteAccess(run, e.object, loc, t, false, false, undefined, true);
          then(t, memberLoc(loc, e.field));
        });
      return;
    case 'index': {
      const type = typeOf(e.object, run.scope);
      const array = type !== undefined && type.dims.length > 0;
      const done = (t: State, loc: Loc): void => evaluate(run, e.index, t, (u) => then(u, memberLoc(loc, '[]')));
      if (array) locate(run, e.object, s, done);
      else if (e.index.kind === 'number' && e.index.value === 0) evaluate(run, e.object, s, (t, v) => then(t, pointee(v)));
      else evaluate(run, e.object, s, (t, v) => done(t, pointee(v)));
      return;
    }
    case 'deref':
      evaluate(run, e.operand, s, (t, v) => {
        touch(run, t, v, e);
        then(t, pointee(v));
      });
      return;
    case 'cast':
      locate(run, e.operand, s, then);
      return;
    default:
      evaluate(run, e, s, (t, v) => then(t, v.kind === 'addr' ? v.loc : memberLoc(pointee(v), '?')));
  }
}

/** Looks behind a pointer: is what it points to still there? */
export function touch(run: FunctionRun, s: State, value: Term, e: Expr): void {
  if (!run.final) return;
  const gone = s.object(`mark:gone:${rootKey(value)}`);
  if (gone !== undefined && gone.bits === 1)
    run.emit({ kind: 'use-after', what: gone.detail, subject: value, key: `mark:gone:${rootKey(value)}`, span: e, state: s });
}

function assignValue(run: FunctionRun, e: Expr & { readonly kind: 'assign' }, s: State, then: Then): void {
  if (e.op === '=') {
    locate(run, e.left, s, (t, loc) => {
      storeValue(
        run,
        loc,
        e.right,
        t,
        typeOf(e.left, run.scope),
        (u) => {
          then(u, u.read(loc));
        },
        e,
        e.left,
      );
    });
    return;
  }
  evaluate(run, e.right, s, (t, b) =>
    locate(run, e.left, t, (u, loc) => {
      const old = u.read(loc);
      let next = operate(e.op.slice(0, -1), old, b);
      if (next.kind !== 'int' && (e.op === '+=' || e.op === '-=' || next.key.length > 90)) next = widen(run, u, e, next, old);
      if (next.kind === 'int' && Math.abs(next.value) > 4096) next = widen(run, u, e, next, old);
      if (e.left.kind === 'member') noteAccess(run, e.left, loc, u, true, false, e.right);
      u.write(loc, next);
      then(u, next);
    }),
  );
}

/** Stores an expression's value at a place: aggregates member by member. */
export function storeValue(
  run: FunctionRun,
  loc: Loc,
  value: Expr,
  s: State,
  type: TypeRef | undefined,
  then: (state: State) => void,
  span: Span,
  target?: Expr,
): void {
  const init = value.kind === 'compound' ? value.init : value;
  if (init.kind === 'initializer') {
    if (target?.kind === 'member') noteAccess(run, target, loc, s, true, false, value);
    s.zero(loc);
    const go = (index: number, t: State): void => {
      const item = init.items[index];
      if (item === undefined) {
        then(t);
        return;
      }
      if (item.designator.length === 0) {
        evaluate(run, item.value, t, (u) => {
          if (!(item.value.kind === 'number' && item.value.value === 0)) u.havoc(loc, `agg${run.node.id}`);
          go(index + 1, u);
        });
        return;
      }
      // The whole word of a union stands for all of its bits.
      if (item.designator.at(-1) === wholeWordMember) t.havoc(loc, `word${run.node.id}@${item.start}`);
      storeValue(run, memberLoc(loc, ...item.designator), item.value, t, undefined, (u) => go(index + 1, u), item);
    };
    go(0, s);
    return;
  }
  evaluate(run, value, s, (t, v) => {
    if (target?.kind === 'member') noteAccess(run, target, loc, t, true, false, value);
    putValue(run, t, loc, v, span, type, value);
    // A struct copied as a whole takes along what hangs on it.
    const whole = value.kind === 'name' && loc.root.kind !== 'local' ? run.cfg.types.get(value.name) : undefined;
    if (value.kind === 'name' && whole?.pointers === 0 && whole.dims.length === 0 && /^(?:struct|union)\b/.test(whole.base))
      for (const [key, o] of [...t.objects()])
        if (o.kind === 'held' && (key === `held:&v:${value.name}` || key.startsWith(`held:&v:${value.name}.`))) t.dropObject(key);
    then(t);
  });
}

/** Writes a value and what that means: hand-overs, pending errors. */
export function putValue(
  run: FunctionRun,
  s: State,
  loc: Loc,
  value: Term,
  span: Span,
  type: TypeRef | undefined,
  expr: Expr | undefined,
): void {
  const structValue = type !== undefined && type.pointers === 0 && type.dims.length === 0 && type.base.startsWith('struct ');
  if (structValue) {
    const from = expr?.kind === 'name' && run.cfg.types.has(expr.name) ? `v:${expr.name}.` : undefined;
    const cells = from === undefined ? [] : [...s.cells()].filter((cell) => cell.loc.key.startsWith(from));
    if (!loc.path.includes('[]'))
      for (const cell of [...s.cells()]) if (cell.loc.key.startsWith(`${loc.key}.`)) noteReplaced(run, s, cell.term, span, expr);
    s.havoc(loc, `copy${run.node.id}@${span.start}`);
    for (const cell of cells) {
      const target = memberLoc(loc, ...cell.loc.path);
      handOver(run, s, cell.term, loc.root.kind !== 'local', target);
      s.write(target, cell.term);
    }
    // A mapping that is returned by value: the term stands for its address.
    const handle =
      s.object(`dma:${value.key}`) === undefined
        ? undefined
        : structOf(type, run.scope)?.ast.members.find((m) => m.type.base === 'dma_addr_t');
    if (handle !== undefined) {
      const target = memberLoc(loc, handle.name);
      handOver(run, s, value, loc.root.kind !== 'local', target);
      s.write(target, value);
    }
    return;
  }
  noteDerived(run, s, value, span, expr);
  if (loc.root.kind === 'local' && loc.path.length === 0) {
    const name = loc.root.name;
    const key = `errno:${name}`;
    if (s.object(key) !== undefined) s.dropObject(key);
    if (run.node.kind !== 'decl' && value.kind === 'int' && value.value < 0 && value.value > -4096) {
      s.setObject(key, { kind: 'errno', bits: 1, count: 0, detail: name, term: value, site: run.site(span) });
    }
  } else {
    const before = s.read(loc);
    if (!loc.path.includes('[]')) noteReplaced(run, s, before, span, expr);
    const outside = loc.root.kind !== 'local';
    handOver(run, s, value, outside, loc);
  }
  if (loc.path.at(-1) === wholeWordMember && loc.root.kind === 'local')
    s.havoc(memberLoc(localLoc(loc.root.name), ...loc.path.slice(0, -1)), `word${run.node.id}@${span.start}`);
  s.write(loc, value);
}

function noteAccess(
  run: FunctionRun,
  e: Expr & { readonly kind: 'member' },
  loc: Loc,
  s: State,
  write: boolean,
  once: boolean,
  value: Expr | undefined,
  partial = false,
): void {
  if (partial) return;
  if (run.final) run.emit({ kind: 'access', expr: e, loc, write, once, state: s, value });
  if (loc.root.kind === 'local') return;
  const info = memberOf(e, run.scope);
  if (info === undefined) return;
  for (const guarded of run.engine.contracts.guarded) {
    if (guarded.member !== e.field || guarded.structTag !== info.structTag || guarded.use !== 'value') continue;
    if (isFreshMemory(run, s, loc)) continue;
    guardedNeed(run, s, loc, guarded.lock, `${guarded.structTag}.${guarded.member}`, 'guarded', undefined, e);
  }
  // Where the declaration says so itself, that counts as well; of other locks than the notifier's nothing is sure by their names.
  if (info.struct !== undefined && guardOf(info.struct, e.field) === flagsLock && !isFreshMemory(run, s, loc))
    guardedNeed(run, s, loc, flagsLock, `${info.structTag}.${e.field}`, 'guarded', undefined, e);
  // A bit of the word, or the word itself without its annotation: both race with those that write it.
  const isFlag = info.member.bits !== undefined || e.field === wholeWordMember;
  if (isFlag && !once && info.struct?.member(wholeWordMember) !== undefined && !isFreshMemory(run, s, loc)) {
    guardedNeed(run, s, loc, flagsLock, e.field, write ? 'flags-write' : 'flags-read', write ? 'write' : undefined, e);
  }
}

/** Continuation of an evaluation: a state and the value in it. */
export type Then = (state: State, value: Term) => void;
