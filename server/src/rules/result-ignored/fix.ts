/** The result looked at: a return, or the label that the neighbours use. */
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { columnAt, edit, indentAt, indentTo } from '../style.js';

/** Offered in a function that returns an errno and has a variable for it. */
export function fixIgnored(call: Expr, isDropped: boolean, context: FunctionContext): readonly Fix[] {
  const { ast, text, fn } = context;
  if (ast.returnType.base !== 'int' || ast.returnType.pointers > 0) return [];
  const end = text.indexOf(';', call.end);
  if (end < 0 || text.slice(call.end, end).trim() !== '') return [];
  const variable = /\bint\s+(?:\w+\s*(?:=[^,;]*)?,\s*)*(err|ret|r|rc|error)\b/.exec(text)?.[1];
  const before = text.slice(0, call.start);
  const indent = indentAt(text, call.start);
  if (variable === undefined || (!isDropped && !new RegExp(`\\b${variable}\\s*=\\s*$`).test(before))) return [];
  // An `if` without braces around the statement would take only the call.
  if (isDropped && /(?:\)|\belse|\bdo)\s*$/.test(before)) return [];
  const label = labelNear(text, call.start);
  const way = label === undefined ? `return ${variable};` : `goto ${label};`;
  const edits = [edit(fn.file.path, fn.item.start, end + 1, end + 1, `\n${indent}if (${variable})\n${indent}\t${way}`)];
  if (isDropped) {
    const own = text.slice(call.start, end);
    edits.unshift(
      edit(fn.file.path, fn.item.start, call.start, end, `${variable} = ${shifted(own, columnAt(text, call.start), variable.length + 3)}`),
    );
  }
  return [{ title: 'Look at the result', safety: 'suggested', edits }];
}

/** The label that the nearest jump leads to, among those behind the call: what a failure here has to undo is what its neighbours undo. */
function labelNear(text: string, at: number): string | undefined {
  let best: { readonly label: string; readonly distance: number } | undefined;
  for (const jump of text.matchAll(/\bgoto\s+(\w+)\s*;/g)) {
    const label = jump[1] ?? '';
    const place = text.search(new RegExp(`^${label}:[^:]`, 'm'));
    const distance = Math.abs(jump.index - at);
    if (
      place > at &&
      /(?:^|_)(?:err|error|fail|out|free|put|unlock|undo|abort|unwind|cleanup)/.test(label) &&
      (best === undefined || distance < best.distance)
    )
      best = { label, distance };
  }
  return best?.label;
}

/** A call that begins farther right, with what is aligned to its parenthesis moved along. */
function shifted(call: string, column: number, by: number): string {
  const [first = '', ...rest] = call.split('\n');
  return [
    first,
    ...rest.map((line) => {
      const own = line.trimStart();
      const at = columnAt(line, line.length - own.length);
      return at === column + first.indexOf('(') + 1 ? indentTo(at + by) + own : line;
    }),
  ].join('\n');
}
