/** Walks along a graph with the values of a few variables known: enough to follow an errno from a call to where it decides. */
import { errnoValues } from '../contracts/errno.js';
import { valueHelpers } from '../contracts/memory.js';
import type { Cfg, CfgNode } from '../flow/cfg.js';
import { forEachChild } from '../flow/substitute.js';
import type { Program, ProgramFile } from '../program/types.js';
import type { Expr } from '../syntax/ast.js';

type Call = Expr & { readonly kind: 'call' };
/** Known values by name. */
export type Known = ReadonlyMap<string, number>;

/** What a walk is made with. */
export interface Walk {
  readonly cfg: Cfg;
  readonly program: Program;
  readonly file: ProgramFile;
  /** Where the walk begins: a node whose successors are followed. */
  readonly from: number;
  readonly known: Known;
  /** True where a way ends because something happened that changes the question. */
  stops(node: CfgNode): boolean;
  /** True where the walk was to come to; with what is known there. */
  isGoal(node: CfgNode, known: Known): boolean;
}

const MOST = 4000;

/** Nodes of a way from the start to a goal, both included; undefined when there is none. */
export function findWay(walk: Walk): readonly CfgNode[] | undefined {
  const { cfg } = walk;
  interface Step {
    readonly id: number;
    readonly known: Known;
    readonly before: Step | undefined;
  }
  const first: Step = { id: walk.from, known: walk.known, before: undefined };
  const seen = new Set<string>();
  const queue: Step[] = (cfg.nodes[walk.from]?.succ ?? []).map((id) => ({ id, known: walk.known, before: first }));
  for (let at = 0; at < queue.length && at < MOST; at++) {
    const step = queue[at];
    const node = step === undefined ? undefined : cfg.nodes[step.id];
    if (step === undefined || node === undefined) continue;
    const key = `${step.id}|${[...step.known]
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (walk.isGoal(node, step.known)) {
      const way: CfgNode[] = [];
      for (let one: Step | undefined = step; one !== undefined; one = one.before) {
        const passed = cfg.nodes[one.id];
        if (passed !== undefined) way.unshift(passed);
      }
      return way;
    }
    if (walk.stops(node)) continue;
    for (const [slot, known] of next(node, step.known, walk)) {
      const id = node.succ[slot];
      if (id !== undefined) queue.push({ id, known, before: step });
    }
  }
  return undefined;
}

/** Ways on from a node, with what is known on each. */
function next(node: CfgNode, known: Known, walk: Walk): readonly (readonly [number, Known])[] {
  switch (node.kind) {
    case 'eval':
      return [[0, effect(node.expr, known, walk)]];
    case 'decl': {
      const value = node.init === undefined ? undefined : knownValueOf(node.init, known, walk);
      return [[0, bind(node.init === undefined ? known : effect(node.init, known, walk), node.name, value)]];
    }
    case 'branch': {
      const after = effect(node.cond, known, walk);
      const value = knownValueOf(node.cond, known, walk);
      if (value !== undefined) return [[value !== 0 ? 0 : 1, after]];
      return [
        [0, learn(node.cond, true, after, walk)],
        [1, learn(node.cond, false, after, walk)],
      ];
    }
    case 'iterate': {
      let after = known;
      for (const arg of node.args) if (arg.kind === 'name') after = bind(after, arg.name, undefined);
      return [
        [0, after],
        [1, after],
      ];
    }
    default:
      return node.succ.map((_id, slot) => [slot, known] as const);
  }
}

function bind(known: Known, name: string, value: number | undefined): Known {
  const copy = new Map(known);
  if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

/** What is known after an expression was evaluated: assigned names change, names whose address is given away are lost. */
function effect(expr: Expr, known: Known, walk: Walk): Known {
  let after = known;
  const visit = (one: Expr): void => {
    if (one.kind === 'assign' && one.left.kind === 'name') {
      visit(one.right);
      after = bind(after, one.left.name, one.op === '=' ? knownValueOf(one.right, after, walk) : undefined);
      return;
    }
    if (one.kind === 'update' && one.operand.kind === 'name') after = bind(after, one.operand.name, undefined);
    if (one.kind === 'call')
      for (const arg of one.args)
        if (arg.kind === 'address' && arg.operand.kind === 'name') after = bind(after, arg.operand.name, undefined);
    forEachChild(one, visit);
  };
  visit(expr);
  return after;
}

/** What the outcome of a test tells of a name. */
function learn(cond: Expr, truth: boolean, known: Known, walk: Walk): Known {
  if (cond.kind === 'name') return truth ? known : bind(known, cond.name, 0);
  if (cond.kind === 'binary' && cond.left.kind === 'name' && (cond.op === '==' || cond.op === '!=')) {
    const value = knownValueOf(cond.right, known, walk);
    if (value !== undefined && (cond.op === '==') === truth) return bind(known, cond.left.name, value);
  }
  return known;
}

/** The value of an expression; undefined when it is not known. */
export function knownValueOf(
  expr: Expr,
  known: Known,
  where: { readonly program: Program; readonly file: ProgramFile; readonly cfg: Cfg },
): number | undefined {
  const go = (one: Expr): number | undefined => knownValueOf(one, known, where);
  switch (expr.kind) {
    case 'number':
      return expr.value;
    case 'name': {
      const value = known.get(expr.name);
      if (value !== undefined || where.cfg.types.has(expr.name) || expr.name.startsWith('%')) return value;
      if (expr.name === 'NULL' || expr.name === 'false') return 0;
      if (expr.name === 'true') return 1;
      return errnoValues.get(expr.name) ?? where.program.constant(expr.name, where.file);
    }
    case 'unary': {
      const value = go(expr.operand);
      if (value === undefined) return undefined;
      return expr.op === '!' ? Number(value === 0) : expr.op === '-' ? -value : expr.op === '+' ? value : ~value;
    }
    case 'cast':
      return go(expr.operand);
    case 'assign':
      return expr.op === '=' ? go(expr.right) : undefined;
    case 'call': {
      const [arg] = expr.args;
      return expr.callee.kind === 'name' &&
        Object.hasOwn(valueHelpers, expr.callee.name) &&
        valueHelpers[expr.callee.name] === 'same' &&
        arg !== undefined
        ? go(arg)
        : undefined;
    }
    case 'binary': {
      const [left, right] = [go(expr.left), go(expr.right)];
      if (left === undefined || right === undefined) return undefined;
      switch (expr.op) {
        case '==':
          return Number(left === right);
        case '!=':
          return Number(left !== right);
        case '<':
          return Number(left < right);
        case '<=':
          return Number(left <= right);
        case '>':
          return Number(left > right);
        case '>=':
          return Number(left >= right);
        case '+':
          return left + right;
        case '-':
          return left - right;
        case '&':
          return left & right;
        default:
          return undefined;
      }
    }
    default:
      return undefined;
  }
}

/** Calls in a node, innermost last. */
export function callsOf(node: CfgNode): readonly Call[] {
  const calls: Call[] = [];
  const visit = (expr: Expr): void => {
    if (expr.kind === 'call') calls.push(expr);
    forEachChild(expr, visit);
  };
  for (const expr of exprsOf(node)) visit(expr);
  return calls;
}

/** Expressions of a node. */
export function exprsOf(node: CfgNode): readonly Expr[] {
  switch (node.kind) {
    case 'eval':
      return [node.expr];
    case 'decl':
      return node.init === undefined ? [] : [node.init];
    case 'branch':
      return [node.cond];
    case 'return':
      return node.value === undefined ? [] : [node.value];
    case 'iterate':
    case 'guard':
    case 'skip':
      return node.args;
    default:
      return [];
  }
}

/** The local that a node stores a call's result in. */
export function resultName(node: CfgNode, call: Call): string | undefined {
  if (node.kind === 'decl' && node.init === call) return node.name;
  return node.kind === 'eval' &&
    node.expr.kind === 'assign' &&
    node.expr.op === '=' &&
    node.expr.right === call &&
    node.expr.left.kind === 'name'
    ? node.expr.left.name
    : undefined;
}

/** The step of a way back to its start that goes up in the text: a goto, or the condition of the loop. */
export function backStep(way: readonly CfgNode[], start: number): CfgNode | undefined {
  let at = -1;
  way.forEach((node, index) => {
    if (index < way.length - 1 && node.kind !== 'nop' && node.span.start >= start) at = index;
  });
  const last = way[at];
  if (last === undefined || last.kind === 'jump' || last.kind === 'branch') return last;
  return way.slice(at + 1).find((node) => node.kind === 'branch') ?? last;
}
