/** Prints lowered trees in one line, so that tests read as text. */
import type { Expr, InitItem, Stmt, TypeRef } from '../../server/src/syntax/ast.js';

/** A type: `const struct x **[3]`. */
export function printType(type: TypeRef): string {
  const of = type.of === undefined ? '' : `(${printExpr(type.of)})`;
  const dims = type.dims.map((dim) => `[${dim ?? ''}]`).join('');
  return `${type.isConst ? 'const ' : ''}${type.base}${of}${'*'.repeat(type.pointers)}${dims}${type.isFunction === true ? '()' : ''}`;
}

function printItem(item: InitItem): string {
  return item.designator.length === 0
    ? printExpr(item.value)
    : `${item.designator.map((part) => (part === '[]' ? part : `.${part}`)).join('')}=${printExpr(item.value)}`;
}

/** An expression, fully parenthesised. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'name':
      return expr.name;
    case 'number':
      return String(expr.value);
    case 'string':
      return JSON.stringify(expr.value);
    case 'member':
      return `${printExpr(expr.object)}${expr.arrow ? '->' : '.'}${expr.field}`;
    case 'index':
      return `${printExpr(expr.object)}[${printExpr(expr.index)}]`;
    case 'deref':
      return `(*${printExpr(expr.operand)})`;
    case 'address':
      return `(&${printExpr(expr.operand)})`;
    case 'unary':
      return `(${expr.op}${printExpr(expr.operand)})`;
    case 'update':
      return expr.prefix ? `(${expr.op}${printExpr(expr.operand)})` : `(${printExpr(expr.operand)}${expr.op})`;
    case 'binary':
    case 'assign':
      return `(${printExpr(expr.left)} ${expr.op} ${printExpr(expr.right)})`;
    case 'conditional':
      return `(${printExpr(expr.test)} ? ${expr.yes === undefined ? '' : printExpr(expr.yes)} : ${printExpr(expr.no)})`;
    case 'call':
      return `${printExpr(expr.callee)}(${expr.args.map(printExpr).join(', ')})`;
    case 'cast':
      return `<${printType(expr.type)}>${printExpr(expr.operand)}`;
    case 'compound':
      return `<${printType(expr.type)}>${printExpr(expr.init)}`;
    case 'initializer':
      return `{${expr.items.map(printItem).join(', ')}}`;
    case 'sizeof':
      return `sizeof(${expr.type === undefined ? (expr.operand === undefined ? '' : printExpr(expr.operand)) : `type ${printType(expr.type)}`})`;
    case 'comma':
      return `(${expr.items.map(printExpr).join(', ')})`;
    case 'statements':
      return `({ ${printBody(expr.body)} })`;
    case 'container':
      return `container(${printExpr(expr.pointer)}, ${printType(expr.type)}, ${expr.member.join('.')})`;
    case 'type':
      return `type ${printType(expr.type)}`;
    case 'unknown':
      return '?';
  }
}

/** Statements in one line. */
export function printBody(body: readonly Stmt[]): string {
  return body.map(printStmt).join(' ');
}

function optional(expr: Expr | undefined): string {
  return expr === undefined ? '' : printExpr(expr);
}

/** A statement. */
export function printStmt(stmt: Stmt): string {
  switch (stmt.kind) {
    case 'expr':
      return `${printExpr(stmt.expr)};`;
    case 'decl':
      return `${stmt.isStatic ? 'static ' : ''}${printType(stmt.type)} ${stmt.name}${stmt.cleanup === undefined ? '' : ` free(${stmt.cleanup})`}${stmt.init === undefined ? '' : ` = ${printExpr(stmt.init)}`};`;
    case 'block':
      return `{ ${printBody(stmt.body)} }`;
    case 'if':
      return `if (${printExpr(stmt.test)}) ${printStmt(stmt.then)}${stmt.otherwise === undefined ? '' : ` else ${printStmt(stmt.otherwise)}`}`;
    case 'while':
      return `while (${printExpr(stmt.test)}) ${printStmt(stmt.body)}`;
    case 'do':
      return `do ${printStmt(stmt.body)} while (${printExpr(stmt.test)})`;
    case 'for':
      return `for (${printBody(stmt.init)} | ${optional(stmt.test)} | ${optional(stmt.update)}) ${printStmt(stmt.body)}`;
    case 'iterate':
      return `ITERATE ${stmt.macro}(${stmt.args.map(printExpr).join(', ')}) ${printStmt(stmt.body)}`;
    case 'scoped':
      return `SCOPED ${stmt.macro}(${stmt.args.map(printExpr).join(', ')}) ${printStmt(stmt.body)}`;
    case 'guard':
      return `GUARD ${stmt.lockClass} ${stmt.name ?? '-'}(${stmt.args.map(printExpr).join(', ')});`;
    case 'switch':
      return `switch (${printExpr(stmt.value)}) ${printStmt(stmt.body)}`;
    case 'case':
      return stmt.isDefault ? 'default:' : `case ${stmt.values.map(printExpr).join(stmt.isRange ? '..' : ',')}:`;
    case 'label':
      return `${stmt.name}:`;
    case 'goto':
      return `goto ${stmt.label};`;
    case 'return':
      return `return ${optional(stmt.value)};`;
    case 'break':
    case 'continue':
      return `${stmt.kind};`;
    case 'empty':
      return ';';
    case 'broken':
      return 'BROKEN';
  }
}
