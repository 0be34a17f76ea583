/** The label that keeps the error, or a return of it. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { edit } from '../style.js';

/** For a jump to a label of success, and for a return of 0 behind an error that was only reported. */
export function fixSwallowed(at: Span, variable: string, context: FunctionContext): readonly Fix[] {
  const { text, fn, ast } = context;
  if (ast.returnType.pointers > 0) return [];
  const replace = (start: number, end: number, newText: string, title: string): readonly Fix[] => [
    { title, safety: 'suggested', edits: [edit(fn.file.path, fn.item.start, start, end, newText)] },
  ];
  const own = text.slice(at.start, at.end);
  const type = context.scope.local(variable);
  if (type === undefined || type.pointers > 0) return [];
  if (/^return\s+0\s*;?$/.test(own))
    return replace(at.start, at.start + own.replace(/;$/, '').length, `return ${variable}`, `Return \`${variable}\``);
  const jump = /\bgoto\s+(\w+)\s*;/.exec(text.slice(at.start));
  if (jump === null) return [];
  const start = at.start + jump.index;
  const keeping = [...text.matchAll(/^(\w+):[^:]/gm)].find((label) => {
    const after = text.slice(label.index + label[0].length);
    const back = /\breturn\s+([^;]*);/.exec(after);
    return label[1] !== jump[1] && back !== null && back[1] === variable && !/^\w+:[^:]/m.test(after.slice(0, back.index));
  });
  if (keeping?.[1] !== undefined)
    return replace(start, start + jump[0].length, `goto ${keeping[1]};`, `Jump to \`${keeping[1]}\`, which returns \`${variable}\``);
  const label = new RegExp(`^${jump[1] ?? ''}:\\s*return\\s+0\\s*;`, 'm').exec(text);
  return label === null ? [] : replace(start, start + jump[0].length, `return ${variable};`, `Return \`${variable}\``);
}
