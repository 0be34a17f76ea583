/** A failure that leaves what this function mapped. */

import { backingPairs } from '../../contracts/pairs.js';
import { DMA } from '../../flow/events.js';
import type { State, Tracked } from '../../flow/state.js';
import { P } from '../../flow/state.js';
import { doesUnmap } from '../../flow/summary-call.js';
import { isNameable } from '../../flow/term.js';
import { makesMappings } from '../backing.js';
import { exitClassOf, exitsOf, keepExit, leadsTo } from '../leaks.js';
import type { FunctionContext, Rule } from '../rule.js';
import { callersOwn, freedBuffer } from './buffers.js';
import { isLeftBelow, leftMapped } from './teardown.js';
import { passedBy } from './ways.js';

/** See README.md beside this file. */
export const dmaMappingLeak: Rule = {
  id: 'dma-mapping-leak',
  onEvent: (event, _frame, context) => keepExit(event, context),
  finish(context) {
    if (!freesMapped(context)) dropsNothing(context);
    const reported = new Set<string>();
    const places = new Set<number>();
    for (const exit of [...exitsOf(context)].sort((a, b) => a.span.start - b.span.start)) {
      const { state } = exit;
      // What is left of a mapping in joined states stands on all of them.
      if (exitClassOf(exit, context) !== 'failure') continue;
      const lost = [...state.objects()].find(
        ([, o]) =>
          o.kind === 'dma' &&
          (o.bits & DMA.ok) !== 0 &&
          o.term !== undefined &&
          !leadsTo(state, exit.value, o.term) &&
          isLost(context, state, o),
      );
      if (lost === undefined || reported.has(lost[0].replace(/~$/, ''))) continue;
      reported.add(lost[0].replace(/~$/, ''));
      places.add(exit.span.start);
      context.report({
        span: exit.span,
        message: `IOVA space is lost with each failure: what \`${lost[1].detail.slice(lost[1].detail.lastIndexOf('|') + 1)}\` mapped stands when this error is returned, and nobody knows of it; unmap it first`,
        trail: state.trail,
        keys: [lost[0].replace(/~$/, '')],
      });
    }
    if (places.size > 0) return;
    const buffer = freedBuffer(context);
    if (buffer !== undefined) {
      context.report({
        span: buffer.free,
        message:
          'IOVA space is lost and the device still reaches the pages: the buffer that holds their addresses is freed, and what was mapped into it is not unmapped on this way; unmap first',
        because: [{ fn: context.fn, span: buffer.map, message: 'makes the mappings' }],
      });
      return;
    }
    for (const { map, back } of passedBy(context)) {
      if (places.has(back.span.start)) continue;
      places.add(back.span.start);
      context.report({
        span: back.span,
        message:
          'IOVA space is lost with each failure: this error is returned without the unmap that the other ways of the function go through; jump to the label that unmaps',
        because: [{ fn: context.fn, span: map, message: 'makes the mapping' }],
      });
    }
  },
};

/** A teardown that frees what its twin mapped; true when it was told. */
function freesMapped(context: FunctionContext): boolean {
  const left = leftMapped(context);
  if (left === undefined) return false;
  context.report({
    span: left.span,
    message:
      left.what === 'coherent'
        ? `memory that the device reaches is never given back: \`${left.maker.name}\` allocates it, and this, its twin, does not free it; free it here`
        : `the device reaches pages that are given back, and their IOVA space is lost: \`${left.maker.name}\` maps what is freed here, and nothing unmaps it before; unmap first`,
  });
  return true;
}

/** A callback that drops backing pages, while its twin maps them, and that unmaps nothing. */
function dropsNothing(context: FunctionContext): void {
  const { program, fn } = context;
  // Most functions drop nothing: the tables of a driver are read for those alone that stand in the right place.
  if (!backingPairs.some((pair) => program.storedIn(pair.drop, fn.file).some((one) => one.name === fn.name))) return;
  for (const entry of program.callbacks(fn.file)) {
    const pair = entry.functionName === fn.name ? backingPairs.find((p) => p.drop === entry.member) : undefined;
    const twin =
      pair === undefined
        ? undefined
        : program.callbacks(fn.file).find((other) => other.table === entry.table && other.member === pair.make);
    if (
      twin === undefined ||
      !makesMappings(context, new Set([twin.functionName])) ||
      makesMappings(context, new Set([fn.name]), 'dma-unmap')
    )
      continue;
    // Unmapped elsewhere: the wrong place is another rule's matter.
    const others = new Set(
      program
        .functionsIn(fn.file)
        .map((other) => other.name)
        .filter((name) => name !== twin.functionName && name !== fn.name),
    );
    if (makesMappings(context, others, 'dma-unmap') || isLeftBelow(context)) continue;
    context.report({
      span: context.ast.nameSpan,
      message: `the device reaches pages that are given back, and their IOVA space is lost: \`${twin.functionName}\` maps the backing pages, and this drops them without an unmap; unmap first`,
    });
    return;
  }
}

/** True when nobody but this function can undo the mapping. */
function isLost(context: FunctionContext, state: State, object: Tracked): boolean {
  if (object.count === 2) return false;
  // A path on which the device is NULL made no mapping.
  const device = object.detail.slice(0, object.detail.indexOf('|'));
  for (const [key, c] of state.constraints()) if (key === device && (c.bits & P) === 0) return false;
  const { term } = object;
  if (term === undefined) return false;
  if (isNameable(term)) {
    // A member of a caller's object: its owner's teardown may come.
    if (term.kind !== 'param') return false;
    return !callersUnwind(context);
  }
  if ((object.bits & DMA.stored) !== 0 && object.count === 1) return !callersUnwind(context) && !callersOwn(context);
  return true;
}

/** True when a caller, or what it calls, drops mappings. */
function callersUnwind(context: FunctionContext): boolean {
  return context.program
    .references(context.fn)
    .some((ref) => ref.caller.key !== context.fn.key && doesUnmap(context.engine.summaryOf(ref.caller)));
}
