/** An error in a variable that no way on gives to anybody: followed along the graph from the call that set it to the returns of success. */
import { errnoValues } from '../../contracts/errno.js';
import { valueHelpers } from '../../contracts/memory.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { forEachChild } from '../../flow/substitute.js';
import type { Expr } from '../../syntax/ast.js';
import { callsOf, exprsOf, resultName } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { givesErrors, isCleanUp } from './errors.js';

type Call = Expr & { readonly kind: 'call' };

/** A return of success that an error reaches. */
export interface Forgotten {
  readonly variable: string;
  readonly call: Call;
  /** The test that found the error; undefined when nothing looked at it, or only for other errors by name. */
  readonly test: CfgNode | undefined;
  /** True when nothing ever reads the variable after the call. */
  readonly isUnread: boolean;
  /** The jump of the error, else the return of success. */
  readonly at: CfgNode;
}

/** Errors of this function's calls that reach a return of success without having been dealt with. */
export function forgottenErrors(context: FunctionContext): readonly Forgotten[] {
  const cfg = context.engine.cfgOf(context.fn);
  const { returnType } = context.ast;
  if (cfg === undefined || (returnType.pointers === 0 && !/^(int|long|ssize_t|s32|s64|vm_fault_t)$/.test(returnType.base))) return [];
  const returns = cfg.nodes.filter((node) => node.kind === 'return');
  const { length } = returns.filter(isSuccess);
  // A number of things, or yes and no: 0 is no success.
  if (returns.some((node) => isPositive(node)) && returns.every((node) => isSuccess(node) || isPositive(node))) return [];
  if (returnType.pointers > 0 && !/\bERR_(PTR|CAST)\s*\(/.test(context.text)) return [];
  if (length === 0 && !cfg.nodes.some((node) => zeroTemp(node) !== undefined)) return [];
  const found: Forgotten[] = [];
  let isAsked: boolean | undefined;
  for (const node of cfg.nodes)
    for (const call of callsOf(node)) {
      const variable = resultName(node, call);
      if (variable === undefined || variable.startsWith('%') || variable.includes('@')) continue;
      const type = cfg.types.get(variable);
      if (type === undefined || !givesErrors(call, type, context)) continue;
      const one = follow({ cfg, from: node, variable, call, context });
      if (one === undefined) continue;
      // A function that never fails may mean that; not when its callers look at what it returns.
      if (length === returns.length && (one.test !== undefined || !one.isUnread)) {
        isAsked ??= callersAsk(context);
        if (!isAsked) return [];
      }
      found.push(one);
    }
  return found;
}

/** A return of a constant that means success. */
function isSuccess(node: CfgNode): boolean {
  if (node.kind !== 'return' || node.value === undefined) return false;
  const { value } = node;
  return (value.kind === 'number' && value.value === 0) || (value.kind === 'name' && value.name === 'NULL');
}

/** A return of a constant above zero. */
const isPositive = (node: CfgNode): boolean => node.kind === 'return' && node.value?.kind === 'number' && node.value.value > 0;

/** The made variable that a node gives 0: one arm of a conditional that is returned. */
function zeroTemp(node: CfgNode): string | undefined {
  return node.kind === 'decl' && node.name.startsWith('%') && node.init?.kind === 'number' && node.init.value === 0 ? node.name : undefined;
}

/** True when a caller looks at what the function returns. */
function callersAsk(context: FunctionContext): boolean {
  const pattern = new RegExp(`(?:=|return|\\()\\s*${context.fn.name}\\s*\\(`);
  return context.program
    .references(context.fn)
    .some(
      (ref) =>
        ref.isCall &&
        ref.caller.key !== context.fn.key &&
        pattern.test(ref.caller.file.text.slice(ref.caller.item.bodyStart, ref.caller.item.end)),
    );
}

interface Source {
  readonly cfg: Cfg;
  readonly from: CfgNode;
  readonly variable: string;
  readonly call: Call;
  readonly context: FunctionContext;
}

interface Way {
  readonly id: number;
  /** The test that found the error. */
  readonly test: (CfgNode & { readonly kind: 'branch' }) | undefined;
  /** A made variable that holds 0 on this way. */
  readonly zero?: string | undefined;
}

function follow(source: Source): Forgotten | undefined {
  const { cfg, from, variable, call, context } = source;
  const seen = new Set<string>();
  const queue: Way[] = from.succ.map((id) => ({ id, test: undefined }));
  const strict = claimsMore(call, context);
  const stands = standIns(cfg, variable);
  let isLookedAt = false;
  let isNamed = false;
  let untested: CfgNode | undefined;
  const tested: { readonly test: CfgNode & { readonly kind: 'branch' }; readonly back: CfgNode }[] = [];
  for (let at = 0; at < queue.length && at < 4000; at++) {
    const way = queue[at];
    const node = way === undefined ? undefined : cfg.nodes[way.id];
    if (way === undefined || node === undefined) continue;
    const key = `${way.id}|${way.test?.id ?? ''}|${way.zero ?? ''}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (stands.has(node.id)) {
      for (const id of node.succ) queue.push({ ...way, id });
      continue;
    }
    if (node === from || isWritten(node, variable)) {
      if (isRead(node, variable, context)) isLookedAt = true;
      continue;
    }
    if (node.kind === 'return') {
      if (isRead(node, variable, context)) isLookedAt = true;
      else if (isSuccess(node) || (way.zero !== undefined && node.value?.kind === 'name' && node.value.name === way.zero)) {
        if (way.test === undefined) untested ??= node;
        else tested.push({ test: way.test, back: node });
      }
      continue;
    }
    const sides = node.kind === 'branch' ? sidesOf(node, variable, strict, stands) : undefined;
    if (node.kind === 'branch' && sides !== undefined) {
      if (sides.includes('either')) isNamed = true;
      else isLookedAt = true;
      for (const slot of [0, 1] as const) {
        const id = node.succ[slot];
        if (id === undefined || sides[slot] === 'ok') continue;
        queue.push(sides[slot] === 'error' && way.test === undefined ? { id, test: node } : { ...way, id });
      }
      continue;
    }
    if (isRead(node, variable, context)) {
      isLookedAt = true;
      continue;
    }
    const zero = zeroTemp(node) ?? (node.kind === 'decl' && node.name === way.zero ? undefined : way.zero);
    for (const id of node.succ) queue.push({ ...way, id, zero });
  }
  for (const { test, back } of tested) {
    const at = judge(source, test, back, stands);
    if (at !== undefined) return { variable, call, test, at, isUnread: false };
  }
  return untested !== undefined && !isLookedAt ? { variable, call, test: undefined, at: untested, isUnread: !isNamed } : undefined;
}

/** Steps of a macro that keep the outcome of a test of the variable in a variable of their own; by node. */
function standIns(cfg: Cfg, variable: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const node of cfg.nodes) {
    if (node.kind !== 'decl' || !/[@%]/.test(node.name) || node.init === undefined) continue;
    let inner = node.init;
    let turns = 0;
    while (inner.kind === 'unary' && inner.op === '!') {
      inner = inner.operand;
      turns++;
    }
    if (turns % 2 === 0 && testOf(inner, variable) && !isHandedOn(cfg, node.name)) found.set(node.id, node.name);
  }
  return found;
}

/** True when a made variable is read by anything but a test: it is a copy of the error, not the outcome of a test. */
function isHandedOn(cfg: Cfg, name: string): boolean {
  const reads = (e: Expr): boolean => {
    if (e.kind === 'name') return e.name === name;
    let found = false;
    forEachChild(e, (child) => {
      found ||= reads(child);
    });
    return found;
  };
  return cfg.nodes.some((node) => node.kind !== 'branch' && exprsOf(node).some(reads));
}

/** True for a test that holds exactly when the variable is an error. */
function testOf(e: Expr, variable: string): boolean {
  if (e.kind === 'name') return e.name === variable;
  if (e.kind !== 'call' || e.callee.kind !== 'name' || !Object.hasOwn(valueHelpers, e.callee.name)) return false;
  const what = valueHelpers[e.callee.name];
  return what === 'is-err' && e.args[0]?.kind === 'name' && e.args[0].name === variable;
}

/** True when no errno of the call may pass for success: what it was to map is not mapped. */
function claimsMore(call: Call, context: FunctionContext): boolean {
  const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
  return contract?.ok?.some((op) => op.op === 'dma-map' || (op.op === 'pages' && op.to === 'mapped')) === true;
}

/** Where a tested error is forgotten on its way to a return of success; undefined when it is answered, or leaves out nothing. */
function judge(
  { cfg, from, call, variable, context }: Source,
  test: CfgNode & { readonly kind: 'branch' },
  back: CfgNode,
  stands: ReadonlyMap<number, string>,
): CfgNode | undefined {
  const slot = sidesOf(test, variable, true, stands)?.[0] === 'error' ? 0 : 1;
  const bad = test.succ[slot];
  const good = test.succ[1 - slot];
  if (bad === undefined || good === undefined) return undefined;
  const stop = new Set([test.id, from.id]);
  const strict = claimsMore(call, context);
  const onBad = reach(cfg, { start: bad, stop, variable, without: 'ok', stands, strict });
  const onGood = reach(cfg, { start: good, stop, variable, without: 'error', stands, strict });
  const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
  const isStrong = contract?.mustCheck === true;
  const own = [...onBad].filter((id) => !onGood.has(id)).flatMap((id) => cfg.nodes[id] ?? []);
  const jump = own.find((node) => node.kind === 'jump');
  // A label of failure answers nothing: it takes back what was done.
  const isFailure = jump?.kind === 'jump' && /err|fail|undo|unwind|rollback|abort/.test(jump.label);
  if (!isFailure && !strict && own.some((node) => answers(node, variable, context))) return undefined;
  // What comes later may decide that there was nothing to do.
  if (
    !isStrong &&
    [...onBad].some((id) =>
      isOtherReturn(
        cfg.nodes[id],
        [...onBad].flatMap((one) => cfg.nodes[one] ?? []),
      ),
    )
  )
    return undefined;
  const isOwn = own.includes(back);
  // Who tells of it before giving up means to go on.
  const isTold = own.some((node) => tells(node, context) && !(node.span.start >= test.span.start && node.span.end <= test.span.end));
  if (!isStrong && isOwn && jump === undefined && isTold) return undefined;
  // Of pointers it is usual to do with less: only a way that nothing else decides is judged.
  if (!isStrong && (cfg.types.get(variable)?.pointers ?? 0) > 0 && !isOwn) return undefined;
  // Where NULL may mean "none", it says so unless something was taken down first.
  if (
    context.ast.returnType.pointers > 0 &&
    !isStrong &&
    !own.some((node) => callsOf(node).some((one) => !tells(node, context) && isCleanUp(one, context)))
  )
    return undefined;
  const isLeftOut = [...onGood].some((id) => {
    const node = onBad.has(id) ? undefined : cfg.nodes[id];
    if (node === undefined) return false;
    return (
      callsOf(node).some((one) => !isCleanUp(one, context)) ||
      (node.kind === 'eval' && node.expr.kind === 'assign') ||
      (node.kind === 'return' && node.value !== undefined && node.value.kind !== 'number')
    );
  });
  // Work under "when it went well", and no way out for the other side: the function means to go on.
  if (jump === undefined && !isOwn) return undefined;
  return isLeftOut ? (jump ?? back) : undefined;
}

/** A return of something else than a constant that means success; of a made variable, where one of the nodes gives it something else. */
function isOtherReturn(node: CfgNode | undefined, nodes: readonly CfgNode[]): boolean {
  if (node?.kind !== 'return' || isSuccess(node)) return false;
  const name = node.value?.kind === 'name' ? node.value.name : '';
  const gives = nodes.filter((one) => one.kind === 'decl' && one.name === name);
  return gives.length === 0 || gives.some((one) => zeroTemp(one) === undefined);
}

const tells = (node: CfgNode, context: FunctionContext): boolean =>
  callsOf(node).some((call) => call.callee.kind === 'name' && context.engine.contracts.isHarmless(call.callee.name));

type Side = 'error' | 'ok' | 'either';

/** What a test tells of the variable on both sides; undefined for a test of something else. A test by name of an errno deals with that one. */
function sidesOf(
  node: CfgNode & { readonly kind: 'branch' },
  variable: string,
  strict: boolean,
  stands: ReadonlyMap<number, string>,
): readonly [Side, Side] | undefined {
  const isIt = (e: Expr | undefined): boolean => e?.kind === 'name' && e.name === variable;
  const { cond } = node;
  if (isIt(cond) || (cond.kind === 'name' && [...stands.values()].includes(cond.name))) return ['error', 'ok'];
  if (cond.kind === 'binary' && isIt(cond.left)) {
    const isZero = (cond.right.kind === 'number' && cond.right.value === 0) || (cond.right.kind === 'name' && cond.right.name === 'NULL');
    if (isZero && (cond.op === '<' || cond.op === '!=')) return ['error', 'ok'];
    if (isZero && (cond.op === '==' || cond.op === '>=')) return ['ok', 'error'];
    if (cond.op === '==') return [strict ? 'error' : 'ok', 'either'];
    if (cond.op === '!=') return ['either', strict ? 'error' : 'ok'];
    return ['ok', 'ok'];
  }
  let found: readonly [Side, Side] | undefined;
  const visit = (e: Expr): void => {
    if (e.kind === 'call' && e.callee.kind === 'name' && Object.hasOwn(valueHelpers, e.callee.name)) {
      const what = valueHelpers[e.callee.name];
      if (isIt(e.args[0]) && (what === 'is-err' || what === 'is-err-or-null')) found = ['error', 'ok'];
      else if (e.args.some(isIt) && (what === 'warn' || what === 'same')) found = ['error', 'ok'];
    }
    forEachChild(e, visit);
  };
  visit(cond);
  return found;
}

/** True for an errno by name. */
const isErrno = (e: Expr): boolean => e.kind === 'unary' && e.op === '-' && e.operand.kind === 'name' && errnoValues.has(e.operand.name);

/** True where the variable gets another value, or may get one. */
function isWritten(node: CfgNode, variable: string): boolean {
  if (node.kind === 'decl') return node.name === variable;
  let found = false;
  const visit = (e: Expr): void => {
    if (e.kind === 'assign' && e.left.kind === 'name' && e.left.name === variable && !isErrno(e.right)) found = true;
    if (e.kind === 'address' && e.operand.kind === 'name' && e.operand.name === variable) found = true;
    forEachChild(e, visit);
  };
  for (const e of exprsOf(node)) visit(e);
  return found;
}

/** True where the variable is read by anything but a message. */
function isRead(node: CfgNode, variable: string, context: FunctionContext): boolean {
  let found = false;
  const visit = (e: Expr): void => {
    if (e.kind === 'name' && e.name === variable) found = true;
    if (e.kind === 'assign' && e.op === '=' && e.left.kind === 'name' && e.left.name === variable) {
      visit(e.right);
      return;
    }
    if (e.kind === 'call' && e.callee.kind === 'name' && context.engine.contracts.isHarmless(e.callee.name)) return;
    forEachChild(e, visit);
  };
  for (const e of exprsOf(node)) visit(e);
  return found;
}

/** True for a step that answers an error: something remembered, something else tried. Taking down what was built, and telling of it, do not. */
function answers(node: CfgNode, variable: string, context: FunctionContext): boolean {
  if (node.kind === 'branch' || node.kind === 'return') return false;
  for (const e of exprsOf(node)) {
    const isNothing =
      e.kind === 'assign' &&
      ((e.right.kind === 'number' && e.right.value === 0) ||
        (e.right.kind === 'name' && /^(NULL|false)$/.test(e.right.name) && e.left.kind === 'name') ||
        isErrno(e.right) ||
        (e.left.kind === 'name' && e.left.name === variable));
    if ((e.kind === 'assign' && !isNothing) || e.kind === 'update') return true;
  }
  return callsOf(node).some((call) => !isCleanUp(call, context));
}

/** Nodes on the ways from a node; tests of the variable are passed on one side, until it gets another value. */
function reach(
  cfg: Cfg,
  by: {
    readonly start: number;
    readonly stop: ReadonlySet<number>;
    readonly variable: string;
    readonly without: 'ok' | 'error';
    readonly stands: ReadonlyMap<number, string>;
    readonly strict: boolean;
  },
): ReadonlySet<number> {
  const seen = new Set<string>();
  const found = new Set<number>();
  const work = [{ id: by.start, isOld: true }];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const key = `${at.id}|${at.isOld}`;
    const node = cfg.nodes[at.id];
    if (node === undefined || seen.has(key)) continue;
    seen.add(key);
    found.add(at.id);
    if (by.stop.has(at.id)) continue;
    const isOld = at.isOld && (by.stands.has(at.id) || !isWritten(node, by.variable));
    const sides = isOld && node.kind === 'branch' ? sidesOf(node, by.variable, by.strict, by.stands) : undefined;
    // Another value: the error is gone.
    if (!isOld && by.without === 'ok') continue;
    node.succ.forEach((id, slot) => {
      if (sides?.[slot === 0 ? 0 : 1] !== by.without) work.push({ id, isOld });
    });
  }
  return found;
}
