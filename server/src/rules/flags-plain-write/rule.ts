/** A bitfield store on a flags word that is read without the lock. */
import { flagsLock, wholeWordMember, writeLockedWords } from '../../contracts/protected.js';
import { LOCK } from '../../flow/events.js';
import { memberOf } from '../../flow/types.js';
import type { Rule } from '../rule.js';
import { fixPlainWrite, fixWordStore } from './fix.js';

/** See README.md beside this file. */
export const flagsPlainWrite: Rule = {
  id: 'flags-plain-write',
  onEvent(event, frame, context) {
    if (event.kind !== 'access' || !event.write || event.once || event.loc.root.kind === 'local') return;
    const info = memberOf(event.expr, frame.scope);
    const isWord = event.expr.field === wholeWordMember;
    if (info === undefined || (info.member.bits === undefined && !isWord) || info.struct?.member(wholeWordMember) === undefined) return;
    if (context.engine.isFresh(event.state, event.loc) || context.engine.beingMade(context.fn, event.state, event.loc)) return;
    // A whole store without the lock is the next defect: the lock comes first then.
    const bits = context.engine.classBits(event.state, flagsLock);
    const isUnlocked =
      writeLockedWords.has(info.structTag) &&
      bits !== undefined &&
      (bits & (LOCK.write | LOCK.callerWrite | LOCK.callerAny | LOCK.lost)) === 0;
    if (isWord) {
      context.report({
        span: event.expr,
        message: `a lockless reader can see half of a store, or the compiler make two of it: the flags word is stored without its annotation; store it with WRITE_ONCE, which the READ_ONCE of the readers pairs with`,
        trail: undefined,
        fixes: fixWordStore(event.expr, context),
      });
      return;
    }
    context.report({
      span: event.expr,
      message: `a lockless reader can lose a concurrent change: the store to \`${event.expr.field}\` reads, changes and writes the whole flags word; change a local copy and store it with WRITE_ONCE of \`${wholeWordMember}\``,
      trail: undefined,
      fixes: isUnlocked ? [] : fixPlainWrite(event.expr, context),
    });
  },
};
