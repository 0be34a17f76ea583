/** A release path that leaves an owner's pages behind. */

import { PAGES } from '../../flow/events.js';
import { param } from '../../flow/term.js';
import type { Rule } from '../rule.js';
import { fixNotFreed } from './fix.js';
import { takenAway, unfreed } from './owners.js';

/** See README.md beside this file. */
export const pagesNotFreed: Rule = {
  id: 'pages-not-freed',
  onEvent(event, frame, context) {
    if (event.kind === 'need' && event.need === 'freed') {
      const why = unfreed(event, context);
      if (why === undefined) return;
      context.report({
        span: event.span,
        message:
          why === 'live'
            ? 'an invalidation walks into freed memory, and its pages leak: the memory goes while its notifier is still published; take the notifier away and free the pages first'
            : 'the address array leaks: the memory that holds the pages is freed and the pages are not; free the pages first',
        trail: event.state.trail,
        keys: [event.key],
        fixes: event.origin.fn.key === context.fn.key ? fixNotFreed(event.span, context) : [],
      });
      return;
    }
    if (event.kind === 'exit' && !event.state.joined) takenAway(event.state, context);
    if (event.kind !== 'exit' || !frame.roles.includes('range-free') || event.state.joined) return;
    if (context.program.facts.removeUnmapsPages) return;
    const all = context.engine.pagesOfRange(context.fn, param(0), event.state);
    if (all.some(({ loc, inUnion }) => inUnion && freed(event.state, loc))) return;
    const gone = context.engine.goneMark(event.state, param(0));
    const span = gone?.site !== undefined && gone.site.fn === context.fn.key ? gone.site.span : event.span;
    for (const { loc } of all) {
      const other = loc.path.at(-1) === '[]' ? loc.key : `${loc.key}.[]`;
      const object = event.state.object(`pages:${loc.key}`) ?? event.state.object(`pages:${other}`);
      if (object !== undefined && object.bits & (PAGES.freed | PAGES.lost)) continue;
      if (loc.path.at(-1) === '[]' && object === undefined && anyArrayFreed(event.state)) continue;
      context.report({
        span,
        message:
          'the address array leaks, and what is still mapped stays mapped: the range is freed and its pages are not; free the pages before the container',
        trail: event.state.trail,
        keys: [`pages:${loc.key}`],
        fixes: fixNotFreed(span, context),
      });
    }
  },
};

function freed(state: import('../../flow/state.js').State, loc: import('../../flow/term.js').Loc): boolean {
  const other = loc.path.at(-1) === '[]' ? loc.key : `${loc.key}.[]`;
  return (
    ((state.object(`pages:${loc.key}`)?.bits ?? 0) & PAGES.freed) !== 0 || ((state.object(`pages:${other}`)?.bits ?? 0) & PAGES.freed) !== 0
  );
}

function anyArrayFreed(state: import('../../flow/state.js').State): boolean {
  for (const [, o] of state.objects()) if (o.kind === 'pages' && o.bits === PAGES.freed) return true;
  return false;
}
