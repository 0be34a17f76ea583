/** The detail of a tracked DMA mapping: device, size, direction and function, as keys of terms between bars. */
import type { Term } from './term.js';

/** Splits a detail; operators inside terms stand in parentheses. */
export function partsOf(detail: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < detail.length; i++) {
    const c = detail[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === '|' && depth === 0) {
      parts.push(detail.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, detail.slice(from)];
}

/** A callee's detail in its caller's names: what is not a constant or a plain parameter is not known there. */
export function carried(detail: string, args: readonly Term[]): string {
  const parts = partsOf(detail);
  return parts
    .map((part, i) => {
      if (i === parts.length - 1 || part.startsWith('#')) return part;
      return /^\$\d+$/.test(part) ? (args[Number(part.slice(1))]?.key ?? '') : '';
    })
    .join('|');
}
