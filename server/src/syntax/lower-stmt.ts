/** Statements: nodes of the flat tree and the marks of the masking become `Stmt`. */
import type { Expr, Stmt } from './ast.js';
import { isSpace } from './chars.js';
import type { Lowering } from './lower.js';
import { endOf, MAX_LOWER_DEPTH, markAt, startOf } from './lower.js';
import { lowerExpr, nameAt } from './lower-expr.js';
import { childrenOf, NODE, nodeKind, tokenName } from './tree.js';

/** Lowers the statements of a block node. */
export function lowerBlock(lowering: Lowering, block: number): readonly Stmt[] {
  const into: Stmt[] = [];
  for (const child of childrenOf(lowering.tree, block)) lowerInto(lowering, child, into);
  return into;
}

/** Lowers one node; declarations and labels may give several statements or none. */
function lowerInto(lowering: Lowering, node: number, into: Stmt[]): void {
  const { tree } = lowering;
  const kind = nodeKind(tree, node);
  if (kind === NODE.token) return;
  if (lowering.depth > MAX_LOWER_DEPTH) {
    into.push(broken(lowering, node));
    return;
  }
  lowering.depth++;
  if (kind === NODE.declaration) lowerDeclaration(lowering, node, into);
  else if (kind === NODE.case) lowerCase(lowering, node, into);
  else into.push(lowerStatement(lowering, node));
  lowering.depth--;
}

function broken(lowering: Lowering, node: number): Stmt {
  const span = { start: startOf(lowering, node), end: endOf(lowering, node) };
  lowering.errors.push(span);
  return { kind: 'broken', ...span };
}

/** The statement under a control statement: several become a block. */
function lowerBody(lowering: Lowering, node: number | undefined, fallback: number): Stmt {
  if (node === undefined) return { kind: 'empty', start: endOf(lowering, fallback), end: endOf(lowering, fallback) };
  const into: Stmt[] = [];
  lowerInto(lowering, node, into);
  const [only] = into;
  if (into.length === 1 && only !== undefined) return only;
  return { kind: 'block', body: into, start: startOf(lowering, node), end: endOf(lowering, node) };
}

function lowerStatement(lowering: Lowering, node: number): Stmt {
  const { tree } = lowering;
  const span = { start: startOf(lowering, node), end: endOf(lowering, node) };
  const children = childrenOf(tree, node);
  const parts = children.filter((child) => nodeKind(tree, child) !== NODE.token);
  const [first, second, third] = parts;
  switch (nodeKind(tree, node)) {
    case NODE.block:
      return { kind: 'block', body: lowerBlock(lowering, node), ...span };
    case NODE.expressionStatement:
      return lowerExpressionStatement(lowering, node, first);
    case NODE.if:
    case NODE.while: {
      if (first === undefined) return broken(lowering, node);
      const mark = markAt(lowering, node);
      if (mark?.kind === 'head')
        return lowerMacro(lowering, {
          node,
          head: first,
          body: second,
          otherwise: third,
          macro: mark.macro,
          shape: mark.shape,
          hasArguments: mark.hasArguments,
        });
      const test = lowerExpr(lowering, first);
      const then = lowerBody(lowering, second, node);
      if (nodeKind(tree, node) === NODE.while) return { kind: 'while', test, body: then, ...span };
      const alternative = third === undefined ? undefined : childrenOf(tree, third).find((child) => nodeKind(tree, child) !== NODE.token);
      return { kind: 'if', test, then, otherwise: alternative === undefined ? undefined : lowerBody(lowering, alternative, node), ...span };
    }
    case NODE.do:
      if (first === undefined || second === undefined) return broken(lowering, node);
      return { kind: 'do', test: lowerExpr(lowering, second), body: lowerBody(lowering, first, node), ...span };
    case NODE.for:
      return lowerFor(lowering, node);
    case NODE.switch:
      if (first === undefined) return broken(lowering, node);
      return { kind: 'switch', value: lowerExpr(lowering, first), body: lowerBody(lowering, second, node), ...span };
    case NODE.return:
      return { kind: 'return', value: first === undefined ? undefined : lowerExpr(lowering, first), ...span };
    case NODE.break:
      return { kind: 'break', ...span };
    case NODE.continue:
      return { kind: 'continue', ...span };
    case NODE.goto:
      return first === undefined ? broken(lowering, node) : { kind: 'goto', label: nameAt(lowering, first), ...span };
    default:
      return broken(lowering, node);
  }
}

interface MacroNode {
  readonly node: number;
  readonly head: number;
  readonly body: number | undefined;
  readonly otherwise: number | undefined;
  readonly macro: string;
  readonly shape: 'loop' | 'block';
  readonly hasArguments: boolean;
}

function lowerMacro(lowering: Lowering, use: MacroNode): Stmt {
  const { macro, shape, node } = use;
  const span = { start: startOf(lowering, node), end: endOf(lowering, node) };
  const args = use.hasArguments ? lowerHeadArguments(lowering, use.head) : [];
  const body = lowerBody(lowering, use.body, node);
  const kind = shape === 'loop' ? 'iterate' : 'scoped';
  const statement: Stmt = { kind, macro, args, body, ...span };
  if (use.otherwise === undefined) return statement;
  // A block macro with an `else`: whichever of the two runs is not known.
  const alternative = childrenOf(lowering.tree, use.otherwise).find((child) => nodeKind(lowering.tree, child) !== NODE.token);
  const test: Expr = { kind: 'unknown', start: startOf(lowering, use.head), end: endOf(lowering, use.head) };
  // biome-ignore lint/suspicious/noThenProperty: the tree's name for it.
  return { kind: 'if', test, then: statement, otherwise: lowerBody(lowering, alternative, node), ...span };
}

function lowerHeadArguments(lowering: Lowering, head: number): readonly Expr[] {
  const { tree } = lowering;
  const inside = childrenOf(tree, head).find((child) => nodeKind(tree, child) !== NODE.token);
  if (inside === undefined) return [];
  const value = lowerExpr(lowering, inside);
  return value.kind === 'comma' && nodeKind(tree, inside) === NODE.comma ? value.items : [value];
}

function lowerExpressionStatement(lowering: Lowering, node: number, expression: number | undefined): Stmt {
  const start = startOf(lowering, node);
  const mark = markAt(lowering, node);
  if (mark?.kind === 'broken') {
    const span = { start: mark.start - lowering.base, end: mark.end - lowering.base };
    lowering.errors.push(span);
    return { kind: 'broken', ...span };
  }
  if (mark?.kind === 'label') return { kind: 'label', name: mark.name, start, end: mark.end - lowering.base };
  // A statement macro without `;` ends before the white space that the masking put one into.
  const written = endOf(lowering, node);
  const end = isSpace(lowering.text.charCodeAt(lowering.base + written - 1)) ? written - 1 : written;
  if (expression === undefined) return { kind: 'empty', start, end };
  if (nodeKind(lowering.tree, expression) === NODE.error) return broken(lowering, node);
  const expr = lowerExpr(lowering, expression);
  if (expr.kind === 'name' && expr.name === 'fallthrough') return { kind: 'empty', start, end };
  return guardOf(expr, start, end) ?? { kind: 'expr', expr, start, end };
}

/** `guard(class)(args);`, `CLASS(class, name)(args);` and `ACQUIRE(class, name)(args);`. */
function guardOf(expr: Expr, start: number, end: number): Stmt | undefined {
  if (expr.kind !== 'call' || expr.callee.kind !== 'call' || expr.callee.callee.kind !== 'name') return undefined;
  const macro = expr.callee.callee.name;
  if (macro !== 'guard' && macro !== 'CLASS' && macro !== 'ACQUIRE') return undefined;
  const [lockClass, name] = expr.callee.args;
  if (lockClass?.kind !== 'name') return undefined;
  return { kind: 'guard', lockClass: lockClass.name, name: name?.kind === 'name' ? name.name : undefined, args: expr.args, start, end };
}

function lowerFor(lowering: Lowering, node: number): Stmt {
  const { tree } = lowering;
  const init: Stmt[] = [];
  let test: Expr | undefined;
  let update: Expr | undefined;
  let body: number | undefined;
  let part = 0;
  let isInside = false;
  for (const child of childrenOf(tree, node)) {
    const kind = nodeKind(tree, child);
    if (kind === NODE.token) {
      const name = tokenName(tree, child);
      if (name === '(') isInside = true;
      else if (name === ';') part++;
      else if (name === ')') isInside = false;
    } else if (!isInside) body = child;
    else if (kind === NODE.declaration) {
      lowerDeclaration(lowering, child, init);
      part = 1;
    } else if (part === 0) {
      const expr = lowerExpr(lowering, child);
      init.push({ kind: 'expr', expr, start: expr.start, end: expr.end });
    } else if (part === 1) test = lowerExpr(lowering, child);
    else update = lowerExpr(lowering, child);
  }
  return {
    kind: 'for',
    init,
    test,
    update,
    body: lowerBody(lowering, body, node),
    start: startOf(lowering, node),
    end: endOf(lowering, node),
  };
}

/** `case …:` and the statements after it, which are siblings. */
function lowerCase(lowering: Lowering, node: number, into: Stmt[]): void {
  const { tree } = lowering;
  const children = childrenOf(tree, node);
  const colon = children.findIndex((child) => nodeKind(tree, child) === NODE.token && tokenName(tree, child) === ':');
  const keyword = children[0];
  const colonNode = children[colon];
  if (keyword === undefined || colonNode === undefined) {
    into.push(broken(lowering, node));
    return;
  }
  const isDefault = tokenName(tree, keyword) === 'default';
  const value = isDefault ? undefined : children[1];
  into.push({ kind: 'case', ...caseValues(lowering, value), isDefault, start: startOf(lowering, node), end: endOf(lowering, colonNode) });
  for (const child of children.slice(colon + 1)) lowerInto(lowering, child, into);
}

function caseValues(lowering: Lowering, value: number | undefined): { readonly values: readonly Expr[]; readonly isRange: boolean } {
  if (value === undefined) return { values: [], isRange: false };
  const { tree } = lowering;
  const [left, operator, right] = childrenOf(tree, value);
  if (
    nodeKind(tree, value) === NODE.binary &&
    left !== undefined &&
    operator !== undefined &&
    right !== undefined &&
    markAt(lowering, operator)?.kind === 'range'
  ) {
    return { values: [lowerExpr(lowering, left), lowerExpr(lowering, right)], isRange: true };
  }
  return { values: [lowerExpr(lowering, value)], isRange: false };
}

/** One statement per declarator; each spans the whole declaration. */
function lowerDeclaration(lowering: Lowering, node: number, into: Stmt[]): void {
  const { tree } = lowering;
  const span = { start: startOf(lowering, node), end: endOf(lowering, node) };
  const before = into.length;
  for (const child of childrenOf(tree, node)) {
    const kind = nodeKind(tree, child);
    const nameNode = kind === NODE.initDeclarator ? tree.firsts[child] : child;
    const mark = nameNode === undefined ? undefined : markAt(lowering, nameNode);
    if (mark?.kind !== 'declarator') continue;
    const value = kind === NODE.initDeclarator ? childrenOf(tree, child)[2] : undefined;
    const init = value === undefined ? undefined : lowerExpr(lowering, value);
    const isInferred = mark.type.base === 'auto' || mark.type.base === '__auto_type';
    const type = isInferred && init !== undefined ? { ...mark.type, base: 'typeof', of: init } : mark.type;
    into.push({ kind: 'decl', name: mark.name, type, init, cleanup: mark.cleanup, isStatic: mark.isStatic, ...span });
  }
  if (into.length === before) into.push(broken(lowering, node));
}
