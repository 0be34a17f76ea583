/** Pages of a range: which they are, and what becomes of them. */

import { pagesTag, rangeTag } from '../contracts/protected.js';
import type { Expr, Span } from '../syntax/ast.js';
import { driverRootOf } from './engine.js';
import { LIVE, livePrefix, PAGES } from './events.js';
import { rootKey } from './keys.js';
import { recordNeed } from './needs.js';
import type { FunctionRun } from './run.js';
import type { State, Tracked } from './state.js';
import type { Loc, Term } from './term.js';
import { addressOf, globalLoc, isNameable, localLoc, memberLoc, pointee } from './term.js';
import { memberOf, typeOf } from './types.js';

/** Pages objects of a range. */
export function pagesOfRange(run: FunctionRun, range: Term, s?: State): readonly { readonly loc: Loc; readonly inUnion: boolean }[] {
  return run.engine.pagesOfRange(run.fn, range, s);
}

/** Whether no pages of a range may be mapped. */
export function rangeUnmapped(run: FunctionRun, s: State, range: Term): 'ok' | 'bad' | 'inherited' | 'unknown' {
  const all = pagesOfRange(run, range, s);
  if (all.length === 0) return 'unknown';
  const verdicts = all.map((pages): 'ok' | 'bad' | 'inherited' | 'unknown' => {
    const object = s.object(`pages:${pages.loc.key}`) ?? arrayPages(s, pages.loc);
    if (object === undefined) return 'inherited';
    if (object.bits & PAGES.lost) return 'unknown';
    if (object.bits & PAGES.mapped) return 'bad';
    return object.bits & PAGES.entry ? 'inherited' : 'ok';
  });
  // Members of a union are one or the other: what was done to either was done to all there is.
  if (all.some((pages, i) => pages.inUnion && verdicts[i] === 'ok')) return 'ok';
  for (const worst of ['bad', 'unknown', 'inherited'] as const) if (verdicts.includes(worst)) return worst;
  return 'ok';
}

function arrayPages(s: State, loc: Loc): Tracked | undefined {
  if (loc.path.at(-1) === '[]') return undefined;
  const key = `pages:${loc.key}.[]`;
  return s.object(key);
}

/** Pages change their state. */
export function setPages(
  run: FunctionRun,
  s: State,
  subject: Term,
  to: 'initialised' | 'mapped' | 'unmapped' | 'freed',
  span: Span,
  name: string,
  proven = false,
): void {
  const loc = pointee(subject);
  const key = `pages:${loc.key}`;
  const before = s.object(key)?.bits ?? (isFreshMemory(run, s, loc) ? PAGES.raw : PAGES.entry);
  run.emit({ kind: 'pages', to, key, before, subject, span, state: s });
  const bits = to === 'initialised' ? PAGES.init : to === 'mapped' ? PAGES.mapped : to === 'unmapped' ? PAGES.unmapped : PAGES.freed;
  s.setObject(key, { kind: 'pages', bits, count: proven ? 1 : 0, detail: name, term: subject, site: run.site(span) });
  s.step(run.site(span), key, `\`${name}\`: the pages are ${to}`);
}

/** A notifier becomes visible: pages beside it must be initialised. */
export function publishNotifier(run: FunctionRun, s: State, subject: Term, arg: Expr, span: Span): void {
  const target = arg.kind === 'address' ? arg.operand : undefined;
  if (target?.kind !== 'member' || subject.kind !== 'addr') return;
  const info = memberOf(target, run.scope);
  const struct = info?.struct;
  if (struct === undefined) return;
  const base: Loc = pointee(addressOf(subject.loc));
  const parent = base.path.length > 0 ? parentLoc(base) : undefined;
  if (parent === undefined) return;
  for (const m of struct.ast.members) {
    if (m.type.base !== pagesTag || m.type.pointers > 0) continue;
    const loc = memberLoc(parent, m.name);
    const key = `pages:${loc.key}`;
    const bits = s.object(key)?.bits;
    recordNeed(run, {
      need: 'initialised',
      verdict: initialisedVerdict(bits),
      subject: addressOf(loc),
      key,
      span,
      what: 'publish',
      detail: 'publish',
      state: s,
      expr: arg,
    });
    if (bits === undefined)
      s.setObject(`mark:published:${loc.key}`, {
        kind: 'mark',
        bits: 1,
        count: 0,
        detail: '',
        term: addressOf(loc),
        site: run.site(span),
      });
  }
}

function parentLoc(loc: Loc): Loc | undefined {
  const head: Loc =
    loc.root.kind === 'pointee' ? pointee(loc.root.term) : loc.root.kind === 'local' ? localLoc(loc.root.name) : globalLoc(loc.root.name);
  return memberLoc(head, ...loc.path.slice(0, -1));
}

/** Pages below a pointer given to the unknown are no longer known. */
export function losePages(run: FunctionRun, s: State, value: Term): void {
  for (const [key, object] of [...s.objects()]) {
    if (object.kind === 'pages' && key.includes(rootKey(value))) s.setObject(key, { ...object, bits: PAGES.lost });
  }
  for (const { loc } of pagesOfRange(run, value))
    if (s.object(`pages:${loc.key}`) === undefined)
      s.setObject(`pages:${loc.key}`, { kind: 'pages', bits: PAGES.lost, count: 0, detail: '', term: addressOf(loc), site: undefined });
}

/** Memory is freed that holds pages: they are freed before, or were never of use. Pages of ranges go with the range's last reference: only what is seen here counts. */
export function freedNeed(run: FunctionRun, s: State, memory: Term, span: Span, expr: Expr, what: string): void {
  const { engine, fn } = run;
  const tag = typeOf(expr, run.scope)?.base;
  if (tag === undefined || !tag.startsWith('struct ')) return;
  const root = driverRootOf(fn.file.path);
  for (const { container, path, isPointer, isArray } of engine.program.containersOf(pagesTag, fn.file)) {
    if (container.tag !== tag || isPointer || isArray || driverRootOf(container.file.path) !== root) continue;
    const loc = memberLoc(pointee(memory), ...path);
    const verdict = freedVerdict(run, s, loc);
    const isOfRange = engine.program.containersOf(rangeTag, fn.file).some((one) => one.container.tag === tag && !one.isPointer);
    if (isOfRange && (verdict !== 'bad' || engine.program.facts.removeUnmapsPages)) continue;
    recordNeed(run, {
      need: 'freed',
      verdict,
      subject: addressOf(loc),
      key: `pages:${loc.key}`,
      span,
      what,
      state: s,
      expr,
    });
  }
}

/** Whether pages may go with their memory. */
export function freedVerdict(run: FunctionRun, s: State, loc: Loc): 'ok' | 'bad' | 'inherited' | 'unknown' {
  const live = s.object(`${livePrefix}${rootKey(addressOf(loc))}`)?.bits;
  const bits = s.object(`pages:${loc.key}`)?.bits;
  if (bits !== undefined && (bits & (PAGES.freed | PAGES.lost)) !== 0) return bits & PAGES.lost ? 'unknown' : 'ok';
  if (live === LIVE.called) return 'bad';
  if (bits !== undefined && (bits & PAGES.entry) === 0) return bits & (PAGES.mapped | PAGES.unmapped) ? 'bad' : 'ok';
  if (isFreshMemory(run, s, loc)) return 'ok';
  return isNameable(addressOf(loc)) ? 'inherited' : 'unknown';
}

/** True when memory at a location was made by run function and nobody else can see it. */
export function isFreshMemory(run: FunctionRun, s: State, loc: Loc): boolean {
  return run.engine.isFresh(s, loc) || run.engine.beingMade(run.fn, s, loc);
}

/** Name of a pages state. */
export function pagesWord(bits: number): string {
  if (bits & PAGES.freed) return 'freed';
  if (bits & PAGES.mapped) return 'mapped';
  if (bits & PAGES.unmapped) return 'unmapped';
  if (bits & PAGES.init) return 'initialised';
  return 'unknown';
}

/** Whether pages are initialised, from what is known of them. */
export function initialisedVerdict(bits: number | undefined): 'ok' | 'bad' | 'inherited' | 'unknown' {
  if (bits === undefined) return 'inherited';
  if (bits & (PAGES.lost | PAGES.entry)) return 'unknown';
  return bits === PAGES.raw ? 'bad' : 'ok';
}
