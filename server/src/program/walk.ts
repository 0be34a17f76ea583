/** Walks over statements and expressions in order of their text. */
import type { Expr, Stmt } from '../syntax/ast.js';

/** Called for every expression, before its parts. */
export type VisitExpr = (expr: Expr) => void;

/** Visits an expression and all its parts. */
export const walkExpr = (expr: Expr | undefined, visit: VisitExpr, visitStmt?: (stmt: Stmt) => void): void => {
  if (expr === undefined) return;
  visit(expr);
  const go = (part: Expr | undefined): void => walkExpr(part, visit, visitStmt);
  switch (expr.kind) {
    case 'member':
      go(expr.object);
      break;
    case 'index':
      go(expr.object);
      go(expr.index);
      break;
    case 'deref':
    case 'address':
    case 'unary':
    case 'update':
    case 'cast':
    case 'sizeof':
      go(expr.operand);
      break;
    case 'binary':
    case 'assign':
      go(expr.left);
      go(expr.right);
      break;
    case 'conditional':
      go(expr.test);
      go(expr.yes);
      go(expr.no);
      break;
    case 'call':
      go(expr.callee);
      for (const arg of expr.args) go(arg);
      break;
    case 'compound':
      go(expr.init);
      break;
    case 'initializer':
      for (const item of expr.items) go(item.value);
      break;
    case 'comma':
      for (const item of expr.items) go(item);
      break;
    case 'statements':
      for (const stmt of expr.body) walkStmt(stmt, visit, visitStmt);
      break;
    case 'container':
      go(expr.pointer);
      break;
    default:
      break;
  }
};

/** Visits a statement, all statements in it and all their expressions. */
export const walkStmt = (stmt: Stmt, visit: VisitExpr, visitStmt?: (stmt: Stmt) => void): void => {
  visitStmt?.(stmt);
  const go = (part: Expr | undefined): void => walkExpr(part, visit, visitStmt);
  const goStmt = (part: Stmt | undefined): void => {
    if (part !== undefined) walkStmt(part, visit, visitStmt);
  };
  switch (stmt.kind) {
    case 'expr':
      go(stmt.expr);
      break;
    case 'decl':
      go(stmt.init);
      break;
    case 'block':
      for (const one of stmt.body) goStmt(one);
      break;
    case 'if':
      go(stmt.test);
      goStmt(stmt.then);
      goStmt(stmt.otherwise);
      break;
    case 'while':
    case 'do':
      go(stmt.test);
      goStmt(stmt.body);
      break;
    case 'for':
      for (const one of stmt.init) goStmt(one);
      go(stmt.test);
      go(stmt.update);
      goStmt(stmt.body);
      break;
    case 'iterate':
    case 'scoped':
      for (const arg of stmt.args) go(arg);
      goStmt(stmt.body);
      break;
    case 'guard':
      for (const arg of stmt.args) go(arg);
      break;
    case 'switch':
      go(stmt.value);
      goStmt(stmt.body);
      break;
    case 'case':
      for (const value of stmt.values) go(value);
      break;
    case 'return':
      go(stmt.value);
      break;
    default:
      break;
  }
};
