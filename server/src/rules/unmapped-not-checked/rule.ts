/** A range found in the tree is bound or queued, and nobody looked whether the CPU has given it up. */
import { coreFiles } from '../../contracts/generations.js';
import { valueHelpers } from '../../contracts/memory.js';
import { guardedMembers, mappingFlags, wholeWordMember } from '../../contracts/protected.js';
import { queueingCalls } from '../../contracts/queues.js';
import type { Cfg } from '../../flow/cfg.js';
import type { FlowEvent } from '../../flow/events.js';
import type { Term } from '../../flow/term.js';
import { memberOf, type TypeScope } from '../../flow/types.js';
import type { FunctionDef, ProgramFile } from '../../program/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import { rootTerm } from '../roots.js';
import type { FunctionContext, Rule } from '../rule.js';

interface Notes {
  /** Nodes that look at the mark, or make the question moot, by the range's key. */
  readonly looks: Map<string, Set<number>>;
  readonly commits: { readonly key: string; readonly node: number; readonly span: Span; readonly what: 'bound' | 'queued' }[];
}

const notes = perFunction<Notes>(() => ({ looks: new Map(), commits: [] }));
const mark = 'unmapped';
const addresses = guardedMembers.find((one) => one.use === 'through')?.member;

/** See README.md beside this file. */
export const unmappedNotChecked: Rule = {
  id: 'unmapped-not-checked',
  onEvent(event, frame, context) {
    if (event.kind === 'access') word(event, frame.scope, context);
    if (coreFiles.has(context.fn.file.path) || !isOfWalk(event)) return;
    if (!isSplit(context)) return;
    if (event.kind === 'access' && (event.expr.field === mark || event.expr.field === wholeWordMember) && event.loc.root.kind === 'pointee')
      look(event.loc.root.term, frame.node.id, context);
    if (event.kind === 'call') call(event, frame.node.id, context);
  },
  finish(context) {
    const { mapped, hasLooked } = words(context);
    if (mapped !== undefined && !hasLooked && isSplit(context) && !isLookedAtAbove(context.fn, context, 2))
      context.report({
        span: mapped,
        message: `a mapping of addresses that are gone: pages are recorded as mapped here, and their \`${mark}\` mark is not looked at; fail when they carry it`,
      });
    const { commits, looks } = notes(context);
    const cfg = context.engine.cfgOf(context.fn);
    if (cfg === undefined || commits.length === 0) return;
    for (const { key, node, span, what } of commits) {
      const head = headOf(key, cfg, context);
      if (head === undefined || !isReached(cfg, head, node, looks.get(key) ?? new Set())) continue;
      context.report({
        span,
        message: `work that will be undone: a range found in the tree is ${what} here, and no look at its \`${mark}\` mark lies on the way; skip ranges that carry it`,
      });
    }
  },
};

/** What a function does with flags words of pages: where it says that they are mapped, and whether it looks at the mark. */
const words = perFunction<{ mapped: Span | undefined; hasLooked: boolean }>(() => ({ mapped: undefined, hasLooked: false }));

function isSplit({ program: { facts } }: FunctionContext): boolean {
  return !facts.rangeHasPages && facts.rangeHasFlags;
}

/** A look at the mark of a flags word, or a mapping noted in one. */
function word(event: FlowEvent & { readonly kind: 'access' }, scope: TypeScope, context: FunctionContext): void {
  const { expr, write, value } = event;
  if (expr.field === mark && !write) words(context).hasLooked = true;
  if (!mappingFlags.has(expr.field) || !write || value === undefined || !isTrue(value)) return;
  if (memberOf(expr, scope)?.struct?.member(mark) !== undefined) words(context).mapped ??= { start: expr.start, end: expr.end };
}

/** True when a caller looks at the mark: it may have done so before the call. */
function isLookedAtAbove(fn: FunctionDef, context: FunctionContext, depth: number): boolean {
  return context.program.references(fn).some(({ caller }) => {
    if (caller.key === fn.key) return false;
    const text = caller.file.text.slice(caller.item.bodyStart, caller.item.end);
    return new RegExp(`(?:->|\\.)\\s*${mark}\\b`).test(text) || (depth > 0 && isLookedAtAbove(caller, context, depth - 1));
  });
}

const isTrue = (e: Expr): boolean => (e.kind === 'name' && e.name === 'true') || (e.kind === 'number' && e.value === 1);

/** True for events about the element of a walk: the facts are asked for these alone. */
function isOfWalk(event: FlowEvent): boolean {
  if (event.kind === 'access') return event.loc.root.kind === 'pointee' && isElement(event.loc.root.term);
  return (
    event.kind === 'call' &&
    event.args.some((arg) => isElement(arg) || (arg.kind === 'load' && arg.loc.root.kind === 'pointee' && isElement(arg.loc.root.term)))
  );
}

const isElement = (value: Term): boolean => rootTerm(value).key.startsWith('!it');

function look(value: Term, node: number, context: FunctionContext): void {
  const { key } = rootTerm(value);
  if (!key.startsWith('!it')) return;
  const { looks } = notes(context);
  const set = looks.get(key) ?? new Set<number>();
  set.add(node);
  looks.set(key, set);
}

function call(event: FlowEvent & { readonly kind: 'call' }, node: number, context: FunctionContext): void {
  const { engine } = context;
  if (queueingCalls.has(event.name)) {
    const [link] = event.args;
    if (link !== undefined && link.kind === 'addr' && link.loc.path.length > 0) commit(link, event.expr, node, 'queued', context);
    return;
  }
  const isTold =
    event.contract?.ops?.some((op) => op.op === 'range' && op.to !== 'none-left') === true ||
    event.contract?.ok?.some((op) => op.op === 'pages') === true;
  for (const arg of event.args) {
    if (arg.kind === 'load' && addresses !== undefined && arg.loc.path.at(-1) === addresses && arg.loc.root.kind === 'pointee') {
      if (event.contract === undefined && !engine.contracts.isHarmless(event.name))
        commit(arg.loc.root.term, event.expr, node, 'bound', context);
    } else if (
      // Only what hangs from a walk's element counts, and what a function looks at is dear to find out.
      rootTerm(arg).key.startsWith('!it') &&
      (isTold ||
        (event.contract === undefined && !engine.contracts.isHarmless(event.name) && mayLook(event.name, context.fn.file, context, 0)))
    )
      look(arg, node, context);
  }
}

/** True for a function that may look at the mark: its body does, or nobody knows its body. */
function mayLook(name: string, from: ProgramFile, context: FunctionContext, depth: number): boolean {
  const { engine, program } = context;
  const contract = engine.contracts.of(name);
  if (contract !== undefined) return contract.ok?.some((op) => op.op === 'pages') === true;
  if (engine.contracts.isHarmless(name) || Object.hasOwn(valueHelpers, name)) return false;
  const fn = program.findFunction(name, from);
  if (fn === undefined) return program.findMacro(name, from) === undefined || depth === 0;
  if (depth > 3) return true;
  const text = fn.file.text.slice(fn.item.bodyStart, fn.item.end);
  if (new RegExp(`\\b(?:${mark}|${wholeWordMember})\\b`).test(text)) return true;
  return [...text.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)].some(
    (match) => !keywords.has(match[1] ?? '') && mayLook(match[1] ?? '', fn.file, context, depth + 1),
  );
}

const keywords: ReadonlySet<string> = new Set(['if', 'for', 'while', 'switch', 'return', 'sizeof', 'typeof', 'container_of']);

function commit(value: Term, span: Span, node: number, what: 'bound' | 'queued', context: FunctionContext): void {
  const { key } = rootTerm(value);
  if (!key.startsWith('!it')) return;
  const { commits } = notes(context);
  if (!commits.some((one) => one.span.start === span.start)) commits.push({ key, node, span: { start: span.start, end: span.end }, what });
}

/** The loop over ranges whose element a key names. */
function headOf(key: string, cfg: Cfg, context: FunctionContext): number | undefined {
  const id = Number(/^!it(\d+):/.exec(key)?.[1] ?? Number.NaN);
  const node = cfg.nodes[id];
  return node?.kind === 'iterate' && context.engine.contracts.iterator(node.macro)?.walks === 'ranges' ? id : undefined;
}

/** True when a round of the loop comes to a node without passing one of the others. */
function isReached(cfg: Cfg, head: number, target: number, around: ReadonlySet<number>): boolean {
  const seen = new Set<number>([head]);
  const work = [cfg.nodes[head]?.succ[0]];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id) || around.has(id)) continue;
    seen.add(id);
    if (id === target) return true;
    work.push(...(cfg.nodes[id]?.succ ?? []));
  }
  return false;
}
