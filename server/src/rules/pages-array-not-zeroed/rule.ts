/** An array of pages from an allocator that does not clear, of which some entries may stay as they were. */
import { pagesTag } from '../../contracts/protected.js';
import type { Contract } from '../../contracts/schema.js';
import { typeOf } from '../../flow/types.js';
import { walkStmt } from '../../program/walk.js';
import type { Expr, Stmt, TypeRef } from '../../syntax/ast.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixNotZeroed } from './fix.js';

type Call = Expr & { readonly kind: 'call' };

/** See README.md beside this file. */
export const pagesArrayNotZeroed: Rule = {
  id: 'pages-array-not-zeroed',
  onExpr(expr, parent, context) {
    if (expr.kind !== 'call' || expr.callee.kind !== 'name') return;
    const contract = context.engine.contracts.of(expr.callee.name);
    if (contract === undefined || !leavesRubbish(contract, expr)) return;
    const target = targetOf(expr, parent, context);
    if (target === undefined || !ofPages(expr, target.type, context)) return;
    if (isMadeWhole(target.text, expr, context)) return;
    context.report({
      span: expr,
      message: `a failure half way frees entries that hold rubbish: \`${expr.callee.name}\` does not clear the array, and not every entry is initialised; use the zeroing allocator`,
      fixes: fixNotZeroed(expr, expr.callee.name, context),
    });
  },
};

/** True for an allocation that does not clear, by its contract and its flags. */
function leavesRubbish(contract: Contract, call: Call): boolean {
  const makes = contract.ok?.find((op) => op.op === 'acquire');
  if (makes?.op !== 'acquire' || makes.family !== 'memory' || makes.ref !== 'ret' || makes.zeroed === true) return false;
  if (contract.gfp === undefined) return true;
  const flags = call.args[contract.gfp];
  return flags !== undefined && !mentions(flags, '__GFP_ZERO');
}

function mentions(expr: Expr, name: string): boolean {
  if (expr.kind === 'name') return expr.name === name;
  return expr.kind === 'binary' ? mentions(expr.left, name) || mentions(expr.right, name) : false;
}

/** What the result is stored in: as written, with its type. */
function targetOf(
  call: Call,
  parent: Expr | undefined,
  context: FunctionContext,
): { readonly text: string; readonly type: TypeRef | undefined } | undefined {
  if (parent?.kind === 'assign' && parent.op === '=' && parent.right.start === call.start) {
    return { text: squeezed(parent.left, context), type: typeOf(parent.left, context.scope) };
  }
  const found: { text: string; type: TypeRef }[] = [];
  each(context.ast.body, (stmt) => {
    if (stmt.kind === 'decl' && stmt.init?.start === call.start) found.push({ text: stmt.name, type: stmt.type });
  });
  return found[0];
}

function ofPages(call: Call, type: TypeRef | undefined, context: FunctionContext): boolean {
  if (type?.base === pagesTag && type.pointers === 1) return true;
  let found = false;
  const visit = (expr: Expr): void => {
    if (expr.kind === 'sizeof') {
      const size = expr.type ?? (expr.operand === undefined ? undefined : typeOf(expr.operand, context.scope));
      if (size?.base === pagesTag && size.pointers === 0) found = true;
    } else if (expr.kind === 'binary') {
      visit(expr.left);
      visit(expr.right);
    }
  };
  call.args.forEach(visit);
  return found && type?.base !== 'typeof' && (type === undefined || type.base === pagesTag || type.base === 'void');
}

const squeezed = (expr: Expr, context: FunctionContext): string => context.text.slice(expr.start, expr.end).replace(/\s+/g, '');

function each(body: readonly Stmt[], visit: (stmt: Stmt) => void): void {
  for (const stmt of body) walkStmt(stmt, () => undefined, visit);
}

/** True when every entry is initialised by a loop over the whole array, when it is cleared, or when somebody unknown is given it. */
function isMadeWhole(target: string, allocation: Call, context: FunctionContext): boolean {
  const sizes = new Set(allocation.args.flatMap((arg) => parts(arg)).map((arg) => squeezed(arg, context)));
  const names = new Set([target]);
  let whole = false;
  each(context.ast.body, (stmt) => {
    if (stmt.kind === 'expr' && stmt.expr.kind === 'assign' && stmt.expr.op === '=') {
      const left = squeezed(stmt.expr.left, context);
      const right = squeezed(stmt.expr.right, context);
      if (names.has(right)) names.add(left);
      if (sizes.has(right)) sizes.add(left);
    }
    if (
      stmt.kind === 'for' &&
      stmt.start > allocation.end &&
      bound(stmt.test, sizes, context) &&
      !startsLate(stmt) &&
      initialisesEach(stmt.body, names, context)
    )
      whole = true;
  });
  if (whole) return true;
  const handed = (expr: Expr): void => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'name' || expr.start === allocation.start) return;
    const { name } = expr.callee;
    const contract = context.engine.contracts.of(name);
    const isGiven = expr.args.some((arg) => names.has(squeezed(arg, context)));
    if (!isGiven) return;
    if (contract === undefined && !context.engine.contracts.isHarmless(name)) whole = true;
    if (contract?.returns === 0 && expr.args[1]?.kind === 'number' && expr.args[1].value === 0) whole = true;
  };
  for (const stmt of context.ast.body) walkStmt(stmt, handed);
  return whole;
}

function parts(expr: Expr): readonly Expr[] {
  return expr.kind === 'binary' && expr.op === '*' ? [...parts(expr.left), ...parts(expr.right)] : [expr];
}

function bound(test: Expr | undefined, sizes: ReadonlySet<string>, context: FunctionContext): boolean {
  return test?.kind === 'binary' && (test.op === '<' || test.op === '!=') && sizes.has(squeezed(test.right, context));
}

/** True for a loop that surely does not begin with the first entry. */
function startsLate({ init, test }: Stmt & { readonly kind: 'for' }): boolean {
  const index = test?.kind === 'binary' && test.left.kind === 'name' ? test.left.name : undefined;
  return init.some((one) => {
    const first =
      one.kind === 'decl' && one.name === index
        ? one.init
        : one.kind === 'expr' && one.expr.kind === 'assign' && one.expr.left.kind === 'name' && one.expr.left.name === index
          ? one.expr.right
          : undefined;
    return first?.kind === 'number' && first.value > 0;
  });
}

/** True when a loop's body initialises an entry first of all, whatever comes then. */
function initialisesEach(body: Stmt, names: ReadonlySet<string>, context: FunctionContext): boolean {
  const list = body.kind === 'block' ? body.body : [body];
  for (const stmt of list) {
    if (stmt.kind === 'decl') continue;
    if (stmt.kind !== 'expr') return false;
    const { expr } = stmt;
    if (expr.kind !== 'call' || expr.callee.kind !== 'name') continue;
    const contract = context.engine.contracts.of(expr.callee.name);
    const [arg] = expr.args;
    if (contract?.ops?.some((op) => op.op === 'pages' && op.to === 'initialised') === true && arg !== undefined)
      return entryOf(arg, names, context);
  }
  return false;
}

function entryOf(arg: Expr, names: ReadonlySet<string>, context: FunctionContext): boolean {
  if (arg.kind === 'address' && arg.operand.kind === 'index') return names.has(squeezed(arg.operand.object, context));
  return arg.kind === 'binary' && arg.op === '+' && names.has(squeezed(arg.left, context));
}
