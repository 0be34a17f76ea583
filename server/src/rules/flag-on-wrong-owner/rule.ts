/** A flag on the object that does not carry it in this tree. */
import { flagWords, splitFlags } from '../../contracts/generations.js';
import type { Rule } from '../rule.js';
import type { Place } from '../typed.js';
import { nameSpan, tagOf, typedRule } from '../typed.js';
import { fixFlagOwner } from './fix.js';

/** See README.md beside this file. */
export const flagOnWrongOwner: Rule = typedRule({ id: 'flag-on-wrong-owner', words: Object.keys(splitFlags) }, (expr, _parent, place) => {
  if (expr.kind !== 'member') return;
  const tag = tagOf(expr.object, place.scope);
  if (tag === flagWords.pages.structTag) look('pages');
  else if (tag === flagWords.range.structTag) look('range');

  function look(here: 'pages' | 'range'): void {
    if (expr.kind !== 'member') return;
    const there = here === 'pages' ? 'range' : 'pages';
    if (carries(here, expr.field, place) !== false || carries(there, expr.field, place) !== true) return;
    place.report({
      span: nameSpan(expr),
      message: `a decision hangs on a flag that nobody sets there: in this tree \`${expr.field}\` is a flag of ${flagWords[there].noun}, and it is taken from the flags of ${flagWords[here].noun}; take it from ${flagWords[there].noun}`,
      fixes: fixFlagOwner(expr, there, place),
    });
  }
});

/** Whether the flags of an object have a flag in this tree; undefined when the tree has no such flags. */
function carries(owner: 'pages' | 'range', flag: string, place: Place): boolean | undefined {
  const struct = place.program.findStruct(flagWords[owner].structTag, place.file);
  if (struct !== undefined) return struct.member(flag) !== undefined;
  if (place.program.facts.source !== 'built-in') return undefined;
  const known = splitFlags[flag];
  return known === undefined ? undefined : known === owner;
}
