/** The pages unmapped in front of the removal. */
import { argumentText, unmapCall } from '../../contracts/generations.js';
import { rangeTag } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import type { Span } from '../../syntax/ast.js';
import type { Fix, TextEdit } from '../finding.js';
import { containerText, oneToOne } from '../layout.js';
import type { FunctionContext } from '../rule.js';
import { callAt, declareIn, freeName, insertBefore, statementAt, written } from '../statements.js';
import { callText, columnAt } from '../style.js';

/** Offered for a direct removal of a range with one pages object; a context that is clear is used, or declared. */
export function fixRemovedMapped(removal: Span, context: FunctionContext): readonly Fix[] {
  const call = callAt(context, removal.start);
  const placed = statementAt(context, removal);
  const one = oneToOne(context.program, context.fn.file);
  const [gpusvm, range] = call?.args ?? [];
  if (placed?.stmt.kind !== 'expr' || one === undefined || gpusvm === undefined || range === undefined) return [];
  if (typeOf(range, context.scope)?.base !== rangeTag) return [];
  const container = containerText(range, context.text, context.scope, one.layout);
  if (container === undefined) return [];
  const edits: TextEdit[] = [];
  let ctx = new RegExp(
    `\\b${unmapCall.contextTag.replace(' ', '\\s+')}\\s+(\\w+)\\s*=\\s*\\{(?![^}]*\\.${unmapCall.flag}\\s*=\\s*true)[^}]*\\}`,
  ).exec(context.text)?.[1];
  if (ctx === undefined) {
    ctx = freeName(context, ['ctx', 'unmap_ctx']);
    if (ctx === undefined) return [];
    const declaration = declareIn(context, context.ast.body, [`${unmapCall.contextTag} ${ctx} = { .${unmapCall.flag} = false, };`]);
    if (declaration === undefined) return [];
    edits.push(declaration);
  }
  const args = [written(context, gpusvm), `&${container}->${one.pages}`, argumentText.npages(written(context, range), ''), `&${ctx}`];
  const before = insertBefore(context, placed, [`${callText(unmapCall.name, args, columnAt(context.text, placed.stmt.start))};`]);
  if (before === undefined) return [];
  return [{ title: `Call \`${unmapCall.name}\` first`, safety: 'suggested', edits: [...edits, ...before] }];
}
