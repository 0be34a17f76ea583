/** Unmaps compared with the mappings of the same function and file, by what is written: direction, device and size. */
import { deviceType, directionType } from '../../contracts/dma-types.js';
import type { Op } from '../../contracts/schema.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { makesMappings } from '../backing.js';
import type { FunctionContext } from '../rule.js';
import { walkExprs } from '../walk.js';
import { isVariable, valueTextOf } from './values.js';

type Call = Expr & { readonly kind: 'call' };
type MapOp = Op & { readonly op: 'dma-map' };
type UnmapOp = Op & { readonly op: 'dma-unmap' };

/** An unmap that differs, and in what. */
export interface Difference {
  readonly span: Span;
  readonly what: 'direction' | 'size' | 'device';
}

/** Unmaps of this function that differ from what the mappings in sight were made with. */
export function differences(context: FunctionContext): readonly Difference[] {
  const calls = callsIn(context.fn);
  if (calls.length === 0) return [];
  return [...ofContracts(calls, context), ...ofWrappers(calls, context)];
}

/** Calls of functions by name, in source order. */
function callsIn(fn: FunctionDef): readonly (Call & { readonly callee: Expr & { readonly kind: 'name' } })[] {
  const found: (Call & { readonly callee: Expr & { readonly kind: 'name' } })[] = [];
  walkExprs(fn.ast()?.body ?? [], (e) => {
    if (e.kind === 'call' && e.callee.kind === 'name') found.push({ ...e, callee: e.callee });
  });
  return found;
}

const argument = (call: Call, ref: string | undefined): Expr | undefined => (ref === undefined ? undefined : call.args[Number(ref)]);

/** Mappings of a file by the call that makes them. */
function mappingsOf(fn: FunctionDef, name: string, context: FunctionContext): readonly { readonly call: Call; readonly op: MapOp }[] {
  const plain = name.replace('unmap', 'map').replace(/_attrs$/, '');
  const twins = new Set([plain, `${plain}_attrs`]);
  if (![...twins].some((twin) => fn.file.text.slice(fn.item.bodyStart, fn.item.end).includes(`${twin}(`))) return [];
  return callsIn(fn).flatMap((call) => {
    const contract = twins.has(call.callee.name) ? context.engine.contracts.of(call.callee.name) : undefined;
    const op = [...(contract?.ops ?? []), ...(contract?.ok ?? [])].find((o): o is MapOp => o.op === 'dma-map');
    return op === undefined ? [] : [{ call, op }];
  });
}

function ofContracts(calls: ReturnType<typeof callsIn>, context: FunctionContext): readonly Difference[] {
  const found: Difference[] = [];
  for (const call of calls) {
    const op = context.engine.contracts.of(call.callee.name)?.ops?.find((o): o is UnmapOp => o.op === 'dma-unmap');
    if (op === undefined) continue;
    const own = mappingsOf(context.fn, call.callee.name, context);
    const all = context.program
      .functionsIn(context.fn.file)
      .flatMap((fn) => mappingsOf(fn, call.callee.name, context).map((one) => ({ ...one, fn })));
    const direction = argument(call, op.direction);
    const value = valueTextOf(direction, context.fn, context.program);
    if (value?.startsWith('#') === true && direction !== undefined) {
      const near = own.length > 0 ? own.map((one) => ({ ...one, fn: context.fn })) : all;
      const made = near.map((one) => ({ e: argument(one.call, one.op.direction), fn: one.fn }));
      const texts = made.map((one) => valueTextOf(one.e, one.fn, context.program));
      const isOther =
        texts.length > 0 &&
        (texts.every((text) => text?.startsWith('#') === true && text !== value) ||
          // Made in whatever direction a variable says, undone in one that is fixed.
          made.every((one, i) => texts[i] === undefined && one.e !== undefined && isVariable(one.e, one.fn)));
      if (isOther) {
        found.push({ span: call, what: 'direction' });
        continue;
      }
    }
    const size = valueTextOf(argument(call, op.size), context.fn, context.program);
    const sizes = all.map((one) => valueTextOf(argument(one.call, one.op.size), one.fn, context.program));
    if (size !== undefined && sizes.length > 0 && sizes.every((one) => one?.startsWith(`(${size}<<`) === true))
      found.push({ span: call, what: 'size' });
  }
  return found;
}

interface Side {
  readonly call: Call;
  readonly direction: string | undefined;
  readonly device: string | undefined;
  readonly args: ReadonlySet<string>;
}

/** Functions of the program that map and unmap, called with a direction and a device. */
function ofWrappers(calls: ReturnType<typeof callsIn>, context: FunctionContext): readonly Difference[] {
  const { program, fn } = context;
  const maps: Side[] = [];
  const unmaps: Side[] = [];
  for (const call of calls) {
    const { name } = call.callee;
    if (!name.includes('map') || context.engine.contracts.of(name) !== undefined) continue;
    const callee = program.findFunction(name, fn.file);
    const params = callee?.ast()?.params;
    if (callee === undefined || params === undefined) continue;
    const at = params.findIndex((p) => p.type.base === directionType && p.type.pointers === 0);
    if (at < 0) continue;
    const from = params.findIndex((p) => p.type.base === deviceType && p.type.pointers === 1);
    const text = (index: number): string | undefined => {
      const arg = call.args[index];
      return arg === undefined ? undefined : context.text.slice(arg.start, arg.end).replace(/\s+/g, '');
    };
    const isUnmap = name.includes('unmap');
    if (isUnmap && !makesMappings(context, new Set([name]), 'dma-unmap')) continue;
    const side: Side = {
      call,
      direction: valueTextOf(call.args[at], fn, program),
      device: from < 0 ? undefined : text(from),
      args: new Set(call.args.flatMap((_arg, i) => (i === at || i === from ? [] : (text(i) ?? [])))),
    };
    (isUnmap ? unmaps : maps).push(side);
  }
  return unmaps.flatMap((unmap): readonly Difference[] => {
    // What is undone is what was made in the same array.
    const mine = maps.filter((one) => one.call.start < unmap.call.start && [...one.args].filter((arg) => unmap.args.has(arg)).length > 1);
    if (mine.length === 0) return [];
    const isOtherWay =
      unmap.direction?.startsWith('#') === true &&
      mine.every((one) => one.direction?.startsWith('#') === true && one.direction !== unmap.direction);
    if (isOtherWay) return [{ span: unmap.call, what: 'direction' }];
    const isElsewhere = unmap.device !== undefined && mine.every((one) => one.device !== undefined && one.device !== unmap.device);
    return isElsewhere ? [{ span: unmap.call, what: 'device' }] : [];
  });
}
