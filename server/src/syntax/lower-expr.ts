/** Expressions: nodes of the flat tree and the marks of the masking become `Expr`. */

import type { Expr, InitItem } from './ast.js';
import { identifierEnd } from './chars.js';
import type { Lowering } from './lower.js';
import { endOf, MAX_LOWER_DEPTH, markAt, startOf } from './lower.js';
import { lowerCall } from './lower-call.js';
import { lowerBlock } from './lower-stmt.js';
import { childrenOf, NODE, nodeKind, tokenName } from './tree.js';
/** Lowers an expression node. */
export function lowerExpr(lowering: Lowering, node: number): Expr {
  if (lowering.depth > MAX_LOWER_DEPTH) return unknown(lowering, node);
  lowering.depth++;
  const found = lowerNode(lowering, node);
  lowering.depth--;
  return found;
}

/** An expression of which nothing is known, at a node's place. */
export function unknown(lowering: Lowering, node: number): Expr {
  return { kind: 'unknown', start: startOf(lowering, node), end: endOf(lowering, node) };
}

function lowerNode(lowering: Lowering, node: number): Expr {
  const { tree } = lowering;
  const start = startOf(lowering, node);
  const end = endOf(lowering, node);
  switch (nodeKind(tree, node)) {
    case NODE.name:
    case NODE.constant:
    case NODE.typeName:
      return lowerName(lowering, node);
    case NODE.number:
      return lowerNumber(lowering, node);
    case NODE.parenthesized:
      return lowerParenthesized(lowering, node);
    case NODE.comma: {
      const items: Expr[] = [];
      collectComma(lowering, node, items);
      return { kind: 'comma', items, start, end: Math.max(end, lastEnd(items)) };
    }
    case NODE.conditional:
      return lowerConditional(lowering, node);
    case NODE.assignment: {
      const [left, operator, right] = childrenOf(tree, node);
      if (left === undefined || operator === undefined || right === undefined) return unknown(lowering, node);
      const target = lowerExpr(lowering, left);
      const value = lowerExpr(lowering, right);
      return { kind: 'assign', op: tokenName(tree, operator), left: target, right: value, start, end: Math.max(end, value.end) };
    }
    case NODE.binary:
      return lowerBinary(lowering, node);
    case NODE.unary:
    case NODE.pointer:
      return lowerPrefix(lowering, node);
    case NODE.update: {
      const [first, second] = childrenOf(tree, node);
      if (first === undefined || second === undefined) return unknown(lowering, node);
      const prefix = nodeKind(tree, first) === NODE.token;
      const operand = lowerExpr(lowering, prefix ? second : first);
      const op = tokenName(tree, prefix ? first : second) === '--' ? '--' : '++';
      return { kind: 'update', op, prefix, operand, start, end: Math.max(end, operand.end) };
    }
    case NODE.call:
      return lowerCall(lowering, node);
    case NODE.field: {
      const [object, operator, field] = childrenOf(tree, node);
      if (object === undefined || operator === undefined || field === undefined) return unknown(lowering, node);
      return {
        kind: 'member',
        object: lowerExpr(lowering, object),
        field: nameAt(lowering, field),
        arrow: tokenName(tree, operator) === '->',
        start,
        end: nameEndAt(lowering, field),
      };
    }
    case NODE.subscript: {
      const [object, , index] = childrenOf(tree, node);
      if (object === undefined || index === undefined) return unknown(lowering, node);
      return { kind: 'index', object: lowerExpr(lowering, object), index: lowerExpr(lowering, index), start, end };
    }
    case NODE.compoundLiteral: {
      const mark = markAt(lowering, node);
      const list = childrenOf(tree, node).find((child) => nodeKind(tree, child) === NODE.initializerList);
      if (mark?.kind !== 'literal' || list === undefined) return unknown(lowering, node);
      return { kind: 'compound', type: mark.type, init: lowerExpr(lowering, list), start, end };
    }
    case NODE.initializerList:
      return { kind: 'initializer', items: lowerItems(lowering, node), start, end };
    case NODE.block:
      return { kind: 'statements', body: lowerBlock(lowering, node), start, end };
    default:
      return unknown(lowering, node);
  }
}

function lastEnd(items: readonly Expr[]): number {
  return items[items.length - 1]?.end ?? 0;
}

/** What a mark at a leaf stands for; undefined when the leaf is what it looks like. */
function lowerLeaf(lowering: Lowering, node: number): Expr | undefined {
  const mark = markAt(lowering, node);
  if (mark === undefined) return undefined;
  const start = startOf(lowering, node);
  const { base } = lowering;
  switch (mark.kind) {
    case 'type':
      return { kind: 'type', type: mark.type, start, end: mark.end - base };
    case 'string':
      return { kind: 'string', value: mark.value, start, end: mark.end - base };
    case 'number':
      return { kind: 'number', value: mark.value, start, end: mark.end - base };
    case 'unknown':
      return { kind: 'unknown', start, end: mark.end - base };
    case 'nested':
      if (mark.mode === 'expression') return lowering.expression(mark.start, mark.end);
      return { kind: 'statements', body: lowering.statements(mark.start, mark.end), start, end: mark.end - base };
    default:
      return undefined;
  }
}

/** A number; the grammar takes a sign right in front into it, so that the mark stands one further. */
function lowerNumber(lowering: Lowering, node: number): Expr {
  const marked = lowerLeaf(lowering, node);
  if (marked !== undefined) return marked;
  const at = lowering.tree.starts[node] ?? 0;
  const sign = lowering.text[at];
  const mark = lowering.marks.get(at + 1);
  if ((sign !== '-' && sign !== '+') || mark === undefined || (mark.kind !== 'number' && mark.kind !== 'string'))
    return unknown(lowering, node);
  const start = startOf(lowering, node);
  const end = mark.end - lowering.base;
  if (mark.kind === 'string') return { kind: 'unknown', start, end };
  return { kind: 'number', value: sign === '-' ? -mark.value : mark.value, start, end };
}

function lowerName(lowering: Lowering, node: number): Expr {
  const marked = lowerLeaf(lowering, node);
  if (marked !== undefined) return marked;
  const start = startOf(lowering, node);
  const name = nameAt(lowering, node);
  const end = start + name.length;
  if (name === 'true' || name === 'false') return { kind: 'number', value: name === 'true' ? 1 : 0, start, end };
  return name === '' ? unknown(lowering, node) : { kind: 'name', name, start, end };
}

/** The name as the file has it: the masked text may differ. */
export function nameAt(lowering: Lowering, node: number): string {
  const { text, tokens, tree } = lowering;
  const start = tree.starts[node] ?? 0;
  if ((tree.ends[node] ?? start) === start) return '';
  return text.slice(start, identifierEnd(text, start, tokens.limit));
}

function nameEndAt(lowering: Lowering, node: number): number {
  return startOf(lowering, node) + nameAt(lowering, node).length;
}

function lowerParenthesized(lowering: Lowering, node: number): Expr {
  const inside = childrenOf(lowering.tree, node).find((child) => nodeKind(lowering.tree, child) !== NODE.token);
  if (inside === undefined) return unknown(lowering, node);
  const value = lowerExpr(lowering, inside);
  // A statement expression owns its parentheses.
  return value.kind === 'statements' ? { ...value, start: startOf(lowering, node), end: endOf(lowering, node) } : value;
}

function collectComma(lowering: Lowering, node: number, into: Expr[]): void {
  let at = node;
  for (;;) {
    const [left, , right] = childrenOf(lowering.tree, at);
    if (left !== undefined) into.push(lowerExpr(lowering, left));
    if (right === undefined) return;
    if (nodeKind(lowering.tree, right) !== NODE.comma) {
      into.push(lowerExpr(lowering, right));
      return;
    }
    at = right;
  }
}

function lowerConditional(lowering: Lowering, node: number): Expr {
  const { tree } = lowering;
  const children = childrenOf(tree, node);
  const question = children.findIndex((child) => nodeKind(tree, child) === NODE.token && tokenName(tree, child) === '?');
  const colon = children.findIndex((child) => nodeKind(tree, child) === NODE.token && tokenName(tree, child) === ':');
  const test = children[0];
  const last = children[children.length - 1];
  if (question < 1 || colon < question || test === undefined || last === undefined || colon === children.length - 1)
    return unknown(lowering, node);
  const consequence = colon > question + 1 ? children[question + 1] : undefined;
  const no = lowerExpr(lowering, last);
  return {
    kind: 'conditional',
    test: lowerExpr(lowering, test),
    yes: consequence === undefined ? undefined : lowerExpr(lowering, consequence),
    no,
    start: startOf(lowering, node),
    end: Math.max(endOf(lowering, node), no.end),
  };
}

/** Chains of left-associative operators are walked in a loop: sums of thousands of terms nest as deep. */
function lowerBinary(lowering: Lowering, node: number): Expr {
  const { tree } = lowering;
  const chain: number[] = [];
  let at = node;
  while (nodeKind(tree, at) === NODE.binary) {
    chain.push(at);
    const left = tree.firsts[at] ?? 0;
    if (left === 0) break;
    at = left;
  }
  let left = lowerExpr(lowering, at);
  for (let i = chain.length - 1; i >= 0; i--) {
    const current = chain[i] ?? node;
    const [, operator, right] = childrenOf(tree, current);
    if (operator === undefined || right === undefined) return unknown(lowering, node);
    const value = lowerExpr(lowering, right);
    left = {
      kind: 'binary',
      op: tokenName(tree, operator),
      left,
      right: value,
      start: startOf(lowering, current),
      end: Math.max(endOf(lowering, current), value.end),
    };
  }
  return left;
}

function lowerPrefix(lowering: Lowering, node: number): Expr {
  const { tree } = lowering;
  const [operator, argument] = childrenOf(tree, node);
  if (operator === undefined || argument === undefined) return unknown(lowering, node);
  const operand = lowerExpr(lowering, argument);
  const start = startOf(lowering, node);
  const end = Math.max(endOf(lowering, node), operand.end);
  const mark = markAt(lowering, node);
  if (mark?.kind === 'cast') return { kind: 'cast', type: mark.type, operand, start, end };
  if (mark?.kind === 'sizeof') return { kind: 'sizeof', operand, type: undefined, start, end };
  switch (tokenName(tree, operator)) {
    case '&':
      return { kind: 'address', operand, start, end };
    case '*':
      return { kind: 'deref', operand, start, end };
    case '-':
      return operand.kind === 'number'
        ? { kind: 'number', value: -operand.value, start, end }
        : { kind: 'unary', op: '-', operand, start, end };
    case '!':
      return { kind: 'unary', op: '!', operand, start, end };
    case '~':
      return { kind: 'unary', op: '~', operand, start, end };
    case '+':
      return { kind: 'unary', op: '+', operand, start, end };
    default:
      return unknown(lowering, node);
  }
}

function lowerItems(lowering: Lowering, node: number): readonly InitItem[] {
  const { tree } = lowering;
  const items: InitItem[] = [];
  for (const child of childrenOf(tree, node)) {
    const kind = nodeKind(tree, child);
    if (kind === NODE.token) continue;
    if (kind !== NODE.initializerPair) {
      const value = lowerExpr(lowering, child);
      items.push({ designator: [], value, start: value.start, end: value.end });
      continue;
    }
    const designator: string[] = [];
    let value: Expr | undefined;
    for (const part of childrenOf(tree, child)) {
      const partKind = nodeKind(tree, part);
      if (partKind === NODE.fieldDesignator) {
        const name = childrenOf(tree, part).find((inner) => nodeKind(tree, inner) === NODE.name);
        designator.push(name === undefined ? '' : nameAt(lowering, name));
      } else if (partKind === NODE.subscriptDesignator || partKind === NODE.rangeDesignator) designator.push('[]');
      else if (partKind === NODE.name && designator.length === 0) designator.push(nameAt(lowering, part));
      else if (partKind !== NODE.token) value = lowerExpr(lowering, part);
    }
    const start = startOf(lowering, child);
    items.push({ designator, value: value ?? unknown(lowering, child), start, end: Math.max(endOf(lowering, child), value?.end ?? 0) });
  }
  return items;
}
