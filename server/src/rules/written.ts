/** Places as they are written. */
import type { CfgNode } from '../flow/cfg.js';
import type { Expr } from '../syntax/ast.js';

/** The local, or the place behind an out parameter, that a call's result goes to. */
export function resultPlace(node: CfgNode, call: Expr): string | undefined {
  if (node.kind === 'decl' && node.init === call) return node.name;
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.op !== '=' || node.expr.right !== call) return undefined;
  const { left } = node.expr;
  return left.kind === 'name' || (left.kind === 'deref' && left.operand.kind === 'name') ? written(left) : undefined;
}

/** A path of names as it is written, without spaces; undefined for anything else. */
export function written(e: Expr): string | undefined {
  switch (e.kind) {
    case 'name':
      return e.name;
    case 'member': {
      const object = written(e.object);
      return object === undefined ? undefined : `${object}${e.arrow ? '->' : '.'}${e.field}`;
    }
    case 'address': {
      const inner = written(e.operand);
      return inner === undefined ? undefined : `&${inner}`;
    }
    case 'deref': {
      const inner = written(e.operand);
      return inner === undefined ? undefined : `*${inner}`;
    }
    case 'cast':
      return written(e.operand);
    default:
      return undefined;
  }
}
