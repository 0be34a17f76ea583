/** A range leaves the tree while its pages may be mapped. */

import { gpusvmOpsTag } from '../../contracts/protected.js';
import { hasTable } from '../drivers.js';
import { judge } from '../needs.js';
import type { Rule } from '../rule.js';
import { fixRemovedMapped } from './fix.js';

/** See README.md beside this file. */
export const rangeRemovedWhileMapped: Rule = {
  id: 'range-removed-while-mapped',
  onEvent(event, frame, context) {
    if (event.kind !== 'need' || (event.need !== 'unmapped' && event.need !== 'all-unmapped')) return;
    if (event.need === 'all-unmapped' && !hasTable(context.program, context.fn.file, gpusvmOpsTag)) return;
    const verdict = judge(event, frame, context, { rootsFail: true });
    if (verdict === undefined) return;
    const what = event.origin.what;
    context.report({
      span: verdict.span,
      message:
        event.need === 'unmapped'
          ? `the device can still reach freed memory: \`${what}\` takes the range off the notifier's tree while its pages may be mapped, so a concurrent munmap no longer finds it; unmap the pages first`
          : `the device can still reach freed memory: \`${what}\` removes every range that is left while their pages may be mapped; unmap the pages of all ranges first`,
      trail: event.state.trail,
      keys: [event.key],
      fixes: event.need === 'unmapped' ? fixRemovedMapped(verdict.span, context) : [],
    });
  },
};
