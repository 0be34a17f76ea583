/** An error pointer looked behind, or tested against NULL. */
import { valueHelpers } from '../../contracts/memory.js';
import type { Contract, Op } from '../../contracts/schema.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import type { State, Trail } from '../../flow/state.js';
import { N, P, Z } from '../../flow/state.js';
import { forEachChild } from '../../flow/substitute.js';
import type { Term } from '../../flow/term.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { exprsOf } from '../paths.js';
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
    const { uses } = notes(context);
    const cfg = context.engine.cfgOf(context.fn);
    if (cfg === undefined) return;
    const judged = followVariables(cfg, context);
    for (const { call, span, trail } of uses) {
      if (judged.has(call)) continue;
      context.report({ span, message: behindMessage(notes(context).results.get(call)?.name ?? 'the call'), trail });
    }
  },
};

const behindMessage = (name: string): string =>
  `an oops at an address just below zero: \`${name}\` gives an error pointer when it fails, and this looks behind it without a test; test it with IS_ERR first`;

function noteResult(name: string, contract: Contract | undefined, call: Expr, result: Term, state: State, context: FunctionContext): void {
  const isPointer =
    contract?.result === 'errptr' ||
    (contract === undefined && (context.program.findSignature(name, context.fn.file)?.returnType.pointers ?? 0) > 0);
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

interface Producer {
  readonly node: number;
  readonly variable: string;
  readonly call: Expr & { readonly kind: 'call' };
  readonly name: string;
  readonly isNeverNull: boolean;
}

/** Follows each variable that is given an error pointer to its first test or its first use; returns the calls that were reported. */
function followVariables(cfg: Cfg, context: FunctionContext): ReadonlySet<number> {
  const judged = new Set<number>();
  for (const node of cfg.nodes) {
    const producer = producerAt(node, context);
    if (producer === undefined) continue;
    const { call, name, variable } = producer;
    const found = firstUse(cfg, producer, context);
    if (found === undefined) continue;
    judged.add(call.start);
    const because = [{ fn: context.fn, span: call, message: `\`${name}\` may return an error pointer` }];
    if (found.nullTest === undefined) context.report({ span: found.span, message: behindMessage(name), because });
    else {
      context.report({
        span: found.nullTest.span,
        message: `an error passes for success: \`${name}\` never returns NULL, it returns an error pointer, and \`${variable}\` is only tested against NULL; test it with IS_ERR`,
        because,
        fixes: fixNullTest(found.nullTest.span, variable, context),
      });
    }
  }
  return judged;
}

/** A local that is set from a call that may give an error pointer. */
function producerAt(node: CfgNode, context: FunctionContext): Producer | undefined {
  const value =
    node.kind === 'decl'
      ? node.init
      : node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.op === '='
        ? node.expr.right
        : undefined;
  const variable =
    node.kind === 'decl'
      ? node.name
      : node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.left.kind === 'name'
        ? node.expr.left.name
        : undefined;
  if (value?.kind !== 'call' || value.callee.kind !== 'name' || variable === undefined || variable.startsWith('%')) return undefined;
  if (context.scope.local(variable) === undefined) return undefined;
  const { name } = value.callee;
  const contract = context.engine.contracts.of(name);
  const seen = notes(context).results.get(value.start);
  let isNeverNull: boolean;
  if (contract !== undefined) {
    if (contract.result !== 'errptr') return undefined;
    isNeverNull = true;
  } else if (seen !== undefined && seen.bits !== (N | P | Z)) {
    if ((seen.bits & N) === 0) return undefined;
    isNeverNull = seen.bits === (N | P);
  } else {
    const told = toldByBody(name, context);
    if (told === undefined) return undefined;
    isNeverNull = told.isNeverNull;
  }
  return { node: node.id, variable, call: value, name, isNeverNull };
}

/** What the returns of a body that is too far for a summary say; undefined when none gives an error pointer. */
function toldByBody(name: string, context: FunctionContext): { readonly isNeverNull: boolean } | undefined {
  const fn = context.program.findFunction(name, context.fn.file);
  if (fn === undefined || fn.item.alternative) return undefined;
  const returns = [...fn.file.text.slice(fn.item.bodyStart, fn.item.end).matchAll(/\breturn\s+([^;]*);/g)].map((match) => match[1] ?? '');
  const helper = (what: string): string =>
    Object.entries(valueHelpers)
      .flatMap(([key, value]) => (value === what ? [key] : []))
      .join('|');
  const gives = new RegExp(`^(?:${helper('err-ptr')}|${helper('err-cast')})\\s*\\(`);
  if (!returns.some((one) => gives.test(one)) || returns.some((one) => /\bNULL\b/.test(one))) return undefined;
  return { isNeverNull: returns.every((one) => gives.test(one) || /^&/.test(one)) };
}

/** The first look behind the variable that no test protects, and the test against NULL that stood in for one. */
function firstUse(
  cfg: Cfg,
  producer: Producer,
  context: FunctionContext,
): { readonly span: Span; readonly nullTest: CfgNode | undefined } | undefined {
  const { variable, isNeverNull } = producer;
  const seen = new Set<string>();
  const queue: { readonly id: number; readonly nullTest: CfgNode | undefined }[] = (cfg.nodes[producer.node]?.succ ?? []).map((id) => ({
    id,
    nullTest: undefined,
  }));
  let firstNull: CfgNode | undefined;
  let asked = false;
  for (let at = 0; at < queue.length; at++) {
    const step = queue[at];
    const node = step === undefined ? undefined : cfg.nodes[step.id];
    if (step === undefined || node === undefined || seen.has(`${step.id}|${step.nullTest?.id ?? ''}`)) continue;
    seen.add(`${step.id}|${step.nullTest?.id ?? ''}`);
    const span = useIn(node, variable, context);
    if (span !== undefined) return { span, nullTest: step.nullTest };
    if (isWritten(node, variable)) continue;
    const side = isNeverNull ? nullTestOf(node, variable) : undefined;
    if (side !== undefined) {
      firstNull ??= node;
      const id = node.succ[side];
      if (id !== undefined) queue.push({ id, nullTest: step.nullTest ?? node });
      continue;
    }
    if (isTested(node, variable, context)) {
      asked ||= some(node, (expr) => expr.kind === 'call' && expr.callee.kind === 'name' && Object.hasOwn(valueHelpers, expr.callee.name));
      continue;
    }
    for (const id of node.succ) queue.push({ id, nullTest: step.nullTest });
  }
  // Never looked behind here, but tested against NULL and for nothing else: whoever is given it is told a lie.
  return firstNull === undefined || asked ? undefined : { span: firstNull.span, nullTest: firstNull };
}

/** For a test of the variable against NULL: the way on which it is not NULL. */
function nullTestOf(node: CfgNode, variable: string): number | undefined {
  if (node.kind !== 'branch') return undefined;
  const { cond } = node;
  if (cond.kind === 'name' && cond.name === variable) return 0;
  if (cond.kind !== 'binary' || cond.left.kind !== 'name' || cond.left.name !== variable || !isNull(cond.right)) return undefined;
  return cond.op === '!=' ? 0 : cond.op === '==' ? 1 : undefined;
}

const isNull = (expr: Expr): boolean => (expr.kind === 'name' && expr.name === 'NULL') || (expr.kind === 'number' && expr.value === 0);

/** True where the variable gets another value, or its address is given away. */
function isWritten(node: CfgNode, variable: string): boolean {
  if (node.kind === 'decl' && node.name === variable) return true;
  if (node.kind === 'iterate' || node.kind === 'skip') return node.args.some((arg) => arg.kind === 'name' && arg.name === variable);
  return some(
    node,
    (expr) =>
      (expr.kind === 'assign' && expr.left.kind === 'name' && expr.left.name === variable) ||
      (expr.kind === 'address' && expr.operand.kind === 'name' && expr.operand.name === variable),
  );
}

/** True where the variable is asked about in any way, copied, or handed to somebody who may ask. */
function isTested(node: CfgNode, variable: string, context: FunctionContext): boolean {
  const isIt = (expr: Expr | undefined): boolean => expr?.kind === 'name' && expr.name === variable;
  if (node.kind === 'return') return some(node, isIt);
  if (
    node.kind === 'branch' &&
    (isIt(node.cond) || some(node, (expr) => (expr.kind === 'unary' && isIt(expr.operand)) || (expr.kind === 'cast' && isIt(expr.operand))))
  )
    return true;
  if (node.kind === 'decl' && isIt(node.init)) return true;
  return some(
    node,
    (expr) =>
      (expr.kind === 'assign' && isIt(expr.right)) ||
      (expr.kind === 'call' && expr.args.some((arg, index) => isIt(arg) && mayAsk(expr, index, node.kind === 'branch', context))) ||
      (expr.kind === 'binary' && (isIt(expr.left) || isIt(expr.right))),
  );
}

/** True when a called function may ask whether its argument is an error: it does, or nobody knows its body. */
function mayAsk(call: Expr & { readonly kind: 'call' }, index: number, decides: boolean, context: FunctionContext): boolean {
  if (call.callee.kind !== 'name') return true;
  const { name } = call.callee;
  if (Object.hasOwn(valueHelpers, name)) return true;
  if (context.engine.contracts.of(name) !== undefined || context.engine.contracts.isHarmless(name)) return false;
  const fn = context.program.findFunction(name, context.fn.file);
  const param = fn?.ast()?.params[index]?.name;
  if (fn === undefined || param === undefined) return true;
  const body = fn.file.text.slice(fn.item.bodyStart, fn.item.end);
  // What decides a branch is a test of some kind, unless the body looks behind the pointer itself.
  return (
    new RegExp(`\\b(?:${Object.keys(valueHelpers).join('|')})\\s*\\(\\s*${param}\\b`).test(body) ||
    (decides && !new RegExp(`(?<![\\w>.])${param}->`).test(body))
  );
}

/** A place where a node surely looks behind the variable. */
function useIn(node: CfgNode, variable: string, context: FunctionContext): Span | undefined {
  let found: Span | undefined;
  const isIt = (expr: Expr | undefined): boolean => expr?.kind === 'name' && expr.name === variable;
  const visit = (expr: Expr): void => {
    if (found !== undefined || expr.kind === 'sizeof') return;
    if (expr.kind === 'address') {
      // The address of a member is arithmetic; what leads to the member is not.
      let inner: Expr = expr.operand;
      while (inner.kind === 'member' && !inner.arrow) inner = inner.object;
      if (inner.kind === 'member' && isIt(inner.object)) return;
    }
    if ((expr.kind === 'member' && expr.arrow && isIt(expr.object)) || (expr.kind === 'deref' && isIt(expr.operand))) {
      found = expr;
      return;
    }
    if (expr.kind === 'call' && expr.callee.kind === 'name') {
      const { name } = expr.callee;
      const contract = context.engine.contracts.of(name);
      if (expr.args.some((arg, index) => isIt(arg) && looksBehind(name, contract, index, context))) {
        found = expr;
        return;
      }
    }
    forEachChild(expr, visit);
  };
  for (const expr of exprsOf(node)) visit(expr);
  return found;
}

function some(node: CfgNode, test: (expr: Expr) => boolean): boolean {
  let found = false;
  const visit = (expr: Expr): void => {
    if (test(expr)) found = true;
    if (!found) forEachChild(expr, visit);
  };
  exprsOf(node).forEach(visit);
  return found;
}
