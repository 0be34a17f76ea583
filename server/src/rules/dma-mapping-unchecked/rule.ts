/** A mapping used, or kept, before anybody asked whether it failed. */
import { DMA } from '../../flow/events.js';
import { mentions } from '../../flow/term.js';
import { exitClassOf } from '../leaks.js';
import { perFunction } from '../per-function.js';
import type { Rule } from '../rule.js';
import { unasked } from './asked.js';
import { fixUnchecked } from './fix.js';

/** Functions in which the paths told of one already. */
const told = perFunction(() => ({ any: false }));

/** See README.md beside this file. */
export const dmaMappingUnchecked: Rule = {
  id: 'dma-mapping-unchecked',
  onEvent(event, frame, context) {
    if (event.kind === 'dma' && event.what === 'use' && !event.state.joined) {
      const object = event.state.object(event.key);
      if (object === undefined || (object.bits & DMA.unchecked) === 0) return;
      // Packed and returned: the caller has to ask.
      if (frame.node.kind === 'return' && context.engine.contracts.isHarmless(event.detail)) return;
      told(context).any = true;
      context.report({
        span: event.span,
        message:
          'the device may be sent to an address that means failure: this mapping has not been checked; ask whether it failed before it is used',
        trail: event.state.trail,
        keys: [event.key],
        fixes: object.site?.fn === context.fn.key ? fixUnchecked(object.site.span, context) : [],
      });
      return;
    }
    if (event.kind !== 'exit' || event.state.joined || exitClassOf(event, context) === 'failure') return;
    for (const [key, object] of event.state.objects()) {
      const { term, site } = object;
      if (site === undefined || site.fn !== context.fn.key || term === undefined) continue;
      if (event.value !== undefined && mentions(event.value.key, term.key)) continue;
      const isKept = object.kind === 'dma' && (object.bits & DMA.unchecked) !== 0 && (object.bits & DMA.stored) !== 0 && object.count > 0;
      if (!isKept && !(object.kind === 'mark' && key.startsWith('mark:failed:'))) continue;
      told(context).any = true;
      context.report({
        span: site.span,
        message: isKept
          ? 'the device may be sent to an address that means failure: the mapping is kept and nobody asks whether it failed; check it first'
          : `the device may be sent to addresses that were never mapped: \`${object.detail}\` can fail, and this path goes on as if it had not; look at its result`,
        trail: event.state.trail,
        keys: [key],
        fixes: fixUnchecked(site.span, context),
        because: [{ fn: context.fn, span: event.span, message: 'goes on to this return' }],
      });
    }
  },
  finish(context) {
    if (told(context).any) return;
    for (const { span, call, stored } of unasked(context))
      context.report({
        span,
        message: stored
          ? 'the teardown unmaps an address that means failure: it is kept in the array before anybody asked whether the mapping failed; check it first'
          : 'the device may be sent to an address that means failure: nobody asks whether this mapping failed; check it before it is used',
        fixes: fixUnchecked(call, context),
      });
  },
};
