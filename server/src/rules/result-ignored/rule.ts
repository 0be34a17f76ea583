/** The result of a call that can fail is dropped, or stored and never read. */

import { resultKindOf } from '../../contracts/results.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { liveLocals } from '../../flow/liveness.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixIgnored } from './fix.js';

type Call = Expr & { readonly kind: 'call' };

/** Live locals of the function; computed only where a result was stored. */
const liveness = perFunction((context) => {
  const cfg = context.engine.cfgOf(context.fn);
  return cfg === undefined ? undefined : { cfg, live: liveLocals(cfg).live };
});

/** See README.md beside this file. */
export const resultIgnored: Rule = {
  id: 'result-ignored',
  onEvent(event, frame, context) {
    if (event.kind !== 'call' || !mustCheck(event.name, event.contract?.mustCheck, context)) return;
    if (event.discarded) {
      if (frame.node.kind === 'eval' && same(frame.node.expr, event.expr)) report(event.expr, event.name, 'is dropped', context);
      return;
    }
    const name = storedIn(frame.node, event.expr);
    // A result stored only to quiet the compiler is dropped on purpose; what the tables ask for is not.
    if (name === undefined || context.engine.contracts.of(event.name) === undefined) return;
    const known = liveness(context);
    if (known === undefined || isRead(known.cfg, known.live, frame.node, name)) return;
    report(event.expr, event.name, `is stored in \`${name}\` and never read`, context);
  },
};

function mustCheck(name: string, byContract: boolean | undefined, context: FunctionContext): boolean {
  if (byContract === true) return true;
  const contract = context.engine.contracts.of(name);
  if (contract !== undefined) return contract.mustCheck === true;
  if (resultKindOf(name) === 'errno') return true;
  if (context.program.findSignature(name, context.fn.file)?.attributes.includes('__must_check') === true) return true;
  return isCheckedElsewhere(name, context);
}

const wrappers = new WeakMap<FunctionDef, boolean>();

/** True for a function of the program that hands on the error of a call that must be checked, and whose result its other callers look at. */
function isCheckedElsewhere(name: string, context: FunctionContext): boolean {
  const { program, engine } = context;
  const fn = program.findFunction(name, context.fn.file);
  if (fn === undefined || fn.item.alternative) return false;
  let handsOn = wrappers.get(fn);
  if (handsOn === undefined) {
    const body = fn.file.text.slice(fn.item.bodyStart, fn.item.end);
    const returns = fn.ast()?.returnType;
    handsOn =
      returns !== undefined &&
      returns.pointers === 0 &&
      /^(int|long|ssize_t)$/.test(returns.base) &&
      [...body.matchAll(/(?:\breturn|=)\s*([a-z_]\w*)\s*\(/g)].some((match) => engine.contracts.of(match[1] ?? '')?.mustCheck === true) &&
      /\breturn\s+(?:err|ret|r|rc|error|[a-z_]\w*\s*\()/.test(body);
    wrappers.set(fn, handsOn);
  }
  if (!handsOn) return false;
  const looks = new RegExp(`(?:=|return|[(!])\\s*${name}\\s*\\(`);
  const others = program.references(fn).filter((ref) => ref.isCall && ref.caller.key !== context.fn.key && ref.caller.key !== fn.key);
  return others.length > 0 && others.every((ref) => looks.test(ref.caller.file.text.slice(ref.caller.item.bodyStart, ref.caller.item.end)));
}

const same = (a: Span, b: Span): boolean => a.start === b.start && a.end === b.end;

/** The local that a node stores the call's result in. */
function storedIn(node: CfgNode, call: Call): string | undefined {
  if (node.kind === 'decl' && node.init !== undefined && same(node.init, call)) return node.name.startsWith('%') ? undefined : node.name;
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.op !== '=' || !same(node.expr.right, call)) return undefined;
  return node.expr.left.kind === 'name' ? node.expr.left.name : undefined;
}

/** True when the local may be read after the node, or is not a local at all. */
function isRead(cfg: Cfg, live: readonly (readonly string[])[], node: CfgNode, name: string): boolean {
  return !cfg.types.has(name) || node.succ.some((id) => live[id]?.includes(name) === true);
}

function report(call: Call, name: string, how: string, context: FunctionContext): void {
  context.report({
    span: call,
    message: `the driver goes on as if the call had worked: the result of \`${name}\` ${how}; look at it, and undo what was done when it is an error`,
    fixes: fixIgnored(call, how === 'is dropped', context),
  });
}
