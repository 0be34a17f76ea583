/** The call on pages, with what the helper knew written out. */

import type { RemovedHelper } from '../../contracts/generations.js';
import { argumentText } from '../../contracts/generations.js';
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { containerText, oneToOne } from '../layout.js';
import { callText, columnAt, edit } from '../style.js';
import type { Place } from '../typed.js';

/** Offered when one struct embeds both the range and its pages. */
export function fixRemovedHelper(expr: Expr & { readonly kind: 'call' }, helper: RemovedHelper, place: Place): readonly Fix[] {
  const found = oneToOne(place.program, place.file);
  const [gpusvm, range] = expr.args;
  if (found === undefined || gpusvm === undefined || range === undefined || place.inMacro) return [];
  const { text } = place;
  const container = containerText(range, text, place.scope, found.layout);
  if (container === undefined) return [];
  const written = (one: Expr): string => text.slice(one.start, one.end);
  const memberOf = (one: Expr): string => written(one);
  // `&x->base` is a pointer: `(&x->base)->m` is written `x->base.m`.
  const through = (one: Expr, way: (pointer: string) => string): string => {
    if (one.kind !== 'address') return way(memberOf(one));
    return way(`\0`).replace('\0->', `${text.slice(one.operand.start, one.operand.end)}.`);
  };
  const rangeText = written(range);
  const args = helper.args.map((arg) => {
    if (typeof arg === 'number') {
      const given = expr.args[arg];
      return given === undefined ? '' : written(given);
    }
    if (arg === 'pages') return `&${container}->${found.pages}`;
    if (arg === 'mm') return through(gpusvm, (pointer) => argumentText.mm(rangeText, pointer));
    if (arg === 'notifier') return through(range, (pointer) => argumentText.notifier(pointer, ''));
    return argumentText[arg](rangeText, '');
  });
  if (args.some((arg) => arg === '')) return [];
  const column = columnAt(place.file.text, place.base + expr.start);
  const tail = /^[^\n]*/.exec(text.slice(expr.end))?.[0].length ?? 1;
  return [
    {
      title: `Call \`${helper.instead}\` on the driver's pages`,
      safety: 'suggested',
      edits: [edit(place.file.path, place.base, expr.start, expr.end, callText(helper.instead, args, column, Math.min(tail, 3)))],
    },
  ];
}
