/** Walks over functions and macros with the types that hold at each place, inner scopes shadowing outer ones. */
import { forEachChild } from '../../flow/substitute.js';
import type { TypeScope } from '../../flow/types.js';
import { typeOf } from '../../flow/types.js';
import type { FunctionDef, Program, ProgramFile } from '../../program/types.js';
import type { Expr, FunctionAst, Stmt, TypeRef } from '../../syntax/ast.js';
import type { MacroDef } from '../../syntax/source.js';

/** Where a node stands. Spans of nodes are relative to `base` in the file, and refer to `text`. */
export interface Where {
  readonly program: Program;
  readonly file: ProgramFile;
  readonly fn: FunctionDef | undefined;
  readonly ast: FunctionAst | undefined;
  readonly base: number;
  readonly text: string;
  readonly scope: TypeScope;
  /** Statements around, outermost first; the last one holds the node itself. */
  readonly around: readonly Stmt[];
}

/** Called before the parts of a node; an expression's `false` keeps the walk from its parts. */
export interface Visitor {
  expr?(expr: Expr, where: Where): boolean;
  stmt?(stmt: Stmt, where: Where): void;
}

interface Env {
  readonly name: string;
  readonly type: TypeRef;
  readonly parent: Env | undefined;
}

const lookup = (env: Env | undefined, name: string): TypeRef | undefined => {
  for (let at = env; at !== undefined; at = at.parent) if (at.name === name) return at.type;
  return undefined;
};

const scopeOf = (program: Program, file: ProgramFile, env: Env | undefined): TypeScope => ({
  program,
  file,
  local: (name) => lookup(env, name),
});

const within = (where: Where, env: Env | undefined, around: readonly Stmt[]): Where => ({
  ...where,
  around,
  scope: scopeOf(where.program, where.file, env),
});

/** Parts of an expression, `sizeof` operands and statement expressions aside. */
export function partsOf(expr: Expr): readonly Expr[] {
  const parts: Expr[] = [];
  if (expr.kind === 'sizeof') {
    if (expr.operand !== undefined) parts.push(expr.operand);
  } else if (expr.kind !== 'statements') forEachChild(expr, (part) => parts.push(part));
  return parts;
}

function walkAll(body: readonly Stmt[], outer: Env | undefined, where: Where, visitor: Visitor): void {
  let env = outer;
  const expr = (e: Expr | undefined, at: Env | undefined, around: readonly Stmt[]): void => {
    if (e === undefined || visitor.expr?.(e, within(where, at, around)) === false) return;
    if (e.kind === 'statements') walkAll(e.body, at, { ...where, around }, visitor);
    for (const part of partsOf(e)) expr(part, at, around);
  };
  for (const one of body) {
    const around = [...where.around, one];
    visitor.stmt?.(one, within(where, env, around));
    const inner: Where = { ...where, around };
    switch (one.kind) {
      case 'expr':
        expr(one.expr, env, around);
        break;
      case 'decl':
        env = { name: one.name, type: one.type, parent: env };
        expr(one.init, env, around);
        break;
      case 'block':
        walkAll(one.body, env, inner, visitor);
        break;
      case 'if':
        expr(one.test, env, around);
        walkAll([one.then, ...(one.otherwise === undefined ? [] : [one.otherwise])], env, inner, visitor);
        break;
      case 'while':
      case 'do':
        expr(one.test, env, around);
        walkAll([one.body], env, inner, visitor);
        break;
      case 'for': {
        let inside = env;
        for (const first of one.init) if (first.kind === 'decl') inside = { name: first.name, type: first.type, parent: inside };
        walkAll(one.init, env, inner, visitor);
        expr(one.test, inside, around);
        expr(one.update, inside, around);
        walkAll([one.body], inside, inner, visitor);
        break;
      }
      case 'iterate':
      case 'scoped':
        for (const arg of one.args) expr(arg, env, around);
        walkAll([one.body], env, inner, visitor);
        break;
      case 'guard':
        for (const arg of one.args) expr(arg, env, around);
        break;
      case 'switch':
        expr(one.value, env, around);
        walkAll([one.body], env, inner, visitor);
        break;
      case 'return':
        expr(one.value, env, around);
        break;
      default:
    }
  }
}

/** Walks a function; nothing happens when it did not parse. */
export function walkFunction(program: Program, fn: FunctionDef, visitor: Visitor): void {
  const ast = fn.ast();
  if (ast === undefined) return;
  let env: Env | undefined;
  for (const param of ast.params) env = { name: param.name, type: param.type, parent: env };
  const { item, file } = fn;
  const text = file.text.slice(item.start, item.end);
  walkAll(ast.body, env, { program, file, fn, ast, base: item.start, text, scope: scopeOf(program, file, env), around: [] }, visitor);
}

/** Walks one expression with everything below it, at a place. */
export function walkExpr(expr: Expr, where: Where, visit: (expr: Expr) => boolean): void {
  if (!visit(expr)) return;
  for (const part of partsOf(expr)) walkExpr(part, where, visit);
}

/** Walks a macro's body, its parameters typed by the arguments of a use in these functions; false when no use tells them. */
export function walkMacro(
  program: Program,
  file: ProgramFile,
  macro: MacroDef,
  functions: readonly FunctionDef[],
  visitor: Visitor,
): boolean {
  const body = program.findMacro(macro.name, file)?.body();
  if (body === undefined) return false;
  let env: Env | undefined;
  let known = false;
  const uses = new RegExp(`\\b${macro.name}\\s*\\(`);
  for (const fn of functions) {
    if (known || !uses.test(fn.file.text.slice(fn.item.start, fn.item.end))) continue;
    walkFunction(program, fn, {
      expr: (expr, where) => {
        if (known || expr.kind !== 'call' || expr.callee.kind !== 'name' || expr.callee.name !== macro.name) return true;
        known = true;
        for (const [index, name] of (macro.params ?? []).entries()) {
          const arg = expr.args[index];
          const type = arg === undefined ? undefined : typeOf(arg, where.scope);
          if (type !== undefined) env = { name, type, parent: env };
          else known = known && arg?.kind === 'string';
        }
        return true;
      },
    });
  }
  if (!known) return false;
  const where: Where = {
    program,
    file,
    fn: undefined,
    ast: undefined,
    base: macro.bodyStart,
    text: macro.body,
    scope: scopeOf(program, file, env),
    around: [],
  };
  const statements: readonly Stmt[] =
    'statements' in body ? body.statements : [{ kind: 'expr', expr: body.expr, start: body.expr.start, end: body.expr.end }];
  walkAll(statements, env, where, visitor);
  return true;
}
