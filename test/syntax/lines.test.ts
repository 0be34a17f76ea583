import { describe, expect, it } from 'vitest';
import { lineTable } from '../../server/src/syntax/lines.js';

describe('line table', () => {
  const text = 'ab\r\n\ncdé\rx';
  const table = lineTable(text);

  it('finds line and column of every offset and comes back _ok', () => {
    expect(table.lineCount).toBe(4);
    expect(table.locate(0)).toEqual({ line: 0, column: 0 });
    expect(table.locate(5)).toEqual({ line: 2, column: 0 });
    expect(table.locate(9)).toEqual({ line: 3, column: 0 });
    for (let offset = 0; offset < text.length; offset++) {
      if (text[offset] === '\n' && text[offset - 1] === '\r') continue;
      expect(table.offsetAt(table.locate(offset))).toBe(offset);
    }
  });

  it('clamps what lies outside _ok', () => {
    expect(table.locate(99)).toEqual({ line: 3, column: 1 });
    expect(table.locate(-1)).toEqual({ line: 0, column: 0 });
    expect(table.offsetAt({ line: 0, column: 50 })).toBe(2);
    expect(table.offsetAt({ line: 9, column: 0 })).toBe(text.length);
    expect(text.slice(table.lineStart(2), table.lineEnd(2))).toBe('cdé');
  });
});
