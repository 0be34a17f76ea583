/** Expressions with their types, in functions and in the bodies of macros: what rules about the interface's generations look at. */

import type { TypeScope } from '../flow/types.js';
import { structOf, typeOf } from '../flow/types.js';
import type { Program, ProgramFile } from '../program/types.js';
import type { Expr, Span, TypeRef } from '../syntax/ast.js';
import type { MacroDef } from '../syntax/source.js';
import type { Fix } from './finding.js';
import { cfgTypes } from './locals.js';
import type { FileContext, Rule } from './rule.js';
import { walkExprs } from './walk.js';

/** Where an expression stands. */
export interface Place {
  readonly program: Program;
  readonly file: ProgramFile;
  readonly scope: TypeScope;
  /** Offset in the file of what spans are relative to. */
  readonly base: number;
  /** Text that spans refer to: of the function, or of the macro's body. */
  readonly text: string;
  /** True inside of a macro's body: names are parameters there, and no local can be declared. */
  readonly inMacro: boolean;
  report(report: { readonly span: Span; readonly message: string; readonly fixes?: readonly Fix[] }): void;
}

/** Looks at one expression. */
export type Check = (expr: Expr, parent: Expr | undefined, place: Place) => void;

/** Names that a text must hold for a check to have anything to look at. */
export interface Lookout {
  readonly id: string;
  readonly words: readonly string[];
}

/** A rule over typed expressions: each of a function once, each of a macro once where it is defined, typed by its first use. */
export function typedRule({ id, words }: Lookout, check: Check): Rule {
  const pattern = new RegExp(`\\b(?:${words.join('|')})\\b`);
  return {
    id,
    onExpr(expr, parent, context) {
      check(expr, parent, {
        program: context.program,
        file: context.fn.file,
        scope: context.scope,
        base: context.fn.item.start,
        text: context.text,
        inMacro: false,
        report: (report) => context.report(report),
      });
    },
    onFile(file, context) {
      for (const macro of file.outline.macros) {
        if (macro.alternative || macro.params === undefined || !pattern.test(macro.body)) continue;
        macroBody(macro, file, context, check);
      }
    },
  };
}

/** The tag of the object an expression is, or points to; by name when its definition is not in sight. */
export function tagOf(expr: Expr, scope: TypeScope): string | undefined {
  const type = typeOf(expr, scope);
  if (type === undefined || type.pointers > 1) return undefined;
  return structOf(type, scope)?.tag ?? (type.base.startsWith('struct ') ? type.base : undefined);
}

/** The span of a member's name in `x->name`. */
export function nameSpan(expr: Expr & { readonly kind: 'member' }): Span {
  return { start: expr.end - expr.field.length, end: expr.end };
}

/** Visits the expressions of a macro's body, its parameters typed by the arguments at one of its uses. */
function macroBody(macro: MacroDef, file: ProgramFile, context: FileContext, check: Check): void {
  const { program } = context;
  const body = program.findMacro(macro.name, file)?.body();
  if (body === undefined) return;
  const types = parameterTypes(macro, file, context, 0);
  if (types === undefined) return;
  const locals = 'statements' in body ? declared(body.statements) : new Map<string, TypeRef>();
  const scope: TypeScope = { program, file, local: (name) => types.get(name) ?? locals.get(name) };
  const place: Place = {
    program,
    file,
    scope,
    base: macro.bodyStart,
    text: macro.body,
    inMacro: true,
    report: ({ span, message, fixes }) => {
      context.report({
        span: { start: span.start + macro.bodyStart, end: span.end + macro.bodyStart },
        message,
        ...(fixes === undefined ? {} : { fixes }),
      });
    },
  };
  if ('statements' in body) walkExprs(body.statements, (expr, parent) => check(expr, parent, place));
  else walkOne(body.expr, undefined, (expr, parent) => check(expr, parent, place));
}

function walkOne(expr: Expr, parent: Expr | undefined, visit: (expr: Expr, parent: Expr | undefined) => void): void {
  walkExprs([{ kind: 'expr', expr, start: expr.start, end: expr.end }], (one, above) => visit(one, above ?? parent));
}

function declared(body: readonly import('../syntax/ast.js').Stmt[]): Map<string, TypeRef> {
  const types = new Map<string, TypeRef>();
  for (const stmt of body) {
    if (stmt.kind === 'decl') types.set(stmt.name, stmt.type);
    else if (stmt.kind === 'block') for (const [name, type] of declared(stmt.body)) types.set(name, type);
    else if (stmt.kind === 'do' && stmt.body.kind === 'block') for (const [name, type] of declared(stmt.body.body)) types.set(name, type);
  }
  return types;
}

/** Deepest chain of macros through which a use is looked for. */
const DEEPEST = 2;

/** Types of a macro's parameters at a use in a function, or in another macro that is used in one. Undefined without a use. */
function parameterTypes(macro: MacroDef, file: ProgramFile, context: FileContext, depth: number): Map<string, TypeRef> | undefined {
  const { program } = context;
  const params = macro.params ?? [];
  const take = (args: readonly Expr[], scope: TypeScope): Map<string, TypeRef> | undefined => {
    const types = new Map<string, TypeRef>();
    params.forEach((name, index) => {
      const arg = args[index];
      const type = arg === undefined ? undefined : typeOf(arg, scope);
      if (type !== undefined) types.set(name, type);
    });
    return types.size > 0 ? types : undefined;
  };
  let found: Map<string, TypeRef> | undefined;
  const uses = new RegExp(`\\b${macro.name}\\s*\\(`);
  const files = [file, ...program.mentioning(macro.name, file).filter((one) => one.path !== file.path)];
  for (const one of files.slice(0, 12)) {
    if (!uses.test(one.text)) continue;
    for (const fn of program.functionsIn(one)) {
      if (fn.item.alternative || !uses.test(one.text.slice(fn.item.start, fn.item.end))) continue;
      const ast = fn.ast();
      if (ast === undefined) continue;
      const types = cfgTypes(ast, context.engine.cfgOf(fn));
      const scope: TypeScope = { program, file: one, local: (name) => types(name) };
      walkExprs(ast.body, (expr) => {
        if (found === undefined && expr.kind === 'call' && expr.callee.kind === 'name' && expr.callee.name === macro.name)
          found = take(expr.args, scope);
      });
      if (found !== undefined) return found;
    }
    if (depth >= DEEPEST) continue;
    for (const outer of one.outline.macros) {
      if (outer.name === macro.name || outer.alternative || outer.params === undefined || !uses.test(outer.body)) continue;
      const body = program.findMacro(outer.name, one)?.body();
      const types = body === undefined ? undefined : parameterTypes(outer, one, context, depth + 1);
      if (body === undefined || types === undefined) continue;
      const scope: TypeScope = { program, file: one, local: (name) => types.get(name) };
      const visit = (expr: Expr): void => {
        if (found === undefined && expr.kind === 'call' && expr.callee.kind === 'name' && expr.callee.name === macro.name)
          found = take(expr.args, scope);
      };
      if ('statements' in body) walkExprs(body.statements, visit);
      else walkOne(body.expr, undefined, visit);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
