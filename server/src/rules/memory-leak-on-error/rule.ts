/** Memory, or a reference on an address space, that an error path loses. */
import { fixLeak } from '../leak-fix.js';
import { keepExit, lossesOf, obtainedBy, releaseOf } from '../leaks.js';
import type { Rule } from '../rule.js';

const MEMORY = new Set(['memory', 'mm', 'object']);

/** See README.md beside this file. */
export const memoryLeakOnError: Rule = {
  id: 'memory-leak-on-error',
  onEvent: (event, _frame, context) => keepExit(event, context),
  finish(context) {
    for (const loss of lossesOf(context, MEMORY, true)) {
      const { exit, key, object } = loss;
      const taken = obtainedBy(context, object);
      const release = releaseOf(context, object.detail, taken);
      context.report({
        span: exit.span,
        message:
          object.detail === 'mm'
            ? `the address space is never freed: this error return keeps the reference of \`${taken}\`; drop it with \`${release}\``
            : `memory is lost each time this error path runs: what ${taken === '' ? 'was allocated' : `\`${taken}\` allocated`} is neither freed nor handed on; free it with \`${release}\`, or jump to the label that does`,
        trail: exit.state.trail,
        keys: [key],
        fixes: fixLeak(loss, release, context),
      });
    }
  },
};
