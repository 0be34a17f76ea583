/** The result looked at: a return, or the label that the neighbours use. */
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { edit, indentAt } from '../style.js';

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
  const labels = [...before.matchAll(new RegExp(`if \\(${variable}\\)\\s*\\n?\\s*goto (\\w+);`, 'g'))];
  const label = labels.at(-1)?.[1];
  const way = label === undefined ? `return ${variable};` : `goto ${label};`;
  const edits = [edit(fn.file.path, fn.item.start, end + 1, end + 1, `\n${indent}if (${variable})\n${indent}\t${way}`)];
  if (isDropped) edits.unshift(edit(fn.file.path, fn.item.start, call.start, call.start, `${variable} = `));
  return [{ title: 'Look at the result', safety: 'suggested', edits }];
}
