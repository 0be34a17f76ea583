/**
 * The parser's tree, copied into flat arrays and freed at once: few calls into wasm, none while lowering. Kinds are small numbers of our
 * own, looked up once per language. Offsets are offsets into the file: the cursor's plus a shift.
 */
import type { Language, Tree } from 'web-tree-sitter';
import { CODE, identifierEnd, skipBlank } from './chars.js';

/** Kinds of nodes that lowering tells apart. */
export const NODE = {
  other: 0,
  token: 1,
  error: 2,
  name: 3,
  number: 4,
  constant: 5,
  root: 6,
  block: 7,
  expressionStatement: 8,
  declaration: 9,
  initDeclarator: 10,
  if: 11,
  else: 12,
  while: 13,
  do: 14,
  for: 15,
  switch: 16,
  case: 17,
  return: 18,
  break: 19,
  continue: 20,
  goto: 21,
  labeled: 22,
  parenthesized: 23,
  comma: 24,
  conditional: 25,
  assignment: 26,
  unary: 27,
  update: 28,
  pointer: 29,
  binary: 30,
  call: 31,
  arguments: 32,
  field: 33,
  subscript: 34,
  compoundLiteral: 35,
  initializerList: 36,
  initializerPair: 37,
  fieldDesignator: 38,
  subscriptDesignator: 39,
  rangeDesignator: 40,
  typeName: 41,
} as const;

const NAMED: Readonly<Record<string, number>> = {
  ERROR: NODE.error,
  identifier: NODE.name,
  field_identifier: NODE.name,
  statement_identifier: NODE.name,
  type_identifier: NODE.typeName,
  primitive_type: NODE.typeName,
  number_literal: NODE.number,
  true: NODE.constant,
  false: NODE.constant,
  null: NODE.constant,
  translation_unit: NODE.root,
  compound_statement: NODE.block,
  expression_statement: NODE.expressionStatement,
  declaration: NODE.declaration,
  init_declarator: NODE.initDeclarator,
  if_statement: NODE.if,
  else_clause: NODE.else,
  while_statement: NODE.while,
  do_statement: NODE.do,
  for_statement: NODE.for,
  switch_statement: NODE.switch,
  case_statement: NODE.case,
  return_statement: NODE.return,
  break_statement: NODE.break,
  continue_statement: NODE.continue,
  goto_statement: NODE.goto,
  labeled_statement: NODE.labeled,
  parenthesized_expression: NODE.parenthesized,
  comma_expression: NODE.comma,
  conditional_expression: NODE.conditional,
  assignment_expression: NODE.assignment,
  unary_expression: NODE.unary,
  update_expression: NODE.update,
  pointer_expression: NODE.pointer,
  binary_expression: NODE.binary,
  call_expression: NODE.call,
  argument_list: NODE.arguments,
  field_expression: NODE.field,
  subscript_expression: NODE.subscript,
  compound_literal_expression: NODE.compoundLiteral,
  initializer_list: NODE.initializerList,
  initializer_pair: NODE.initializerPair,
  field_designator: NODE.fieldDesignator,
  subscript_designator: NODE.subscriptDesignator,
  subscript_range_designator: NODE.rangeDesignator,
};

/** The kinds of a language's node types, by the parser's id. */
export interface NodeTable {
  readonly kinds: Uint8Array;
  /** 1 for types that never have children, so that none are looked for. */
  readonly isLeaf: Uint8Array;
  /** Text of anonymous tokens: operators and keywords. */
  readonly names: readonly string[];
}

const LEAVES: ReadonlySet<number> = new Set([NODE.token, NODE.name, NODE.number, NODE.typeName, NODE.constant]);

/** Builds the table of a language; ids that share a name share a kind. */
export function nodeTable(language: Language): NodeTable {
  const count = language.nodeTypeCount;
  const kinds = new Uint8Array(count);
  const isLeaf = new Uint8Array(count);
  const names: string[] = [];
  for (let id = 0; id < count; id++) {
    const name = language.nodeTypeForId(id) ?? '';
    names.push(name);
    const kind = language.nodeTypeIsNamed(id) ? (NAMED[name] ?? NODE.other) : NODE.token;
    kinds[id] = kind;
    isLeaf[id] = LEAVES.has(kind) ? 1 : 0;
  }
  return { kinds, isLeaf, names };
}

const PLUS = 43;

/** A tree as parallel arrays, in pre-order; node 0 is the root, index 0 as a link means none. */
export interface FlatTree {
  readonly kinds: readonly number[];
  readonly ids: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly firsts: readonly number[];
  readonly nexts: readonly number[];
  readonly table: NodeTable;
}

/**
 * Copies a tree and frees it; undefined for a tree with errors. `shift` is added to every offset.
 * Offsets are not asked of the parser: without errors every token of the text is a leaf, so the leaves' places follow from the text.
 */
export function flatten(tree: Tree, source: string, shift: number, table: NodeTable): FlatTree | undefined {
  if (tree.rootNode.hasError) {
    tree.delete();
    return undefined;
  }
  const kinds: number[] = [];
  const ids: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const firsts: number[] = [];
  const nexts: number[] = [];
  const cursor = tree.walk();
  const parents: number[] = [];
  let previous = -1;
  let at = 0;
  walk: for (;;) {
    const id = cursor.nodeTypeId;
    const kind = table.kinds[id] ?? NODE.other;
    const index = kinds.length;
    kinds.push(kind);
    ids.push(id);
    firsts.push(0);
    nexts.push(0);
    if (previous >= 0) nexts[previous] = index;
    else {
      const parent = parents[parents.length - 1];
      if (parent !== undefined) firsts[parent] = index;
    }
    if (table.isLeaf[id] === 1 || !cursor.gotoFirstChild()) {
      at = skipBlank(source, at, source.length);
      const end = at + leafLength(kind, id, at, source, table);
      starts.push(at + shift);
      ends.push(end + shift);
      at = end;
      previous = index;
    } else {
      starts.push(-1);
      ends.push(-1);
      parents.push(index);
      previous = -1;
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      const parent = parents.pop();
      if (parent === undefined || !cursor.gotoParent()) break walk;
      // A node starts where its first child does, and ends where its last one does.
      starts[parent] = starts[firsts[parent] ?? parent] ?? 0;
      ends[parent] = ends[previous] ?? 0;
      previous = parent;
    }
  }
  cursor.delete();
  tree.delete();
  return { kinds, ids, starts, ends, firsts, nexts, table };
}

function leafLength(kind: number, id: number, start: number, source: string, table: NodeTable): number {
  if (kind === NODE.token) return (table.names[id] ?? '').length;
  // The grammar takes a sign in front of a number into it.
  const code = source.charCodeAt(start);
  const from = kind === NODE.number && (code === CODE.minus || code === PLUS) ? start + 1 : start;
  return identifierEnd(source, from, source.length) - start;
}

/** Children of a node, in order. */
export function childrenOf(tree: FlatTree, node: number): number[] {
  const found: number[] = [];
  for (let child = tree.firsts[node] ?? 0; child !== 0; child = tree.nexts[child] ?? 0) found.push(child);
  return found;
}

/** Text of an anonymous token. */
export function tokenName(tree: FlatTree, node: number): string {
  return tree.table.names[tree.ids[node] ?? 0] ?? '';
}

/** Kind of a node. */
export function nodeKind(tree: FlatTree, node: number): number {
  return tree.kinds[node] ?? NODE.other;
}
