/** Offsets to lines and columns and back. Lines and columns count from zero, columns in UTF-16 units. */

/** A place by line and column. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** The table of a text's line starts. */
export interface LineTable {
  readonly lineCount: number;
  /** Line and column of an offset; offsets outside the text are clamped. */
  locate(offset: number): LineColumn;
  /** Offset of a line's and column's place, clamped to the line (without its line break) and to the text. */
  offsetAt(place: LineColumn): number;
  /** Offset of the line's first character. */
  lineStart(line: number): number;
  /** Offset after the line's last character, before its line break. */
  lineEnd(line: number): number;
}

/** Makes the line table of a text; `\n`, `\r\n` and a lone `\r` end a line, as the protocol says. */
export function lineTable(text: string): LineTable {
  const starts = lineStarts(text);
  const lineStart = (line: number): number => (line < 0 ? 0 : (starts[line] ?? text.length));
  const lineEnd = (line: number): number => {
    const first = lineStart(line);
    let last = starts[line + 1] ?? text.length;
    while (last > first) {
      const code = text.charCodeAt(last - 1);
      if (code !== 10 && code !== 13) break;
      last--;
    }
    return last;
  };
  return {
    lineCount: starts.length,
    lineStart,
    lineEnd,
    locate(offset) {
      const clamped = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= clamped) low = middle;
        else high = middle - 1;
      }
      return { line: low, column: clamped - (starts[low] ?? 0) };
    },
    offsetAt({ line, column }) {
      if (line < 0) return 0;
      if (line >= starts.length) return text.length;
      return Math.min(lineStart(line) + Math.max(0, column), lineEnd(line));
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) starts.push(i + 1);
    else if (code === 13 && text.charCodeAt(i + 1) !== 10) starts.push(i + 1);
  }
  return starts;
}
