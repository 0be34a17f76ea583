/** A mapping made where one may stand already. */
import type { FlowEvent } from '../../flow/events.js';
import { DMA } from '../../flow/events.js';
import type { Term } from '../../flow/term.js';
import { isBinding, isReachedFrom, pairFunctions } from '../backing.js';
import type { FunctionContext, Rule } from '../rule.js';
import { keptUnasked } from './kept.js';

/** See README.md beside this file. */
export const dmaMappedTwice: Rule = {
  id: 'dma-mapped-twice',
  onEvent(event, _frame, context) {
    if (event.kind === 'dma' && event.what === 'overwrite') {
      const object = event.state.object(event.key);
      if (event.state.joined || object === undefined || (object.bits & (DMA.ok | DMA.unchecked)) === 0) return;
      if (!isMapping(event, context)) return;
      context.report({
        span: event.span,
        message:
          'IOVA space is lost: a mapping stands at this place already, and the new one is stored over it; unmap the old one first, or do not map again',
        trail: event.state.trail,
        keys: [event.key, event.key.replace(/~$/, '')],
      });
      return;
    }
    if (event.kind === 'call' && event.contract !== undefined) mappedAgain(event, context);
  },
  finish(context) {
    for (const call of keptUnasked(context))
      context.report({
        span: call,
        message:
          'IOVA space is lost each time this runs again: what it maps is kept in an object that may hold a mapping already, and nothing asks before; go back early when it is mapped, or unmap the old one first',
      });
  },
};

/** True when what is stored is a mapping itself. */
function isMapping(event: FlowEvent & { readonly kind: 'dma' }, context: FunctionContext): boolean {
  const { expr } = event;
  if (expr?.kind !== 'call') return false;
  const name = expr.callee.kind === 'name' ? expr.callee.name : expr.callee.kind === 'member' ? expr.callee.field : '';
  const contract = context.engine.contracts.of(name);
  return expr.callee.kind === 'member' || [...(contract?.ops ?? []), ...(contract?.ok ?? [])].some((op) => op.op === 'dma-map');
}

/** A table of another object is mapped by a function that runs more than once for it, and nothing asks first. */
function mappedAgain(event: FlowEvent & { readonly kind: 'call' }, context: FunctionContext): void {
  const op = [...(event.contract?.ops ?? []), ...(event.contract?.ok ?? [])].find((o) => o.op === 'dma-map' && o.handle !== 'ret');
  if (op === undefined || op.op !== 'dma-map' || event.state.joined) return;
  const table = event.args[Number(op.handle)];
  if (table === undefined || !isShared(table)) return;
  const owner = table.kind === 'load' && table.loc.root.kind === 'pointee' ? `(${table.loc.root.term.key})` : '';
  for (const [key] of event.state.constraints()) if (key.includes(owner) || key === table.key) return;
  if (!runsAgain(context) || isReachedFrom(context.program, context.fn, pairFunctions(context.program, context.fn).make)) return;
  context.report({
    span: event.expr,
    message:
      'IOVA space is lost with each further binding: the object is mapped again each time this runs for it, and the first mapping can no longer be undone; map it once, where its pages are made',
    trail: event.state.trail,
    keys: [`dma:${table.key}`],
  });
}

/** True for what hangs on an object that several parameters may lead to: two steps away. */
function isShared(table: Term): boolean {
  return table.kind === 'load' && table.loc.root.kind === 'pointee' && table.loc.root.term.kind === 'load' && table.loc.path.length > 0;
}

/** True when the function is a binding callback, or one caller calls it twice. */
function runsAgain(context: FunctionContext): boolean {
  if (isBinding(context.program, context.fn)) return true;
  const pattern = new RegExp(`\\b${context.fn.name}\\s*\\(`, 'g');
  return context.program
    .references(context.fn)
    .some(
      (ref) =>
        ref.isCall &&
        ref.caller.key !== context.fn.key &&
        [...ref.caller.file.text.slice(ref.caller.item.bodyStart, ref.caller.item.end).matchAll(pattern)].length > 1,
    );
}
