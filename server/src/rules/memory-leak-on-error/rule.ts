/** Memory, or a reference on an address space, that an error path loses. */
import type { Family } from '../../contracts/schema.js';
import { fixByJump, fixLeak } from '../leak-fix.js';
import { keepExit, lossesOf, obtainedBy, releaseOf } from '../leaks.js';
import type { Rule } from '../rule.js';
import { undoneSteps } from '../unwinding.js';

const MEMORY: ReadonlySet<Family> = new Set<Family>(['memory', 'mm', 'object']);

/** See README.md beside this file. */
export const memoryLeakOnError: Rule = {
  id: 'memory-leak-on-error',
  onEvent: (event, _frame, context) => keepExit(event, context),
  finish(context) {
    const places = new Set<number>();
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
      places.add(exit.span.start);
    }
    if (places.size > 0) return;
    for (const { made, back, undoer, subject } of undoneSteps(context, MEMORY))
      context.report({
        span: back.span,
        message: `memory is lost each time this error path runs: the other ways of this function give back what is made before, with \`${undoer}\`, and this one does not; jump to the label that does`,
        fixes: fixByJump(back.span, `${undoer}(${subject})`, context),
        because: [{ fn: context.fn, span: made, message: 'makes it' }],
      });
  },
};
