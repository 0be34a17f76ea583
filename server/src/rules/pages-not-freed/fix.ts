/** The pages freed in front of the free of their container. */
import { argumentText, freeCall, unmapCall } from '../../contracts/generations.js';
import { rangeTag } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { oneToOne } from '../layout.js';
import type { FunctionContext } from '../rule.js';
import { callAt, insertBefore, statementAt, written } from '../statements.js';
import { callText, columnAt } from '../style.js';

/** Offered for one pages object beside a range, and for pages that this function has unmapped: those arguments are at hand. */
export function fixNotFreed(free: Span, context: FunctionContext): readonly Fix[] {
  const call = callAt(context, free.start);
  const placed = statementAt(context, free);
  const [container] = call?.args ?? [];
  if (placed?.stmt.kind !== 'expr' || container === undefined) return [];
  const name = call?.callee.kind === 'name' ? call.callee.name : '';
  const isUnpublish = context.engine.contracts.of(name)?.ops?.some((op) => op.op === 'unpublish') === true;
  const args = isUnpublish ? argsOfOther(context) : argsFor(written(context, container), typeOf(container, context.scope)?.base, context);
  if (args === undefined) return [];
  const text = callText(freeCall.name, args, columnAt(context.text, placed.stmt.start));
  const edits = insertBefore(context, placed, [`${text};`]);
  return edits === undefined ? [] : [{ title: `Call \`${freeCall.name}\` first`, safety: 'suggested', edits }];
}

/** What another way out of the function frees them with. */
function argsOfOther(context: FunctionContext): readonly string[] | undefined {
  const at = new RegExp(`\\b${freeCall.name}\\s*\\(`).exec(context.text);
  const call = at === null ? undefined : callAt(context, at.index);
  return call?.args.map((arg) => written(context, arg).replace(/\s+/g, ' '));
}

function argsFor(container: string, tag: string | undefined, context: FunctionContext): readonly string[] | undefined {
  const one = oneToOne(context.program, context.fn.file);
  if (one !== undefined && tag === one.layout.container.tag) {
    const base = one.layout.base[0] ?? '';
    const given = context.ast.params.find((param) => param.type.base === rangeTag && param.type.pointers === 1)?.name;
    const range = given ?? `&${container}->${base}`;
    return [
      given === undefined ? `${container}->${base}.gpusvm` : `${given}->gpusvm`,
      `&${container}->${one.pages}`,
      argumentText.npages(range, ''),
    ];
  }
  const unmap = new RegExp(`\\b${unmapCall.name}\\s*\\(`).exec(context.text);
  const before = unmap === null ? undefined : callAt(context, unmap.index);
  const [gpusvm, pages, npages] = before?.args ?? [];
  if (gpusvm === undefined || pages === undefined || npages === undefined) return undefined;
  const texts = [gpusvm, pages, npages].map((arg) => written(context, arg).replace(/\s+/g, ' '));
  return texts[1]?.startsWith(`&${container}->`) === true ? texts : undefined;
}
