/** Members that own a reference on a pagemap, and the ends of the structs that hold them. */

import { makerNames } from '../../contracts/twins.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import { memberOf, typeOf } from '../../flow/types.js';
import type { ProgramFile } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import { driverRoot } from '../drivers.js';
import { familiesOf } from '../families.js';
import { reachable } from '../graph.js';
import { callsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { walkExprs } from '../walk.js';

/** An end that forgets a reference. */
export interface Forgotten {
  readonly span: Expr;
  /** The member, or the function that took what is forgotten. */
  readonly name: string;
  readonly how: 'freed' | 'overwritten' | 'cleared';
}

/** Names of functions that take a reference on a pagemap by contract. */
const takers = (context: FunctionContext): readonly string[] =>
  context.engine.contracts.all
    .filter((c) => [...(c.ops ?? []), ...(c.ok ?? [])].some((op) => op.op === 'acquire' && op.family === 'pagemap'))
    .map((c) => c.name);

/** Structs freed with a reference that nobody here drops, copied over one, or cleared of one by the twin of what took it. */
export function forgottenReference(context: FunctionContext): Forgotten | undefined {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined) return undefined;
  const drops = (): boolean => familiesOf(context, context.fn, 'release', 2).has('pagemap');
  for (const node of cfg.nodes) {
    const freed = freedIn(node, context);
    if (freed !== undefined) {
      const member = ownedMember(freed.tag, context, 0);
      if (member !== undefined && !drops() && !isMadeHere(context) && !callersDrop(context))
        return { span: freed.call, name: member, how: 'freed' };
    }
    const copied = copiedIn(node, context);
    if (copied !== undefined) {
      const member = ownedMember(copied.tag, context, 0);
      if (
        member !== undefined &&
        familiesOf(context, context.fn, 'acquire', 0).has('pagemap') &&
        comesUndropped(cfg, node, context) &&
        !callersDrop(context)
      )
        return { span: copied.expr, name: member, how: 'overwritten' };
    }
  }
  return clearedByTwin(context, cfg.nodes, drops);
}

/** True when a way leads from the entry to a node past no drop of such a reference. */
function comesUndropped(cfg: Cfg, to: CfgNode, context: FunctionContext): boolean {
  const drops = (node: CfgNode): boolean =>
    callsOf(node).some((call) => {
      if (call.callee.kind !== 'name') return false;
      const contract = context.engine.contracts.of(call.callee.name);
      if (contract !== undefined) return contract.ops?.some((op) => op.op === 'release' && op.family === 'pagemap') === true;
      const fn = context.program.findFunction(call.callee.name, context.fn.file);
      return fn !== undefined && familiesOf(context, fn, 'release', 1).has('pagemap');
    });
  return cfg.entry === to.id || reachable(cfg, cfg.entry, (node) => node !== to && drops(node)).has(to.id);
}

/** A free of a struct in a node. */
function freedIn(node: CfgNode, context: FunctionContext): { readonly call: Expr; readonly tag: string } | undefined {
  for (const call of callsOf(node)) {
    const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
    const op = contract?.ops?.find((one) => one.op === 'release' && one.family === 'memory');
    const arg = op?.op === 'release' ? call.args[Number(op.ref.replace(/\D.*/, ''))] : undefined;
    const type = arg === undefined ? undefined : typeOf(arg, context.scope);
    if (type !== undefined && type.pointers === 1 && type.base.startsWith('struct ')) return { call, tag: type.base };
  }
  return undefined;
}

/** A whole struct copied to where a parameter points. */
function copiedIn(node: CfgNode, context: FunctionContext): { readonly expr: Expr; readonly tag: string } | undefined {
  if (node.kind !== 'eval' || node.expr.kind !== 'assign' || node.expr.op !== '=') return undefined;
  const { left, right } = node.expr;
  if (left.kind !== 'deref' || left.operand.kind !== 'name' || right.kind !== 'deref') return undefined;
  const { name } = left.operand;
  if (!context.ast.params.some((p) => p.name === name)) return undefined;
  const type = typeOf(left, context.scope);
  return type !== undefined && type.pointers === 0 && type.base.startsWith('struct ') ? { expr: node.expr, tag: type.base } : undefined;
}

/** A member of a struct, or of one embedded in it, in which the driver stores references that it took. */
function ownedMember(tag: string, context: FunctionContext, depth: number): string | undefined {
  const { program, fn } = context;
  const struct = program.findStruct(tag, fn.file);
  if (struct === undefined || depth > 3) return undefined;
  for (const member of struct.ast.members) {
    for (const one of [member, ...(member.inner ?? [])]) {
      if (one.type.pointers === 1 && isPagemap(one.type.base, context) && isTakenFor(tag, one.name, fn.file, context)) return one.name;
    }
    if (member.type.pointers === 0 && member.type.base.startsWith('struct ') && member.type.base !== tag) {
      const inner = ownedMember(member.type.base, context, depth + 1);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

/** True for the type on which the tables' functions take and drop references. */
function isPagemap(base: string, context: FunctionContext): boolean {
  const type = takers(context)
    .map((name) => context.program.findSignature(name, context.fn.file)?.params[0]?.type)
    .find((one) => one !== undefined);
  return type?.base === base;
}

/** True when the driver stores a reference in the member of that struct as it takes it. */
function isTakenFor(tag: string, member: string, from: ProgramFile, context: FunctionContext): boolean {
  const { engine, program } = context;
  const names = takers(context);
  const pattern = new RegExp(`(?:->|\\.)${member} = (?:${names.join('|')})\\(`);
  const root = driverRoot(from.path);
  const files = program.mentioning(member, from).filter((file) => file.path.startsWith(root));
  return [from, ...files.filter((file) => file.path !== from.path)].some(
    (file) =>
      pattern.test(file.text) &&
      program.functionsIn(file).some((fn) => {
        const ast = pattern.test(file.text.slice(fn.item.start, fn.item.end)) ? fn.ast() : undefined;
        if (ast === undefined) return false;
        const types = engine.cfgOf(fn)?.types;
        const scope = { program, file, local: (name: string) => types?.get(name) };
        let found = false;
        walkExprs(ast.body, (e) => {
          if (e.kind !== 'assign' || e.left.kind !== 'member' || e.left.field !== member) return;
          const { right } = e;
          if (
            right.kind === 'call' &&
            right.callee.kind === 'name' &&
            names.includes(right.callee.name) &&
            memberOf(e.left, scope)?.structTag === tag
          )
            found = true;
        });
        return found;
      }),
  );
}

/** True when the function allocates: what it frees may never have held anything. */
const isMadeHere = (context: FunctionContext): boolean => familiesOf(context, context.fn, 'acquire', 0).has('memory');

/** True when a caller drops references of the family itself. */
const callersDrop = (context: FunctionContext): boolean =>
  context.program
    .references(context.fn)
    .some((ref) => ref.caller.key !== context.fn.key && familiesOf(context, ref.caller, 'release', 0).has('pagemap'));

/** A member cleared by a function whose twin, by name, takes references, and that drops none. */
function clearedByTwin(context: FunctionContext, nodes: readonly CfgNode[], drops: () => boolean): Forgotten | undefined {
  const { program, fn } = context;
  const makers = makerNames(fn.name)
    .flatMap((name) => program.findFunction(name, fn.file) ?? [])
    .filter((one) => one.file.path === fn.file.path && !one.item.alternative);
  if (makers.length === 0 || fn.item.alternative) return undefined;
  const cleared = nodes.find(
    (node) =>
      node.kind === 'eval' &&
      node.expr.kind === 'assign' &&
      (node.expr.left.kind === 'member' || (node.expr.left.kind === 'index' && node.expr.left.object.kind === 'member')) &&
      node.expr.right.kind === 'name' &&
      node.expr.right.name === 'NULL',
  );
  if (cleared?.kind !== 'eval') return undefined;
  const maker = makers.find((one) => familiesOf(context, one, 'acquire', 4).has('pagemap'));
  if (maker === undefined || drops() || familiesOf(context, fn, 'release', 3).has('pagemap')) return undefined;
  return { span: cleared.expr, name: maker.name, how: 'cleared' };
}
