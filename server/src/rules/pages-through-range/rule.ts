/** `range->pages` where ranges own no pages. */
import { pagesOfRange } from '../../contracts/generations.js';
import type { Rule } from '../rule.js';
import { nameSpan, tagOf, typedRule } from '../typed.js';
import { fixPagesThroughRange } from './fix.js';

/** See README.md beside this file. */
export const pagesThroughRange: Rule = typedRule({ id: 'pages-through-range', words: [pagesOfRange.member] }, (expr, _parent, place) => {
  if (expr.kind !== 'member' || expr.field !== pagesOfRange.member) return;
  // Facts last: few functions hang on them then.
  if (tagOf(expr.object, place.scope) !== pagesOfRange.structTag || !pagesOfRange.isGone(place.program.facts)) return;
  place.report({
    span: nameSpan(expr),
    message:
      'the code does not build for this tree, whose ranges own no pages: `pages` is taken from a range; take the pages that the driver keeps beside it',
    fixes: fixPagesThroughRange(expr, place),
  });
});
