/** `scoped-notifier-lock`: a notifier lock that is taken and dropped by hand becomes a guard, where every way out of the section is seen to drop it. */

import { coreFiles } from '../../../contracts/generations.js';
import { makeContracts } from '../../../contracts/index.js';
import { guardContracts } from '../../../contracts/locks.js';
import { scopedLocks } from '../../../contracts/port.js';
import { flagsLock } from '../../../contracts/protected.js';
import type { FunctionDef, Program, ProgramFile } from '../../../program/types.js';
import type { Expr, FunctionAst, Stmt } from '../../../syntax/ast.js';
import type { Draft } from '../draft.js';
import { createDraft, dropLines, lineEnd, lineStart, placeOf } from '../draft.js';
import { through } from '../driver-owned-pages/driver.js';
import { calleeOf, callOf } from '../driver-owned-pages/statements.js';
import type { Refactor } from '../types.js';

const contracts = makeContracts();
const isReach = /\b(?:goto|return|break|continue)\b/;

/** A call that takes or drops the lock, with the lock's text. */
interface LockCall {
  readonly guard: string;
  readonly lock: string;
  readonly takes: boolean;
  /** A wrapper on the way that is empty where the feature is off: a guard of the lock itself would not be. */
  readonly emptyTwin: string | undefined;
}

/** See docs/refactors.md. */
export const scopedNotifierLock: Refactor = {
  id: 'scoped-notifier-lock',
  title: 'Hold the notifier lock by a guard',
  run(analysis, paths) {
    const { program } = analysis;
    const draft = createDraft();
    for (const path of [...new Set(paths)].sort()) {
      const file = coreFiles.has(path) ? undefined : program.file(path);
      if (file === undefined) continue;
      for (const fn of program.functionsIn(file)) {
        const ast = fn.ast();
        if (ast === undefined || ast.errors.length > 0) continue;
        const text = file.text.slice(fn.item.start, fn.item.end);
        // Every tree that has GPU SVM has the guards, and gives them with the locks' own headers.
        guardFunction(fn, ast, text, program, draft);
      }
    }
    return { edits: draft.edits(), notes: draft.notes() };
  },
};

/** Every list of statements of a function, outermost first. */
function lists(ast: FunctionAst): readonly (readonly Stmt[])[] {
  const found: (readonly Stmt[])[] = [];
  const visit = (body: readonly Stmt[]): void => {
    found.push(body);
    for (const stmt of body) {
      for (const inner of innerOf(stmt)) {
        if (inner.kind === 'block') visit(inner.body);
        else for (const deeper of innerOf(inner)) if (deeper.kind === 'block') visit(deeper.body);
      }
    }
  };
  visit(ast.body);
  return found;
}

function innerOf(stmt: Stmt): readonly Stmt[] {
  switch (stmt.kind) {
    case 'block':
      return [stmt];
    case 'if':
      return stmt.otherwise === undefined ? [stmt.then] : [stmt.then, stmt.otherwise];
    case 'while':
    case 'do':
    case 'for':
    case 'iterate':
    case 'scoped':
    case 'switch':
      return [stmt.body];
    default:
      return [];
  }
}

/** Text of an expression with names replaced; undefined for forms that a lock's name does not take. */
function told(expr: Expr, names: ReadonlyMap<string, string>, text: string): string | undefined {
  switch (expr.kind) {
    case 'name':
      return names.get(expr.name) ?? expr.name;
    case 'member': {
      const object = told(expr.object, names, text);
      if (object === undefined) return undefined;
      return expr.arrow ? through(object, expr.field) : `${object}.${expr.field}`;
    }
    case 'address': {
      const operand = told(expr.operand, names, text);
      return operand === undefined ? undefined : `&${operand}`;
    }
    case 'call':
      return names.size === 0 ? text.slice(expr.start, expr.end) : undefined;
    default:
      return undefined;
  }
}

/** Reads a call through the macros and inline functions around a lock. */
function readCall(stmt: Stmt, program: Program, file: ProgramFile, text: string): LockCall | undefined {
  const call = callOf(stmt);
  return call === undefined ? undefined : resolve(call, program, file, text, new Map(), 0);
}

function resolve(
  call: Expr & { readonly kind: 'call' },
  program: Program,
  file: ProgramFile,
  text: string,
  names: ReadonlyMap<string, string>,
  depth: number,
): LockCall | undefined {
  const name = calleeOf(call);
  const pair = scopedLocks.pairs.find((one) => one.lock === name || one.unlock === name);
  if (pair !== undefined) {
    const arg = call.args[0];
    const lock = arg === undefined ? undefined : told(arg, names, text);
    const known = guardContracts.some((one) => one.name === pair.guard) && contracts.of(name) !== undefined;
    if (lock === undefined || !known || !new RegExp(`(?:->|\\.)${flagsLock}$`).test(lock)) return undefined;
    return { guard: pair.guard, lock, takes: pair.lock === name, emptyTwin: undefined };
  }
  if (depth > 4) return undefined;
  const macro = program.findMacro(name, file);
  const fn = macro === undefined ? program.findFunction(name, file) : undefined;
  const ast = fn?.item.isInline === true ? fn.ast() : undefined;
  const body = macro?.body();
  const [params, only, where, inner] =
    macro !== undefined && body !== undefined
      ? [macro.def.params ?? [], 'expr' in body ? body.expr : undefined, macro.file, macro.def.body]
      : [
          ast?.params.map((param) => param.name) ?? [],
          ast?.body.length === 1 ? callOf(ast.body[0]) : undefined,
          fn?.file ?? file,
          fn === undefined ? '' : fn.file.text.slice(fn.item.start, fn.item.end),
        ];
  if (only?.kind !== 'call' || params.length !== call.args.length) return undefined;
  const next = new Map<string, string>();
  for (const [index, param] of params.entries()) {
    const arg = call.args[index];
    const value = arg === undefined ? undefined : told(arg, names, text);
    if (value === undefined) return undefined;
    next.set(param, value);
  }
  const found = resolve(only, program, where, inner, next, depth + 1);
  const hasTwin =
    where.outline.macros.some((one) => one.name === name && one.alternative) ||
    where.outline.items.some((one) => one.name === name && one.alternative);
  return found === undefined || !hasTwin ? found : { ...found, emptyTwin: name };
}

function guardFunction(fn: FunctionDef, ast: FunctionAst, text: string, program: Program, draft: Draft): void {
  const { file } = fn;
  const read = (stmt: Stmt): LockCall | undefined => readCall(stmt, program, file, text);
  for (const list of lists(ast)) {
    for (const [from, stmt] of list.entries()) {
      const taken = read(stmt);
      if (taken?.takes !== true) continue;
      const drops = (one: Stmt): boolean => {
        const other = read(one);
        return other !== undefined && !other.takes && other.lock === taken.lock && other.guard === taken.guard;
      };
      if (taken.emptyTwin !== undefined) {
        draft.note(
          `${placeOf(file, fn.item.start + stmt.start)}: the lock is left as it is: \`${taken.emptyTwin}\` is another thing where the feature is off, and a guard of the lock is not`,
        );
        continue;
      }
      const to = list.findIndex((one, index) => index > from && drops(one));
      const section = to < 0 ? [] : list.slice(from + 1, to);
      const inside = section.map((one) => text.slice(one.start, one.end)).join('\n');
      const isWhole =
        to > 0 &&
        section.every((one) => one.kind !== 'decl' && one.kind !== 'label') &&
        !isReach.test(inside) &&
        !section.some((one) => nested(one).some((deep) => read(deep) !== undefined));
      const unlock = list[to];
      if (!isWhole || unlock === undefined || section.length === 0) {
        draft.note(
          `${placeOf(file, fn.item.start + stmt.start)}: the lock is left as it is: the section is left in its middle, or not in the block that takes it`,
        );
        continue;
      }
      write({ fn, stmt, unlock, section, list, to, taken }, ast, draft);
    }
  }
}

/** Statements below a statement. */
function nested(stmt: Stmt): readonly Stmt[] {
  const direct = stmt.kind === 'block' ? stmt.body : innerOf(stmt);
  return direct.flatMap((one) => [one, ...nested(one)]);
}

interface Section {
  readonly fn: FunctionDef;
  readonly stmt: Stmt;
  readonly unlock: Stmt;
  readonly section: readonly Stmt[];
  readonly list: readonly Stmt[];
  readonly to: number;
  readonly taken: LockCall;
}

/** A guard to the end of the function where nothing but a return of a plain value follows; else a block of its own. */
function write({ fn, stmt, unlock, section, list, to, taken }: Section, ast: FunctionAst, draft: Draft): void {
  const { text } = fn.file;
  const base = fn.item.start;
  const after = list.slice(to + 1).filter((one) => one.kind !== 'empty');
  const [last] = after;
  const endsThere = list === ast.body && (after.length === 0 || (after.length === 1 && last?.kind === 'return' && isPlain(last.value)));
  if (endsThere) {
    draft.add(fn.file, {
      start: base + stmt.start,
      end: withSemicolon(text, base + stmt.end),
      newText: `guard(${taken.guard})(${taken.lock});`,
    });
    draft.add(fn.file, dropLines(text, base + unlock.start, base + unlock.end));
    return;
  }
  const first = section[0];
  if (first === undefined) return;
  const from = lineStart(text, base + stmt.start);
  const end = lineEnd(text, base + unlock.end - 1);
  const indent = /^[\t ]*/.exec(text.slice(from))?.[0] ?? '';
  const between = text
    .slice(lineEnd(text, base + stmt.end - 1), lineStart(text, base + unlock.start))
    .replace(/^\s*\n/, '')
    .replace(/\n[^\S\n]*\n$/, '\n');
  const deeper = between
    .split('\n')
    .map((line) => (line.trim() === '' ? line : `\t${line}`))
    .join('\n');
  const braces = section.length > 1 || first.kind !== 'expr';
  draft.add(fn.file, {
    start: from,
    end,
    newText: `${indent}scoped_guard(${taken.guard}, ${taken.lock})${braces ? ' {' : ''}\n${deeper}${braces ? `${indent}}\n` : ''}`,
  });
}

/** True for values that do not depend on the lock's being dropped before: names, numbers, none. */
const isPlain = (value: Expr | undefined): boolean =>
  value === undefined || value.kind === 'name' || value.kind === 'number' || (value.kind === 'unary' && value.operand.kind === 'number');

const withSemicolon = (text: string, end: number): number => (text[end - 1] === ';' ? end : text[end] === ';' ? end + 1 : end);
