/** An error pointer looked behind, or tested against NULL. */
import { valueHelpers } from '../../contracts/memory.js';
import type { Contract, Op } from '../../contracts/schema.js';
import type { State, Trail } from '../../flow/state.js';
import { N, P, Z } from '../../flow/state.js';
import type { Term } from '../../flow/term.js';
import type { Cfg } from '../../flow/cfg.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { forEachChild } from '../../flow/substitute.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixNullTest } from './fix.js';

interface Use {
  readonly call: number;
  readonly span: Span;
  readonly trail: Trail | undefined;
}

interface Notes {
  /** Classes of the results of calls that may give error pointers, by where the call begins. */
  readonly results: Map<number, { bits: number; name: string }>;
  /** The call a term came from. */
  readonly from: Map<string, number>;
  readonly uses: Use[];
}

const notes = perFunction<Notes>(() => ({ results: new Map(), from: new Map(), uses: [] }));

/** See README.md beside this file. */
export const errorPointerUsed: Rule = {
  id: 'error-pointer-used',
  onEvent(event, _frame, context) {
    if (event.kind === 'call') {
      noteResult(event.name, event.contract, event.expr, event.result, event.state, context);
      event.args.forEach((arg, index) => {
        const expr = event.expr.args[index];
        if (expr !== undefined && looksBehind(event.name, event.contract, index, context)) use(arg, expr, event.state, context);
      });
    } else if (event.kind === 'access' && event.expr.arrow && event.loc.root.kind === 'pointee') {
      use(event.loc.root.term, event.expr, event.state, context);
    }
  },
  finish(context) {
    const { uses, results } = notes(context);
    const cfg = context.engine.cfgOf(context.fn);
    if (cfg === undefined || results.size === 0) return;
    const tested = nullTests(cfg, context);
    for (const { call, span, trail } of uses) {
      if (tested.has(call)) continue;
      context.report({
        span,
        message: `an oops at an address just below zero: \`${results.get(call)?.name ?? 'the call'}\` gives an error pointer when it fails, and this looks behind it without a test; test it with IS_ERR first`,
        trail,
      });
    }
  },
};

function noteResult(name: string, contract: Contract | undefined, call: Expr, result: Term, state: State, context: FunctionContext): void {
  const isPointer = contract?.result === 'errptr' || (contract === undefined && (context.program.findSignature(name, context.fn.file)?.returnType.pointers ?? 0) > 0);
  if (!isPointer || state.joined) return;
  const own = notes(context);
  const { bits } = state.constraint(result);
  // A body's return tells of an error pointer only where it surely is one: "not NULL" leaves that class open for every pointer.
  const told = contract !== undefined || bits === N || bits === (N | P | Z) ? bits : bits & ~N;
  const known = own.results.get(call.start) ?? { bits: 0, name };
  own.results.set(call.start, { bits: known.bits | told, name });
  if (contract !== undefined ? (told & N) !== 0 : told === N) own.from.set(result.key, call.start);
}

/** Notes a look behind a pointer that may be an error. */
function use(value: Term, span: Span, state: State, context: FunctionContext): void {
  if (state.joined) return;
  const own = notes(context);
  const found = chain(value).find((term) => own.from.has(term.key));
  const call = found === undefined ? undefined : own.from.get(found.key);
  if (found === undefined || call === undefined) return;
  const { bits } = state.constraint(found);
  if ((bits & N) === 0 || (bits & Z) !== 0) return;
  if (!own.uses.some((one) => one.call === call)) own.uses.push({ call, span, trail: state.trail });
}

/** A pointer, what it lies in, and so on outwards. */
function chain(value: Term): readonly Term[] {
  const terms = [value];
  for (let term = value; ; ) {
    if (term.kind === 'addr' && term.loc.root.kind === 'pointee') term = term.loc.root.term;
    else if (term.kind === 'up') term = term.of;
    else return terms;
    terms.push(term);
  }
}

/** True when a called function surely looks behind this argument. */
function looksBehind(name: string, contract: Contract | undefined, index: number, context: FunctionContext): boolean {
  if (Object.hasOwn(valueHelpers, name)) return false;
  const mine = (ref: string): boolean => ref === String(index) || ref.startsWith(`${index}.`) || ref.startsWith(`${index}-`);
  const refOf = (op: Op): string => ('ref' in op ? op.ref : '');
  if (contract?.needs?.some((need) => 'ref' in need && mine(need.ref)) === true || contract?.ops?.some((op) => mine(refOf(op))) === true) return true;
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

/** Reports tests against NULL that are the only tests of an error pointer; returns the calls whose results are so tested. */
function nullTests(cfg: Cfg, context: FunctionContext): ReadonlySet<number> {
  const { results } = notes(context);
  const sources = new Map<string, number[]>();
  const asked = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind === 'call' && expr.callee.kind === 'name' && Object.hasOwn(valueHelpers, expr.callee.name)) {
      const what = valueHelpers[expr.callee.name];
      const [arg] = expr.args;
      if (arg?.kind === 'name' && (what === 'is-err' || what === 'is-err-or-null' || what === 'ptr-err' || what === 'ptr-err-or-zero')) asked.add(arg.name);
    }
    if (expr.kind === 'address' && expr.operand.kind === 'name') asked.add(expr.operand.name);
    forEachChild(expr, visit);
  };
  const assigned = (name: string, value: Expr): void => {
    const all = sources.get(name) ?? [];
    all.push(value.kind === 'call' ? value.start : -1);
    sources.set(name, all);
  };
  for (const node of cfg.nodes) {
    if (node.kind === 'eval') {
      visit(node.expr);
      if (node.expr.kind === 'assign' && node.expr.left.kind === 'name') assigned(node.expr.left.name, node.expr.right);
    } else if (node.kind === 'decl' && node.init !== undefined) {
      visit(node.init);
      assigned(node.name, node.init);
    } else if (node.kind === 'branch') visit(node.cond);
    else if (node.kind === 'return' && node.value !== undefined) visit(node.value);
  }
  const found = new Set<number>();
  for (const node of cfg.nodes) {
    if (node.kind !== 'branch') continue;
    const { cond } = node;
    const name = cond.kind === 'name' ? cond.name : cond.kind === 'binary' && (cond.op === '==' || cond.op === '!=') && cond.left.kind === 'name' && isNull(cond.right) ? cond.left.name : undefined;
    const calls = name === undefined ? undefined : sources.get(name);
    if (name === undefined || calls === undefined || asked.has(name)) continue;
    const given = calls.map((call) => results.get(call));
    if (given.some((one) => one === undefined || one.bits !== (N | P))) continue;
    for (const call of calls) found.add(call);
    context.report({
      span: node.span,
      message: `an error passes for success: \`${given[0]?.name ?? 'the call'}\` never returns NULL, it returns an error pointer, and \`${name}\` is only tested against NULL; test it with IS_ERR`,
      fixes: fixNullTest(node.span, name, context),
    });
  }
  return found;
}

const isNull = (expr: Expr): boolean => (expr.kind === 'name' && expr.name === 'NULL') || (expr.kind === 'number' && expr.value === 0);
