/** Pages are used, or become visible to a notifier, before they are initialised. */
import { pagesInitMembers, pagesTag } from '../../contracts/protected.js';
import type { FlowEvent, Frame } from '../../flow/events.js';
import { PAGES } from '../../flow/events.js';
import type { State } from '../../flow/state.js';
import type { Loc, Term } from '../../flow/term.js';
import { addressOf, memberLoc, pointee } from '../../flow/term.js';
import { memberOf } from '../../flow/types.js';
import type { Span } from '../../syntax/ast.js';
import { judge } from '../needs.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixPublished, fixUninitialised, fixUnpublished } from './fix.js';

function publishedBefore(state: State, pages: Loc, init: Span, context: FunctionContext): void {
  const mark = state.object(`mark:published:${pages.key}`);
  if (mark?.site === undefined || mark.site.fn !== context.fn.key) return;
  context.report({
    span: mark.site.span,
    message:
      'a callback can run on uninitialised pages: the notifier is inserted before the pages beside it are initialised; initialise them first',
    trail: state.trail,
    keys: [`pages:${pages.key}`],
    fixes: fixPublished(mark.site.span, init, context),
  });
}

/** Events that the rule looks at: the fact is asked for these alone, so that few functions hang on it. */
function isOfInterest(event: FlowEvent, frame: Frame): boolean {
  switch (event.kind) {
    case 'need':
      return event.need === 'initialised';
    case 'pages':
      return event.to === 'initialised';
    case 'access':
      return event.write && pagesInitMembers.includes(event.expr.field);
    case 'exit':
      return frame.roles.includes('range-alloc');
    default:
      return false;
  }
}

/** See README.md beside this file. */
export const pagesNotInitialised: Rule = {
  id: 'pages-not-initialised',
  onEvent(event, frame, context) {
    if (!isOfInterest(event, frame) || !context.program.facts.hasInitPages) return;
    if (event.kind === 'need' && event.need === 'initialised') {
      const verdict = judge(event, frame, context, { rootsFail: false });
      if (verdict === undefined) return;
      context.report({
        span: verdict.span,
        message:
          event.origin.what === 'publish'
            ? 'a callback can run on uninitialised pages: the notifier is inserted and nobody has initialised the pages beside it; initialise them before the notifier is inserted'
            : `the pages have no device and no sequence number: \`${event.origin.what}\` is given pages that nobody initialised; initialise them right after allocation`,
        trail: event.state.trail,
        keys: [event.key],
        fixes: event.origin.what === 'publish' ? fixUnpublished(verdict.span, context) : [],
      });
      return;
    }
    if (event.kind === 'pages' && event.to === 'initialised') publishedBefore(event.state, pointee(event.subject), event.span, context);
    if (
      event.kind === 'access' &&
      event.write &&
      pagesInitMembers.includes(event.expr.field) &&
      memberOf(event.expr, frame.scope)?.structTag === pagesTag
    ) {
      const { loc } = event;
      const parent = loc.path.slice(0, -1);
      const head = loc.root.kind === 'pointee' ? pointee(loc.root.term) : undefined;
      if (head !== undefined) publishedBefore(event.state, memberLoc(head, ...parent), event.expr, context);
    }
    if (event.kind === 'exit' && frame.roles.includes('range-alloc') && event.class === 'success' && event.value !== undefined) {
      const all = context.engine.pagesOfRange(context.fn, event.value, event.state);
      if (all.some(({ loc, inUnion }) => inUnion && initialised(event.state, loc))) return;
      for (const { loc } of all) {
        if (loc.path.at(-1) === '[]') continue;
        const bits = event.state.object(`pages:${loc.key}`)?.bits;
        const byHand = pagesInitMembers.some(
          (m) => event.state.isWritten(memberLoc(loc, m)) && event.state.read(memberLoc(loc, m)).kind !== 'int',
        );
        if ((bits === undefined || bits === PAGES.raw) && !byHand && isOwn(event.state, event.value)) {
          context.report({
            span: event.span,
            message:
              'the pages of a new range have no device and no sequence number: the range is returned without initialising its pages; initialise them after the allocation',
            trail: event.state.trail,
            keys: [`pages:${loc.key}`, `held:${event.value.key}`],
            fixes: fixUninitialised(event.span, event.expr, context),
          });
        }
      }
    }
  },
};

function isOwn(state: State, value: Term): boolean {
  const root = value.kind === 'addr' && value.loc.root.kind === 'pointee' ? value.loc.root.term : value;
  return state.object(`mark:fresh:${root.key}`) !== undefined || state.object(`held:${addressOf(pointee(root)).key}`) !== undefined;
}

function initialised(state: State, loc: Loc): boolean {
  const other = loc.path.at(-1) === '[]' ? loc.key : `${loc.key}.[]`;
  return state.object(`pages:${loc.key}`)?.bits === PAGES.init || state.object(`pages:${other}`)?.bits === PAGES.init;
}
