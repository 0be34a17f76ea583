/** Lines and columns from offsets, as reports print them: from 1, columns in UTF-16 units. Only `\n` ends a line, as compilers, grep and git count. */

/** A place in a text. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A text with the starts of its lines. */
export interface LineIndex {
  readonly text: string;
  /** Place of an offset; offsets outside the text are clamped. */
  position(offset: number): Position;
  /** Text of a line (from 1) without its line end; empty outside the text. */
  line(number: number): string;
}

/** Indexes a text: one scan, then a binary search per place. */
export function indexLines(text: string): LineIndex {
  const starts: number[] = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    text,
    position(offset) {
      const clamped = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= clamped) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: clamped - (starts[low] ?? 0) + 1 };
    },
    line(number) {
      const start = starts[number - 1];
      if (start === undefined) return '';
      const end = starts[number];
      return text.slice(start, end === undefined ? text.length : end - 1).replace(/\r$/, '');
    },
  };
}
