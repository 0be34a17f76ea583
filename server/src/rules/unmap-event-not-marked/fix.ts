/** The mark in front of the queuing. */
import { markCall } from '../../contracts/generations.js';
import { typeOf } from '../../flow/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { layoutsOf } from '../layout.js';
import { arrayOf } from '../pages-array.js';
import type { FunctionContext } from '../rule.js';
import { callText, columnAt, edit, indentAt, linesOf } from '../style.js';

/** Offered where the event of the invalidation is at hand; before the lock around the list is taken, when the line before takes one. */
export function fixUnmarked(span: Span, range: Expr, context: FunctionContext): readonly Fix[] {
  const { text, fn, ast, program, scope } = context;
  const event = ast.params.find((one) => one.type.base === 'struct mmu_notifier_range' && one.type.pointers === 1)?.name;
  const signature = program.findSignature(markCall.name, fn.file);
  const type = typeOf(range, scope);
  const layout = layoutsOf(program, fn.file).find((one) => one.container.tag === type?.base);
  if (event === undefined || signature === undefined || type?.pointers !== 1 || layout === undefined || layout.base.length !== 1) return [];
  const container = text.slice(range.start, range.end);
  const args = [`&${container}->${layout.base[0] ?? ''}`];
  if (signature.params.length === markCall.newestParams) {
    const array = arrayOf(program, layout);
    const [pages] = layout.pages;
    if (array === undefined) {
      if (layout.pages.length !== 1 || pages === undefined || pages.isArray || pages.path.length !== 1) return [];
      args.push(`&${container}->${pages.path[0] ?? ''}`, '1');
    } else {
      if (array.count === undefined || array.accessor === undefined) return [];
      args.push(`${array.accessor}(${container})`, `${container}->${array.count}`);
    }
  } else if (signature.params.length !== 2) return [];
  args.push(event);
  let at = linesOf(text, span).start;
  const above = linesOf(text, { start: Math.max(0, at - 1), end: Math.max(0, at - 1) });
  if (/^\s*(?:if \(list_empty|\w{0,60}spin_lock\w{0,60}\()/.test(text.slice(above.start, above.end))) {
    at = above.start;
    const higher = linesOf(text, { start: Math.max(0, at - 1), end: Math.max(0, at - 1) });
    if (/^\s*\w{0,60}spin_lock\w{0,60}\(/.test(text.slice(higher.start, higher.end))) at = higher.start;
  }
  const first = at + (/^[\t ]*/.exec(text.slice(at))?.[0].length ?? 0);
  const indent = indentAt(text, first);
  const call = callText(markCall.name, args, columnAt(text, first));
  return [
    {
      title: 'Mark the range unmapped first',
      safety: 'suggested',
      edits: [edit(fn.file.path, fn.item.start, at, at, `${indent}${call};\n`)],
    },
  ];
}
