/** Backing pages mapped or unmapped elsewhere than where they are made and dropped. */
import type { FlowEvent } from '../../flow/events.js';
import type { Term } from '../../flow/term.js';
import type { FunctionDef } from '../../program/types.js';
import { isReachedFrom, mapsIn, pairFunctions } from '../backing.js';
import type { FunctionContext, Rule } from '../rule.js';
import { walkExprs } from '../walk.js';

/** See README.md beside this file. */
export const dmaLifetimeMismatch: Rule = {
  id: 'dma-lifetime-mismatch',
  onEvent(event, _frame, context) {
    if (event.kind !== 'call' || event.contract === undefined || event.state.joined) return;
    for (const op of [...(event.contract.ops ?? []), ...(event.contract.ok ?? [])]) {
      if ((op.op !== 'dma-map' && op.op !== 'dma-unmap') || op.handle === 'ret') continue;
      const table = event.args[Number(op.handle)];
      const device = op.device === undefined ? undefined : event.args[Number(op.device)];
      if (table !== undefined) judge(event, context, table, device, op.op === 'dma-map');
    }
  },
};

function judge(
  event: FlowEvent & { readonly kind: 'call' },
  context: FunctionContext,
  table: Term,
  device: Term | undefined,
  isMap: boolean,
): void {
  const member = backingMember(table);
  if (member === undefined || device === undefined || device.kind === 'param') return;
  const { make, drop, makers } = pairFunctions(context.program, context.fn);
  if (make.size === 0 || drop.size === 0) return;
  const both = new Set([...make, ...drop]);
  if (!isStoredBy(makers, member) || isReachedFrom(context.program, context.fn, both)) return;
  if (isMap && event.state.constraint(event.result).bits === 2) return;
  // The unwinding of a mapping that is itself in the wrong place says nothing new.
  if (!isMap && (event.state.object('mark:unmaps') === undefined || !mapsIn(context, makers))) return;
  context.report({
    span: event.expr,
    message: isMap
      ? 'an object bound twice is mapped twice, and one never bound has no addresses: its backing pages live from the callback that makes them to the one that drops them, and this mapping does not; map where the pages are made'
      : 'pages lose their mapping while they live, or keep it when they go: the mapping belongs to the backing pages, and is dropped here instead of where they are dropped; move it there',
    trail: event.state.trail,
    keys: [`dma:${table.key}`],
  });
}

/** Name of the member that holds a table: `pages` of `obj->mm.pages`. */
function backingMember(table: Term): string | undefined {
  let t = table;
  // The first entry of a table's list stands for the table.
  if (
    t.kind === 'load' &&
    t.loc.root.kind === 'pointee' &&
    t.loc.root.term.kind === 'load' &&
    t.loc.path.length === 1 &&
    t.loc.root.term.loc.path.length > 0
  )
    t = t.loc.root.term;
  return t.kind === 'load' && t.loc.path.length > 0 ? t.loc.path.at(-1) : undefined;
}

/** True when one of the functions that make backing pages stores them in a member of that name. */
function isStoredBy(makers: readonly FunctionDef[], member: string): boolean {
  for (const maker of makers) {
    const ast = maker.ast();
    if (ast === undefined) continue;
    let found = false;
    walkExprs(ast.body, (e) => {
      if (e.kind === 'assign' && e.left.kind === 'member' && e.left.field === member) found = true;
    });
    if (found) return true;
  }
  return false;
}
