/** `gpusvm->drm` where devices belong to pages. */
import { deviceOfGpusvm } from '../../contracts/generations.js';
import type { Rule } from '../rule.js';
import { nameSpan, tagOf, typedRule } from '../typed.js';
import { fixDeviceThroughGpusvm } from './fix.js';

/** See README.md beside this file. */
export const deviceThroughGpusvm: Rule = typedRule(
  { id: 'device-through-gpusvm', words: [deviceOfGpusvm.member] },
  (expr, _parent, place) => {
    if (expr.kind !== 'member' || expr.field !== deviceOfGpusvm.member) return;
    // Facts last: few functions hang on them then.
    if (tagOf(expr.object, place.scope) !== deviceOfGpusvm.structTag || !deviceOfGpusvm.isGone(place.program.facts)) return;
    place.report({
      span: nameSpan(expr),
      message:
        "the code does not build for this tree, whose address spaces belong to no device: `drm` is taken from the GPU SVM object; take the device of the pages, or the driver's own",
      fixes: fixDeviceThroughGpusvm(expr, place),
    });
  },
);
