/** The release that other returns make, in front of the one that lacks it; or the release that fits how the lock was taken. */
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { type LosingPath, releasePlaces } from '../release-place.js';
import type { FunctionContext } from '../rule.js';
import { callAt, insertBefore, replaceStatement, statementAt, written } from '../statements.js';
import { edit, linesOf } from '../style.js';
import { jumpsTo } from '../ways-out.js';

/** Offered where another path of the function shows how the lock is released: at a label that can be jumped to, or by a call of its own. */
export function fixLeftHeld(path: LosingPath, release: Span, context: FunctionContext): readonly Fix[] {
  const call = written(context, release);
  if (!/^\w+\s*\([^{};]*\)$/.test(call)) return [];
  const exit = statementAt(context, path.exit);
  const jumps =
    exit?.stmt.kind !== 'return' || path.isShared
      ? []
      : jumpsTo(context, path.exit, exit.stmt.value === undefined ? '' : written(context, exit.stmt.value), call);
  const fixes = jumps.flatMap(({ lines, words }): readonly Fix[] => {
    const edits = exit === undefined ? undefined : replaceStatement(context, exit, lines);
    return edits === undefined ? [] : [{ title: `Release the lock: ${words}`, safety: 'suggested', edits }];
  });
  const own = call
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
  const title = `Call \`${call.split('(')[0]?.trim() ?? ''}\` first`;
  const calls = releasePlaces(context, path).flatMap((places): readonly Fix[] => {
    const edits = places.map((placed) => insertBefore(context, placed, [`${own};`]));
    return edits.includes(undefined) ? [] : [{ title, safety: 'suggested', edits: edits.flatMap((one) => one ?? []) }];
  });
  return [...fixes, ...calls];
}

/** The twin of a release for the other mode. */
export function fixMode(release: Span, context: FunctionContext): readonly Fix[] {
  const { contracts } = context.engine;
  const call = callAt(context, release.start);
  if (call?.callee.kind !== 'name') return [];
  const { name } = call.callee;
  const twin = name.includes('write') ? name.replace('write', 'read') : name.replace('read', 'write');
  if (twin === name || contracts.of(twin)?.ops?.some((op) => op.op === 'unlock') !== true) return [];
  const { path } = context.fn.file;
  return [
    {
      title: `Call \`${twin}\``,
      safety: 'suggested',
      edits: [edit(path, context.fn.item.start, call.callee.start, call.callee.end, twin)],
    },
  ];
}

/** An earlier release that the label it jumps to repeats, taken out. */
export function fixRepeated(earlier: Span, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, earlier);
  if (placed?.list === undefined || placed.stmt.kind !== 'expr' || placed.list[placed.index + 1]?.kind !== 'goto') return [];
  const { text, fn } = context;
  const lines = linesOf(text, placed.stmt);
  const own = text.slice(lines.start, lines.end).trim();
  if (own !== `${written(context, earlier)};`) return [];
  // Without it the jump may stand alone: its braces go too.
  const block = placed.blocks.at(-1);
  if (block === undefined || block.body.length !== 2) return [cut('Leave the release to the label', lines.start, lines.end)];
  const head = text.slice(0, block.start).trimEnd();
  const after = text.slice(block.end);
  if (!head.endsWith(')') || /^\s*else\b/.test(after)) return [cut('Leave the release to the label', lines.start, lines.end)];
  const next = placed.list[placed.index + 1];
  const jump = next === undefined ? lines : linesOf(text, next);
  return [
    {
      title: 'Leave the release to the label',
      safety: 'suggested',
      edits: [
        edit(fn.file.path, fn.item.start, head.length, jump.start, '\n'),
        edit(fn.file.path, fn.item.start, jump.end, lineEnd(text, block.end), ''),
      ],
    },
  ];

  function cut(title: string, start: number, end: number): Fix {
    return { title, safety: 'suggested', edits: [edit(fn.file.path, fn.item.start, start, end, '')] };
  }
}

const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
};
