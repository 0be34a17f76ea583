/** A call of a function whose body is known: its outcomes, in the names of the caller. */
import type { Call } from './calls.js';
import { asked, callId, evaluateArgs, loseLocal } from './calls.js';
import { deed } from './deeds.js';
import { carried } from './dma-detail.js';
import type { Outcome, Summary } from './events.js';
import { LOCK, PAGES } from './events.js';
import { noteHolds } from './holds.js';
import { ownerOf, rootKey } from './keys.js';
import { dropLock, lockClassOf, lockKey, takeLock } from './locking.js';
import { inheritedNeed } from './needs-of-calls.js';
import { acquireHeld, handOver, letEscape, noteEscape, releaseHeld, unwound } from './ownership.js';
import { pagesWord } from './pages.js';
import { compatible } from './predicates.js';
import type { FunctionRun } from './run.js';
import type { State } from './state.js';
import type { Substitution, Term } from './term.js';
import { addressOf, fresh, localLoc, mentions, pointee, substitute, substituteLoc, ZERO } from './term.js';
import type { Then } from './values.js';
import { touch } from './values.js';

/** A function whose body is known: its outcomes, in the caller's names. */
export function bySummary(run: FunctionRun, name: string, summary: Summary, e: Call, s: State, then: Then, discarded: boolean): void {
  evaluateArgs(run, e.args, s, (pre, args) => {
    const id = callId(run, e);
    if (run.final)
      args.forEach((arg, i) => {
        const expr = e.args[i];
        if (expr !== undefined) touch(run, pre, arg, expr);
      });
    asked(run, name, e, pre, args);
    pre.renew(id);
    noteHolds(run, name, args, pre);
    const by: Substitution = {
      param: (i) => args[i] ?? ZERO,
      fresh: (inner) => {
        const term = fresh(`${id}:${inner.length > 60 ? inner.slice(-60) : inner}`);
        run.terms.set(term.key, term);
        return term;
      },
      load: (loc) => pre.read(loc),
      local: (local) => localLoc(`${id}:${local}`),
    };
    for (const need of summary.needs) inheritedNeed(run, need, by, e, pre, name);
    for (const d of summary.deeds) {
      const possible = d.conds.every(({ term, constraint }) => compatible(pre.constraint(substitute(term, by)), constraint));
      if (possible) deed(run, pre, d, e);
    }
    const unmaps = doesUnmap(summary);
    for (const outcome of summary.outcomes) {
      const t = pre.copy();
      if (unmaps) t.setObject('mark:unmaps', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: run.site(e) });
      lookedAt(t, args);
      if (outcome.indirect) t.indirect = true;
      if (!applyOutcome(run, name, outcome, by, e, t, args)) continue;
      for (const index of summary.escapes) {
        const arg = args[index];
        if (arg === undefined) continue;
        letEscape(run, t, arg);
        noteEscape(run, arg);
        loseLocal(run, name, index, arg, e, t);
      }
      for (const index of summary.memoryEscapes) {
        const arg = args[index];
        if (arg === undefined) continue;
        letEscape(run, t, arg, undefined, true);
        noteEscape(run, arg, true);
      }
      let ret: Term = ZERO;
      if (outcome.ret !== undefined) {
        ret = substitute(outcome.ret, by);
        if (!t.constrain(ret, outcome.retConstraint)) continue;
        run.terms.set(ret.key, ret);
      } else ret = fresh(`${id}:void`);
      run.emit({ kind: 'call', name, contract: undefined, expr: e, args, result: ret, discarded, state: t });
      if (unmaps) unwound(t, args);
      then(t, ret);
    }
  });
}

function applyOutcome(
  run: FunctionRun,
  name: string,
  outcome: Outcome,
  by: Substitution,
  e: Call,
  t: State,
  args: readonly Term[],
): boolean {
  const site = run.site(e);
  for (const { term, constraint } of outcome.conds) {
    const mine = substitute(term, by);
    run.terms.set(mine.key, mine);
    if (!t.constrain(mine, constraint)) return false;
  }
  const writes = outcome.writes.map((w) => ({
    loc: pointee(substitute(addressOf(w.loc), by)),
    term: w.term === undefined ? undefined : substitute(w.term, by),
    zero: w.zero,
  }));
  let stepped = false;
  const step = (key: string): void => {
    if (!stepped) t.step(site, key, `calls \`${name}\``, outcome.trail);
    stepped = true;
  };
  for (const effect of outcome.objects) {
    const term = substitute(effect.term, by);
    switch (effect.kind) {
      case 'lock': {
        const loc = pointee(term);
        if (outcome.joined) break;
        if (effect.bits & (LOCK.read | LOCK.write)) takeLock(run, t, loc, effect.bits & LOCK.write ? 'write' : 'read', e, true);
        else if (effect.bits === LOCK.none && effect.count < 0) {
          const callee = run.engine.program.findFunction(name, run.fn.file);
          const place = pointee(effect.term);
          const owner = callee !== undefined && place.root.kind === 'pointee' ? run.engine.pointeeTag(place.root.term, callee) : undefined;
          dropLock(run, t, loc, undefined, e, false, true, owner);
        } else if (effect.bits & LOCK.lost) {
          const key = lockKey(run, t, loc);
          t.setObject(key, { kind: 'lock', bits: LOCK.lost, count: 0, detail: lockClassOf(run, loc), term: addressOf(loc), site });
        }
        // What is asserted behind a call through a pointer may have been taken there.
        else if (!(outcome.indirect && (effect.bits & ~LOCK.none) !== 0)) {
          const key = lockKey(run, t, loc);
          if (t.object(key) === undefined)
            t.setObject(key, {
              kind: 'lock',
              bits: effect.bits,
              count: 0,
              detail: lockClassOf(run, loc),
              term: addressOf(loc),
              site: undefined,
            });
        }
        break;
      }
      case 'pages': {
        const key = `pages:${pointee(term).key}`;
        const before = t.object(key)?.bits ?? PAGES.entry;
        run.emit({ kind: 'pages', to: pagesWord(effect.bits), key, before, subject: term, span: e, state: t });
        t.setObject(key, {
          kind: 'pages',
          bits: effect.bits & PAGES.entry ? (effect.bits & ~PAGES.entry) | before : effect.bits,
          count: effect.count,
          detail: effect.detail,
          term,
          site,
        });
        step(key);
        break;
      }
      case 'ranges':
        t.setObject(`ranges:${term.key}`, { kind: 'ranges', bits: effect.bits, count: 0, detail: '', term, site });
        step(`ranges:${term.key}`);
        break;
      case 'held':
        if (effect.detail === 'memory') {
          // An allocator of the program: what it returns is its caller's.
          if (effect.count > 0 && outcome.ret !== undefined && rootKey(outcome.ret) === effect.term.key)
            acquireHeld(run, t, term, 'memory', e, name, false, outcome.trail, true);
          break;
        }
        if (effect.detail === 'object') {
          if (effect.count < 0) t.dropObject(`held:${term.key}`);
          break;
        }
        if (effect.count > 0) acquireHeld(run, t, term, effect.detail, e, name, false, outcome.trail, true);
        else if (effect.count < 0) releaseHeld(run, t, term, effect.detail, e, e, name, outcome.trail);
        break;
      case 'dma':
        t.setObject(`dma:${term.key}`, {
          kind: 'dma',
          bits: effect.bits,
          // What the callee found in an object and mapped stays with that object, whatever its value is called here.
          count: effect.term.kind === 'load' && substituteLoc(effect.term.loc, by).root.kind !== 'local' ? 2 : effect.count,
          detail: carried(effect.detail, args),
          term,
          site,
        });
        step(`dma:${term.key}`);
        break;
      case 'mark': {
        const key = `${effect.prefix}${effect.prefix.endsWith(':') ? rootKey(term) : ''}`;
        if (effect.prefix === 'mark:failed:') break;
        if (effect.prefix === 'mark:gone:') {
          const own = ownerOf(t, term);
          if (own !== undefined && t.object(own)?.detail === 'range' && effect.detail === 'range') break;
        }
        t.setObject(key, {
          kind: 'mark',
          bits: effect.bits,
          count: 0,
          detail: effect.detail,
          term: effect.prefix.endsWith(':') ? term : undefined,
          site,
        });
        step(key);
        break;
      }
      default:
    }
  }
  for (const w of writes) {
    if (w.zero) t.zero(w.loc);
    else if (w.term === undefined) t.havoc(w.loc, callId(run, e));
    else {
      const outside = w.loc.root.kind !== 'local';
      if (outside) handOver(run, t, w.term, true, w.loc);
      t.write(w.loc, w.term);
    }
  }
  return true;
}

/** True when a function drops mappings on some path: calling it is an unwinding, whatever it found to do. */
export function doesUnmap(summary: Summary): boolean {
  return summary.outcomes.some((o) => o.objects.some((x) => x.prefix === 'mark:unmaps'));
}

/** Results of failed mappings that are handed to a function, or tested, have been looked at. */
export function lookedAt(s: State, values: readonly Term[]): void {
  for (const [key, o] of [...s.objects()]) {
    if (!key.startsWith('mark:failed:') || o.term === undefined) continue;
    const { key: name } = o.term;
    if (values.some((v) => mentions(v.key, name))) s.dropObject(key);
  }
}
