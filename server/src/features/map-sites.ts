/** Calls of the API in a driver, and the structs that their arguments name. */
import type { Contract } from '../contracts/schema.js';
import { memberOf, type TypeScope, typeOf } from '../flow/types.js';
import type { FunctionDef, Program } from '../program/types.js';
import { walkStmt } from '../program/walk.js';
import type { Expr, Stmt, TypeRef } from '../syntax/ast.js';
import type { MapRole, MapSite } from './map-types.js';

/** What a contract does to pages and ranges, and through which argument. */
export function roleOf(contract: Contract): { readonly role: MapRole; readonly argument: number } | undefined {
  const always = contract.ops ?? [];
  const onSuccess = contract.ok ?? [];
  for (const op of [...always, ...onSuccess]) {
    if (op.op !== 'pages' && op.op !== 'range') continue;
    const argument = Number.parseInt(op.ref, 10);
    if (Number.isNaN(argument)) continue;
    const isAlways = always.includes(op);
    if (op.op === 'range') {
      if (!isAlways) continue;
      if (op.to !== 'none-left') return { role: op.to === 'removed' ? 'remove' : 'mark', argument };
      continue;
    }
    if (op.to === 'initialised') return { role: 'init', argument };
    if (op.to === 'freed') return { role: 'free', argument };
    if (op.to === 'unmapped') return { role: 'unmap', argument };
    return { role: contract.fail?.some((other) => other.op === 'pages') === true ? 'check' : 'get', argument };
  }
  const all = contract.needs?.find((need) => need.need === 'all-unmapped');
  if (all !== undefined) return { role: 'fini', argument: Number.parseInt(all.ref, 10) };
  return undefined;
}

/** A call with what its argument says about the owner. */
export interface RawSite {
  readonly site: MapSite;
  readonly driver: string;
  /** Tags of the structs that the argument passes through, innermost first. */
  readonly tags: readonly string[];
}

/** Collects the structs that an argument names: `&range->base` names the struct of `range`. Locals with one initial value are followed. */
function tagsOf(expr: Expr, scope: TypeScope, locals: ReadonlyMap<string, Expr>, depth = 0): readonly string[] {
  if (depth > 6) return [];
  const go = (inner: Expr): readonly string[] => tagsOf(inner, scope, locals, depth + 1);
  switch (expr.kind) {
    case 'address':
    case 'deref':
    case 'cast':
      return go(expr.operand);
    case 'index':
      return go(expr.object);
    case 'member': {
      const access = memberOf(expr, scope);
      return [...(access === undefined ? [] : [access.structTag]), ...go(expr.object)];
    }
    case 'name': {
      const init = locals.get(expr.name);
      const own = typeOf(expr, scope)?.base;
      return [...(own === undefined ? [] : [own]), ...(init === undefined ? [] : go(init))];
    }
    default: {
      const type = typeOf(expr, scope)?.base;
      return type === undefined ? [] : [type];
    }
  }
}

/** The calls in a function that have a role. */
export function sitesIn(
  program: Program,
  fn: FunctionDef,
  roles: ReadonlyMap<string, { role: MapRole; argument: number }>,
  driver: string,
): readonly RawSite[] {
  const text = fn.file.text.slice(fn.item.start, fn.item.end);
  if (![...roles.keys()].some((name) => text.includes(name))) return [];
  const ast = fn.ast();
  if (ast === undefined) return [];
  const types = new Map<string, TypeRef>(ast.params.map((param) => [param.name, param.type]));
  const locals = new Map<string, Expr>();
  const reassigned = new Set<string>();
  const calls: { readonly expr: Expr & { readonly kind: 'call' }; readonly callee: string }[] = [];
  const visitStmt = (stmt: Stmt): void => {
    if (stmt.kind !== 'decl') return;
    types.set(stmt.name, stmt.type);
    if (stmt.init !== undefined) locals.set(stmt.name, stmt.init);
  };
  const visit = (expr: Expr): void => {
    if (expr.kind === 'assign' && expr.left.kind === 'name') {
      if (locals.has(expr.left.name)) reassigned.add(expr.left.name);
      else locals.set(expr.left.name, expr.right);
    }
    if (expr.kind === 'call' && expr.callee.kind === 'name' && roles.has(expr.callee.name)) calls.push({ expr, callee: expr.callee.name });
  };
  for (const stmt of ast.body) walkStmt(stmt, visit, visitStmt);
  for (const name of reassigned) locals.delete(name);
  const scope: TypeScope = { program, file: fn.file, local: (name) => types.get(name) };
  return calls.flatMap(({ expr, callee }) => {
    const role = roles.get(callee);
    const argument = role === undefined ? undefined : expr.args[role.argument];
    if (role === undefined) return [];
    const start = fn.item.start + expr.start;
    const site: MapSite = { role: role.role, function: fn.name, callee, file: fn.file.path, start, end: start + callee.length };
    return [{ site, driver, tags: argument === undefined ? [] : tagsOf(argument, scope, locals) }];
  });
}
