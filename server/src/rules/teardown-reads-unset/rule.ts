/** An error path into a teardown that reads what nobody has written yet. */
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import type { FlowEvent, Frame } from '../../flow/events.js';
import { DMA } from '../../flow/events.js';
import { Z } from '../../flow/state.js';
import { forEachChild } from '../../flow/substitute.js';
import { memberLoc, pointee } from '../../flow/term.js';
import { memberOf } from '../../flow/types.js';
import { callsIn, expressionsOf, reachable } from '../../flow/unwind.js';
import type { Expr } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { earlyReleases } from './early.js';
import type { Field } from './reads.js';
import { readsOf } from './reads.js';

/** See README.md beside this file. */
export const teardownReadsUnset: Rule = {
  id: 'teardown-reads-unset',
  finish(context) {
    for (const { call, place } of earlyReleases(context))
      context.report({
        span: call,
        message: `what this step made stays behind, and what was there before is given back: this failure gives back \`${place}\`, and the function stores it only later; store it before the step that failed, or give back what was made by its own name`,
      });
  },
  onEvent(event, frame, context) {
    if (event.kind !== 'call' || event.contract !== undefined) return;
    const fn = context.program.findFunction(event.name, context.fn.file);
    if (fn === undefined || fn.key === context.fn.key) return;
    const made = mappingsIn(context, frame);
    if (made.length === 0) return;
    const reads = readsOf(context, fn);
    if (reads.guards.length === 0 && reads.elements.length === 0) return;
    for (const guard of reads.guards) if (isLate(event, frame, guard, made)) reportGuard(event, context, guard);
    for (const element of reads.elements) {
      if (isNeverWritten(event, frame, element.array, element.guards, made)) reportElement(event, context, element.array, element.member);
    }
  },
};

const mappings = perFunction(() => new WeakMap<Cfg, readonly number[]>());

/** Nodes of the function that map; most functions have none. */
function mappingsIn(context: FunctionContext, frame: Frame): readonly number[] {
  const known = mappings(context);
  const { cfg } = frame;
  const made =
    known.get(cfg) ?? cfg.nodes.filter((node) => callsIn(node).some((call) => isMapping(context, frame, call))).map((node) => node.id);
  known.set(cfg, made);
  return made;
}

type CallEvent = FlowEvent & { readonly kind: 'call' };

function reportGuard(event: CallEvent, context: FunctionContext, field: Field): void {
  context.report({
    span: event.expr,
    about: field.path.join('.'),
    message: `mappings stay behind: \`${event.name}\` asks \`${field.path.join('.')}\` what there is to unmap, and this function writes it only after the step that failed; record it before the first step that can fail`,
    trail: event.state.trail,
    keys: ['dma:'],
  });
}

function reportElement(event: CallEvent, context: FunctionContext, array: Field, member: string): void {
  context.report({
    span: event.expr,
    about: `${array.path.join('.')}[].${member}`,
    message: `the unmap is told a value out of old memory: \`${event.name}\` reads \`${member}\` of an element of \`${array.path.join('.')}\` that no one has written when the first round fails; read it only when something was recorded`,
    trail: event.state.trail,
    keys: ['dma:'],
  });
}

/** True when the mapping stands here, and every store of the member comes later than any way to this teardown. */
function isLate(event: CallEvent, frame: Frame, field: Field, made: readonly number[]): boolean {
  const base = event.expr.args[field.param];
  const value = event.args[field.param];
  if (base === undefined || value === undefined) return false;
  const { cfg, node } = frame;
  const { set } = storesOf(cfg, base, field.path);
  if (set.length === 0 || set.some((id) => id === node.id || reachable(cfg, id).has(node.id))) return false;
  if (!set.some((id) => made.some((m) => reachable(cfg, m).has(id)))) return false;
  const loc = memberLoc(pointee(value), ...field.path);
  const bits = event.state.constraint(event.state.read(loc)).bits;
  if (!event.state.joined) {
    if (bits !== Z && event.state.isWritten(loc)) return false;
    return [...event.state.objects()].some(([, o]) => o.kind === 'dma' && (o.bits & DMA.ok) !== 0);
  }
  // Mapped in an earlier round of a loop.
  return made.some((m) => reachable(cfg, m).has(m) && reachable(cfg, m).has(node.id));
}

/** True when a way leads here from a mapping on which no element was written and the guards of the read may be set. */
function isNeverWritten(event: CallEvent, frame: Frame, array: Field, guards: readonly Field[], made: readonly number[]): boolean {
  const base = event.expr.args[array.param];
  if (base === undefined) return false;
  const { cfg, node } = frame;
  const written = new Set(elementStores(cfg, base, array.path));
  if (written.size === 0) return false;
  const arrives = (from: number, to: number, avoid: ReadonlySet<number>): boolean => from === to || reachable(cfg, from, avoid).has(to);
  const way = (avoid: ReadonlySet<number>): boolean =>
    made.some((m) => !avoid.has(m) && arrives(cfg.entry, m, avoid) && arrives(m, node.id, avoid));
  if (!way(written)) return false;
  return guards.every((guard) => {
    const arg = event.expr.args[guard.param];
    if (arg === undefined) return true;
    const { set, cleared } = storesOf(cfg, arg, guard.path);
    const without = new Set([...written, ...cleared]);
    if (way(without)) return true;
    return set.some((id) => !written.has(id) && arrives(cfg.entry, id, written) && arrives(id, node.id, without));
  });
}

/** True for calls that make mappings, or reserve space for them. */
function isMapping(context: FunctionContext, frame: Frame, call: Expr & { readonly kind: 'call' }): boolean {
  const { contracts } = context.engine;
  const member = call.callee.kind === 'member' ? memberOf(call.callee, frame.scope) : undefined;
  const contract =
    member !== undefined
      ? contracts.callback(member.structTag, member.member.name)?.call
      : call.callee.kind === 'name'
        ? contracts.of(call.callee.name)
        : undefined;
  return [...(contract?.ops ?? []), ...(contract?.ok ?? [])].some((op) => op.op === 'dma-map');
}

/** Nodes that store something, and nodes that store zero, in a member below what an argument points to. */
function storesOf(cfg: Cfg, base: Expr, path: readonly string[]): { readonly set: readonly number[]; readonly cleared: readonly number[] } {
  const set: number[] = [];
  const cleared: number[] = [];
  for (const node of cfg.nodes) {
    for (const { target, value } of assignmentsIn(node)) {
      if (!isMember(target, base, path)) continue;
      const isZero =
        value !== undefined &&
        ((value.kind === 'number' && value.value === 0) || (value.kind === 'name' && (value.name === 'NULL' || value.name === 'false')));
      (isZero ? cleared : set).push(node.id);
    }
  }
  return { set, cleared };
}

/** Nodes that write an element of an array member, and those that hand the array to somebody. */
function elementStores(cfg: Cfg, base: Expr, path: readonly string[]): readonly number[] {
  const found: number[] = [];
  for (const node of cfg.nodes) {
    for (const { target } of assignmentsIn(node)) {
      const element = target.kind === 'member' && !target.arrow ? target.object : target;
      if (element.kind === 'index' && isMember(element.object, base, path)) found.push(node.id);
    }
    for (const call of callsIn(node))
      if (
        call.args.some(
          (arg) =>
            isMember(arg, base, path) ||
            (arg.kind === 'address' && arg.operand.kind === 'index' && isMember(arg.operand.object, base, path)),
        )
      )
        found.push(node.id);
  }
  return found;
}

interface Assignment {
  readonly target: Expr;
  /** Undefined for `+=`, `++` and the like. */
  readonly value: Expr | undefined;
}

function assignmentsIn(node: CfgNode): readonly Assignment[] {
  const found: Assignment[] = [];
  const visit = (e: Expr): void => {
    if (e.kind === 'assign') found.push({ target: e.left, value: e.op === '=' ? e.right : undefined });
    if (e.kind === 'update') found.push({ target: e.operand, value: undefined });
    forEachChild(e, visit);
  };
  for (const e of expressionsOf(node)) visit(e);
  return found;
}

/** True when an expression names the member of what an argument points to. */
function isMember(e: Expr, base: Expr, path: readonly string[]): boolean {
  let at = e;
  for (let i = path.length - 1; i >= 0; i--) {
    if (at.kind !== 'member' || at.field !== path[i]) return false;
    if (i === 0) return base.kind === 'address' ? !at.arrow && same(at.object, base.operand) : at.arrow && same(at.object, base);
    if (at.arrow) return false;
    at = at.object;
  }
  return false;
}

/** True for two names, or two paths of members, that are written alike. */
function same(a: Expr, b: Expr): boolean {
  if (a.kind === 'name') return b.kind === 'name' && a.name === b.name;
  return a.kind === 'member' && b.kind === 'member' && a.field === b.field && a.arrow === b.arrow && same(a.object, b.object);
}
