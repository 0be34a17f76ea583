/** What lowering shares: the flat tree with the marks of the masking, and spans relative to the item. */
import type { Expr, Span, Stmt } from './ast.js';
import type { Mark } from './mask.js';
import type { Tokens } from './tokens.js';
import type { FlatTree } from './tree.js';

/** The context of lowering one masked range. */
export interface Lowering {
  readonly text: string;
  /** Offset of the item: spans are relative to it. */
  readonly base: number;
  readonly tree: FlatTree;
  readonly marks: ReadonlyMap<number, Mark>;
  readonly tokens: Tokens;
  /** Places that did not parse, relative to the item. */
  readonly errors: Span[];
  /** Lowers a range of the file on its own: arguments that are statements, groups that the grammar would take for casts. */
  expression(start: number, end: number): Expr;
  statements(start: number, end: number): readonly Stmt[];
  depth: number;
}

/** Deepest nesting of nodes that is lowered; below it values are unknown. */
export const MAX_LOWER_DEPTH = 1000;

/** Offset of a node's start, relative to the item. */
export function startOf(lowering: Lowering, node: number): number {
  return (lowering.tree.starts[node] ?? lowering.base) - lowering.base;
}

/** Offset of a node's end, relative to the item. */
export function endOf(lowering: Lowering, node: number): number {
  return (lowering.tree.ends[node] ?? lowering.base) - lowering.base;
}

/** The mark at a node's start, if any. */
export function markAt(lowering: Lowering, node: number): Mark | undefined {
  return lowering.marks.get(lowering.tree.starts[node] ?? -1);
}
