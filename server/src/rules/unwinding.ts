/**
 * Failures that leave a step of their function undone: told by the graph, for steps that the engine does not follow. A step is a call with a twin that
 * undoes it. A failure behind it is told when other ways of the function undo the step, or when it undoes an older step and not this one.
 */
import type { Family } from '../contracts/schema.js';
import { makerNames, undoerNames } from '../contracts/twins.js';
import type { Cfg, CfgNode } from '../flow/cfg.js';
import { forEachChild } from '../flow/substitute.js';
import type { FunctionDef } from '../program/types.js';
import type { Expr } from '../syntax/ast.js';
import { guards } from './detours.js';
import { failureWays, reachedOnSuccess } from './failures.js';
import { familiesOf } from './families.js';
import { reachable } from './graph.js';
import { callsOf } from './paths.js';
import type { FunctionContext } from './rule.js';
import { resultPlace, written } from './written.js';

type Call = Expr & { readonly kind: 'call' };

/** A step left undone by a failure. */
export interface Undone {
  /** The call that did it. */
  readonly made: Call;
  /** The return of the error. */
  readonly back: CfgNode;
  /** Name of what undoes it. */
  readonly undoer: string;
  /** What it is called with, as it is written. */
  readonly subject: string;
}

interface Step {
  readonly node: CfgNode;
  readonly call: Call;
  /** The place of what was made, as it is written; of a pointer returned, or of the argument that the twin takes. */
  readonly subject: string;
  /** True when the call returns what it makes. */
  readonly isResult: boolean;
  /** True for memory that only this function knows of, until it hands it on. */
  readonly isMade: boolean;
  isUndo(call: Call): boolean;
  readonly undoer: string;
}

/** Steps of some families that failures of the function leave undone. */
export function undoneSteps(context: FunctionContext, families: ReadonlySet<Family>): readonly Undone[] {
  const cfg = context.engine.cfgOf(context.fn);
  const { returnType } = context.ast;
  if (cfg === undefined || (returnType.pointers === 0 && !/^(int|long|ssize_t|s32|s64)$/.test(returnType.base))) return [];
  const found: Undone[] = [];
  const alive = reachable(cfg, cfg.entry);
  for (const step of stepsOf(cfg, context, families)) {
    const undos = new Set(cfg.nodes.filter((node) => callsOf(node).some((call) => step.isUndo(call))).map((node) => node.id));
    for (const node of cfg.nodes) if (guards(cfg, node, undos)) undos.add(node.id);
    for (const head of roundsWith(cfg, undos, step.node.id)) undos.add(head);
    const after = reachable(cfg, step.node.id);
    // An undo that no way leads to any more was for somebody.
    // What is taken back where the step itself failed tells nothing of where it worked.
    const worked = reachedOnSuccess(cfg, step.node, step.call, context, step.node.id);
    const hasSibling = [...undos].some(
      (id) => (after.has(id) && worked.has(id) && !reachable(cfg, id).has(step.node.id)) || (id > step.node.id && !alive.has(id)),
    );
    addAlternatives(cfg, undos);
    const ends = new Set([...undos, ...handOvers(cfg, step, undos, context), ...ownUndos(cfg, context)]);
    const older = olderUndos(cfg, step, context);
    if (!hasSibling && older.size === 0 && !step.isMade) continue;
    const back = failureWays({
      cfg,
      from: step.node,
      call: step.call,
      ends,
      marks: hasSibling || step.isMade ? undefined : older,
      context,
    });
    if (back !== undefined && !found.some((one) => one.back === back))
      found.push({ made: step.call, back, undoer: step.undoer, subject: step.subject });
  }
  return found;
}

/** Heads of loops that undo in each round, and do no step: when such a loop is over, what there was is undone. */
function roundsWith(cfg: Cfg, undos: ReadonlySet<number>, step: number): readonly number[] {
  const heads = new Set(cfg.nodes.flatMap((node) => node.succ.filter((next) => next <= node.id)));
  return [...heads].filter((head) => {
    const round = [...reachable(cfg, head)].filter((id) => reachable(cfg, id).has(head));
    return round.some((id) => undos.has(id)) && !round.includes(step);
  });
}

/** Calls with a twin that gives back what they take. */
function stepsOf(cfg: Cfg, context: FunctionContext, families: ReadonlySet<Family>): readonly Step[] {
  const steps: Step[] = [];
  for (const node of cfg.nodes)
    for (const call of callsOf(node)) {
      if (call.callee.kind !== 'name') continue;
      const step =
        allocation(node, call, context, families) ?? counted(node, call, context, families) ?? twinned(node, call, context, families);
      if (step !== undefined) steps.push(step);
    }
  return steps;
}

/** An allocation by contract, kept in a variable or where an out parameter points: undone by a free of it. */
function allocation(node: CfgNode, call: Call, context: FunctionContext, families: ReadonlySet<Family>): Step | undefined {
  const { contracts } = context.engine;
  const contract = call.callee.kind === 'name' ? contracts.of(call.callee.name) : undefined;
  const made = contract?.ok?.find((op) => op.op === 'acquire' && op.ref === 'ret' && op.family === 'memory');
  if (made?.op !== 'acquire' || !families.has('memory')) return undefined;
  const place = resultPlace(node, call);
  if (place === undefined) return undefined;
  return {
    node,
    call,
    subject: place,
    isResult: true,
    isMade: false,
    undoer: made.releasedBy ?? '',
    isUndo: (one) =>
      one.callee.kind === 'name' &&
      contracts.of(one.callee.name)?.ops?.some((op) => op.op === 'release' && op.family === 'memory') === true &&
      one.args.some((arg) => written(arg) === place),
  };
}

/** A reference taken by contract on what an argument points to: undone by a drop of it. */
function counted(node: CfgNode, call: Call, context: FunctionContext, families: ReadonlySet<Family>): Step | undefined {
  const { contracts } = context.engine;
  const contract = call.callee.kind === 'name' ? contracts.of(call.callee.name) : undefined;
  const op = [...(contract?.ops ?? []), ...(contract?.ok ?? [])].find(
    (one) => one.op === 'acquire' && one.ref === '0' && one.family !== 'object',
  );
  const [arg] = call.args;
  const subject = arg === undefined ? undefined : written(arg);
  if (op?.op !== 'acquire' || !families.has(op.family) || subject === undefined || isKept(node, call)) return undefined;
  return {
    node,
    call,
    subject,
    isResult: true,
    isMade: false,
    undoer: op.releasedBy ?? '',
    isUndo: (one) =>
      one.callee.kind === 'name' &&
      contracts.of(one.callee.name)?.ops?.some((other) => other.op === 'release' && other.family === op.family) === true &&
      one.args.some((other) => written(other) === subject),
  };
}

/** True when the result of a call is stored: the reference may have been taken for that place. */
const isKept = (node: CfgNode, call: Call): boolean =>
  (node.kind === 'eval' && node.expr !== call) || (node.kind === 'decl' && !node.name.startsWith('%')) || node.kind === 'return';

/** A function of the driver whose name has a twin that gives back what it takes. */
function twinned(node: CfgNode, call: Call, context: FunctionContext, families: ReadonlySet<Family>): Step | undefined {
  const { engine, program, fn } = context;
  const name = call.callee.kind === 'name' ? call.callee.name : '';
  if (engine.contracts.of(name) !== undefined || engine.contracts.isHarmless(name)) return undefined;
  const names = undoerNames(name);
  if (names.length === 0) return undefined;
  const maker = program.findFunction(name, fn.file);
  if (maker === undefined || maker.item.alternative) return undefined;
  const undoer = names
    .filter((one) => maker.file.text.includes(`${one}(`) || context.text.includes(`${one}(`))
    .map((one) => program.findFunction(one, maker.file))
    .find((one) => one !== undefined && !one.item.alternative);
  if (undoer === undefined) return undefined;
  const given = familiesOf(context, undoer, 'release');
  const mine = [...families].filter((family) => given.has(family));
  if (mine.length === 0) return undefined;
  // References come from far away, through files and tables; there are few functions that give one back.
  const taken = familiesOf(context, maker, 'acquire', mine.includes('pagemap') ? 4 : undefined);
  if (!mine.some((family) => taken.has(family))) return undefined;
  const isResult = (maker.ast()?.returnType.pointers ?? 0) > 0;
  // A count that is taken on what others own as well: where the pointer goes, the count may go.
  if (families.has('memory') && /(^|_)get(_|$)/.test(name)) return undefined;
  const subject = isResult ? resultPlace(node, call) : sharedArgument(call, undoer, maker);
  if (subject === undefined) return undefined;
  return {
    node,
    call,
    subject,
    isResult,
    // Nobody else knows of what a pointer returned leads to, or of a struct on the stack.
    isMade: isResult
      ? mine.includes('memory') && maker.file.path === fn.file.path && isStatic(maker)
      : maker.file.path === fn.file.path && isLocalStruct(subject, context),
    undoer: undoer.name,
    isUndo: (one) =>
      one.callee.kind === 'name' &&
      (one.callee.name.startsWith(undoer.name) || isReleaseOf(one, context, families)) &&
      one.args.some((arg) => written(arg) === subject),
  };
}

/** True for a call that by contract gives back something of the families. */
function isReleaseOf(call: Call, context: FunctionContext, families: ReadonlySet<Family>): boolean {
  const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
  return contract?.ops?.some((op) => op.op === 'release' && families.has(op.family)) === true;
}

/** The argument that the twin takes as well, by its type. */
function sharedArgument(call: Call, undoer: FunctionDef, maker: FunctionDef): string | undefined {
  const wanted = undoer.ast()?.params.map((p) => p.type) ?? [];
  const params = maker.ast()?.params ?? [];
  // The last thing that the twin takes is what it is about, where it takes a context beside it.
  for (const type of [...wanted].reverse()) {
    const at = params.findIndex(
      (p) => p.type.base === type.base && p.type.pointers === type.pointers && type.pointers === 1 && type.base.startsWith('struct '),
    );
    const arg = at < 0 ? undefined : call.args[at];
    if (arg !== undefined) return written(arg);
  }
  return undefined;
}

/** Nodes at which what a step made goes to somebody else. */
function handOvers(cfg: Cfg, step: Step, undos: ReadonlySet<number>, context: FunctionContext): ReadonlySet<number> {
  const ends = new Set<number>();
  const parts = partsOf(cfg, step.subject);
  for (const node of cfg.nodes) {
    if (node.id === step.node.id) continue;
    for (const call of callsOf(node)) if (takesOwner(cfg, call, step, parts)) ends.add(node.id);
    if (!step.isResult && !(step.isMade && undos.size === 0)) continue;
    if (storesIt(node, step.subject)) ends.add(node.id);
    // Given to a function and undone behind it: it stayed here.
    for (const call of callsOf(node)) {
      const isGiven = call.args.some((arg, i) => isOrPart(written(arg), step.subject, parts) && mayKeep(call, i, context));
      const isLinked =
        call.callee.kind === 'name' &&
        /(^|_)(add|insert|link|queue|register|splice)(_|$)/.test(call.callee.name) &&
        call.args.some((arg) => isPartOf(written(arg), step.subject, parts));
      if (!isGiven && !isLinked) continue;
      const after = reachedOnSuccess(cfg, node, call, context, step.node.id);
      if (![...undos].some((id) => after.has(id))) ends.add(node.id);
    }
  }
  return ends;
}

/** True for a call that takes down what the step's subject is a part of, or the subject itself, in whatever words. */
function takesOwner(cfg: Cfg, call: Call, step: Step, parts: ReadonlySet<string>): boolean {
  if (call.callee.kind !== 'name') return false;
  if (
    !/(^|_)(free|put|destroy|fini|uninit|deinit|cleanup|release|remove|del|delete|close|unref|unreference|unregister|drop|teardown|kill|unwind|detach|abort|unlock|undo|rollback)(_|$|\d)/.test(
      call.callee.name,
    ) &&
    makerNames(call.callee.name).length === 0
  )
    return false;
  const own = wholeOf(cfg, step.subject);
  return call.args.some((arg) => {
    const place = written(arg);
    const name = place?.replace(/^[&*]/, '');
    return (
      name !== undefined &&
      ((step.isResult && isPartOf(place, step.subject, parts)) ||
        own === name ||
        parts.has(name) ||
        own.startsWith(`${name}->`) ||
        own.startsWith(`${name}.`))
    );
  });
}

/** The place that a subject names: of a variable that points into something from the start, that place. */
function wholeOf(cfg: Cfg, subject: string): string {
  const init = cfg.nodes.flatMap((node) => (node.kind === 'decl' && node.name === subject ? [node.init] : []))[0];
  const place = init?.kind === 'address' ? written(init) : undefined;
  return (place ?? subject).replace(/^[&*]/, '');
}

/** Variables that point to a part of the subject: what ends the part may end the whole. */
function partsOf(cfg: Cfg, subject: string): ReadonlySet<string> {
  const parts = new Set<string>();
  for (const node of cfg.nodes) {
    const [name, value] =
      node.kind === 'decl'
        ? [node.name, node.init]
        : node.kind === 'eval' && node.expr.kind === 'assign' && node.expr.left.kind === 'name'
          ? [node.expr.left.name, node.expr.right]
          : [undefined, undefined];
    if (name !== undefined && value?.kind === 'address' && isPartOf(written(value), subject, parts)) parts.add(name);
  }
  return parts;
}

/** True for the address of a part of the subject. */
const isPartOf = (place: string | undefined, subject: string, parts: ReadonlySet<string>): boolean =>
  place?.startsWith('&') === true && [subject, ...parts].some((one) => place.startsWith(`&${one}->`) || place.startsWith(`&${one}.`));

/** True for the subject itself, or for a variable that points to a part of it. */
const isOrPart = (place: string | undefined, subject: string, parts: ReadonlySet<string>): boolean =>
  place === subject || (place !== undefined && parts.has(place));

/** True for a call that may keep what its argument points to: of functions of the driver, what their bodies do tells. */
function mayKeep(call: Call, index: number, context: FunctionContext): boolean {
  const { engine, program, fn } = context;
  if (call.callee.kind !== 'name') return true;
  if (engine.contracts.of(call.callee.name) !== undefined || engine.contracts.isHarmless(call.callee.name)) return false;
  const callee = program.findFunction(call.callee.name, fn.file);
  if (callee === undefined || !engine.isWorthwhile(callee)) return true;
  const summary = engine.summaryOf(callee);
  return summary.unknown || summary.escapes.includes(index) || summary.memoryEscapes.includes(index);
}

/** True for the address of a struct on the function's stack. */
const isLocalStruct = (subject: string, context: FunctionContext): boolean =>
  /^&[A-Za-z_]\w*$/.test(subject) &&
  context.scope.local(subject.slice(1))?.pointers === 0 &&
  !context.ast.params.some((p) => p.name === subject.slice(1));

const isStatic = (fn: FunctionDef): boolean => /^static\b/.test(fn.file.text.slice(fn.item.start, fn.item.start + 8));

/** Adds tests of which one side undoes the step and the other gives back something else instead: what that holds goes with it. */
function addAlternatives(cfg: Cfg, undos: Set<number>): void {
  for (const node of cfg.nodes) {
    if (node.kind !== 'branch' || undos.has(node.id)) continue;
    const [yes, no] = node.succ;
    const releases = (id: number | undefined): boolean =>
      id !== undefined &&
      cfg.nodes[id] !== undefined &&
      callsOf(cfg.nodes[id]).some(
        (call) => call.callee.kind === 'name' && /(^|_)(free|put|destroy|release|unref)(_|$|\d)/.test(call.callee.name),
      );
    if ((yes !== undefined && undos.has(yes) && releases(no)) || (no !== undefined && undos.has(no) && releases(yes))) undos.add(node.id);
  }
}

/** Nodes that call the twin of this very function: it takes down whatever was made. */
function ownUndos(cfg: Cfg, context: FunctionContext): readonly number[] {
  const names = new Set(undoerNames(context.fn.name));
  return cfg.nodes
    .filter((node) => callsOf(node).some((call) => call.callee.kind === 'name' && names.has(call.callee.name)))
    .map((node) => node.id);
}

/** True for a node that stores the value of a variable where others find it, or in another variable. */
function storesIt(node: CfgNode, subject: string): boolean {
  const expr = node.kind === 'eval' ? node.expr : node.kind === 'decl' ? node.init : undefined;
  if (expr === undefined) return false;
  const value = expr.kind === 'assign' ? expr.right : expr;
  if (node.kind === 'eval' && expr.kind !== 'assign') return false;
  let found = false;
  const visit = (e: Expr): void => {
    if (written(e) === subject) found = true;
    // Looked through, not kept.
    if (e.kind === 'call' || (e.kind === 'member' && e.arrow) || e.kind === 'deref') return;
    forEachChild(e, visit);
  };
  visit(value);
  return found && !(node.kind === 'decl' && node.name.startsWith('%'));
}

/** True for a node that success comes through as well: it takes back nothing, it ends what was borrowed. */
const isOnEveryWay = (cfg: Cfg, from: CfgNode, node: CfgNode): boolean =>
  !reachable(cfg, from.id, (one) => one.id === node.id).has(cfg.exit);

/** Nodes behind the step that undo what was done before it: by twins of calls from which the step is reached. */
function olderUndos(cfg: Cfg, step: Step, context: FunctionContext): ReadonlySet<number> {
  const earlier = new Set<string>();
  for (const node of cfg.nodes)
    if (node.id < step.node.id && reachable(cfg, node.id).has(step.node.id))
      for (const call of callsOf(node)) if (call.callee.kind === 'name') earlier.add(call.callee.name);
  const found = new Set<number>();
  const parts = partsOf(cfg, step.subject);
  for (const node of cfg.nodes) {
    if (node.id <= step.node.id) continue;
    for (const call of callsOf(node)) {
      if (call.callee.kind !== 'name') continue;
      const { name } = call.callee;
      const released = context.engine.contracts.of(name)?.ops?.find((op) => op.op === 'release');
      const isOlder =
        makerNames(name).some((one) => earlier.has(one)) ||
        (released?.op === 'release' &&
          [...earlier].some((one) =>
            [...(context.engine.contracts.of(one)?.ops ?? []), ...(context.engine.contracts.of(one)?.ok ?? [])].some(
              (op) => op.op === 'acquire' && op.family === released.family,
            ),
          ));
      if (isOlder && !step.isUndo(call) && !takesOwner(cfg, call, step, parts) && !isOnEveryWay(cfg, step.node, node)) found.add(node.id);
    }
  }
  return found;
}
