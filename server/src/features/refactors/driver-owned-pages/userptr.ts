/** Pages that have no range: initialised, with their device, before the notifier that unmaps them can call. */
import { initPagesCall } from '../../../contracts/generations.js';
import { pagesCalls, publishingCall } from '../../../contracts/port.js';
import { pagesInitMembers, pagesTag } from '../../../contracts/protected.js';
import { memberOf, typeOf } from '../../../flow/types.js';
import type { FunctionDef } from '../../../program/types.js';
import { callText } from '../../../rules/style.js';
import type { Expr, FunctionAst, Stmt, TypeRef } from '../../../syntax/ast.js';
import { dropLines, indentOf, lineStart, placeOf } from '../draft.js';
import type { Where } from '../typed-walk.js';
import { walkFunction } from '../typed-walk.js';
import type { DeviceOf } from './device.js';
import { initialiser } from './device.js';
import type { Driver } from './driver.js';
import { ownerText, textOf, through } from './driver.js';
import { calleeOf, declare, leadingDeclarations, listedStatement } from './statements.js';

/** A struct that holds pages without a range. */
interface Holder {
  readonly tag: string;
  readonly path: readonly string[];
}

/** How the owner of the address space is named where such pages are mapped. */
interface Source {
  readonly fn: FunctionDef;
  readonly where: Where;
  readonly owner: Expr;
}

/** Initialises pages of user memory before their notifier is inserted; assignments that stood for it go. */
export function initUserPages(driver: Driver, device: DeviceOf | undefined): void {
  const { program } = driver;
  if (!program.facts.hasInitPages) return;
  const holders: readonly Holder[] = program
    .containersOf(pagesTag)
    .filter(
      (held) =>
        !held.isPointer &&
        !held.isArray &&
        held.path.length === 1 &&
        driver.files.some((file) => file.path === held.container.file.path) &&
        held.container.tag !== driver.range.container.tag,
    )
    .map((held) => ({ tag: held.container.tag, path: held.path }));
  for (const holder of holders) for (const fn of driver.functions) initWherePublished(fn, holder, driver, device);
}

function initWherePublished(fn: FunctionDef, holder: Holder, driver: Driver, device: DeviceOf | undefined): void {
  const text = fn.file.text.slice(fn.item.start, fn.item.end);
  if (!text.includes(publishingCall.name)) return;
  let isDone = false;
  walkFunction(driver.program, fn, {
    expr: (expr, where) => {
      if (isDone || expr.kind !== 'call' || calleeOf(expr) !== publishingCall.name) return true;
      const notifier = expr.args[publishingCall.notifier];
      const object = notifier?.kind === 'address' && notifier.operand.kind === 'member' ? notifier.operand : undefined;
      const type = object === undefined ? undefined : typeOf(object.object, where.scope);
      const stmt = listedStatement(where);
      if (object === undefined || type?.base !== holder.tag || stmt === undefined || where.ast === undefined) return true;
      isDone = true;
      const pages = `${textOf(object.object, where)}${object.arrow ? '->' : '.'}${holder.path.join('.')}`;
      const before = where.text.slice(0, stmt.start).replace(/[\s()]/g, '');
      if (before.includes(`${initPagesCall.name}&${pages}`.replace(/[\s()]/g, ''))) return true;
      const own = device === undefined ? undefined : deviceAt(fn, where, stmt, holder, driver, device);
      if (own === undefined) {
        driver.draft.note(
          `${placeOf(fn.file, where.base + expr.start)}: \`${pages}\` can be called on before they have a device: call \`${initPagesCall.name}\` before \`${publishingCall.name}\``,
        );
        return true;
      }
      dropAssignments(fn, pages, driver);
      const start = lineStart(fn.file.text, where.base + stmt.start);
      const indent = indentOf(fn.file.text, start);
      const call = callText(initPagesCall.name, [`&${pages}`, own], indent.length * 8);
      driver.draft.add(fn.file, { start, end: start, newText: `${indent}${call};\n\n` });
      return true;
    },
  });
}

/** Removes what the function sets of the pages by hand: the initialiser sets it. */
function dropAssignments(fn: FunctionDef, pages: string, driver: Driver): void {
  const members = new Set(pagesInitMembers.map((name) => `${pages}.${name}`.replace(/\s+/g, '')));
  walkFunction(driver.program, fn, {
    stmt: (stmt, where) => {
      if (stmt.kind !== 'expr' || stmt.expr.kind !== 'assign' || stmt.expr.op !== '=') return;
      if (!members.has(textOf(stmt.expr.left, where).replace(/\s+/g, '')) || listedStatement(where) !== stmt) return;
      driver.draft.add(fn.file, dropLines(fn.file.text, where.base + stmt.start, where.base + stmt.end));
    },
  });
}

/** Text of the device in the function that inserts the notifier; may declare the owner of the address space. */
function deviceAt(fn: FunctionDef, where: Where, stmt: Stmt, holder: Holder, driver: Driver, device: DeviceOf): string | undefined {
  const { space } = driver;
  if (space === undefined || where.ast === undefined) return undefined;
  const isOwner = (type: TypeRef | undefined): boolean => type?.base === space.container.tag && type.pointers === 1;
  const param = where.ast.params.find((one) => isOwner(one.type));
  if (param !== undefined) return device(param.name);
  const local = leadingDeclarations(where.ast, where.text).find(
    (one) => one.kind === 'decl' && isOwner(one.type) && one.init !== undefined,
  );
  if (local?.kind === 'decl' && local.end <= stmt.start) return device(local.name);
  for (const source of sources(holder, driver)) {
    const text = told(source.owner, source.where, where.ast, 0);
    if (text === undefined) continue;
    const name = source.owner.kind === 'name' ? source.owner.name : 'owner';
    if (new RegExp(`\\b${name}\\b`).test(where.text)) return device(text);
    declare(fn, where.ast, `${space.container.tag} *${name} = ${text};`, driver.draft);
    driver.draft.note(
      `${placeOf(fn.file, where.base + stmt.start)}: \`${text}\` is asked for before the notifier is inserted: see that it is set by then`,
    );
    return device(name);
  }
  return undefined;
}

/** Places where such pages are mapped, unmapped or freed, with the owner of the address space. */
function sources(holder: Holder, driver: Driver): readonly Source[] {
  const { space } = driver;
  const found: Source[] = [];
  const calls = Object.values(pagesCalls);
  for (const fn of driver.functions) {
    const text = fn.file.text.slice(fn.item.start, fn.item.end);
    if (space === undefined || !calls.some((call) => text.includes(call.name))) continue;
    walkFunction(driver.program, fn, {
      expr: (expr, where) => {
        if (expr.kind !== 'call') return true;
        const call = calls.find((one) => one.name === calleeOf(expr));
        const [gpusvm, pages] = call === undefined ? [undefined, undefined] : [expr.args[call.gpusvm], expr.args[call.pages]];
        if (gpusvm === undefined || pages?.kind !== 'address' || pages.operand.kind !== 'member') return true;
        if (memberOf(pages.operand, where.scope)?.structTag !== holder.tag || ownerText(gpusvm, where, space) === undefined) return true;
        const owner = ownerOf(gpusvm, space.base.length);
        if (owner !== undefined) found.push({ fn, where, owner });
        return true;
      },
    });
  }
  return found;
}

function ownerOf(gpusvm: Expr, depth: number): Expr | undefined {
  let at: Expr = gpusvm.kind === 'address' ? gpusvm.operand : gpusvm;
  for (let left = depth; left > 0; left--) {
    if (at.kind !== 'member') return undefined;
    at = at.object;
  }
  return at;
}

/** An expression in terms of another function's parameters: locals by what they were declared as, parameters by their type. */
function told(expr: Expr, from: Where, target: FunctionAst, depth: number): string | undefined {
  if (depth > 6) return undefined;
  const names: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  const visit = (one: Expr): boolean => {
    switch (one.kind) {
      case 'name': {
        const init = initialiser(one.name, from.ast?.body ?? []);
        const param = from.ast?.params.find((other) => other.name === one.name);
        const twins =
          param === undefined
            ? []
            : target.params.filter((other) => other.type.base === param.type.base && other.type.pointers === param.type.pointers);
        const text = init !== undefined ? told(init, from, target, depth + 1) : twins.length === 1 ? twins[0]?.name : undefined;
        if (text === undefined) return false;
        names.push({ start: one.start, end: one.end, text });
        return true;
      }
      case 'member':
        return visit(one.object);
      case 'address':
        return visit(one.operand);
      case 'call':
        return one.callee.kind === 'name' && one.args.every(visit);
      default:
        return false;
    }
  };
  if (!visit(expr)) return undefined;
  // `(&x)->m` is written `x.m`.
  if (expr.kind === 'member' && expr.arrow && expr.object.kind === 'name') {
    const [only] = names;
    return only === undefined ? undefined : through(only.text, expr.field);
  }
  let out = '';
  let at = expr.start;
  for (const name of names) {
    out += from.text.slice(at, name.start) + name.text;
    at = name.end;
  }
  return out + from.text.slice(at, expr.end);
}
