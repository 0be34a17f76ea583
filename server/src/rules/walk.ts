/** Walks over syntax for rules that look at expressions as written. */

import { forEachChild } from '../flow/substitute.js';
import type { Expr, Stmt } from '../syntax/ast.js';

/** Calls `visit` for every expression below statements, parents before children. */
export function walkExprs(body: readonly Stmt[], visit: (expr: Expr, parent: Expr | undefined) => void): void {
  const expr = (e: Expr, parent: Expr | undefined): void => {
    visit(e, parent);
    if (e.kind === 'statements') e.body.forEach(stmt);
    if (e.kind === 'sizeof') return;
    forEachChild(e, (child) => expr(child, e));
  };
  const stmt = (s: Stmt): void => {
    switch (s.kind) {
      case 'expr':
        expr(s.expr, undefined);
        return;
      case 'decl':
        if (s.init !== undefined) expr(s.init, undefined);
        return;
      case 'block':
        s.body.forEach(stmt);
        return;
      case 'if':
        expr(s.test, undefined);
        stmt(s.then);
        if (s.otherwise !== undefined) stmt(s.otherwise);
        return;
      case 'while':
      case 'do':
        expr(s.test, undefined);
        stmt(s.body);
        return;
      case 'for':
        s.init.forEach(stmt);
        if (s.test !== undefined) expr(s.test, undefined);
        if (s.update !== undefined) expr(s.update, undefined);
        stmt(s.body);
        return;
      case 'iterate':
      case 'scoped':
        for (const arg of s.args) expr(arg, undefined);
        stmt(s.body);
        return;
      case 'guard':
        for (const arg of s.args) expr(arg, undefined);
        return;
      case 'switch':
        expr(s.value, undefined);
        stmt(s.body);
        return;
      case 'return':
        if (s.value !== undefined) expr(s.value, undefined);
        return;
      default:
    }
  };
  body.forEach(stmt);
}
