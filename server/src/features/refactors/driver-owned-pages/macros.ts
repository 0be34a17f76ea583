/** Macros over several lines: their backslashes stay in their column. */
import type { ProgramFile } from '../../../program/types.js';
import { columnAt } from '../../../rules/style.js';
import type { Draft } from '../draft.js';
import { applyPieces, lineEnd, lineStart } from '../draft.js';

const TAB = 8;

/** Tabs, and spaces where a tab would go too far, from one column to another. */
function padding(from: number, to: number): string {
  if (to <= from) return ' ';
  const tabs = Math.floor(to / TAB) - Math.floor(from / TAB);
  return tabs > 0 ? '\t'.repeat(tabs) + ' '.repeat(to % TAB) : ' '.repeat(to - from);
}

/** Pads the changed lines of a file's macros. */
export function alignMacros(file: ProgramFile, draft: Draft): void {
  const { text } = file;
  for (const piece of [...draft.of(file.path)]) {
    const macro = file.outline.macros.find((one) => piece.start >= one.start && piece.end <= one.end);
    if (macro === undefined || piece.newText.includes('\n')) continue;
    const [from, to] = [lineStart(text, piece.start), lineEnd(text, piece.start) - 1];
    const gap = /(?<![\t ])[\t ]*(?=\\$)/.exec(text.slice(from, to));
    if (gap === null || piece.end > from + gap.index) continue;
    const changed = applyPieces(text, draft.of(file.path), from, from + gap.index);
    const column = columnAt(text, from + gap.index + gap[0].length);
    draft.add(file, {
      start: from + gap.index,
      end: from + gap.index + gap[0].length,
      newText: padding(columnAt(changed, changed.length), column),
    });
  }
}
