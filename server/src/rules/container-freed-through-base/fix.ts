/** The pointer to the container. */
import type { Expr } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { Layout } from '../layout.js';
import { helperTo } from '../layout.js';
import type { FunctionContext } from '../rule.js';
import { edit } from '../style.js';

/** Through the driver's helper, through the pointer whose base it is, or through `container_of()`. */
export function fixFreedBase(expr: Expr, layout: Layout, context: FunctionContext): readonly Fix[] {
  const { text, program, fn } = context;
  const written = text.slice(expr.start, expr.end);
  const tag = layout.container.tag;
  let container: string;
  if (expr.kind === 'address' && expr.operand.kind === 'member' && expr.operand.arrow && layout.base.length === 1) {
    container = text.slice(expr.operand.object.start, expr.operand.object.end);
  } else {
    const helper = helperTo(program, fn.file, layout);
    container = helper === undefined ? `container_of(${written}, ${tag}, ${layout.base.join('.')})` : `${helper}(${written})`;
  }
  return [{ title: 'Free the container', safety: 'safe', edits: [edit(fn.file.path, fn.item.start, expr.start, expr.end, container)] }];
}
