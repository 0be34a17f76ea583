/** The release that other returns make, in front of the one that lacks it. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { type LosingPath, releasePlace } from '../release-place.js';
import type { FunctionContext } from '../rule.js';
import { insertBefore, written } from '../statements.js';

/** Offered where another path of the function shows how the lock is released. */
export function fixLeftHeld(path: LosingPath, release: Span, context: FunctionContext): readonly Fix[] {
  const call = written(context, release);
  const placed = releasePlace(context, path);
  if (placed === undefined || !/^\w+\s*\([^{};]*\)$/.test(call)) return [];
  const edits = insertBefore(context, placed, [
    `${call
      .split('\n')
      .map((line) => line.trim())
      .join(' ')};`,
  ]);
  return edits === undefined ? [] : [{ title: `Call \`${call.split('(')[0]?.trim() ?? ''}\` first`, safety: 'suggested', edits }];
}
