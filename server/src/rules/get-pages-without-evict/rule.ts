/** Memory in several places, mapped again without being brought to one. */
import { errnoValues } from '../../contracts/errno.js';
import { assertMacros } from '../../contracts/locks.js';
import { valueHelpers } from '../../contracts/memory.js';
import { mixedPlacement } from '../../contracts/retries.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { Engine } from '../../flow/engine.js';
import { P } from '../../flow/state.js';
import { memberLoc, pointee } from '../../flow/term.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import { reachable } from '../graph.js';
import { backStep, callsOf, findWay, knownValueOf, resultName } from '../paths.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

const refusal = -(errnoValues.get(mixedPlacement.errno) ?? 0);
const isMapping = (name: string): boolean => mixedPlacement.calls.some((one) => one === name);

/** Calls whose context allows memory in several places: by where they begin. */
const allowed = perFunction(() => new Set<number>());

/** See README.md beside this file. */
export const getPagesWithoutEvict: Rule = {
  id: 'get-pages-without-evict',
  onEvent(event, _frame, context) {
    if (event.kind !== 'call' || !isMapping(event.name)) return;
    const given = event.args.at(-1);
    if (given === undefined) return;
    const value = event.state.read(memberLoc(pointee(given), mixedPlacement.allowedBy));
    if (event.state.constraint(value).bits === P) allowed(context).add(event.expr.start);
  },
  finish(context) {
    const { engine, fn, program } = context;
    const cfg = engine.cfgOf(fn);
    if (cfg === undefined) return;
    wrapper(cfg, context);
    for (const node of cfg.nodes) {
      for (const call of callsOf(node)) {
        if (call.callee.kind !== 'name' || allowed(context).has(call.start)) continue;
        const name = resultName(node, call);
        if (name === undefined || !isRefusing(call, context) || !reachable(cfg, node.id).has(node.id)) continue;
        const way = findWay({
          cfg,
          program,
          file: fn.file,
          from: node.id,
          known: new Map([[name, refusal]]),
          stops: (one) => changesPlacement(one, engine, fn),
          isGoal: (one) => one.id === node.id,
        });
        const step = way === undefined ? undefined : backStep(way, call.start);
        if (step === undefined) continue;
        context.report({
          span: step.span,
          message: `the retry finds the same mixture again: -${mixedPlacement.errno} from \`${call.callee.name}\` comes back to the same call, and nothing on the way brings the memory to one place; evict the range before trying again`,
          because: [{ fn, span: call, message: 'refuses memory in several places' }],
        });
      }
    }
  },
};

/** A function that maps a range and hands the refusal on, where a caller asks for that errno by name, tries again, and evicts nothing either. */
function wrapper(cfg: Cfg, context: FunctionContext): void {
  const { engine, fn, program } = context;
  if (context.text.includes(mixedPlacement.allowedBy) || !handsOn(fn, engine, 0)) return;
  const node = cfg.nodes.find((one) => callsOf(one).some((call) => call.callee.kind === 'name' && isMapping(call.callee.name)));
  const call = node === undefined ? undefined : callsOf(node).find((one) => one.callee.kind === 'name' && isMapping(one.callee.name));
  if (call === undefined) return;
  const evicting = engine.contracts.all.filter((c) => c.ops?.some((op) => op.op === 'evict')).map((c) => c.name);
  const retrying = program.references(fn).find((ref) => {
    if (!ref.isCall || ref.caller.key === fn.key) return false;
    const text = Engine.textOf(ref.caller);
    if (
      !text.includes(`-${mixedPlacement.errno}`) ||
      text.includes(mixedPlacement.allowedBy) ||
      evicting.some((name) => text.includes(name))
    )
      return false;
    const graph = engine.cfgOf(ref.caller);
    return (
      graph?.nodes.some(
        (one) => callsOf(one).some((c) => c.callee.kind === 'name' && c.callee.name === fn.name) && reachable(graph, one.id).has(one.id),
      ) === true
    );
  });
  if (retrying === undefined) return;
  context.report({
    span: call,
    message: `the retry finds the same mixture again: -${mixedPlacement.errno} is handed on without an eviction, and \`${retrying.caller.name}\` tries again on it; evict the range before returning the error`,
    because: [{ fn: context.fn, span: call, message: 'refuses memory in several places' }],
  });
}

/** True for the mapping call, and for a function of the driver that hands its refusal on without an eviction. */
function isRefusing(call: Call, context: FunctionContext): boolean {
  if (call.callee.kind !== 'name') return false;
  if (isMapping(call.callee.name)) return true;
  const callee = context.program.findFunction(call.callee.name, context.fn.file);
  return callee !== undefined && !context.text.includes(mixedPlacement.allowedBy) && handsOn(callee, context.engine, 0);
}

const memo = new WeakMap<Engine, Map<string, { readonly text: string; readonly value: boolean }>>();

function handsOn(fn: FunctionDef, engine: Engine, depth: number): boolean {
  const text = Engine.textOf(fn);
  if (depth > 2 || engine.contracts.of(fn.name) !== undefined || text.includes(mixedPlacement.allowedBy)) return false;
  let known = memo.get(engine);
  if (known === undefined) {
    known = new Map();
    memo.set(engine, known);
  }
  const old = known.get(fn.key);
  if (old?.text === text) return old.value;
  known.set(fn.key, { text, value: false });
  const value = mixedPlacement.calls.some((one) => text.includes(one)) && refusalReturned(fn, engine);
  known.set(fn.key, { text, value });
  return value;
}

function refusalReturned(fn: FunctionDef, engine: Engine): boolean {
  const cfg = engine.cfgOf(fn);
  if (cfg === undefined) return false;
  const { program } = engine;
  return cfg.nodes.some((node) =>
    callsOf(node).some((call) => {
      if (call.callee.kind !== 'name' || !isMapping(call.callee.name)) return false;
      if (node.kind === 'return') return node.value === call;
      const name = resultName(node, call);
      if (name === undefined) return false;
      return (
        findWay({
          cfg,
          program,
          file: fn.file,
          from: node.id,
          known: new Map([[name, refusal]]),
          stops: (one) => changesPlacement(one, engine, fn),
          isGoal: (one, here) => returns(one, here, cfg, fn, engine),
        }) !== undefined
      );
    }),
  );
}

function returns(node: CfgNode, known: ReadonlyMap<string, number>, cfg: Cfg, fn: FunctionDef, engine: Engine): boolean {
  return (
    node.kind === 'return' &&
    node.value !== undefined &&
    knownValueOf(node.value, known, { program: engine.program, file: fn.file, cfg }) === refusal
  );
}

/** True where memory is evicted or migrated, or where nobody knows what is done. */
function changesPlacement(node: CfgNode, engine: Engine, fn: FunctionDef): boolean {
  return callsOf(node).some((call) => {
    if (call.callee.kind !== 'name') return true;
    const { name } = call.callee;
    if (Object.hasOwn(valueHelpers, name) || assertMacros.includes(name) || isMapping(name)) return false;
    const contract = engine.contracts.of(name);
    if (contract !== undefined) return contract.ops?.some((op) => op.op === 'evict') === true || contract.does?.includes('fault') === true;
    if (engine.contracts.isHarmless(name)) return false;
    const callee = engine.program.findFunction(name, fn.file);
    return callee === undefined || !handsOn(callee, engine, 0);
  });
}
