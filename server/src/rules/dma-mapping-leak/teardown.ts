/** Teardowns that free what is mapped: a table, an address array or coherent memory that their twin makes, and that nobody unmaps before. */
import { backingPairs } from '../../contracts/pairs.js';
import { makerNames } from '../../contracts/twins.js';
import type { CfgNode } from '../../flow/cfg.js';
import { typeOf } from '../../flow/types.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { mapsIn } from '../backing.js';
import { reachable } from '../graph.js';
import { callsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { type Call, effectOf, unmapsIn } from './effects.js';

/** A teardown that leaves a mapping. */
export interface Left {
  readonly span: Span;
  /** The function that makes what is left. */
  readonly maker: FunctionDef;
  readonly what: 'table' | 'array' | 'coherent';
}

/** What a function that only takes down frees without its unmap; undefined when nothing. */
export function leftMapped(context: FunctionContext): Left | undefined {
  return freedMapped(context) ?? keptCoherent(context);
}

/** The first free of mapped storage that a way reaches without an unmap. */
function freedMapped(context: FunctionContext): Left | undefined {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined || !/free/.test(context.text)) return undefined;
  const frees = cfg.nodes.flatMap((node) => {
    const call = callsOf(node).find((one) => storageFreed(one, context) !== undefined);
    return call === undefined ? [] : [{ node, call }];
  });
  if (frees.length === 0) return undefined;
  // Who allocates or maps here as well cleans up after itself: its ways are told apart elsewhere.
  if (cfg.nodes.some((node) => callsOf(node).some((call) => effectOf(call, context) === 'map' || allocates(call, context))))
    return undefined;
  const unmaps = unmapsIn(cfg, context);
  const seen = new Set<number>();
  const work = [cfg.entry];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id) || unmaps.has(id)) continue;
    seen.add(id);
    work.push(...(cfg.nodes[id]?.succ ?? []));
  }
  for (const { node, call } of frees) {
    const what = storageFreed(call, context);
    if (what === undefined || !seen.has(node.id)) continue;
    if (what === 'array') {
      // Addresses that are zero were never mapped, or are unmapped: which they are is told by another function than this one.
      const maker = unmaps.size === 0 ? mapperOfMember(call, context) : undefined;
      if (maker !== undefined && !isUnmappedAround(context, 1)) return { span: call, maker, what };
      continue;
    }
    const maker = mappingTwin(context);
    if (maker !== undefined) return { span: call, maker, what };
  }
  return undefined;
}

/** What kind of mapped storage a call frees: a scatter table, or a kept array of addresses. */
function storageFreed(call: Call, context: FunctionContext): 'table' | 'array' | undefined {
  if (call.callee.kind !== 'name') return undefined;
  const contract = context.engine.contracts.of(call.callee.name);
  const op = contract?.ops?.find((one) => one.op === 'release' && (one.family === 'memory' || one.family === 'object'));
  if (op === undefined || op.op !== 'release') return undefined;
  const arg = call.args[Number(op.ref.replace(/\D.*/, ''))];
  if (arg === undefined) return undefined;
  if (op.family === 'object') return op.ref.includes('.') ? 'table' : undefined;
  const type = typeOf(arg, context.scope);
  if (type === undefined) return undefined;
  if (type.base === 'struct sg_table' && type.pointers === 1) return 'table';
  return type.base === 'dma_addr_t' && memberIn(arg) !== undefined ? 'array' : undefined;
}

/** True for a call that makes what this function frees. */
function allocates(call: Call, context: FunctionContext): boolean {
  const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
  return [...(contract?.ops ?? []), ...(contract?.ok ?? [])].some(
    (op) => op.op === 'acquire' && (op.family === 'object' || op.family === 'memory'),
  );
}

/** The member that holds an array: `addr` of `p->addr[i]`. */
function memberIn(e: Expr): string | undefined {
  return e.kind === 'member' ? e.field : e.kind === 'index' ? memberIn(e.object) : undefined;
}

/** A function of the file that maps into the array which this call frees together with its owner. */
function mapperOfMember(call: Call, context: FunctionContext): FunctionDef | undefined {
  const field = call.args.map(memberIn).find((name) => name !== undefined);
  const owner = call.args.map(rootName).find((name) => name !== undefined);
  if (field === undefined || owner === undefined || !freesOwner(owner, context)) return undefined;
  const pattern = new RegExp(`(?:->|\\.)${field}\\b`);
  return context.program
    .functionsIn(context.fn.file)
    .find((fn) => pattern.test(fn.file.text.slice(fn.item.bodyStart, fn.item.end)) && mapsIn(context, [fn], 'dma-map', 0));
}

function rootName(e: Expr): string | undefined {
  return e.kind === 'name' ? e.name : e.kind === 'member' || e.kind === 'index' ? rootName(e.object) : undefined;
}

/** True when the function frees what the name points to. */
function freesOwner(name: string, context: FunctionContext): boolean {
  const cfg = context.engine.cfgOf(context.fn);
  return (cfg?.nodes ?? []).some((node) =>
    callsOf(node).some(
      (call) =>
        call.callee.kind === 'name' &&
        context.engine.contracts.of(call.callee.name)?.ops?.some((op) => op.op === 'release' && op.family === 'memory') === true &&
        call.args.some((arg) => arg.kind === 'name' && arg.name === name),
    ),
  );
}

/** True when a caller unmaps on a way to its call of this function. */
function isUnmappedAround(context: FunctionContext, depth: number): boolean {
  const { engine, fn, program } = context;
  return program.references(fn).some(({ caller }) => {
    if (caller.key === fn.key || !mapsIn(context, [caller], 'dma-unmap', depth, fn.key)) return false;
    const cfg = engine.cfgOf(caller);
    if (cfg === undefined) return true;
    const calls = (node: CfgNode): readonly string[] =>
      callsOf(node).flatMap((call) => (call.callee.kind === 'name' ? [call.callee.name] : []));
    const here = new Set(cfg.nodes.filter((node) => calls(node).includes(fn.name)).map((node) => node.id));
    const unmaps = (name: string): boolean => {
      const contract = engine.contracts.of(name);
      if (contract !== undefined) return contract.ops?.some((op) => op.op === 'dma-unmap') === true;
      const callee = depth > 0 ? program.findFunction(name, caller.file) : undefined;
      return callee !== undefined && callee.key !== fn.key && mapsIn(context, [callee], 'dma-unmap', depth - 1, fn.key);
    };
    // On another way than the call of this function it says nothing of it.
    return here.size === 0 || cfg.nodes.some((node) => calls(node).some(unmaps) && [...reachable(cfg, node.id)].some((id) => here.has(id)));
  });
}

/** The function that maps what this one frees: by the twin of its name, or of the callback that leads here. */
function mappingTwin(context: FunctionContext): FunctionDef | undefined {
  const { program, fn } = context;
  const byName = makerNames(fn.name)
    .flatMap((name) => program.findFunction(name, fn.file) ?? [])
    .find((one) => one.file.path === fn.file.path && mapsIn(context, [one]));
  if (byName !== undefined && isUnmappedAround(context, 0)) return undefined;
  const maker = byName ?? callbackTwin(context, fn, 2);
  if (maker === undefined || (byName !== undefined && fn.name.includes('unmap'))) return maker;
  // Unmapped by another function of the file: the wrong place is another rule's matter.
  const isElsewhere = program
    .functionsIn(fn.file)
    .some((one) => one.key !== fn.key && one.key !== maker.key && mapsIn(context, [one], 'dma-unmap', 0));
  return isElsewhere ? undefined : maker;
}

/** The maker's callback of the pair in whose dropping callback a function stands, or which calls it, unmapping nothing itself. */
function callbackTwin(context: FunctionContext, fn: FunctionDef, depth: number): FunctionDef | undefined {
  const { program } = context;
  for (const pair of backingPairs) {
    if (!program.storedIn(pair.drop, fn.file).some((one) => one.key === fn.key)) continue;
    for (const entry of program.callbacks(fn.file)) {
      if (entry.functionName !== fn.name || entry.member !== pair.drop) continue;
      const twin = program.callbacks(fn.file).find((other) => other.table === entry.table && other.member === pair.make);
      const maker = twin === undefined ? undefined : program.findFunction(twin.functionName, entry.file);
      if (maker !== undefined && mapsIn(context, [maker])) return maker;
    }
  }
  if (depth === 0) return undefined;
  const callers = program.references(fn).filter((ref) => ref.isCall && ref.caller.key !== fn.key);
  // One way that unmaps before it comes here is enough to say nothing.
  if (callers.some((ref) => mapsIn(context, [ref.caller], 'dma-unmap', 1, fn.key))) return undefined;
  // A helper that the makers clean up with as well is no teardown: whoever calls it decides.
  if (callers.some((ref) => isMaking(ref.caller, context))) return undefined;
  for (const ref of callers) {
    if (ref.caller.file.path !== fn.file.path) continue;
    const maker = callbackTwin(context, ref.caller, depth - 1);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

/** Coherent memory that the twin by name keeps, and that this function and its file never give back. */
function keptCoherent(context: FunctionContext): Left | undefined {
  const { program, fn } = context;
  const names = makerNames(fn.name);
  if (names.length === 0) return undefined;
  const makers = names.flatMap((name) => program.findFunction(name, fn.file) ?? []).filter((one) => one.file.path === fn.file.path);
  for (const maker of makers) {
    if (!makesCoherent(context, maker, 'acquire')) continue;
    // The maker gives back what it cannot use; anybody else may be the one who gives it back in the end.
    if (program.functionsIn(fn.file).some((one) => one.key !== maker.key && makesCoherent(context, one, 'release'))) continue;
    if (isReturned(maker)) continue;
    return { span: context.ast.nameSpan, maker, what: 'coherent' };
  }
  return undefined;
}

/** True when a function calls what makes (or gives back) coherent memory. */
function makesCoherent(context: FunctionContext, fn: FunctionDef, what: 'acquire' | 'release'): boolean {
  const { contracts } = context.engine;
  for (const match of fn.file.text.slice(fn.item.bodyStart, fn.item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const contract = contracts.of(match[1] ?? '');
    if (contract?.lifecycle !== 'dma-mappings') continue;
    if ([...(contract.ops ?? []), ...(contract.ok ?? [])].some((op) => op.op === what && op.family === 'memory')) return true;
  }
  return false;
}

/** True when a function returns a pointer: its callers have what it made. */
const isReturned = (fn: FunctionDef): boolean => (fn.ast()?.returnType.pointers ?? 1) > 0;

/** True for a function that allocates or maps by itself. */
function isMaking(fn: FunctionDef, context: FunctionContext): boolean {
  const { contracts } = context.engine;
  for (const match of fn.file.text.slice(fn.item.bodyStart, fn.item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const contract = contracts.of(match[1] ?? '');
    for (const op of [...(contract?.ops ?? []), ...(contract?.ok ?? [])])
      if (op.op === 'dma-map' || (op.op === 'acquire' && (op.family === 'memory' || op.family === 'object'))) return true;
  }
  return false;
}

/** True when a function that this one calls frees while mapped what is dropped here: that one is the place. */
export function isLeftBelow(context: FunctionContext): boolean {
  const { engine, program } = context;
  const names = new Set(
    (engine.cfgOf(context.fn)?.nodes ?? []).flatMap((node) =>
      callsOf(node).flatMap((call) => (call.callee.kind === 'name' ? [call.callee.name] : [])),
    ),
  );
  for (const name of names) {
    const fn = engine.contracts.of(name) === undefined ? program.findFunction(name, context.fn.file) : undefined;
    const ast = fn?.file.path === context.fn.file.path ? fn.ast() : undefined;
    const types = fn === undefined ? undefined : engine.cfgOf(fn)?.types;
    if (fn === undefined || ast === undefined) continue;
    const text = fn.file.text.slice(fn.item.start, fn.item.end);
    const scope = { program, file: fn.file, local: (local: string) => types?.get(local) };
    if (leftMapped({ ...context, fn, ast, text, scope }) !== undefined) return true;
  }
  return false;
}
