/** The label that keeps the error, or a return of it. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { insertBefore, statementAt } from '../statements.js';
import { edit } from '../style.js';

/** The `return 0` behind a label that only failures reach: its name says so, and nothing falls into it. Undefined for any other label. */
function labelReturn(text: string, label: string): number | undefined {
  if (!/(?:^|_)(?:err|error|fail|failed)(?:_|$)/.test(label)) return undefined;
  const at = new RegExp(`^${label}:[^:]`, 'm').exec(text)?.index;
  if (at === undefined || !/\b(?:return\b[^;]{0,400}|goto\s+\w+);\s*$/.test(text.slice(0, at))) return undefined;
  const rest = text.slice(at + label.length + 1);
  const back = /\breturn\s+([^;]*);/.exec(rest);
  if (back?.[1] !== '0' || /^\w+:[^:]/m.test(rest.slice(0, back.index))) return undefined;
  return at + label.length + 1 + back.index;
}

/** For a jump to a label of success, and for a return of 0 behind an error that was only reported. */
export function fixSwallowed(at: Span, variable: string, context: FunctionContext): readonly Fix[] {
  const { text, fn, ast } = context;
  if (ast.returnType.pointers > 0) return [];
  const replace = (start: number, end: number, newText: string, title: string): readonly Fix[] => [
    { title, safety: 'suggested', edits: [edit(fn.file.path, fn.item.start, start, end, newText)] },
  ];
  const own = text.slice(at.start, at.end);
  const type = context.scope.local(variable);
  if (type === undefined) return [];
  if (type.pointers > 0) return fixPointer(at, variable, context);
  if (/^return\s+0\s*;?$/.test(own))
    return replace(at.start, at.start + own.replace(/;$/, '').length, `return ${variable}`, `Return \`${variable}\``);
  const jump = /\bgoto\s+(\w+)\s*;/.exec(text.slice(at.start));
  if (jump === null) return [];
  const start = at.start + jump.index;
  const atLabel = labelReturn(text, jump[1] ?? '');
  if (atLabel !== undefined)
    return replace(atLabel, atLabel + 'return 0'.length, `return ${variable}`, `Return \`${variable}\` behind \`${jump[1] ?? ''}\``);
  const keeping = [...text.matchAll(/^(\w+):[^:]/gm)].find((label) => {
    const after = text.slice(label.index + label[0].length);
    const back = /\breturn\s+([^;]*);/.exec(after);
    // A label above begins the work again: that is no way out.
    return (
      label.index > start && label[1] !== jump[1] && back !== null && back[1] === variable && !/^\w+:[^:]/m.test(after.slice(0, back.index))
    );
  });
  if (keeping?.[1] !== undefined)
    return replace(start, start + jump[0].length, `goto ${keeping[1]};`, `Jump to \`${keeping[1]}\`, which returns \`${variable}\``);
  const label = new RegExp(`^${jump[1] ?? ''}:\\s*return\\s+0\\s*;`, 'm').exec(text);
  return label === null ? [] : replace(start, start + jump[0].length, `return ${variable};`, `Return \`${variable}\``);
}

/** For an error pointer that is forgotten on the way to a label: its errno goes where the label's return takes it from. */
function fixPointer(at: Span, pointer: string, context: FunctionContext): readonly Fix[] {
  const { text } = context;
  const label = /^goto\s+(\w+)\s*;?$/.exec(text.slice(at.start, at.end).trim())?.[1];
  const placed = statementAt(context, at);
  if (label === undefined || placed === undefined) return [];
  const value = /\breturn\s+(\w+)\s*;/.exec(text.slice(Math.max(0, text.search(new RegExp(`^ ?${label}:`, 'm')))))?.[1];
  const type = value === undefined ? undefined : context.scope.local(value);
  if (value === undefined || type === undefined || type.pointers > 0) return [];
  const edits = insertBefore(context, placed, [`${value} = PTR_ERR(${pointer});`]);
  return edits === undefined ? [] : [{ title: `Keep the error in \`${value}\``, safety: 'suggested', edits }];
}
