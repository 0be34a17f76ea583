/** An error is known, and the function returns success. */
import { errnoName } from '../../contracts/errno.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixSwallowed } from './fix.js';

/** See README.md beside this file. */
export const errorSwallowed: Rule = {
  id: 'error-swallowed',
  onEvent(event, _frame, context) {
    if (event.kind !== 'exit' || event.class !== 'success' || event.value?.kind !== 'int' || event.value.value !== 0) return;
    if (event.expr === undefined) return;
    const literal = event.expr.kind === 'number';
    for (const [, pending] of event.state.objects()) {
      if (pending.kind !== 'errno' || pending.site === undefined) continue;
      const strong = (pending.bits & 8) !== 0;
      if (!strong && (!literal || (pending.bits & 4) === 0)) continue;
      if ((pending.bits & 4) !== 0 && !leadsOnlyTo(context, pending.count, event.span.start)) continue;
      if (strong && (pending.bits & 4) === 0 && event.state.joined) continue;
      if (!strong && (pending.bits & 2) !== 0 && !returnsVariable(context, pending.detail)) continue;
      const name = pending.term?.kind === 'int' ? errnoName(pending.term.value) : undefined;
      context.report({
        span: (pending.bits & 4) === 0 ? event.span : pending.site.span,
        message: `the caller is told that all went well: ${name === undefined ? `\`${pending.detail}\` holds an error here` : `\`${pending.detail}\` is set to -${name}`}, and the path goes on to a return of 0; return the error, or jump to the label that does`,
        trail: event.state.trail,
        fixes: fixSwallowed((pending.bits & 4) === 0 ? event.span : pending.site.span, pending.detail, context),
        because: [{ fn: context.fn, span: event.span, message: 'returns 0' }],
      });
    }
  },
};

function returnsVariable(context: FunctionContext, name: string): boolean {
  return context.engine.cfgOf(context.fn)?.nodes.some((node) => node.kind === 'return' && node.value?.kind === 'name' && node.value.name === name) === true;
}

/** True when every way on from the label ends in this return: no later decision made it. */
function leadsOnlyTo(context: FunctionContext, label: number, returnStart: number): boolean {
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
    work.push(...node.succ);
  }
  return true;
}
