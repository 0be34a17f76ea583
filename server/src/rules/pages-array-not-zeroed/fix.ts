/** The zeroing twin of the allocator. */
import { zeroingTwins } from '../../contracts/memory-twins.js';
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { edit } from '../style.js';

/** The same arguments: the twins take them in the same order. */
export function fixNotZeroed(call: Expr & { readonly kind: 'call' }, name: string, context: FunctionContext): readonly Fix[] {
  const twin = Object.hasOwn(zeroingTwins, name) ? zeroingTwins[name] : undefined;
  if (twin === undefined) return [];
  const { callee } = call;
  return [
    {
      title: `Use \`${twin}\``,
      safety: 'safe',
      edits: [edit(context.fn.file.path, context.fn.item.start, callee.start, callee.end, twin)],
    },
  ];
}
