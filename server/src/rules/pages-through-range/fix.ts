/** The driver's own pages instead of the range's. */
import { flagWords, splitFlags } from '../../contracts/generations.js';
import { typeOf } from '../../flow/types.js';
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { containerText, oneToOne } from '../layout.js';
import { edit } from '../style.js';
import type { Place } from '../typed.js';

/** The pages member of the struct that embeds the range; none when the driver has no such struct, or more than one device. */
export function fixPagesThroughRange(expr: Expr & { readonly kind: 'member' }, place: Place): readonly Fix[] {
  // A flag that moved to the range is two changes in one, and a lockless read of it a third: for the refactor.
  const flag = new RegExp(`^\\s*(?:\\.|->)\\s*${flagWords.member}\\s*\\.\\s*(\\w+)`).exec(place.text.slice(expr.end))?.[1];
  if (flag !== undefined && splitFlags[flag] === 'range') return [];
  const found = oneToOne(place.program, place.file);
  if (found === undefined) return [];
  const { layout, pages } = found;
  const { object } = expr;
  const title = `Use the driver's own \`${pages}\``;
  if (
    object.kind === 'member' &&
    !expr.arrow &&
    object.field === layout.base[0] &&
    typeOf(object.object, place.scope)?.base === layout.container.tag
  ) {
    // `c->base.pages`: only the way through the base goes.
    return [{ title, safety: 'suggested', edits: [edit(place.file.path, place.base, object.end - object.field.length, expr.end, pages)] }];
  }
  if (!expr.arrow) return [];
  const container = containerText(object, place.text, place.scope, layout);
  if (container === undefined) return [];
  return [
    {
      title,
      safety: 'suggested',
      edits: [
        edit(place.file.path, place.base, object.start, object.end, container),
        edit(place.file.path, place.base, expr.end - expr.field.length, expr.end, pages),
      ],
    },
  ];
}
