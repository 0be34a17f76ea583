/** Variables that are given an error pointer, followed to their first test or their first use. */
import { valueHelpers } from '../../contracts/memory.js';
import { resultKindOf } from '../../contracts/results.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { N, P, Z } from '../../flow/state.js';
import { forEachChild } from '../../flow/substitute.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { exprsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { fixNullTest, fixUntested } from './fix.js';
import { bodyGoesThrough, looksBehind } from './looks.js';

/** What a look behind an error pointer means. */
export const behindMessage = (name: string): string =>
  `an oops at an address just below zero: \`${name}\` gives an error pointer when it fails, and this looks behind it without a test; test it with IS_ERR first`;

interface Producer {
  readonly node: number;
  readonly variable: string;
  readonly call: Expr & { readonly kind: 'call' };
  readonly name: string;
  readonly isNeverNull: boolean;
}

/** Follows each variable that is given an error pointer to its first test or its first use; returns the calls that were reported. */
export function followVariables(cfg: Cfg, context: FunctionContext, bitsOf: (call: number) => number | undefined): ReadonlySet<number> {
  const judged = new Set<number>();
  for (const node of cfg.nodes) {
    const producer = producerAt(node, context, bitsOf);
    if (producer === undefined) continue;
    const { call, name, variable } = producer;
    const found = firstUse(cfg, producer, context);
    if (found === undefined) continue;
    judged.add(call.start);
    const because = [{ fn: context.fn, span: call, message: `\`${name}\` may return an error pointer` }];
    if (found.nullTest === undefined)
      context.report({ span: found.span, message: behindMessage(name), because, fixes: fixUntested(call, variable, context) });
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
function producerAt(node: CfgNode, context: FunctionContext, bitsOf: (call: number) => number | undefined): Producer | undefined {
  const value =
    node.kind === 'decl'
      ? node.init
      : node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.op === '='
        ? node.expr.right
        : undefined;
  const variable =
    node.kind === 'decl' ? node.name : node.kind === 'eval' && node.expr.kind === 'assign' ? placeOf(node.expr.left) : undefined;
  if (value?.kind !== 'call' || value.callee.kind !== 'name' || variable === undefined || variable.startsWith('%')) return undefined;
  if (context.scope.local(/^\w+/.exec(variable)?.[0] ?? '') === undefined) return undefined;
  const { name } = value.callee;
  const contract = context.engine.contracts.of(name);
  const seen = bitsOf(value.start);
  let isNeverNull: boolean;
  if (contract !== undefined || resultKindOf(name) !== undefined) {
    if ((contract?.result ?? resultKindOf(name)) !== 'errptr') return undefined;
    isNeverNull = true;
  } else if (seen !== undefined && seen !== (N | P | Z)) {
    if ((seen & N) === 0) return undefined;
    isNeverNull = seen === (N | P);
  } else {
    const told = toldByBody(name, context);
    if (told === undefined) return undefined;
    isNeverNull = told.isNeverNull;
  }
  return { node: node.id, variable, call: value, name, isNeverNull };
}

/** Text of a variable, or of a member of one; undefined for anything else. */
function placeOf(e: Expr): string | undefined {
  if (e.kind === 'name') return e.name;
  if (e.kind !== 'member') return undefined;
  const object = placeOf(e.object);
  return object === undefined ? undefined : `${object}${e.arrow ? '->' : '.'}${e.field}`;
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
  const body = fn.file.text.slice(fn.item.bodyStart, fn.item.end);
  // Tested against NULL before it is returned.
  const isTold = (one: string): boolean =>
    /^\w+$/.test(one.trim()) &&
    new RegExp(`\\bif \\((?:unlikely\\()?!${one.trim()}\\)`).test(body) &&
    !new RegExp(`\\b${one.trim()} = NULL\\b`).test(body);
  return { isNeverNull: returns.every((one) => gives.test(one) || /^&/.test(one) || isTold(one)) };
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
    const other = namedErrorOf(node, variable);
    if (other !== undefined) {
      asked = true;
      const id = node.succ[other];
      if (id !== undefined) queue.push({ id, nullTest: step.nullTest });
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

/** For a test of the variable for one errno by name: the way on which it may be another. */
function namedErrorOf(node: CfgNode, variable: string): number | undefined {
  if (node.kind !== 'branch' || node.cond.kind !== 'binary' || (node.cond.op !== '==' && node.cond.op !== '!=')) return undefined;
  const { left, op } = node.cond;
  if (left.kind !== 'call' || left.callee.kind !== 'name' || !Object.hasOwn(valueHelpers, left.callee.name)) return undefined;
  const [arg] = left.args;
  if (valueHelpers[left.callee.name] !== 'ptr-err' || arg === undefined || placeOf(arg) !== variable) return undefined;
  return op === '==' ? 1 : 0;
}

/** For a test of the variable against NULL: the way on which it is not NULL. */
function nullTestOf(node: CfgNode, variable: string): number | undefined {
  if (node.kind !== 'branch') return undefined;
  const { cond } = node;
  if (placeOf(cond) === variable) return 0;
  if (cond.kind !== 'binary' || placeOf(cond.left) !== variable || !isNull(cond.right)) return undefined;
  return cond.op === '!=' ? 0 : cond.op === '==' ? 1 : undefined;
}

/** True for NULL and 0. */
export const isNull = (expr: Expr): boolean =>
  (expr.kind === 'name' && expr.name === 'NULL') || (expr.kind === 'number' && expr.value === 0);

/** True where the variable gets another value, or its address is given away. */
function isWritten(node: CfgNode, variable: string): boolean {
  if (node.kind === 'decl' && node.name === variable) return true;
  if (node.kind === 'iterate' || node.kind === 'skip') return node.args.some((arg) => arg.kind === 'name' && arg.name === variable);
  return some(
    node,
    (expr) =>
      (expr.kind === 'assign' && isPartOf(placeOf(expr.left), variable)) ||
      (expr.kind === 'address' && isPartOf(placeOf(expr.operand), variable)),
  );
}

/** True for the variable, or for what leads to it. */
const isPartOf = (place: string | undefined, variable: string): boolean =>
  place !== undefined && (place === variable || variable.startsWith(`${place}->`) || variable.startsWith(`${place}.`));

/** True where the variable is asked about in any way, copied, or handed to somebody who may ask. */
function isTested(node: CfgNode, variable: string, context: FunctionContext): boolean {
  const isIt = (expr: Expr | undefined): boolean => expr !== undefined && placeOf(expr) === variable;
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
      (expr.kind === 'call' &&
        !isStatement(node, expr) &&
        expr.args.some((arg, index) => isIt(arg) && mayAsk(expr, index, node.kind === 'branch', context))) ||
      (expr.kind === 'binary' && (isIt(expr.left) || isIt(expr.right))),
  );
}

/** True for a call whose result is dropped: whatever it asks, it protects nothing that follows. */
const isStatement = (node: CfgNode, call: Expr & { readonly kind: 'call' }): boolean =>
  node.kind === 'eval' && node.expr === call && call.callee.kind === 'name' && !/^[A-Z]|assert/.test(call.callee.name);

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
  const isIt = (expr: Expr | undefined): boolean => expr !== undefined && placeOf(expr) === variable;
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
      if (
        expr.args.some(
          (arg, index) =>
            isIt(arg) &&
            (looksBehind(name, contract, index, context) || (contract === undefined && bodyGoesThrough(name, index, context, 0))),
        )
      ) {
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
