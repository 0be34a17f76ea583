/** A reference on a range that a path takes and loses. */
import type { Family } from '../../contracts/schema.js';
import { familiesOf } from '../families.js';
import { fixByJump, fixLeak } from '../leak-fix.js';
import { keepExit, lossesOf, obtainedBy, releaseOf } from '../leaks.js';
import type { FunctionContext, Rule } from '../rule.js';
import { undoneSteps } from '../unwinding.js';

const RANGES: ReadonlySet<Family> = new Set<Family>(['range']);

/** See README.md beside this file. */
export const rangeReferenceLeak: Rule = {
  id: 'range-reference-leak',
  onEvent: (event, _frame, context) => keepExit(event, context),
  finish(context) {
    const places = new Set<number>();
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
      places.add(exit.span.start);
    }
    keepsTheTrees(context);
    if (places.size > 0) return;
    for (const { made, back, undoer, subject } of undoneSteps(context, RANGES))
      context.report({
        span: back.span,
        message: `the range, its pages and its mappings are never freed: this error path keeps the reference that the other ways of the function drop with \`${undoer}\`; drop it before leaving`,
        fixes: fixByJump(back.span, `${undoer}(${subject})`, context),
        because: [{ fn: context.fn, span: made, message: 'takes the reference' }],
      });
  },
};

/** The body of what takes a range off the tree, as its contract says, must drop the reference that the tree held. */
function keepsTheTrees(context: FunctionContext): void {
  const contract = context.engine.contracts.of(context.fn.name);
  if (contract?.ops?.some((op) => op.op === 'range' && op.to === 'removed') !== true) return;
  if (familiesOf(context, context.fn, 'release', 1).has('range')) return;
  context.report({
    span: context.ast.nameSpan,
    message: `no range is ever freed: \`${context.fn.name}\` takes it off the tree, and the reference that the tree held is not dropped; drop it once the range is off the tree`,
  });
}
