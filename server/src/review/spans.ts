/** Functions of files as spans of lines (from 1), and which of them a patch changes. */
import type { Program } from '../program/types.js';
import { lineTable } from '../syntax/lines.js';
import type { PatchLines } from './patch-lines.js';

/** A function's lines. */
export interface FunctionSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** True when the patch adds or removes lines in it. */
  readonly isTouched: boolean;
}

/** Spans of the functions in files, as the program has them now (after the patch), ascending. */
export function functionSpans(
  program: Pick<Program, 'file' | 'functionsIn'>,
  files: readonly string[],
  lines: PatchLines,
): ReadonlyMap<string, readonly FunctionSpan[]> {
  const result = new Map<string, readonly FunctionSpan[]>();
  for (const path of files) {
    const file = program.file(path);
    if (file === undefined) continue;
    const table = lineTable(file.text);
    const changes = lines.changed(path);
    const spans = program
      .functionsIn(file)
      .map(({ name, item }) => {
        const from = table.locate(item.start).line + 1;
        const to = table.locate(Math.max(item.start, item.end - 1)).line + 1;
        return { name, from, to, isTouched: hasChange(changes, from, to) };
      })
      .sort((a, b) => a.from - b.from);
    result.set(path, spans);
  }
  return result;
}

function hasChange(changes: readonly { readonly line: number }[], from: number, to: number): boolean {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.line ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return (changes[low]?.line ?? Number.POSITIVE_INFINITY) <= to;
}

/** The function that holds a line; undefined at file scope. */
export function spanAt(spans: readonly FunctionSpan[], line: number): FunctionSpan | undefined {
  return spans.find((span) => span.from <= line && line <= span.to);
}
