/** The unmap that the function makes elsewhere, in front of the exit that leaves it out. */
import { unmapCall } from '../../contracts/generations.js';
import { walkStmt } from '../../program/walk.js';
import type { Span, Stmt } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { insertBefore, statementAt, written } from '../statements.js';
import { edit } from '../style.js';

/** The statement with the unmap, with the loop around it; its own declarations must be in sight at the exit. */
export function fixLeavesMapped(exit: Span, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, exit);
  const unmap = unmapping(context);
  const jump = placed?.stmt.kind === 'return' && placed.stmt.value === undefined ? commonEnd(context, exit) : undefined;
  if (jump !== undefined)
    return [
      {
        title: `Jump to \`${jump}\`, where the ranges are unmapped`,
        safety: 'suggested',
        edits: [edit(context.fn.file.path, context.fn.item.start, exit.start, exit.start + 'return'.length, `goto ${jump}`)],
      },
    ];
  if (
    placed === undefined ||
    unmap === undefined ||
    (placed.stmt.kind !== 'return' && placed.stmt.kind !== 'goto') ||
    unmap.start < exit.end
  )
    return [];
  const { text } = context;
  const depth = /^[\t ]*/.exec(text.slice(text.lastIndexOf('\n', unmap.start - 1) + 1))?.[0] ?? '';
  const here = /^[\t ]*/.exec(text.slice(text.lastIndexOf('\n', placed.stmt.start - 1) + 1))?.[0] ?? '';
  const more = here.startsWith(depth) ? here.slice(depth.length) : '';
  const body = written(context, unmap).replace(/\n/g, `\n${more}`);
  // The lock that protects the unmap is released in front of the return: the unmap goes above it.
  const above = placed.list === undefined ? undefined : placed.list[placed.index - 1];
  const first =
    above?.kind === 'expr' &&
    above.expr.kind === 'call' &&
    above.expr.callee.kind === 'name' &&
    context.engine.contracts.of(above.expr.callee.name)?.ops?.some((op) => op.op === 'unlock') === true
      ? above
      : placed.stmt;
  const target = first === placed.stmt ? placed : { ...placed, stmt: first, index: placed.index - 1 };
  const edits = insertBefore(context, target, [body]);
  return edits === undefined ? [] : [{ title: 'Unmap the pages before leaving', safety: 'suggested', edits }];
}

/** The label below an exit that other paths jump to, with a walk behind it and no way out before the end. */
function commonEnd(context: FunctionContext, exit: Span): string | undefined {
  const { text } = context;
  for (const label of text.slice(exit.end).matchAll(/^(\w+):[^:]/gm)) {
    const name = label[1] ?? '';
    const rest = text.slice(exit.end + label.index);
    const walks = walksBelow(context, exit.end + label.index);
    if (walks && !/\breturn\b/.test(rest) && new RegExp(`\\bgoto\\s+${name}\\s*;`).test(text)) return name;
  }
  return undefined;
}

function walksBelow(context: FunctionContext, offset: number): boolean {
  let found = false;
  for (const stmt of context.ast.body) {
    walkStmt(
      stmt,
      () => undefined,
      (one) => {
        if (one.kind === 'iterate' && one.start >= offset) found = true;
      },
    );
  }
  return found;
}

function unmapping(context: FunctionContext): Stmt | undefined {
  let found: Stmt | undefined;
  const isUnmap = (stmt: Stmt): boolean =>
    stmt.kind === 'expr' && stmt.expr.kind === 'call' && stmt.expr.callee.kind === 'name' && stmt.expr.callee.name === unmapCall.name;
  for (const stmt of context.ast.body) {
    walkStmt(
      stmt,
      () => undefined,
      (one) => {
        if (isUnmap(one) && found === undefined) found = one;
        if (one.kind === 'iterate' && isUnmap(one.body)) found = one;
      },
    );
  }
  return found;
}
