/** The `_safe` form of the iterator. */
import { safeTwins } from '../../contracts/generations.js';
import type { Expr, Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { edit } from '../style.js';

/** The twin, with a second variable declared beside the first. None where the variable's declaration is not found. */
export function fixIteration(
  head: { readonly macro: string; readonly args: readonly Expr[]; readonly span: Span },
  context: FunctionContext,
): readonly Fix[] {
  const { text, fn } = context;
  const twin = Object.hasOwn(safeTwins, head.macro) ? safeTwins[head.macro] : undefined;
  const [element] = head.args;
  const [next] = ['next', 'after', 'tmp', `next_${element?.kind === 'name' ? element.name : ''}`].filter(
    (name) => !new RegExp(`\\b${name}\\b`).test(text),
  );
  if (twin === undefined || element?.kind !== 'name' || next === undefined) return [];
  const before = text.slice(0, head.span.start);
  // The last declaration before the loop: the one that the loop's variable means.
  const declarations = [
    ...before.matchAll(new RegExp(`\\bstruct\\s+\\w+\\s+(?:\\*\\w+(?:\\s*=[^,;]*)?,\\s*)*\\*${element.name}\\b(?:\\s*=[^,;]*)?`, 'g')),
  ];
  const last = declarations.at(-1);
  if (last === undefined) return [];
  const end = last.index + last[0].length;
  const name = text.indexOf(head.macro, head.span.start);
  if (name !== head.span.start || !/^\s*[,;]/.test(text.slice(end))) return [];
  const { path } = fn.file;
  const base = fn.item.start;
  return [
    {
      title: `Use \`${twin}\``,
      safety: 'safe',
      edits: [
        edit(path, base, end, end, `, *${next}`),
        edit(path, base, name, name + head.macro.length, twin),
        edit(path, base, element.end, element.end, `, ${next}`),
      ],
    },
  ];
}
