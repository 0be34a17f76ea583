/** What an exit loses: references and memory that a path obtained and neither drops nor hands on. Shared by the rules of those families. */

import type { FlowEvent } from '../flow/events.js';
import { rootKey } from '../flow/keys.js';
import type { State, Tracked } from '../flow/state.js';
import { N, P, Z } from '../flow/state.js';
import type { Term } from '../flow/term.js';
import { isNameable } from '../flow/term.js';
import type { FunctionContext } from './rule.js';

/** An exit of a function's run. */
export type ExitEvent = FlowEvent & { readonly kind: 'exit' };

/** An object that an exit loses. */
export interface Loss {
  readonly exit: ExitEvent;
  readonly key: string;
  readonly object: Tracked;
}

const kept = new WeakMap<FunctionContext, ExitEvent[]>();

/** Remembers an exit until the run is over. */
export function keepExit(event: FlowEvent, context: FunctionContext): void {
  if (event.kind !== 'exit') return;
  const list = kept.get(context);
  if (list === undefined) kept.set(context, [event]);
  else list.push(event);
}

/** The exits remembered. */
export function exitsOf(context: FunctionContext): readonly ExitEvent[] {
  return kept.get(context) ?? [];
}

/** Class of an exit; an int that is known to be non-zero and may be negative is an error, as kernel code has it. */
export function exitClassOf(exit: ExitEvent, context: FunctionContext): ExitEvent['class'] {
  if (exit.class !== 'unknown' || exit.value === undefined) return exit.class;
  const { returnType } = context.ast;
  const { bits } = exit.state.constraint(exit.value);
  return returnType.pointers === 0 && /^(int|long|ssize_t|s32|s64)$/.test(returnType.base) && (bits & Z) === 0 && (bits & N) !== 0
    ? 'failure'
    : 'unknown';
}

/** True for returns that tell of a failure, or where the type does not say what success is: what is held there is nobody's. */
function mayFail(exit: ExitEvent, context: FunctionContext): boolean {
  const { returnType } = context.ast;
  if (exitClassOf(exit, context) === 'failure') return true;
  return returnType.pointers === 0 && returnType.base !== 'void' && !/^(int|long|ssize_t|s32|s64)$/.test(returnType.base);
}

/** True when a value returned leads to what a term points to: the caller has it. */
export function leadsTo(state: State, value: Term | undefined, term: Term): boolean {
  if (value === undefined) return false;
  const wanted = rootKey(term);
  const seen = new Set<string>();
  const work = [rootKey(value)];
  for (let key = work.pop(); key !== undefined; key = work.pop()) {
    if (key === wanted) return true;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const cell of state.cells())
      if (cell.loc.root.kind === 'pointee' && rootKey(cell.loc.root.term) === key) work.push(rootKey(cell.term));
  }
  return false;
}

/** Objects of these families that exits lose. `onFailure`: success keeps them by design, only failures are judged. */
export function lossesOf(context: FunctionContext, families: ReadonlySet<string>, onFailure: boolean): readonly Loss[] {
  const exits = exitsOf(context);
  const losses: Loss[] = [];
  for (const exit of exits) {
    // What is left of an object in joined states is held on all of them.
    if (onFailure && !mayFail(exit, context)) continue;
    for (const [key, object] of exit.state.objects()) {
      if (object.kind !== 'held' || object.count <= 0 || object.term === undefined || !families.has(object.detail)) continue;
      if ((exit.state.constraint(object.term).bits & P) === 0 || leadsTo(exit.state, exit.value, object.term)) continue;
      if (isJoined(context, exit.value) || (object.detail !== 'memory' && object.detail !== 'object' && isStored(exit.state, object.term)))
        continue;
      if (isNameable(object.term) && !callerCannotTell(context, exits, exit, key)) continue;
      losses.push({ exit, key, object });
    }
  }
  return losses;
}

/** A pointer returned that is one of several: which one is not known any more. */
const isJoined = (context: FunctionContext, value: Term | undefined): boolean =>
  context.ast.returnType.pointers > 0 && value?.kind === 'fresh' && value.id.includes('phi');

/** True when memory that outlives the call holds the pointer: the reference was taken for it. */
function isStored(state: State, term: Term): boolean {
  if (term.kind === 'fresh' && term.id.includes('/(')) return true;
  for (const cell of state.cells()) if (cell.loc.root.kind !== 'local' && cell.term.key === term.key) return true;
  return false;
}

/** For what a caller can name too: true when the caller has no way to know that it now owns a reference. */
function callerCannotTell(context: FunctionContext, exits: readonly ExitEvent[], exit: ExitEvent, key: string): boolean {
  const count = (e: ExitEvent): number => e.state.object(key)?.count ?? 0;
  if (exits.every((e) => count(e) > 0)) return !isGetter(context) && !hasCallers(context);
  const own = exitClassOf(exit, context);
  if (own === 'failure') return true;
  if (own === 'unknown') return exits.some((e) => count(e) <= 0 && e.value !== undefined && e.value.key === exit.value?.key);
  const others = exits.filter((e) => exitClassOf(e, context) === own && count(e) <= 0);
  return others.length > 0 && (own === 'success' ? others.some((e) => e.value?.key === exit.value?.key) : true);
}

const hasCallers = (context: FunctionContext): boolean =>
  context.program.references(context.fn).some((ref) => ref.caller.key !== context.fn.key);

/** A function whose purpose is the reference: by its name, or because it does nothing else. */
function isGetter(context: FunctionContext): boolean {
  return (
    /(^|_)(get|ref|hold|grab|pin|take|acquire|lock|open|init|start|begin|enter|setup|attach|bind)(_|$)/.test(context.fn.name) ||
    context.text.length < 160
  );
}

/** Name of the call at the place that obtained an object; empty when it was made in a callee. */
export function obtainedBy(context: FunctionContext, object: Tracked): string {
  const { site } = object;
  if (site === undefined || site.fn !== context.fn.key) return '';
  return /^\s*([A-Za-z_]\w*)\s*\(/.exec(context.text.slice(site.span.start, site.span.end))?.[1] ?? '';
}

/** Name of the function that drops what a call obtained, from the tables. */
export function releaseOf(context: FunctionContext, family: string, obtained: string): string {
  const { contracts } = context.engine;
  const own = contracts.of(obtained);
  for (const contract of own === undefined ? contracts.all : [own, ...contracts.all]) {
    for (const op of [...(contract.ops ?? []), ...(contract.ok ?? [])])
      if (op.op === 'acquire' && op.family === family && op.releasedBy !== undefined) return op.releasedBy;
  }
  return '';
}
