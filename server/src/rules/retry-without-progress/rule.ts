/** The same call tried again, with nothing changed on the way and no end. */
import { errnoName, errnoValues } from '../../contracts/errno.js';
import { assertMacros } from '../../contracts/locks.js';
import { assumptions, valueHelpers } from '../../contracts/memory.js';
import { anyError, clock, mixedPlacement, transientErrors } from '../../contracts/retries.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import type { Engine } from '../../flow/engine.js';
import { forEachChild } from '../../flow/substitute.js';
import type { Expr } from '../../syntax/ast.js';
import { reachable } from '../graph.js';
import { backStep, callsOf, exprsOf, findWay, resultName } from '../paths.js';
import type { FunctionContext, Rule } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

/** See README.md beside this file. */
export const retryWithoutProgress: Rule = {
  id: 'retry-without-progress',
  finish(context) {
    const { engine, fn, program } = context;
    const cfg = engine.cfgOf(fn);
    if (cfg === undefined) return;
    for (const { branch, name } of deadCounters(cfg, context)) {
      context.report({
        span: branch.span,
        message: `a thread that never comes back: \`${name}\` is asked before each retry and nobody counts it, so it limits nothing; count it down with each round`,
      });
    }
    for (const { node, name, isDeadline } of idleBounds(cfg)) {
      context.report({
        span: node.span,
        message: isDeadline
          ? `a thread that never comes back: \`${name}\` is when to give up, and nothing asks whether that time has come; compare it with the clock before each retry`
          : `a thread that never comes back: \`${name}\` decides whether to try again with less, and nothing on the way makes it less; change it before the jump`,
      });
    }
    for (const node of cfg.nodes) {
      for (const call of callsOf(node)) {
        const name = resultName(node, call);
        if (name === undefined || !mayFailAgain(call, engine) || !reachable(cfg, node.id).has(node.id)) continue;
        const inputs = namesIn(call);
        for (const errno of errnosAsked(cfg, call)) {
          const way = findWay({
            cfg,
            program,
            file: fn.file,
            from: node.id,
            known: new Map([[name, -errno]]),
            stops: (one) => one.id !== node.id && isProgress(one, inputs, name, engine),
            isGoal: (one) => one.id === node.id,
          });
          if (way === undefined || isBounded(way, name)) continue;
          const step = backStep(way, call.start);
          if (step === undefined) continue;
          const asked = errnoName(errno);
          context.report({
            span: step.span,
            message: `a thread that never comes back: \`${call.callee.kind === 'name' ? call.callee.name : 'the call'}\` is tried again ${asked === undefined || asked === anyError ? 'after it failed' : `on -${asked}`} with the same arguments, nothing on the way changes what it looks at, and nothing limits the rounds; bound them, or change something first`,
            because: [{ fn, span: call, message: 'fails, and is tried again' }],
          });
          break;
        }
      }
    }
  },
};

/** Deadlines that nobody compares with the clock, and limits that let a jump go back and that nothing on the way lowers. */
function idleBounds(cfg: Cfg): readonly { readonly node: CfgNode; readonly name: string; readonly isDeadline: boolean }[] {
  const jumps = cfg.nodes.filter((node) => node.kind === 'jump' && node.label !== '' && reachable(cfg, node.id).has(node.id));
  const writes = (node: CfgNode, name: string): boolean => {
    let found = node.kind === 'decl' && node.name === name;
    const visit = (expr: Expr): void => {
      const target = expr.kind === 'assign' ? expr.left : expr.kind === 'update' || expr.kind === 'address' ? expr.operand : undefined;
      if (target?.kind === 'name' && target.name === name) found = true;
      forEachChild(expr, visit);
    };
    exprsOf(node).forEach(visit);
    return found;
  };
  const hasLoop = cfg.nodes.some((node) => node.succ.length > 1 && reachable(cfg, node.id).has(node.id));
  const deadlines = cfg.nodes.flatMap((node) => {
    const value = node.kind === 'decl' ? node.init : node.kind === 'eval' && node.expr.kind === 'assign' ? node.expr.right : undefined;
    const name =
      node.kind === 'decl'
        ? node.name
        : node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.left.kind === 'name'
          ? node.expr.left.name
          : '';
    if (!hasLoop || name === '' || value?.kind !== 'binary' || value.op !== '+' || !namesOf(value).has(clock)) return [];
    return cfg.nodes.some((one) => one !== node && isAsked(one, name)) ? [] : [{ node, name, isDeadline: true }];
  });
  const limits = jumps.flatMap((jump) => {
    const branch = cfg.nodes.find((node) => node.kind === 'branch' && leadsStraight(cfg, node, jump));
    if (branch?.kind !== 'branch' || branch.cond.kind !== 'binary' || !/^[<>]=?$/.test(branch.cond.op)) return [];
    const { left, right } = branch.cond;
    const isFixed = right.kind === 'number' || (right.kind === 'name' && !cfg.types.has(right.name));
    if (left.kind !== 'name' || !cfg.types.has(left.name) || !isFixed) return [];
    const { name } = left;
    const round = [...reachable(cfg, jump.id)].flatMap((id) => cfg.nodes[id] ?? []).filter((node) => reachable(cfg, node.id).has(jump.id));
    return round.some((node) => writes(node, name)) ? [] : [{ node: branch as CfgNode, name, isDeadline: false }];
  });
  return [...deadlines, ...limits];
}

/** True where a name is compared or given to somebody. */
function isAsked(node: CfgNode, name: string): boolean {
  const isIt = (expr: Expr): boolean => expr.kind === 'name' && expr.name === name;
  let found = node.kind === 'return' && node.value !== undefined && namesOf(node.value).has(name);
  const visit = (expr: Expr): void => {
    if (expr.kind === 'binary' && /^([<>]=?|[!=]=)$/.test(expr.op) && namesOf(expr).has(name)) found = true;
    if (expr.kind === 'call' && expr.args.some((arg) => namesOf(arg).has(name))) found = true;
    if (expr.kind === 'assign' && expr.left.kind !== 'name' && namesOf(expr.right).has(name)) found = true;
    if (expr.kind === 'address' && isIt(expr.operand)) found = true;
    forEachChild(expr, visit);
  };
  exprsOf(node).forEach(visit);
  if (node.kind === 'branch' && namesOf(node.cond).has(name)) found = true;
  return found;
}

/** True when the taken side of a branch leads to the jump and nowhere else. */
function leadsStraight(cfg: Cfg, branch: CfgNode, jump: CfgNode): boolean {
  for (let id = branch.succ[0], steps = 0; id !== undefined && steps < 12; steps++) {
    if (id === jump.id) return true;
    const node: CfgNode | undefined = cfg.nodes[id];
    if (node === undefined || node.succ.length !== 1 || node.kind === 'jump') return false;
    id = node.succ[0];
  }
  return false;
}

/** Branches that go back while a number is not zero, where nothing ever writes the number. Small numbers of more than one are counters, not flags. */
function deadCounters(cfg: Cfg, context: FunctionContext): readonly { readonly branch: CfgNode; readonly name: string }[] {
  const counters = new Set<string>();
  for (const node of cfg.nodes) {
    if (node.kind !== 'decl' || node.init?.kind !== 'number' || node.type.isConst || node.type.pointers !== 0) continue;
    // One is a flag, unless the name says that it counts.
    if (node.init.value > 1 || (node.init.value === 1 && /retr|tries|count|attempt|left|budget/.test(node.name))) counters.add(node.name);
  }
  if (counters.size === 0) return [];
  for (const node of cfg.nodes) {
    const visit = (expr: Expr): void => {
      const target = expr.kind === 'assign' ? expr.left : expr.kind === 'update' || expr.kind === 'address' ? expr.operand : undefined;
      if (target?.kind === 'name') counters.delete(target.name);
      forEachChild(expr, visit);
    };
    exprsOf(node).forEach(visit);
    if (node.kind === 'decl' && node.init?.kind !== 'number') counters.delete(node.name);
    if (node.kind === 'iterate' || node.kind === 'skip') for (const arg of node.args) if (arg.kind === 'name') counters.delete(arg.name);
  }
  return cfg.nodes.flatMap((branch) => {
    if (branch.kind !== 'branch' || branch.cond.kind !== 'name' || !counters.has(branch.cond.name)) return [];
    const [taken, other] = branch.succ;
    // Only a branch that decides about going back: the way on leads to it again, the other one does not.
    const isBack = (id: number | undefined): boolean => id !== undefined && (id === branch.id || reachable(cfg, id).has(branch.id));
    const span = context.text.slice(branch.span.start, branch.span.end);
    return isBack(taken) && !isBack(other) && span === branch.cond.name ? [{ branch, name: branch.cond.name }] : [];
  });
}

/** True for calls whose contract says that they sleep and may fail: those that a retry is written for. */
function mayFailAgain(call: Call, engine: Engine): boolean {
  const contract = call.callee.kind === 'name' ? engine.contracts.of(call.callee.name) : undefined;
  return contract?.result === 'errno' && contract.does?.includes('sleep') === true;
}

/** Names that a call reads. */
function namesIn(call: Call): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind === 'name') names.add(expr.name);
    forEachChild(expr, visit);
  };
  call.args.forEach(visit);
  return names;
}

/** Errors to follow: those that the function singles out, and one for all the others. Not those for which another try is right. */
function errnosAsked(cfg: Cfg, call: Call): readonly number[] {
  const found = new Set<string>([anyError]);
  for (const node of cfg.nodes) {
    if (node.kind !== 'branch') continue;
    for (const match of node.text.matchAll(/-(E[A-Z0-9]+)\b/g)) found.add(match[1] ?? '');
  }
  const isMapping =
    call.callee.kind === 'name' && mixedPlacement.calls.some((one) => call.callee.kind === 'name' && one === call.callee.name);
  return [...found].flatMap((name) => {
    const value = errnoValues.get(name);
    return value === undefined || transientErrors.has(name) || (isMapping && name === mixedPlacement.errno) ? [] : [value];
  });
}

/** True where something changes what the call looks at, or where nobody knows. */
function isProgress(node: CfgNode, inputs: ReadonlySet<string>, result: string, engine: Engine): boolean {
  if (node.kind === 'iterate' || node.kind === 'guard' || node.kind === 'skip') return true;
  for (const call of callsOf(node)) {
    if (call.callee.kind !== 'name') return true;
    const { name } = call.callee;
    if (Object.hasOwn(valueHelpers, name) || assertMacros.includes(name) || Object.hasOwn(assumptions, name)) continue;
    const contract = engine.contracts.of(name);
    if (contract !== undefined ? contract.harmless !== true : !engine.contracts.isHarmless(name)) return true;
    // Asked in a condition: a clock, a signal, the state of somebody else.
    if (node.kind === 'branch') return true;
  }
  return exprsOf(node).some((expr) => writesInput(expr, inputs, result)) || (node.kind === 'decl' && inputs.has(node.name));
}

function writesInput(expr: Expr, inputs: ReadonlySet<string>, result: string): boolean {
  let found = false;
  const visit = (one: Expr): void => {
    const target = one.kind === 'assign' ? one.left : one.kind === 'update' ? one.operand : undefined;
    if (target !== undefined) {
      const root = rootName(target);
      if (root === undefined || (inputs.has(root) && root !== result)) found = true;
    }
    forEachChild(one, visit);
  };
  visit(expr);
  return found;
}

function rootName(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind === 'member' || expr.kind === 'index') return rootName(expr.object);
  return expr.kind === 'deref' ? rootName(expr.operand) : undefined;
}

/** True when a condition on the way looks at something that counts on the way, and is not set anew there. */
function isBounded(way: readonly CfgNode[], result: string): boolean {
  const counted = new Set<string>();
  const set = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind === 'update' || (expr.kind === 'assign' && expr.op !== '=')) {
      const name = rootName(expr.kind === 'update' ? expr.operand : expr.left);
      if (name !== undefined) counted.add(name);
    } else if (expr.kind === 'assign' && expr.left.kind === 'name') {
      // `n = n + 1` counts as well.
      if (namesOf(expr.right).has(expr.left.name)) counted.add(expr.left.name);
      else set.add(expr.left.name);
    }
    forEachChild(expr, visit);
  };
  for (const node of way) {
    exprsOf(node).forEach(visit);
    if (node.kind === 'decl' && node.init !== undefined) set.add(node.name);
  }
  return way.some(
    (node) => node.kind === 'branch' && [...namesOf(node.cond)].some((name) => name !== result && counted.has(name) && !set.has(name)),
  );
}

function namesOf(expr: Expr): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (one: Expr): void => {
    if (one.kind === 'name') names.add(one.name);
    forEachChild(one, visit);
  };
  visit(expr);
  return names;
}
