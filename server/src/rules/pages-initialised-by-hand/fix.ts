/** One call of the initialiser instead of the assignments. */
import { initPagesCall } from '../../contracts/generations.js';
import { pagesInitMembers } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import type { Fix, TextEdit } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { callText, columnAt, edit, linesOf } from '../style.js';

type Assign = Expr & { readonly kind: 'assign' };

/** The call in place of the first assignment; the others, and a memset right before, go. None when no device is assigned. */
export function fixByHand(first: Assign, object: Span, context: FunctionContext): readonly Fix[] {
  const { text } = context;
  const written = text.slice(object.start, object.end);
  const { path } = context.fn.file;
  const base = context.fn.item.start;
  const pattern = escaped(written);
  let device: string | undefined;
  const gone: Span[] = [];
  if (first.right.kind === 'compound') {
    const { init } = first.right;
    if (
      init.kind !== 'initializer' ||
      init.items.some((item) => item.designator.length !== 1 || !pagesInitMembers.includes(item.designator[0] ?? ''))
    )
      return [];
    const item = init.items.find((one) => one.designator[0] !== 'notifier_seq');
    device = item === undefined ? undefined : text.slice(item.value.start, item.value.end);
  } else {
    // Only assignments that follow each other: a statement between might read what is not set yet.
    const assignment = new RegExp(
      `[ \\t]*${pattern}\\s*(?:->|\\.)\\s*(\\w+)\\s*=(?!=)\\s*([^;]*);(?:[ \\t]*/\\*[^\\n]*\\*/)?[ \\t]*\\n`,
      'y',
    );
    const start = text.lastIndexOf('\n', first.start - 1) + 1;
    assignment.lastIndex = start;
    for (let match = assignment.exec(text); match !== null; match = assignment.exec(text)) {
      if (!pagesInitMembers.includes(match[1] ?? '')) break;
      if (match[1] !== 'notifier_seq') device = match[2];
      if (match.index !== start) gone.push({ start: match.index, end: match.index + match[0].length });
    }
  }
  if (device === undefined) return [];
  const place: Expr = first.left.kind === 'member' && first.right.kind !== 'compound' ? first.left.object : first.left;
  const type = typeOf(place, context.scope);
  const pages = type === undefined ? undefined : type.pointers === 0 ? `&${written}` : written;
  if (pages === undefined) return [];
  const newText = callText(initPagesCall.name, [pages, device], columnAt(text, first.start));
  const edits: TextEdit[] = [edit(path, base, first.start, first.end, newText)];
  for (const span of gone) edits.push(edit(path, base, span.start, span.end, ''));
  const clear = new RegExp(`\\n([ \\t]*memset\\s*\\(\\s*${escaped(pages)}\\s*,\\s*0\\s*,[^;]*;[ \\t]*\\n)$`).exec(
    text.slice(0, linesOf(text, first).start),
  );
  if (clear !== null) edits.push(edit(path, base, clear.index + 1, clear.index + clear[0].length, ''));
  return [{ title: `Call \`${initPagesCall.name}\``, safety: 'safe', edits }];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s*');
