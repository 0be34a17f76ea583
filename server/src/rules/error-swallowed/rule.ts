/** An error is known, and the function returns success. */
import { errnoName } from '../../contracts/errno.js';
import type { CfgNode } from '../../flow/cfg.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixSwallowed } from './fix.js';
import { forgottenErrors } from './forgotten.js';

/** Bits of a pending error: what is known of it, and whether the path has jumped since. */
const BRANCHED = 2;
const JUMPED = 4;
const STRONG = 8;
const POINTER = 16;

/** See README.md beside this file. */
export const errorSwallowed: Rule = {
  id: 'error-swallowed',
  onEvent(event, _frame, context) {
    if (event.kind !== 'exit' || event.class !== 'success' || event.value?.kind !== 'int' || event.value.value !== 0) return;
    if (event.expr === undefined) return;
    const { expr } = event;
    for (const [, pending] of event.state.objects()) {
      if (pending.kind !== 'errno' || pending.site === undefined) continue;
      const strong = (pending.bits & STRONG) !== 0;
      const jumped = (pending.bits & JUMPED) !== 0;
      if (
        expr.kind !== 'number' &&
        !(expr.kind === 'name' && !expr.name.startsWith('%') && expr.name !== pending.detail && (strong || jumped))
      )
        continue;
      if (jumped && !leadsOnlyTo(context, pending.count, event.span.start, pending.detail)) continue;
      if (!jumped && !strong && !((pending.bits & (BRANCHED | POINTER)) !== 0 && isOwnReturn(context, pending.count, event.span.start)))
        continue;
      if (!jumped && event.state.joined) continue;
      if (!strong && (pending.bits & BRANCHED) !== 0 && (pending.bits & POINTER) === 0 && !returnsVariable(context, pending.detail))
        continue;
      if (!strong && (pending.bits & POINTER) !== 0 && !failsElsewhere(context)) continue;
      const name = pending.term?.kind === 'int' ? errnoName(pending.term.value) : undefined;
      context.report({
        span: jumped ? pending.site.span : event.span,
        message: `the caller is told that all went well: ${name === undefined ? `\`${pending.detail}\` holds an error here` : `\`${pending.detail}\` is set to -${name}`}, and the path goes on to a return of 0; return the error, or jump to the label that does`,
        trail: event.state.trail,
        fixes: fixSwallowed((pending.bits & 4) === 0 ? event.span : pending.site.span, pending.detail, context),
        because: [{ fn: context.fn, span: event.span, message: 'returns 0' }],
      });
    }
  },
  finish(context) {
    for (const { variable, call, test, at } of forgottenErrors(context)) {
      context.report({
        span: at.span,
        message: `the caller is told that all went well: \`${variable}\` ${test === undefined ? 'may hold an error here that nobody looked at' : 'holds an error here'}, and the path goes on to a return of success; return the error, or jump to the label that does`,
        fixes: fixSwallowed(at.span, variable, context),
        because: [
          { fn: context.fn, span: call, message: `\`${variable}\` may become an error` },
          ...(test === undefined ? [] : [{ fn: context.fn, span: test.span, message: 'the error is found' }]),
        ],
      });
    }
  },
};

function returnsVariable(context: FunctionContext, name: string): boolean {
  return (
    context.engine
      .cfgOf(context.fn)
      ?.nodes.some((node) => node.kind === 'return' && node.value?.kind === 'name' && node.value.name === name) === true
  );
}

/** True when every way on from the label ends in this return: no later decision made it, but for those on the error itself. */
function leadsOnlyTo(context: FunctionContext, label: number, returnStart: number, variable: string): boolean {
  const nodes = context.engine.cfgOf(context.fn)?.nodes ?? [];
  const seen = new Set<number>();
  const work = [label];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const node = nodes[id];
    if (node === undefined || seen.has(id)) continue;
    seen.add(id);
    if (node.kind === 'return') {
      if (node.span.start !== returnStart) return false;
      continue;
    }
    if (
      node.kind === 'branch' &&
      node.cond.kind === 'binary' &&
      node.cond.op === '==' &&
      node.cond.left.kind === 'name' &&
      node.cond.left.name === variable
    ) {
      const other = node.succ[1];
      if (other !== undefined) work.push(other);
      continue;
    }
    work.push(...node.succ);
  }
  return true;
}

/** True when the return is reached only where the branch found the error. */
function isOwnReturn(context: FunctionContext, branch: number, returnStart: number): boolean {
  const nodes = context.engine.cfgOf(context.fn)?.nodes ?? [];
  const node = nodes[branch];
  if (node?.kind !== 'branch') return false;
  const reach = (from: number | undefined): boolean => {
    const seen = new Set<number>([branch]);
    const work = from === undefined ? [] : [from];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      const next = nodes[id];
      if (next === undefined || seen.has(id)) continue;
      seen.add(id);
      if (next.kind === 'return' && next.span.start === returnStart) return true;
      work.push(...next.succ);
    }
    return false;
  };
  if (reach(node.succ[0]) === reach(node.succ[1])) return false;
  // Who tells of it before giving up means to go on.
  for (const side of node.succ) {
    let at: number | undefined = side;
    for (let steps = 0; at !== undefined && steps < 20; steps++) {
      const next: CfgNode | undefined = nodes[at];
      if (next === undefined || next.succ.length > 1) break;
      if (next.kind === 'return') return next.span.start === returnStart;
      if (
        next.kind === 'eval' &&
        next.expr.kind === 'call' &&
        next.expr.callee.kind === 'name' &&
        context.engine.contracts.isHarmless(next.expr.callee.name)
      )
        break;
      at = next.succ[0];
    }
  }
  return false;
}

/** True when the function returns errors elsewhere. */
function failsElsewhere(context: FunctionContext): boolean {
  return (
    context.engine
      .cfgOf(context.fn)
      ?.nodes.some((node) => node.kind === 'return' && node.value !== undefined && node.value.kind !== 'number') === true
  );
}
