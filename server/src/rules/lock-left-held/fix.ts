/** The release that other returns make, in front of the one that lacks it. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { insertBefore, statementAt, written } from '../statements.js';

/** Offered where another path of the function shows how the lock is released. */
export function fixLeftHeld(exit: Span, release: Span, context: FunctionContext): readonly Fix[] {
  const call = written(context, release);
  const placed = statementAt(context, exit);
  if (placed?.stmt.kind !== 'return' || !/^\w+\s*\([^{};]*\)$/.test(call)) return [];
  const edits = insertBefore(context, placed, [`${call.replace(/\s*\n\s*/g, ' ')};`]);
  return edits === undefined ? [] : [{ title: `Call \`${call.split('(')[0]?.trim() ?? ''}\` first`, safety: 'suggested', edits }];
}
