/** The free of the container moved below the free of its pages. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { callAt, elementWith, statementAt, written } from '../statements.js';
import { edit, linesOf } from '../style.js';

/** Offered when both stand in one list of statements, and what lies between does not name the container. */
export function fixFreeOrder(container: Span, pages: Span, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const call = callAt(context, container.start);
  const [freed] = call?.args ?? [];
  if (call?.callee.kind !== 'name' || freed === undefined) return [];
  const list = [context.ast.body, ...(statementAt(context, container)?.blocks.map((block) => block.body) ?? [])].findLast(
    (one) => elementWith(one, container) >= 0 && elementWith(one, pages) >= 0,
  );
  const [from, to] = list === undefined ? [-1, -1] : [elementWith(list, container), elementWith(list, pages)];
  const first = list?.[from];
  const last = list?.[to];
  if (list === undefined || first === undefined || last === undefined || from >= to) return [];
  const isAlone = first.kind === 'expr' || (first.kind === 'if' && first.otherwise === undefined && first.then.kind === 'expr');
  if (!isAlone) return [];
  const name = written(context, freed);
  for (const between of list.slice(from + 1, to)) if (written(context, between).includes(name)) return [];
  // What a helper does beside freeing stays where it is: the pages go above it.
  const isHelper = context.engine.contracts.of(call.callee.name) === undefined;
  if (isHelper && last.kind !== 'expr') return [];
  const [moved, target] = isHelper ? [linesOf(text, last), linesOf(text, first)] : [linesOf(text, first), linesOf(text, last)];
  const at = isHelper ? target.start : target.end;
  return [
    {
      title: 'Free the pages first',
      safety: 'safe',
      edits: [
        edit(fn.file.path, fn.item.start, moved.start, moved.end, ''),
        edit(fn.file.path, fn.item.start, at, at, text.slice(moved.start, moved.end)),
      ],
    },
  ];
}
