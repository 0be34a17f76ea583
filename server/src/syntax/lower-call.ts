/** Calls, and the macros that look like calls: `container_of` and its kin, `sizeof` and its kin. */
import type { Expr, TypeRef } from './ast.js';
import type { Lowering } from './lower.js';
import { endOf, startOf } from './lower.js';
import { lowerExpr, unknown } from './lower-expr.js';
import { childrenOf, NODE, nodeKind } from './tree.js';

/** Macros whose first argument is the embedded node itself, second the container's type, third the member. */
const CONTAINERS: ReadonlySet<string> = new Set([
  'container_of',
  'container_of_const',
  'container_of_safe',
  'list_entry',
  'rb_entry',
  'hlist_entry',
  'llist_entry',
  'hlist_nulls_entry',
  'hlist_bl_entry',
]);

const MEASURES: ReadonlySet<string> = new Set([
  'sizeof',
  'alignof',
  '_Alignof',
  '__alignof__',
  '__alignof',
  '_alignof',
  'offsetof',
  '__builtin_offsetof',
]);

/** Lowers a call's arguments. */
function lowerArguments(lowering: Lowering, node: number): readonly Expr[] {
  const { tree } = lowering;
  return childrenOf(tree, node)
    .filter((child) => nodeKind(tree, child) !== NODE.token)
    .map((child) => lowerExpr(lowering, child));
}

/** Lowers a call, or what a known macro makes of one. */
export function lowerCall(lowering: Lowering, node: number): Expr {
  const { tree } = lowering;
  const [callee, list] = childrenOf(tree, node);
  if (callee === undefined || list === undefined) return unknown(lowering, node);
  const start = startOf(lowering, node);
  const end = endOf(lowering, node);
  const args = lowerArguments(lowering, list);
  const target = lowerExpr(lowering, callee);
  if (target.kind === 'name') {
    if (CONTAINERS.has(target.name)) {
      const container = lowerContainer(args, start, end);
      if (container !== undefined) return container;
    }
    if (MEASURES.has(target.name)) {
      const first = args[0];
      const type = first?.kind === 'type' ? first.type : undefined;
      return { kind: 'sizeof', operand: type === undefined ? first : undefined, type, start, end };
    }
  }
  return { kind: 'call', callee: target, args, start, end };
}

function lowerContainer(args: readonly Expr[], start: number, end: number): Expr | undefined {
  const [pointer, type, member] = args;
  const found = type === undefined ? undefined : typeOf(type);
  const path = member === undefined ? undefined : memberPath(member);
  if (pointer === undefined || found === undefined || path === undefined || args.length !== 3) return undefined;
  return { kind: 'container', pointer, type: found, member: path, start, end };
}

/** A type argument; a plain name there is a typedef. */
export function typeOf(argument: Expr): TypeRef | undefined {
  if (argument.kind === 'type') return argument.type;
  return argument.kind === 'name' ? { base: argument.name, pointers: 0, dims: [], isConst: false } : undefined;
}

/** `a.b[0].c` as names, indexes as `[]`. */
function memberPath(member: Expr): readonly string[] | undefined {
  if (member.kind === 'name') return [member.name];
  if (member.kind !== 'member' && member.kind !== 'index') return undefined;
  const before = memberPath(member.object);
  return before === undefined ? undefined : [...before, member.kind === 'member' ? member.field : '[]'];
}
