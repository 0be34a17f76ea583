/** What the tables say that a call does, done to a state. */

import { sequenceMember } from '../contracts/protected.js';
import type { Contract, Op } from '../contracts/schema.js';
import type { Call } from './calls.js';
import { ASKED, askedMark, DMA, LIVE, LOCK, livePrefix, PAGES } from './events.js';
import { assume, holding } from './holds.js';
import { ownerOf, rootKey } from './keys.js';
import { dropLock, lockClassOf, lockKey, takeLock } from './locking.js';
import { lockNeed } from './needs-of-calls.js';
import { acquireHeld, letEscape, releaseHeld } from './ownership.js';
import { pagesOfRange, publishNotifier, setPages } from './pages.js';
import type { FunctionRun } from './run.js';
import type { State } from './state.js';
import type { Loc, Term } from './term.js';
import { addressOf, isNameable, memberLoc, pointee } from './term.js';

/** Applies one effect; false when the path ends here. */
export function applyOp(
  run: FunctionRun,
  op: Op,
  name: string,
  args: readonly Term[],
  ret: Term,
  e: Call,
  s: State,
  contract: Contract,
): boolean {
  const site = run.site(e);
  switch (op.op) {
    case 'lock':
    case 'unlock': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc === undefined) return true;
      if (op.op === 'lock')
        takeLock(
          run,
          s,
          loc,
          op.mode,
          e,
          contract.result === 'nonzero',
          contract.does?.includes('resv-lock') === true ? 'dma_resv' : undefined,
        );
      else dropLock(run, s, loc, op.mode, e);
      return true;
    }
    case 'downgrade': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc !== undefined) {
        const key = lockKey(run, s, loc);
        const old = s.object(key);
        if (old !== undefined && old.bits === LOCK.write) s.setObject(key, { ...old, bits: LOCK.read });
      }
      return true;
    }
    case 'assert-held': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc === undefined) return true;
      const told = op.modeBy === undefined ? undefined : args[op.modeBy];
      const modes = ['write', 'read'] as const;
      const mode = told === undefined ? op.mode : told.kind === 'int' ? modes[told.value] : undefined;
      if (contract.result !== 'bool') lockNeed(run, 'held', mode, loc, e, name, contract, s);
      else {
        // Asked, not demanded: the answer cannot be yes where it is known to be no.
        if (holding(run, mode, loc, s) === 'bad') return false;
        assume(run, s, loc, mode, e);
      }
      const key = lockKey(run, s, loc);
      if (s.object(key) === undefined)
        s.setObject(key, {
          kind: 'lock',
          bits: mode === 'write' ? LOCK.callerWrite : mode === 'read' && contract.result !== 'bool' ? LOCK.callerRead : LOCK.callerAny,
          count: 0,
          detail: lockClassOf(run, loc),
          term: addressOf(loc),
          site,
        });
      return true;
    }
    case 'assert-free': {
      const loc = resolveLoc(op.ref, args, ret, s);
      if (loc !== undefined) lockNeed(run, 'free', undefined, loc, e, name, contract, s);
      return true;
    }
    case 'pages': {
      if (op.proven === true) noteAsked(run, s, e);
      for (const subject of pagesNamed(run, op.ref, args, ret, s)) setPages(run, s, subject, op.to, e, name, op.proven === true);
      return true;
    }
    case 'range': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject === undefined) return true;
      run.emit({ kind: 'range', to: op.to, subject, span: e, state: s });
      if (op.to === 'none-left')
        s.setObject(`ranges:${subject.key}`, { kind: 'ranges', bits: PAGES.unmapped, count: 0, detail: '', term: subject, site });
      else if (op.to === 'removed') {
        const own = ownerOf(s, subject);
        s.step(site, `pages:${rootKey(subject)}`, `\`${name}\` takes the range off the tree`);
        s.setObject(`mark:removed:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: 'range', term: subject, site });
        if (own === undefined || s.object(own)?.detail !== 'range')
          s.setObject(`mark:gone:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: 'range', term: subject, site });
      } else {
        s.setObject(`mark:marked:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: 'range', term: subject, site });
        s.step(site, `mark:marked:${rootKey(subject)}`, `\`${name}\` marks the range unmapped`);
      }
      return true;
    }
    case 'acquire': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject === undefined || (op.family === 'object' && op.ref !== 'ret' && isNameable(subject))) return true;
      acquireHeld(run, s, subject, op.family, e, name, op.zeroed === true);
      return true;
    }
    case 'release': {
      const subject = resolve(op.ref, args, ret, s);
      const arg = e.args[Number(op.ref.replace(/\D.*/, ''))];
      if (subject !== undefined) releaseHeld(run, s, subject, op.family, e, arg ?? e, name);
      return true;
    }
    case 'keep': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined) letEscape(run, s, subject);
      return true;
    }
    case 'publish': {
      const subject = resolve(op.ref, args, ret, s);
      const arg = e.args[Number(op.ref.replace(/\D.*/, ''))];
      if (subject !== undefined && arg !== undefined) {
        run.emit({ kind: 'publish', expr: arg, subject, span: e, state: s });
        publishNotifier(run, s, subject, arg, e);
      }
      return true;
    }
    case 'live':
    case 'unpublish': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined)
        s.setObject(`${livePrefix}${rootKey(subject)}`, {
          kind: 'mark',
          bits: op.op === 'live' ? LIVE.called : LIVE.removed,
          count: 0,
          detail: name,
          term: subject,
          site,
        });
      return true;
    }
    case 'dma-map': {
      const handle = resolve(op.handle, args, ret, s);
      if (handle === undefined) return true;
      const key = `dma:${handle.key}`;
      const before = s.object(key);
      if (before !== undefined && op.handle !== 'ret')
        run.emit({ kind: 'dma', what: 'overwrite', key, span: e, state: s, detail: '', before: before.detail, expr: e });
      const part = (ref: string | undefined): string => (ref === undefined ? '' : (resolve(ref, args, ret, s)?.key ?? ''));
      s.setObject(key, {
        kind: 'dma',
        bits: op.checkedBy === 'dma-check' ? DMA.unchecked : DMA.ok,
        count: 0,
        detail: `${part(op.device)}|${part(op.size)}|${part(op.direction)}|${name}`,
        term: handle,
        site,
      });
      s.step(site, key, `\`${name}\` makes the mapping`);
      return true;
    }
    case 'dma-unmap': {
      const handle = resolve(op.handle, args, ret, s);
      if (handle === undefined) return true;
      const key = `dma:${handle.key}`;
      const part = (ref: string | undefined): string => (ref === undefined ? '' : (resolve(ref, args, ret, s)?.key ?? ''));
      run.emit({
        kind: 'dma',
        what: 'unmap',
        key,
        span: e,
        state: s,
        detail: `${part(op.device)}|${part(op.size)}|${part(op.direction)}|${name}`,
        before: s.object(key)?.detail ?? '',
        expr: e,
      });
      // What is not known by its name here stands for what was mapped elsewhere, or in earlier rounds.
      if (s.object(key) !== undefined) s.dropObject(key);
      else s.setObject(`mark:unmaps`, { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site });
      return true;
    }
    case 'proven': {
      const seq = resolve(op.ref, args, ret, s);
      noteAsked(run, s, e);
      if (seq?.kind !== 'load' || seq.loc.path.at(-1) !== sequenceMember) return true;
      const key = `pages:${seq.loc.key.slice(0, -sequenceMember.length - 1)}`;
      const pages = s.object(key);
      if (pages !== undefined) s.setObject(key, { ...pages, count: 1, detail: name });
      return true;
    }
    case 'shared': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined)
        s.setObject(`mark:shared:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: name, term: subject, site });
      return true;
    }
    case 'unlooked':
      s.setObject(`mark:failed:${ret.key}`, { kind: 'mark', bits: 1, count: 0, detail: name, term: ret, site });
      return true;
    case 'zero': {
      const subject = resolve(op.ref, args, ret, s);
      const fill = op.when === undefined ? undefined : args[op.when];
      if (subject !== undefined && (fill === undefined || s.constraint(fill).eq === 0)) s.zero(pointee(subject));
      return true;
    }
    case 'made': {
      const subject = resolve(op.ref, args, ret, s);
      if (subject !== undefined)
        s.setObject(`mark:made:${rootKey(subject)}`, { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site });
      return true;
    }
    case 'evict':
      s.setObject('mark:evicted', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site });
      return true;
    case 'stop':
      return false;
    default:
      return true;
  }
}

/** Somebody asked whether pages are valid, under the present hold of the notifier lock. */
function noteAsked(run: FunctionRun, s: State, e: Call): void {
  s.setObject(askedMark, { kind: 'mark', bits: ASKED.now, count: 0, detail: '', term: undefined, site: run.site(e) });
}

/** Pages that a contract's reference names. "The pages of this range" are the driver's own where ranges own none: a call of a helper that is gone still means them. */
function pagesNamed(run: FunctionRun, ref: string, args: readonly Term[], ret: Term, s: State): readonly Term[] {
  const ofRange = /^(.+)\.pages$/.exec(ref)?.[1];
  const subject = resolve(ofRange === undefined || run.engine.program.facts.rangeHasPages ? ref : ofRange, args, ret, s);
  if (subject === undefined) return [];
  if (ofRange === undefined || run.engine.program.facts.rangeHasPages) return [subject];
  return pagesOfRange(run, subject, s).map(({ loc }) => addressOf(loc));
}

/** What a reference names in a call: a value (for pointers, what they are). */
export function resolve(ref: string, args: readonly Term[], ret: Term, s: State): Term | undefined {
  const star = ref.startsWith('*');
  const body = star ? ref.slice(1) : ref;
  const parts = body.split(/(->|\.)/);
  const head = parts[0] ?? '';
  let value: Term | undefined = head === 'ret' ? ret : args[Number(head)];
  if (value === undefined) return undefined;
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const member = parts[i + 1] ?? '';
    if (parts[i] === '->') value = s.read(pointee(value));
    value = addressOf(memberLoc(pointee(value), member));
  }
  return star ? s.read(pointee(value)) : value;
}

/** What a lock reference names: `0.gpusvm->notifier_lock` reads `gpusvm` first. */
export function resolveLoc(ref: string, args: readonly Term[], ret: Term, s: State): Loc | undefined {
  const parts = ref.split(/(->|\.)/);
  const head = parts[0] ?? '';
  let value: Term | undefined = head === 'ret' ? ret : args[Number(head)];
  if (value === undefined) return undefined;
  let loc = pointee(value);
  for (let i = 1; i + 1 < parts.length; i += 2) {
    if (parts[i] === '->') {
      value = s.read(loc);
      loc = pointee(value);
    }
    // `0.resv->` is what the member points to.
    if (parts[i + 1] !== '') loc = memberLoc(loc, parts[i + 1] ?? '');
  }
  return loc;
}
