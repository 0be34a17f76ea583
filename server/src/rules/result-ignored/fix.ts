/** The result looked at: a test with the way out that the neighbours use. */
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { declareIn, insertAfter, type Placed, statementAt, written } from '../statements.js';
import { columnAt, edit, shifted } from '../style.js';
import { errnoVariable, returnsErrno, testLines, waysOut } from '../ways-out.js';

/** Alternatives, best first, for a call that stands in a statement of its own. `isDropped`: nothing takes its result yet. */
export function fixIgnored(call: Expr, isDropped: boolean, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, call);
  if (placed?.stmt.kind !== 'expr') return [];
  return isDropped ? fixDropped(call, placed, context) : fixUnread(placed, context);
}

/** A result that is stored and never read is tested where it is stored. */
function fixUnread(placed: Placed, context: FunctionContext): readonly Fix[] {
  const { stmt } = placed;
  if (stmt.kind !== 'expr' || stmt.expr.kind !== 'assign' || stmt.expr.left.kind !== 'name') return [];
  const { name } = stmt.expr.left;
  return waysOut(context, stmt.end, name).flatMap((way) => {
    const edits = insertAfter(context, placed, testLines(name, way));
    return edits === undefined ? [] : [{ title: 'Look at the result', safety: 'suggested' as const, edits }];
  });
}

function fixDropped(call: Expr, placed: Placed, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const { path } = fn.file;
  const base = fn.item.start;
  const own = written(context, call);
  if (!text.slice(call.start).startsWith(own) || text.slice(placed.stmt.start, call.start).trim() !== '') return [];
  const known = errnoVariable(context);
  const variable = known ?? 'err';
  const declaration = known === undefined ? declareIn(context, context.ast.body, [`int ${variable};`]) : undefined;
  if (known === undefined && (declaration === undefined || new RegExp(`\\b${variable}\\b`).test(text))) return [];
  const stored = edit(path, base, call.start, call.end, `${variable} = ${shifted(own, columnAt(text, call.start), variable.length + 3)}`);
  const ways = waysOut(context, placed.stmt.end, variable);
  // Leaving early is no answer where nobody is told.
  const telling = ways.filter(({ lines }) => returnsErrno(context) || lines.some((line) => line !== 'return;'));
  return telling.flatMap((way) => {
    const edits = insertAfter(context, placed, testLines(variable, way));
    if (edits === undefined) return [];
    const all = declaration === undefined ? [stored, ...edits] : [declaration, stored, ...edits];
    return [{ title: 'Look at the result', safety: 'suggested' as const, edits: all }];
  });
}
