/** A release path that leaves an owner's pages behind. */
import { PAGES } from '../../flow/events.js';
import { param } from '../../flow/term.js';
import type { Rule } from '../rule.js';

/** See README.md beside this file. */
export const pagesNotFreed: Rule = {
  id: 'pages-not-freed',
  onEvent(event, frame, context) {
    if (event.kind !== 'exit' || !frame.roles.includes('range-free') || event.state.joined) return;
    if (context.program.facts.removeUnmapsPages) return;
    for (const loc of context.engine.pagesOfRange(context.fn, param(0))) {
      const other = loc.path.at(-1) === '[]' ? loc.key.slice(0, -3) : `${loc.key}.[]`;
      const object = event.state.object(`pages:${loc.key}`) ?? event.state.object(`pages:${other}`);
      if (object !== undefined && object.bits & (PAGES.freed | PAGES.lost)) continue;
      if (loc.path.at(-1) === '[]' && object === undefined && anyArrayFreed(event.state)) continue;
      context.report({
        span: event.span,
        message: 'the address array leaks, and what is still mapped stays mapped: the range is freed and its pages are not; free the pages before the container',
        trail: event.state.trail,
        keys: [`pages:${loc.key}`],
      });
    }
  },
};

function anyArrayFreed(state: import('../../flow/state.js').State): boolean {
  for (const [, o] of state.objects()) if (o.kind === 'pages' && o.bits === PAGES.freed) return true;
  return false;
}
