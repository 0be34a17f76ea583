/** Which called functions look behind what they are given. */
import { valueHelpers } from '../../contracts/memory.js';
import { looksBehindArgument } from '../../contracts/results.js';
import type { Contract, Op } from '../../contracts/schema.js';
import { forEachChild } from '../../flow/substitute.js';
import type { Expr } from '../../syntax/ast.js';
import type { FunctionContext } from '../rule.js';
import { walkExprs } from '../walk.js';

/** True when a called function surely looks behind this argument. */
export function looksBehind(name: string, contract: Contract | undefined, index: number, context: FunctionContext): boolean {
  if (Object.hasOwn(valueHelpers, name)) return false;
  if (looksBehindArgument(name, index)) return true;
  const mine = (ref: string): boolean => ref === String(index) || ref.startsWith(`${index}.`) || ref.startsWith(`${index}-`);
  const refOf = (op: Op): string => ('ref' in op ? op.ref : '');
  if (contract?.needs?.some((need) => 'ref' in need && mine(need.ref)) === true || contract?.ops?.some((op) => mine(refOf(op))) === true)
    return true;
  return contract?.pure === true && bodyLooks(name, index, context, 0);
}

/** True when a small body goes through the parameter without a test of it. */
function bodyLooks(name: string, index: number, context: FunctionContext, depth: number): boolean {
  const fn = context.program.findFunction(name, context.fn.file);
  const ast = fn?.ast();
  const param = ast?.params[index]?.name;
  const [only] = ast?.body ?? [];
  if (ast === undefined || param === undefined || only?.kind !== 'return' || only.value === undefined || depth > 3) return false;
  let found = false;
  const visit = (expr: Expr): void => {
    if (expr.kind === 'conditional') return;
    if (expr.kind === 'member' && expr.arrow && expr.object.kind === 'name' && expr.object.name === param) found = true;
    if (expr.kind === 'call' && expr.callee.kind === 'name') {
      const callee = expr.callee.name;
      expr.args.forEach((arg, at) => {
        if (arg.kind === 'name' && arg.name === param && bodyLooks(callee, at, context, depth + 1)) found = true;
      });
    }
    forEachChild(expr, visit);
  };
  visit(only.value);
  return found;
}

/** Matches a test for an error pointer of a variable. */
function asksOf(name: string): RegExp {
  const tests = Object.entries(valueHelpers).flatMap(([key, what]) => (/^(is-err|ptr-err)/.test(what) ? [key] : []));
  return new RegExp(`\\b(?:${tests.join('|')})\\s*\\(\\s*${name}\\b`);
}

/** True when a body goes through the parameter somewhere and nowhere asks whether it is an error. */
export function bodyGoesThrough(name: string, index: number, context: FunctionContext, depth: number): boolean {
  if (depth > 2 || context.engine.contracts.isHarmless(name) || Object.hasOwn(valueHelpers, name)) return false;
  const fn = context.program.findFunction(name, context.fn.file);
  const param = fn === undefined || fn.item.alternative ? undefined : fn.ast()?.params[index];
  if (fn === undefined || param === undefined || param.type.pointers !== 1) return false;
  const text = fn.file.text.slice(fn.item.bodyStart, fn.item.end);
  if (text.length > 6000 || asksOf(param.name).test(text)) return false;
  if (new RegExp(`\\b${param.name}\\s*=[^=]`).test(text)) return false;
  let found = false;
  const visit = (expr: Expr, isGiven: boolean): void => {
    if (found || expr.kind === 'sizeof') return;
    if (expr.kind === 'address' && !isGiven) {
      let inner: Expr = expr.operand;
      while (inner.kind === 'member' && !inner.arrow) inner = inner.object;
      if (inner.kind === 'member' && inner.object.kind === 'name') return;
    }
    if (expr.kind === 'member' && expr.arrow && expr.object.kind === 'name' && expr.object.name === param.name) found = true;
    if (expr.kind === 'call' && expr.callee.kind === 'name') {
      const callee = expr.callee.name;
      expr.args.forEach((arg, at) => {
        if (arg.kind !== 'name' || arg.name !== param.name) visit(arg, true);
        else if (looksBehind(callee, context.engine.contracts.of(callee), at, context) || bodyGoesThrough(callee, at, context, depth + 1))
          found = true;
      });
      return;
    }
    forEachChild(expr, (child) => visit(child, false));
  };
  walkExprs(fn.ast()?.body ?? [], (expr, parent) => {
    if (parent === undefined) visit(expr, false);
  });
  return found;
}
