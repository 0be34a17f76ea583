/** A call of a helper on the pages of a range, where the tree has none. */
import { removedHelpers } from '../../contracts/generations.js';
import type { Rule } from '../rule.js';
import { typedRule } from '../typed.js';
import { fixRemovedHelper } from './fix.js';

/** See README.md beside this file. */
export const removedRangeHelper: Rule = typedRule(
  { id: 'removed-range-helper', words: removedHelpers.map((one) => one.name) },
  (expr, _parent, place) => {
    if (expr.kind !== 'call' || expr.callee.kind !== 'name') return;
    const { name } = expr.callee;
    const helper = removedHelpers.find((one) => one.name === name);
    if (helper === undefined) return;
    const { program, file } = place;
    if (program.findSignature(name, file) !== undefined || program.findMacro(name, file) !== undefined) return;
    place.report({
      span: expr.callee,
      message: `the code does not build for this tree, which has no \`${name}\`: ranges own no pages here; call \`${helper.instead}\` on the pages that the driver keeps`,
      fixes: fixRemovedHelper(expr, helper, place),
    });
  },
);
