/** Arguments in a form that can be compared between functions. */
import type { FunctionDef, Program } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import { walkExprs } from '../walk.js';

/** A comparable form of an argument: constants by value, shifts of constants; undefined for what depends on the function. */
export function valueTextOf(e: Expr | undefined, fn: FunctionDef, program: Program): string | undefined {
  if (e === undefined) return undefined;
  if (e.kind === 'number') return `#${e.value}`;
  if (e.kind === 'cast') return valueTextOf(e.operand, fn, program);
  if (e.kind === 'name') {
    const local = fixedValue(e.name, fn);
    if (local !== undefined) return valueTextOf(local, fn, program);
    const value = program.constant(e.name, fn.file);
    return value !== undefined ? `#${value}` : program.isConstantName(e.name, fn.file) ? e.name : undefined;
  }
  if (e.kind === 'binary' && e.op === '<<') {
    const left = valueTextOf(e.left, fn, program);
    const right = valueTextOf(e.right, fn, program);
    return left === undefined ? undefined : `(${left}<<${right ?? '?'})`;
  }
  return undefined;
}

/** What a local is given where it is declared, when nothing else ever gives it a value. */
function fixedValue(name: string, fn: FunctionDef): Expr | undefined {
  const ast = fn.ast();
  if (ast === undefined) return undefined;
  const first = ast.body.find((s) => s.kind === 'decl' && s.name === name);
  if (first?.kind !== 'decl' || first.init === undefined || (first.init.kind === 'name' && first.init.name === name)) return undefined;
  let isWritten = false;
  walkExprs(ast.body, (e) => {
    if (e.kind === 'assign' && e.left.kind === 'name' && e.left.name === name) isWritten = true;
    if ((e.kind === 'address' || e.kind === 'update') && e.operand.kind === 'name' && e.operand.name === name) isWritten = true;
  });
  return isWritten ? undefined : first.init;
}

/** True for a parameter or a local of a function, whatever it holds. */
export function isVariable(e: Expr, fn: FunctionDef): boolean {
  if (e.kind !== 'name') return false;
  const ast = fn.ast();
  return ast?.params.some((p) => p.name === e.name) === true || ast?.body.some((s) => s.kind === 'decl' && s.name === e.name) === true;
}
