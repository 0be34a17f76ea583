/** An unmap whose device, size or direction is not the mapping's. */

import type { Op } from '../../contracts/schema.js';
import { partsOf } from '../../flow/dma-detail.js';
import type { FlowEvent } from '../../flow/events.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { walkExprs } from '../walk.js';
import { differences } from './twins.js';
import { valueTextOf } from './values.js';

type Call = Expr & { readonly kind: 'call' };
type MapOp = Op & { readonly op: 'dma-map' };
type UnmapOp = Op & { readonly op: 'dma-unmap' };

/** See README.md beside this file. */
export const dmaUnmapMismatch: Rule = {
  id: 'dma-unmap-mismatch',
  onEvent(event, _frame, context) {
    if (event.kind !== 'dma' || event.what !== 'unmap' || event.state.joined) return;
    const object = event.state.object(event.key);
    if (object !== undefined) onePath(event, object.site?.span.start, context);
    else acrossFunctions(event, context);
  },
  finish(context) {
    for (const { span, what } of differences(context)) {
      if (told(context).has(span.start)) continue;
      context.report({ span, message: messageOf(what) });
    }
  },
};

/** Calls that were reported while the paths were followed. */
const told = perFunction(() => new Set<number>());

const isConstant = (key: string): boolean => /^#-?\d+$/.test(key);
const isKnown = (key: string): boolean => key !== '' && !key.includes('!');

function onePath(event: FlowEvent & { readonly kind: 'dma' }, mappedAt: number | undefined, context: FunctionContext): void {
  const [device, size, direction] = partsOf(event.before);
  const [otherDevice, otherSize, otherDirection] = partsOf(event.detail);
  const what =
    isConstant(direction ?? '') && isConstant(otherDirection ?? '') && direction !== otherDirection
      ? 'direction'
      : isConstant(size ?? '') && isConstant(otherSize ?? '') && size !== otherSize
        ? 'size'
        : isKnown(device ?? '') && isKnown(otherDevice ?? '') && device !== otherDevice
          ? 'device'
          : mappedAt !== undefined && otherSize !== undefined && size !== otherSize && new RegExp(`^!c\\d+@${mappedAt}$`).test(otherSize)
            ? 'entries'
            : undefined;
  if (what !== undefined) report(event, context, what);
}

const messageOf = (what: string): string =>
  what === 'entries'
    ? 'part of the list stays mapped: the number of entries is the one that the mapping returned, which may be smaller; unmap with the number that it was given'
    : `something else than what was mapped is unmapped: the ${what} differs from the mapping's; use the same`;

function report(event: FlowEvent & { readonly kind: 'dma' }, context: FunctionContext, what: string): void {
  told(context).add(event.span.start);
  context.report({
    span: event.span,
    message: messageOf(what),
    trail: event.state.trail,
    keys: [event.key],
  });
}

/** The place is a member: what does the function that fills it map with? */
function acrossFunctions(event: FlowEvent & { readonly kind: 'dma' }, context: FunctionContext): void {
  const { expr } = event;
  if (expr?.kind !== 'call' || expr.callee.kind !== 'name') return;
  const op = context.engine.contracts.of(expr.callee.name)?.ops?.find((o): o is UnmapOp => o.op === 'dma-unmap');
  const handle = op === undefined ? undefined : expr.args[Number(op.handle)];
  if (op === undefined) return;
  const usual = directionOfTwins(context, expr.callee.name);
  const mine = valueTextOf(argument(expr, op.direction), context.fn, context.program);
  if (usual !== undefined && mine?.startsWith('#') && mine !== usual) {
    report(event, context, 'direction');
    return;
  }
  if (handle?.kind !== 'member') return;
  const filled = mappingsInto(context, handle.field);
  const [first] = filled;
  if (first === undefined) return;
  const same = (ref: 'size' | 'direction'): Expr | undefined => {
    const texts = new Set(filled.map((f) => valueTextOf(argument(f.call, f.op[ref]), context.fn, context.program)));
    return texts.size === 1 ? argument(first.call, first.op[ref]) : undefined;
  };
  const direction = valueTextOf(same('direction'), context.fn, context.program);
  const own = valueTextOf(argument(expr, op.direction), context.fn, context.program);
  if (direction?.startsWith('#') && own?.startsWith('#') && direction !== own) {
    report(event, context, 'direction');
    return;
  }
  const size = valueTextOf(same('size'), context.fn, context.program);
  const ownSize = valueTextOf(argument(expr, op.size), context.fn, context.program);
  if (size === undefined || ownSize === undefined || size === ownSize) return;
  const shifted = (a: string, b: string): boolean => a.startsWith(`(${b}<<`);
  if ((size.startsWith('#') && ownSize.startsWith('#')) || shifted(size, ownSize) || shifted(ownSize, size)) report(event, context, 'size');
}

/** The one direction in which the file's mappings are made that this call takes down; undefined when they differ or none is here. */
function directionOfTwins(context: FunctionContext, name: string): string | undefined {
  const twins = [
    name.replace('unmap', 'map'),
    `${name.replace('unmap', 'map')}_attrs`,
    name.replace('unmap', 'map').replace(/_attrs$/, ''),
  ];
  const found = new Set<string>();
  for (const fn of context.program.functionsIn(context.fn.file)) {
    const text = textOf(fn);
    if (!twins.some((twin) => text.includes(`${twin}(`))) continue;
    const ast = fn.ast();
    if (ast === undefined) continue;
    walkExprs(ast.body, (e) => {
      if (e.kind !== 'call' || e.callee.kind !== 'name' || !twins.includes(e.callee.name)) return;
      const contract = context.engine.contracts.of(e.callee.name);
      const op = [...(contract?.ops ?? []), ...(contract?.ok ?? [])].find((o): o is MapOp => o.op === 'dma-map');
      found.add(valueTextOf(argument(e, op?.direction), fn, context.program) ?? '?');
    });
  }
  const [only] = found;
  return found.size === 1 && only?.startsWith('#') ? only : undefined;
}

const argument = (call: Call, ref: string | undefined): Expr | undefined => (ref === undefined ? undefined : call.args[Number(ref)]);

/** Mappings that the file's functions store in a member of that name. */
function mappingsInto(context: FunctionContext, field: string): readonly { readonly call: Call; readonly op: MapOp }[] {
  const found: { call: Call; op: MapOp }[] = [];
  const { contracts } = context.engine;
  const pattern = new RegExp(`(?:->|\\.)${field}\\s*=[^=]`);
  for (const fn of context.program.functionsIn(context.fn.file)) {
    if (!pattern.test(textOf(fn))) continue;
    const ast = fn.ast();
    if (ast === undefined) continue;
    walkExprs(ast.body, (e) => {
      if (
        e.kind !== 'assign' ||
        e.left.kind !== 'member' ||
        e.left.field !== field ||
        e.right.kind !== 'call' ||
        e.right.callee.kind !== 'name'
      )
        return;
      const op = contracts.of(e.right.callee.name)?.ops?.find((o): o is MapOp => o.op === 'dma-map' && o.handle === 'ret');
      if (op !== undefined) found.push({ call: e.right, op });
    });
  }
  return found;
}

const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.bodyStart, fn.item.end);
