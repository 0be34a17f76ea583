/** What a release function reads to decide what it releases: members of its parameters, by path. */

import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { forEachChild } from '../../flow/substitute.js';
import { doesUnmap } from '../../flow/summary-call.js';
import type { TypeScope } from '../../flow/types.js';
import { memberOf } from '../../flow/types.js';
import { callsIn, expressionsOf, reachable } from '../../flow/unwind.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import type { FunctionContext } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

/** A member of what a parameter points to. */
export interface Field {
  readonly param: number;
  readonly path: readonly string[];
}

/** Members that decide: a guard without which nothing is unmapped, and elements read at a fixed index. */
export interface Reads {
  readonly guards: readonly Field[];
  readonly elements: readonly { readonly array: Field; readonly member: string; readonly guards: readonly Field[] }[];
}

const NOTHING: Reads = { guards: [], elements: [] };
const kept = new WeakMap<Cfg, Reads>();

/** Reads of a function that unmaps; those of what it hands its parameters to are included. */
export function readsOf(context: FunctionContext, fn: FunctionDef, depth = 2): Reads {
  const cfg = context.engine.cfgOf(fn);
  const ast = fn.ast();
  if (cfg === undefined || ast === undefined || depth < 0 || cfg.nodes.length > 800) return NOTHING;
  const known = kept.get(cfg);
  if (known !== undefined) return known;
  kept.set(cfg, NOTHING);
  const params = ast.params.map((p) => p.name);
  const scope: TypeScope = { program: context.program, file: fn.file, local: (name) => cfg.types.get(name) };
  const aliases = aliasesOf(cfg, params);
  const unmaps = (call: Call): boolean => isUnmap(context, fn, scope, call);
  const releases = cfg.nodes.filter((node) => callsIn(node).some(unmaps));
  const guards: Field[] = [];
  const elements: { array: Field; member: string; guards: readonly Field[] }[] = [];
  if (releases.length > 0) {
    const tests = cfg.nodes.flatMap((node) => (node.kind === 'branch' ? testOf(node, params, aliases) : []));
    const controls = (test: Test, id: number): boolean => leads(cfg, test.node, test.slot, id) && !leads(cfg, test.node, 1 - test.slot, id);
    for (const release of releases) {
      const mine = tests.filter((test) => controls(test, release.id)).map((test) => test.field);
      guards.push(...mine);
      for (const e of elementsIn(release, params)) elements.push({ ...e, guards: mine });
    }
    for (const node of cfg.nodes) {
      for (const call of callsIn(node)) {
        if (call.callee.kind !== 'name' || context.engine.contracts.of(call.callee.name) !== undefined) continue;
        const inner = context.program.findFunction(call.callee.name, fn.file);
        if (inner === undefined || inner.key === fn.key || !unmaps(call)) continue;
        const reads = readsOf(context, inner, depth - 1);
        const outer = (field: Field): Field | undefined => {
          const arg = call.args[field.param];
          const at = arg?.kind === 'name' ? params.indexOf(arg.name) : -1;
          return at < 0 ? undefined : { param: at, path: field.path };
        };
        guards.push(...reads.guards.flatMap((g) => outer(g) ?? []));
        for (const e of reads.elements) {
          const array = outer(e.array);
          if (array !== undefined) elements.push({ array, member: e.member, guards: e.guards.flatMap((g) => outer(g) ?? []) });
        }
      }
    }
  }
  const reads: Reads = { guards: unique(guards), elements };
  kept.set(cfg, reads);
  return reads;
}

const keyOf = (field: Field): string => `${field.param}:${field.path.join('.')}`;
const unique = (fields: readonly Field[]): readonly Field[] => [...new Map(fields.map((f) => [keyOf(f), f])).values()];

/** True for calls that drop mappings: by contract, through a table, or by what is known of the body. */
export function isUnmap(context: FunctionContext, fn: FunctionDef, scope: TypeScope, call: Call): boolean {
  const { contracts } = context.engine;
  if (call.callee.kind === 'member') {
    const info = memberOf(call.callee, scope);
    return (
      info !== undefined && contracts.callback(info.structTag, info.member.name)?.call?.ops?.some((op) => op.op === 'dma-unmap') === true
    );
  }
  if (call.callee.kind !== 'name' || contracts.isHarmless(call.callee.name)) return false;
  const contract = contracts.of(call.callee.name);
  if (contract !== undefined) return contract.ops?.some((op) => op.op === 'dma-unmap') === true;
  const callee = context.program.findFunction(call.callee.name, fn.file);
  return (
    callee !== undefined && callee.key !== fn.key && context.engine.isWorthwhile(callee) && doesUnmap(context.engine.summaryOf(callee))
  );
}

/** True when the way on from a branch leads to a node without coming back to the branch. */
function leads(cfg: Cfg, branch: number, slot: number, to: number): boolean {
  const first = cfg.nodes[branch]?.succ[slot];
  if (first === undefined) return false;
  return first === to || reachable(cfg, first, new Set([branch])).has(to);
}

interface Test {
  readonly node: number;
  /** The way on that needs the member to be set. */
  readonly slot: 0 | 1;
  readonly field: Field;
}

/** A branch that asks whether a member is set. */
function testOf(node: CfgNode & { readonly kind: 'branch' }, params: readonly string[], aliases: ReadonlyMap<string, Field>): Test[] {
  const field = (e: Expr): Field | undefined => (e.kind === 'name' ? aliases.get(e.name) : fieldOf(e, params));
  const make = (slot: 0 | 1, f: Field | undefined): Test[] => (f === undefined ? [] : [{ node: node.id, slot, field: f }]);
  const { cond } = node;
  if (cond.kind === 'unary' && cond.op === '!') return make(1, field(cond.operand));
  if (cond.kind !== 'binary') return make(0, field(cond));
  const isZero = (cond.right.kind === 'number' && cond.right.value === 0) || (cond.right.kind === 'name' && cond.right.name === 'NULL');
  if (isZero && (cond.op === '!=' || cond.op === '>')) return make(0, field(cond.left));
  if (isZero && cond.op === '==') return make(1, field(cond.left));
  return cond.op === '<' ? make(0, field(cond.right)) : cond.op === '>' ? make(0, field(cond.left)) : [];
}

/** The member path below a parameter that an expression names. */
export function fieldOf(e: Expr, params: readonly string[]): Field | undefined {
  const path: string[] = [];
  let at = e;
  while (at.kind === 'member') {
    path.unshift(at.field);
    if (at.arrow) {
      const index = at.object.kind === 'name' ? params.indexOf(at.object.name) : -1;
      return index < 0 ? undefined : { param: index, path };
    }
    at = at.object;
  }
  return undefined;
}

/** Locals that are given a member of a parameter, once. */
function aliasesOf(cfg: Cfg, params: readonly string[]): ReadonlyMap<string, Field> {
  const found = new Map<string, Field | undefined>();
  const note = (name: string, value: Expr | undefined): void => {
    if (value === undefined) return;
    found.set(name, found.has(name) ? undefined : fieldOf(value, params));
  };
  for (const node of cfg.nodes) {
    if (node.kind === 'decl') note(node.name, node.init);
    for (const e of expressionsOf(node)) if (e.kind === 'assign' && e.left.kind === 'name') note(e.left.name, e.op === '=' ? e.right : e);
  }
  return new Map([...found].flatMap(([name, field]): [string, Field][] => (field === undefined ? [] : [[name, field]])));
}

/** Members of elements at a fixed index that a node reads. */
function elementsIn(node: CfgNode, params: readonly string[]): { readonly array: Field; readonly member: string }[] {
  const found: { array: Field; member: string }[] = [];
  const visit = (e: Expr): void => {
    if (e.kind === 'member' && !e.arrow && e.object.kind === 'index' && e.object.index.kind === 'number') {
      const array = fieldOf(e.object.object, params);
      if (array !== undefined) found.push({ array, member: e.field });
    }
    forEachChild(e, visit);
  };
  for (const e of expressionsOf(node)) visit(e);
  return found;
}
