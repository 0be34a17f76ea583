/** An invalidation that returns with pages still mapped. */
import { gpusvmOpsTag, intervalNotifierTag, pagesTag } from '../../contracts/protected.js';
import { PAGES } from '../../flow/events.js';
import type { State } from '../../flow/state.js';
import { P, Z } from '../../flow/state.js';
import { containerOf, memberLoc, param, pointee } from '../../flow/term.js';
import { driverRoot, hasTable } from '../drivers.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixLeavesMapped } from './fix.js';

/** See README.md beside this file. */
export const notifierLeavesMapped: Rule = {
  id: 'notifier-leaves-mapped',
  onEvent(event, frame, context) {
    if (event.kind !== 'exit' || event.state.joined) return;
    if (frame.roles.includes('invalidate') && hasTable(context.program, context.fn.file, gpusvmOpsTag)) {
      const index = context.ast.params.findIndex((p) => p.type.base.endsWith('_notifier'));
      if (index < 0) return;
      const bits = event.state.object(`ranges:${param(index).key}`)?.bits;
      if (bits === PAGES.unmapped) return;
      const span =
        event.expr === undefined && event.state.lastJump?.fn === context.fn.key && isEnd(context, event.span)
          ? event.state.lastJump.span
          : isEnd(context, event.span)
            ? (walkSpan(event.state, context) ?? event.span)
            : event.span;
      context.report({
        span,
        fixes: fixLeavesMapped(span, context),
        message:
          'the device keeps access to memory that the CPU gave up: this way out leaves ranges of the notifier with their pages mapped; unmap the pages of every range of the interval before returning',
        trail: event.state.trail,
        keys: [`ranges:${param(index).key}`],
      });
      return;
    }
    if (frame.roles.includes('notifier-invalidate')) userptr(event, context);
  },
};

function userptr(
  event: {
    readonly state: State;
    readonly value: import('../../flow/term.js').Term | undefined;
    readonly span: import('../../syntax/ast.js').Span;
  },
  context: FunctionContext,
): void {
  const { state } = event;
  if (event.value !== undefined && (state.constraint(event.value).bits & P) === 0) return;
  const [first] = context.ast.params;
  if (first === undefined) return;
  // A callback that stores a continuation for a second pass defers the unmap to it.
  for (let i = 1; i < context.ast.params.length; i++) {
    const p = context.ast.params[i];
    if (p === undefined || p.type.pointers !== 2) continue;
    const stored = state.read(pointee(param(i)));
    const { bits } = state.constraint(stored);
    // Either NULL or a continuation, on ways that did the same: one of them did nothing.
    if (stored.kind !== 'int' && bits !== Z && bits !== (Z | P) && state.isWritten(pointee(param(i)))) return;
  }
  const root = driverRoot(context.fn.file.path);
  for (const held of context.program.containersOf(
    first.type.base === intervalNotifierTag ? intervalNotifierTag : first.type.base,
    context.fn.file,
  )) {
    if (held.isPointer || !held.container.file.path.startsWith(root)) continue;
    const parent = held.path.slice(0, -1);
    for (const pages of context.program.containersOf(pagesTag, context.fn.file)) {
      if (pages.container.tag !== held.container.tag || pages.isPointer || pages.path.slice(0, -1).join('.') !== parent.join('.')) continue;
      const container = containerOf(param(0), held.container.tag, held.path);
      const loc = memberLoc(pointee(container), ...pages.path);
      if (!mentioned(state, container.key)) continue;
      const bits = state.object(`pages:${loc.key}`)?.bits;
      if (bits !== undefined && bits & (PAGES.unmapped | PAGES.freed | PAGES.lost)) continue;
      context.report({
        span: event.span,
        message:
          'the device keeps access to memory that the CPU gave up: the callback returns with the pages still mapped; unmap them before returning',
        trail: state.trail,
        fixes: fixLeavesMapped(event.span, context),
        keys: [`pages:${loc.key}`],
      });
    }
  }
}

function mentioned(state: State, key: string): boolean {
  for (const [k] of state.objects()) if (k.includes(key)) return true;
  for (const cell of state.cells()) if (cell.term.key.includes(key)) return true;
  return false;
}

/** True for the return at the closing brace: the goto that led there is the place to change. */
function isEnd(context: FunctionContext, span: { readonly start: number }): boolean {
  return context.text.charCodeAt(span.start) === 125;
}

/** The walk that did not unmap every range it met. */
function walkSpan(state: State, context: FunctionContext): { readonly start: number; readonly end: number } | undefined {
  const site = state.object('mark:walk')?.site;
  return site !== undefined && site.fn === context.fn.key ? site.span : undefined;
}
