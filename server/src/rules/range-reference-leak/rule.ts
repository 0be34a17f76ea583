/** A reference on a range that a path takes and loses. */
import { fixLeak } from '../leak-fix.js';
import { keepExit, lossesOf, obtainedBy, releaseOf } from '../leaks.js';
import type { Rule } from '../rule.js';

const RANGES = new Set(['range']);

/** See README.md beside this file. */
export const rangeReferenceLeak: Rule = {
  id: 'range-reference-leak',
  onEvent: (event, _frame, context) => keepExit(event, context),
  finish(context) {
    for (const loss of lossesOf(context, RANGES, false)) {
      const { exit, key, object } = loss;
      const taken = obtainedBy(context, object);
      context.report({
        span: exit.span,
        message: `the range, its pages and its mappings are never freed: ${taken === '' ? 'a reference' : `the reference of \`${taken}\``} is lost on this path; drop it with \`${releaseOf(context, 'range', taken)}\` before leaving`,
        trail: exit.state.trail,
        keys: [key],
        fixes: fixLeak(loss, releaseOf(context, 'range', taken), context),
      });
    }
  },
};
