/** Substitution of macro parameters in expressions and statements; every node takes the span of the macro's use. */
import type { Expr, Span, Stmt, TypeRef } from '../syntax/ast.js';

/** Names declared in statements, at any depth. */
export function declaredNames(body: readonly Stmt[]): string[] {
  const names: string[] = [];
  const visitExpr = (e: Expr): void => {
    if (e.kind === 'statements') e.body.forEach(visit);
    else forEachChild(e, visitExpr);
  };
  const visit = (s: Stmt): void => {
    switch (s.kind) {
      case 'decl':
        names.push(s.name);
        if (s.init !== undefined) visitExpr(s.init);
        return;
      case 'expr':
        visitExpr(s.expr);
        return;
      case 'block':
        s.body.forEach(visit);
        return;
      case 'if':
        visit(s.then);
        if (s.otherwise !== undefined) visit(s.otherwise);
        return;
      case 'for':
        s.init.forEach(visit);
        visit(s.body);
        return;
      case 'while':
      case 'do':
      case 'iterate':
      case 'scoped':
      case 'switch':
        visit(s.body);
        return;
      default:
    }
  };
  body.forEach(visit);
  return names;
}

/** Calls `visit` for each direct child expression. */
export function forEachChild(e: Expr, visit: (child: Expr) => void): void {
  switch (e.kind) {
    case 'member':
      visit(e.object);
      return;
    case 'index':
      visit(e.object);
      visit(e.index);
      return;
    case 'deref':
    case 'address':
    case 'unary':
    case 'update':
    case 'cast':
      visit(e.operand);
      return;
    case 'binary':
    case 'assign':
      visit(e.left);
      visit(e.right);
      return;
    case 'conditional':
      visit(e.test);
      if (e.yes !== undefined) visit(e.yes);
      visit(e.no);
      return;
    case 'call':
      visit(e.callee);
      e.args.forEach(visit);
      return;
    case 'compound':
      visit(e.init);
      return;
    case 'initializer':
      for (const item of e.items) visit(item.value);
      return;
    case 'comma':
      e.items.forEach(visit);
      return;
    case 'container':
      visit(e.pointer);
      return;
    default:
  }
}

/** Replaces parameters by arguments and renames the macro's own locals. */
export function substituteExpr(e: Expr, bindings: ReadonlyMap<string, Expr>, renames: ReadonlyMap<string, string>, span: Span): Expr {
  const go = (x: Expr): Expr => substituteExpr(x, bindings, renames, span);
  const at = { start: span.start, end: span.end };
  switch (e.kind) {
    case 'name': {
      const bound = bindings.get(e.name);
      if (bound !== undefined) return bound;
      return { ...e, name: renames.get(e.name) ?? e.name, ...at };
    }
    case 'member':
      return { ...e, object: go(e.object), field: fieldName(e.field, bindings), ...at };
    case 'index':
      return { ...e, object: go(e.object), index: go(e.index), ...at };
    case 'deref':
    case 'address':
    case 'unary':
    case 'update':
      return { ...e, operand: go(e.operand), ...at };
    case 'cast':
      return { ...e, type: substituteType(e.type, bindings, renames, span), operand: go(e.operand), ...at };
    case 'binary':
    case 'assign':
      return { ...e, left: go(e.left), right: go(e.right), ...at };
    case 'conditional':
      return { ...e, test: go(e.test), yes: e.yes === undefined ? undefined : go(e.yes), no: go(e.no), ...at };
    case 'call':
      return { ...e, callee: go(e.callee), args: e.args.map(go), ...at };
    case 'compound':
      return { ...e, init: go(e.init), ...at };
    case 'initializer':
      return { ...e, items: e.items.map((item) => ({ ...item, value: go(item.value), ...at })), ...at };
    case 'comma':
      return { ...e, items: e.items.map(go), ...at };
    case 'container':
      return {
        ...e,
        pointer: go(e.pointer),
        type: substituteType(e.type, bindings, renames, span),
        member: e.member.map((m) => fieldName(m, bindings)),
        ...at,
      };
    case 'statements':
      return { ...e, body: substituteStmts(e.body, bindings, renames, span), ...at };
    case 'type':
      return { ...e, type: substituteType(e.type, bindings, renames, span), ...at };
    default:
      return { ...e, ...at };
  }
}

function fieldName(field: string, bindings: ReadonlyMap<string, Expr>): string {
  const bound = bindings.get(field);
  return bound?.kind === 'name' ? bound.name : field;
}

function substituteType(type: TypeRef, bindings: ReadonlyMap<string, Expr>, renames: ReadonlyMap<string, string>, span: Span): TypeRef {
  if (type.of !== undefined) return { ...type, of: substituteExpr(type.of, bindings, renames, span) };
  const bound = bindings.get(type.base);
  return bound?.kind === 'type' ? bound.type : bound?.kind === 'name' ? { ...type, base: bound.name } : type;
}

/** The same for statements. */
export function substituteStmts(
  body: readonly Stmt[],
  bindings: ReadonlyMap<string, Expr>,
  renames: ReadonlyMap<string, string>,
  span: Span,
): Stmt[] {
  const ex = (e: Expr): Expr => substituteExpr(e, bindings, renames, span);
  const at = { start: span.start, end: span.end };
  const go = (s: Stmt): Stmt => {
    switch (s.kind) {
      case 'expr':
        return { ...s, expr: ex(s.expr), ...at };
      case 'decl':
        return {
          ...s,
          name: renames.get(s.name) ?? s.name,
          type: substituteType(s.type, bindings, renames, span),
          init: s.init === undefined ? undefined : ex(s.init),
          ...at,
        };
      case 'block':
        return { ...s, body: s.body.map(go), ...at };
      case 'if':
        // biome-ignore lint/suspicious/noThenProperty: the statement's own member
        return { ...s, test: ex(s.test), then: go(s.then), otherwise: s.otherwise === undefined ? undefined : go(s.otherwise), ...at };
      case 'while':
      case 'do':
        return { ...s, test: ex(s.test), body: go(s.body), ...at };
      case 'for':
        return {
          ...s,
          init: s.init.map(go),
          test: s.test === undefined ? undefined : ex(s.test),
          update: s.update === undefined ? undefined : ex(s.update),
          body: go(s.body),
          ...at,
        };
      case 'iterate':
      case 'scoped':
        return { ...s, args: s.args.map(ex), body: go(s.body), ...at };
      case 'guard':
        return { ...s, args: s.args.map(ex), ...at };
      case 'switch':
        return { ...s, value: ex(s.value), body: go(s.body), ...at };
      case 'case':
        return { ...s, values: s.values.map(ex), ...at };
      case 'return':
        return { ...s, value: s.value === undefined ? undefined : ex(s.value), ...at };
      default:
        return { ...s, ...at };
    }
  };
  return body.map(go);
}
