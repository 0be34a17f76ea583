/** Who owns what: references and memory taken, dropped, handed over; mappings kept or lost from sight. */
import type { Expr, Span } from '../syntax/ast.js';
import { DMA } from './events.js';
import { ownerOf, rootKey } from './keys.js';
import { freedNeed } from './pages.js';
import { isBoolean } from './predicates.js';
import type { FunctionRun } from './run.js';
import { P, type State } from './state.js';
import type { Loc, Term } from './term.js';
import { isNameableLoc, pointee } from './term.js';

/** A place that holds a mapping is given something else. */
export function noteReplaced(run: FunctionRun, s: State, before: Term, span: Span, expr: Expr | undefined): void {
  if (s.object(`dma:${before.key}`) !== undefined)
    run.emit({ kind: 'dma', what: 'overwrite', key: `dma:${before.key}`, span, state: s, detail: '', before: before.key, expr });
}

/** A value computed from an address that nobody checked uses it. */
export function noteDerived(run: FunctionRun, s: State, value: Term, span: Span, expr: Expr | undefined): void {
  if (value.kind !== 'op' || isBoolean(value)) return;
  for (const arg of value.args) {
    const key = `dma:${arg.key}`;
    if (s.object(key) !== undefined) run.emit({ kind: 'dma', what: 'use', key, span, state: s, detail: '', before: '', expr });
  }
}

/** Something that drops mappings was called or passed: what stands in objects and arrays has had its chance. */
export function unwound(s: State, args: readonly Term[] = []): void {
  for (const [key, o] of [...s.objects()]) {
    if (o.kind !== 'dma' || o.term === undefined) continue;
    if (
      (o.bits & DMA.stored) !== 0 ||
      key.endsWith('~') ||
      isNameableLoc(pointee(o.term)) ||
      o.term.kind !== 'fresh' ||
      args.some((a) => rootKey(a) === rootKey(o.term ?? a))
    )
      s.dropObject(key);
  }
}

/** A pointer is stored: what it owns is handed over when the place outlives the function. */
export function handOver(run: FunctionRun, s: State, value: Term, outside: boolean, loc: Loc | undefined): void {
  const dma = s.object(`dma:${value.key}`);
  if (dma !== undefined) {
    const root = loc?.root.kind === 'pointee' ? loc.root.term : undefined;
    const isOwn = root !== undefined && s.object(`mark:fresh:${rootKey(root)}`) !== undefined;
    // 1: at a plain place of the caller's (an array, a pointer); 2: in a member of an object that somebody owns.
    const place =
      !outside || isOwn
        ? dma.count
        : loc === undefined ||
            loc.path.some((part) => part !== '[]' && part !== '?') ||
            loc.root.kind === 'global' ||
            root?.kind === 'load' ||
            (root?.kind === 'fresh' && root.id.startsWith('phi'))
          ? 2
          : 1;
    s.setObject(`dma:${value.key}`, { ...dma, bits: dma.bits | DMA.stored, count: Math.max(place, dma.count) });
  }
  if (!outside) return;
  const root = loc?.root.kind === 'pointee' ? loc.root.term : undefined;
  if (root !== undefined && !loc?.path.includes('[]') && s.object(`held:${value.key}`)?.detail === 'memory') {
    // Memory that hangs on memory of run function goes where that goes.
    const owner = s.object(`held:${rootKey(root)}`);
    if (owner?.detail === 'memory' && owner.count > 0) return;
  }
  letEscape(run, s, value, root);
}

/** Ownership of what a pointer leads to leaves run function. */
export function letEscape(run: FunctionRun, s: State, value: Term, into?: Term, memoryOnly = false): void {
  const root = rootKey(value);
  if (into !== undefined && root === rootKey(into)) return;
  let isMemory = false;
  for (const [key, object] of [...s.objects()]) {
    if (
      object.kind !== 'held' ||
      object.term === undefined ||
      rootKey(object.term) !== root ||
      object.count <= 0 ||
      (memoryOnly && object.detail !== 'memory' && object.detail !== 'object')
    )
      continue;
    isMemory ||= object.detail === 'memory';
    s.dropObject(key);
  }
  for (const [key, object] of [...s.objects()])
    if (object.kind === 'dma' && object.term !== undefined && object.term.key !== value.key && rootKey(object.term) === root)
      s.dropObject(key);
  if (s.object(`dma:${value.key}`) !== undefined && value.kind !== 'fresh') s.dropObject(`dma:${value.key}`);
  if (!isMemory) return;
  for (const cell of [...s.cells()])
    if (cell.loc.root.kind === 'pointee' && rootKey(cell.loc.root.term) === root) letEscape(run, s, cell.term);
}

/** A reference is taken, or memory made. */
export function acquireHeld(
  run: FunctionRun,
  s: State,
  subject: Term,
  family: string,
  span: Span,
  name: string,
  zeroed: boolean,
  inner?: import('./state.js').Trail,
  viaCall = false,
): void {
  const key = `held:${subject.key}`;
  const old = s.object(key);
  if (subject.kind === 'int') return;
  if (family === 'memory' && !viaCall) {
    const loc = pointee(subject);
    if (zeroed) s.zero(loc);
    else s.havoc(loc, `raw${run.node.id}@${span.start}`);
    s.setObject(`mark:fresh:${rootKey(subject)}`, {
      kind: 'mark',
      bits: 1,
      count: zeroed ? 1 : 0,
      detail: name,
      term: subject,
      site: run.site(span),
    });
  }
  const count = (old?.count ?? 0) + 1;
  if (count === 0) s.dropObject(key);
  else s.setObject(key, { kind: 'held', bits: 1, count, detail: family, term: subject, site: old?.site ?? run.site(span) });
  s.step(run.site(span), key, family === 'memory' ? `\`${name}\` allocates` : `\`${name}\` takes a reference`, inner);
}

/** A reference is dropped, or memory freed. */
export function releaseHeld(
  run: FunctionRun,
  s: State,
  subject: Term,
  family: string,
  span: Span,
  expr: Expr,
  name: string,
  inner?: import('./state.js').Trail,
): void {
  if (subject.kind === 'int') return;
  // Memory freed by the address of what it begins with is freed all the same; that it is a poor way is a rule's matter.
  const key = (family === 'memory' ? ownerOf(s, subject) : undefined) ?? `held:${subject.key}`;
  const old = s.object(key);
  run.emit({ kind: 'release', family, subject, expr, span, state: s, held: old !== undefined && old.count > 0 });
  if (family === 'memory') freedNeed(run, s, subject, span, expr, name);
  const count = (old?.count ?? 0) - 1;
  // The count of something embedded decides over its container: the last put frees it.
  const container = `held:${rootKey(subject)}`;
  if (family !== 'memory' && family !== 'object' && container !== key && s.object(container)?.detail === 'memory') s.dropObject(container);
  if (family === 'memory' && old === undefined) {
    noteEscape(run, subject, true);
  } else if (count === 0) s.dropObject(key);
  else if (s.constraint(subject).bits & P)
    s.setObject(key, { kind: 'held', bits: 1, count, detail: family, term: subject, site: run.site(span) });
  s.step(run.site(span), key, family === 'memory' ? `\`${name}\` frees it` : `\`${name}\` drops a reference`, inner);
  const gone =
    family === 'memory'
      ? count <= 0
      : family === 'range'
        ? count < 0 || (count === 0 && s.object(`mark:removed:${rootKey(subject)}`) !== undefined)
        : false;
  if (gone && (s.constraint(subject).bits & P) !== 0)
    s.setObject(`mark:gone:${rootKey(subject)}`, {
      kind: 'mark',
      bits: 1,
      count: 0,
      detail: family,
      term: subject,
      site: run.site(span),
    });
}

/** Remembers that a parameter escapes from this function. */
export function noteEscape(run: FunctionRun, value: Term, memoryOnly = false): void {
  const key = rootKey(value);
  if (/^\$\d+$/.test(key) && run.notes()) (memoryOnly ? run.memoryEscapes : run.escapes).add(Number(key.slice(1)));
}
