/** Pages are freed after the memory that embeds them. */
import type { Rule } from '../rule.js';
import { fixFreeOrder } from './fix.js';

/** See README.md beside this file. */
export const pagesFreedAfterContainer: Rule = {
  id: 'pages-freed-after-container',
  onEvent(event, _frame, context) {
    if (event.kind !== 'pages' || (event.to !== 'freed' && event.to !== 'unmapped') || event.state.joined) return;
    const gone = context.engine.goneMark(event.state, event.subject);
    if (gone?.detail !== 'memory') return;
    context.report({
      span: event.span,
      message: 'use after free: the pages lie in memory that was freed before; free the pages first, then their container',
      trail: event.state.trail,
      keys: [event.key],
      fixes: gone.site === undefined || gone.site.fn !== context.fn.key ? [] : fixFreeOrder(gone.site.span, event.span, context),
      because:
        gone.site === undefined || gone.site.fn !== context.fn.key
          ? []
          : [{ fn: context.fn, span: gone.site.span, message: 'the container is freed here' }],
    });
  },
};
