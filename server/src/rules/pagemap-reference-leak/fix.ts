/** The old reference dropped between taking the new one and storing it. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { insertBefore, statementAt, written } from '../statements.js';
import { edit } from '../style.js';

/** Offered where the store takes the reference itself, by a call that hands its argument back; taken first, dropped then, because both may be one. */
export function fixOverwritten(store: Span, release: string, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, store);
  if (placed?.stmt.kind !== 'expr' || placed.stmt.expr.kind !== 'assign' || placed.stmt.expr.op !== '=') return [];
  const { left, right } = placed.stmt.expr;
  if (left.start !== store.start || context.engine.contracts.of(release) === undefined) return [];
  const place = written(context, left);
  const drop = `${release}(${place});`;
  const { path } = context.fn.file;
  const title = `Call \`${release}\` on the old one`;
  if (right.kind === 'name') {
    const edits = insertBefore(context, placed, [drop]);
    return edits === undefined ? [] : [{ title, safety: 'suggested', edits }];
  }
  const [given] = right.kind === 'call' ? right.args : [];
  if (right.kind !== 'call' || right.callee.kind !== 'name' || given?.kind !== 'name') return [];
  const takes = context.engine.contracts.of(right.callee.name)?.ops?.some((op) => op.op === 'acquire' && op.ref === '0') === true;
  const before = takes ? insertBefore(context, placed, [`${written(context, right)};`, drop]) : undefined;
  if (before === undefined) return [];
  const edits = [...before, edit(path, context.fn.item.start, right.start, right.end, given.name)];
  return [{ title, safety: 'suggested', edits }];
}
