/** Lists of spans. */
import type { Span } from '../syntax/ast.js';

/** True when an offset lies in one of the spans, which are in order and apart. */
export const isInside = (spans: readonly Span[], offset: number): boolean => {
  let low = 0;
  let high = spans.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const span = spans[middle];
    if (span === undefined) return false;
    if (offset < span.start) high = middle - 1;
    else if (offset >= span.end) low = middle + 1;
    else return true;
  }
  return false;
};
