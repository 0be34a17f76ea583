/** Mappings stored in places that outlive the call, and that nobody asked before whether they hold one already. */
import { backingPairs } from '../../contracts/pairs.js';
import type { Op } from '../../contracts/schema.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { forEachChild } from '../../flow/substitute.js';
import { memberOf } from '../../flow/types.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import { isReachedFrom, mapsIn, pairFunctions } from '../backing.js';
import { callsOf, exprsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

/** A place that holds a mapping: a member of what a parameter leads to, or the elements of an array there. */
interface Kept {
  /** The variable that the object is reached by. */
  readonly root: string;
  /** Last member of the way to the place. */
  readonly member: string;
  /** The variable that stands for the place, when there is one. */
  readonly alias: string | undefined;
  readonly isElement: boolean;
  /** Part of the object itself, not behind a pointer in it: it is never made anew. */
  readonly isEmbedded: boolean;
}

/** Mappings of the function into kept places that no way asks about first, and that may be made again. */
export function keptUnasked(context: FunctionContext): readonly Call[] {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined || !/map/.test(context.text)) return [];
  const found: Call[] = [];
  for (const node of cfg.nodes)
    for (const call of callsOf(node)) {
      const op = mapOf(call, context);
      const kept = op === undefined ? undefined : keptBy(node, call, op, cfg, context);
      if (kept === undefined || !comesUnasked(cfg, node, kept, context) || !mayRunAgain(kept, context)) continue;
      found.push(call);
    }
  return found;
}

type MapOp = Op & { readonly op: 'dma-map' };

function mapOf(call: Call, context: FunctionContext): MapOp | undefined {
  const { contracts } = context.engine;
  const member = call.callee.kind === 'member' ? memberOf(call.callee, context.scope) : undefined;
  const contract =
    member !== undefined
      ? contracts.callback(member.structTag, member.member.name)?.call
      : call.callee.kind === 'name'
        ? contracts.of(call.callee.name)
        : undefined;
  // Space that is reserved for a while is its own matter.
  if (contract?.result === 'bool') return undefined;
  return [...(contract?.ops ?? []), ...(contract?.ok ?? [])].find((op): op is MapOp => op.op === 'dma-map' && !op.handle.includes('.'));
}

/** Where a call's mapping is kept: in its table, or where its result goes. */
function keptBy(node: CfgNode, call: Call, op: MapOp, cfg: Cfg, context: FunctionContext): Kept | undefined {
  if (op.handle !== 'ret') {
    const table = call.args[Number(op.handle)];
    return table === undefined ? undefined : placeOf(table, cfg, context);
  }
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.op !== '=' || node.expr.right !== call) return undefined;
  const { left } = node.expr;
  if (left.kind !== 'name') return placeOf(left, cfg, context);
  // Through a variable into a member.
  for (const later of cfg.nodes)
    if (
      later.id > node.id &&
      later.kind === 'eval' &&
      later.expr.kind === 'assign' &&
      later.expr.op === '=' &&
      later.expr.right.kind === 'name' &&
      later.expr.right.name === left.name &&
      later.expr.left.kind === 'member'
    )
      return placeOf(later.expr.left, cfg, context);
  return undefined;
}

/** The kept place that an expression names, itself or through a variable. */
function placeOf(e: Expr, cfg: Cfg, context: FunctionContext): Kept | undefined {
  if (e.kind === 'index') {
    const inner = e.object.kind === 'name' ? aliased(e.object.name, cfg, context) : placeOf(e.object, cfg, context);
    return inner === undefined ? undefined : { ...inner, isElement: true };
  }
  if (e.kind === 'address') {
    const inner = placeOf(e.operand, cfg, context);
    return inner === undefined ? undefined : { ...inner, isEmbedded: true };
  }
  if (e.kind === 'name') return aliased(e.name, cfg, context);
  if (e.kind !== 'member') return undefined;
  const root = rootOf(e);
  return root === undefined || !isGiven(root, cfg, context)
    ? undefined
    : { root, member: e.field, alias: undefined, isElement: false, isEmbedded: false };
}

/** The place that a variable stands for, told by the members it is set from. */
function aliased(name: string, cfg: Cfg, context: FunctionContext): Kept | undefined {
  for (const value of valuesOf(name, cfg)) {
    let from = value;
    while (from.kind === 'index') from = from.object;
    if (from.kind !== 'member' && !(from.kind === 'address' && from.operand.kind === 'member')) continue;
    const place = placeOf(from, cfg, context);
    if (place !== undefined) return { ...place, alias: name };
  }
  return undefined;
}

function valuesOf(name: string, cfg: Cfg): readonly Expr[] {
  return cfg.nodes.flatMap((node) => {
    if (node.kind === 'decl') return node.name === name && node.init !== undefined ? [node.init] : [];
    if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.op !== '=') return [];
    return node.expr.left.kind === 'name' && node.expr.left.name === name ? [node.expr.right] : [];
  });
}

function rootOf(e: Expr): string | undefined {
  if (e.kind === 'name') return e.name;
  return e.kind === 'member' || e.kind === 'index' ? rootOf(e.object) : e.kind === 'deref' ? rootOf(e.operand) : undefined;
}

/** True for a pointer that the caller gave, or that its objects lead to: not for what is made here. */
function isGiven(name: string, cfg: Cfg, context: FunctionContext): boolean {
  if (context.ast.params.some((p) => p.name === name)) return true;
  const values = valuesOf(name, cfg);
  return values.length > 0 && values.every((value) => value.kind === 'container' || value.kind === 'member' || value.kind === 'name');
}

/** True when a way from the entry leads to the mapping past no question about the place, no unmap, and no clearing of it. */
function comesUnasked(cfg: Cfg, map: CfgNode, kept: Kept, context: FunctionContext): boolean {
  const seen = new Set<number>();
  const work = [cfg.entry];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const node = cfg.nodes[id];
    if (node === undefined || seen.has(id)) continue;
    seen.add(id);
    if (node === map) return true;
    if (!answers(node, kept, context)) work.push(...node.succ);
  }
  return false;
}

/** True for a node that tells, or decides, whether a mapping stands at the place. */
function answers(node: CfgNode, kept: Kept, context: FunctionContext): boolean {
  if (node.kind === 'branch') return exprsOf(node).some((e) => asks(e, kept));
  if (node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.left.kind === 'member' && node.expr.left.field === kept.member) {
    const { right } = node.expr;
    if (right.kind === 'name' && right.name === 'NULL') return true;
  }
  // A decision that is kept in a variable is as good as one made at once.
  if ((node.kind === 'decl' || (node.kind === 'eval' && node.expr.kind === 'assign')) && exprsOf(node).some((e) => asksByCall(e, kept)))
    return true;
  return callsOf(node).some((call) => {
    const name = call.callee.kind === 'name' ? call.callee.name : '';
    const ops = context.engine.contracts.of(name)?.ops;
    if (ops?.some((op) => op.op === 'dma-unmap') === true) return true;
    const fn = name.includes('unmap') ? context.program.findFunction(name, context.fn.file) : undefined;
    return fn !== undefined && mapsIn(context, [fn], 'dma-unmap');
  });
}

/** True for a condition about the place, or a question to a function about its object. */
function asks(e: Expr, kept: Kept): boolean {
  let found = asksByCall(e, kept);
  const visit = (one: Expr): void => {
    if (kept.isElement) {
      if (one.kind === 'index' && isPlace(one.object, kept)) found = true;
    } else if (one.kind === 'member' && (one.field === kept.member || (one.object.kind === 'name' && one.object.name === kept.alias)))
      found = true;
    forEachChild(one, visit);
  };
  visit(e);
  return found;
}

/** True for a call that is given the object, or an element of its array. */
function asksByCall(e: Expr, kept: Kept): boolean {
  let found = false;
  const visit = (one: Expr): void => {
    if (
      one.kind === 'call' &&
      one.args.some((arg) => (arg.kind === 'name' && arg.name === kept.root) || (arg.kind === 'index' && isPlace(arg.object, kept)))
    )
      found = true;
    forEachChild(one, visit);
  };
  visit(e);
  return found;
}

function isPlace(e: Expr, kept: Kept): boolean {
  if (e.kind === 'name') return e.name === kept.alias;
  return e.kind === 'member' && e.field === kept.member;
}

/** True when the function may run twice for one object: its tables say so, what unmaps leaves the place empty for the next time, or several places call it. */
function mayRunAgain(kept: Kept, context: FunctionContext): boolean {
  const { engine, program, fn } = context;
  if (engine.contracts.of(fn.name)?.ok?.some((op) => op.op === 'pages' && op.to === 'mapped') === true) return true;
  // Backing pages are made once between two drops.
  if (
    backingPairs.some((pair) => program.storedIn(pair.make, fn.file).length > 0) &&
    isReachedFrom(program, fn, pairFunctions(program, fn).make)
  )
    return isTwiceCalled(context, kept);
  if (callersAsk(kept, context)) return false;
  if (program.functionsIn(fn.file).some((one) => emptiesPlace(one, kept, context))) return true;
  return isTwiceCalled(context, kept);
}

/** True when a caller asks about the place first, or only what makes the object calls this. */
function callersAsk(kept: Kept, context: FunctionContext): boolean {
  const callers = context.program.references(context.fn).filter((ref) => ref.caller.key !== context.fn.key);
  const asked = new RegExp(`\\bif \\([^;{]{0,120}(?:->|\\.)${kept.member}\\b`);
  // Back early by a flag of the object.
  const isGuarded = /\bif \([^;{]{0,80}->\w{1,40}\)\s{0,20}return\b/;
  if (callers.length === 1 && callers.every(({ caller }) => isGuarded.test(caller.file.text.slice(caller.item.bodyStart, caller.item.end))))
    return true;
  if (callers.some(({ caller }) => asked.test(caller.file.text.slice(caller.item.bodyStart, caller.item.end)))) return true;
  return callers.length > 0 && callers.every(({ caller }) => /(^|_)(init|create|new|alloc|ctor|probe|open)(_|$)/.test(caller.name));
}

/** True when several functions map an embedded place through this one, itself or through the only function that calls it, and it makes nothing else of the object. */
function isTwiceCalled(context: FunctionContext, kept: Kept): boolean {
  if (!kept.isEmbedded || makesObject(kept, context)) return false;
  let at = context.fn;
  for (let depth = 0; depth < 3; depth++) {
    const callers = new Map(
      context.program
        .references(at)
        .filter((ref) => ref.isCall && ref.caller.key !== at.key)
        .map((ref) => [ref.caller.key, ref.caller]),
    );
    if (callers.size !== 1) return callers.size > 1;
    at = [...callers.values()][0] ?? at;
  }
  return false;
}

/** True when the function writes other members of the object: it is being made. */
function makesObject(kept: Kept, context: FunctionContext): boolean {
  const cfg = context.engine.cfgOf(context.fn);
  return (cfg?.nodes ?? []).some(
    (node) =>
      node.kind === 'eval' &&
      node.expr.kind === 'assign' &&
      node.expr.left.kind === 'member' &&
      node.expr.left.field !== kept.member &&
      rootOf(node.expr.left) === kept.root,
  );
}

/** True for a function that unmaps what the place holds, and empties it. */
function emptiesPlace(fn: FunctionDef, kept: Kept, context: FunctionContext): boolean {
  const text = fn.file.text.slice(fn.item.bodyStart, fn.item.end);
  if (!mapsIn(context, [fn], 'dma-unmap', 0)) return false;
  return kept.isElement
    ? new RegExp(`\\b${kept.member}\\[[^\\]]{1,60}\\] = 0;`).test(text)
    : new RegExp(`if \\([^;{]{0,120}(?:->|\\.)${kept.member}\\)`).test(text) && new RegExp(`(?:->|\\.)${kept.member} = NULL;`).test(text);
}
