/** A release path that leaves an owner's pages behind. */

import { pagesTag } from '../../contracts/protected.js';
import { PAGES } from '../../flow/events.js';
import { memberLoc, param, pointee } from '../../flow/term.js';
import { typeOf } from '../../flow/types.js';
import type { Rule } from '../rule.js';
import { fixNotFreed } from './fix.js';

/** See README.md beside this file. */
export const pagesNotFreed: Rule = {
  id: 'pages-not-freed',
  onEvent(event, frame, context) {
    if (event.kind === 'release' && event.family === 'memory' && !event.state.joined) {
      const tag = typeOf(event.expr, frame.scope)?.base;
      if (tag === undefined) return;
      for (const holder of context.program.containersOf(pagesTag, context.fn.file)) {
        if (holder.container.tag !== tag || holder.isPointer || context.program.facts.removeUnmapsPages) continue;
        const loc = memberLoc(pointee(event.subject), ...holder.path);
        const bits = event.state.object(`pages:${loc.key}`)?.bits ?? 0;
        if ((bits & (PAGES.mapped | PAGES.unmapped)) === 0 || bits & (PAGES.freed | PAGES.lost | PAGES.entry)) continue;
        context.report({
          span: event.span,
          message: 'the address array leaks: the memory that holds the pages is freed and the pages are not; free the pages first',
          trail: event.state.trail,
          keys: [`pages:${loc.key}`],
          fixes: fixNotFreed(event.span, context),
        });
      }
      return;
    }
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
