/**
 * States: what is known on one path to a program point. Memory by location, what branches decided of terms, and tracked objects.
 * A state is copied on write; two states with equal property keys are joined, others are kept apart (property simulation).
 */
import { singletonLocks } from '../contracts/protected.js';
import type { Span } from '../syntax/ast.js';
import type { Loc, Term } from './term.js';
import { fresh, loadOf, mentions, ZERO } from './term.js';

/** Classes of a value: zero/NULL, negative/error pointer, positive/valid pointer. */
export const Z = 1;
/** Negative, or an error pointer. */
export const N = 2;
/** Positive, or a valid pointer. */
export const P = 4;
/** Nothing is known. */
export const ANY = 7;

/** What is known of a term: its possible classes, its value when one, values it surely has not. */
export interface Constraint {
  readonly bits: number;
  readonly eq: number | undefined;
  readonly ne: readonly number[];
}

/** Nothing known. */
export const TOP: Constraint = { bits: ANY, eq: undefined, ne: [] };

/** Class of a number. */
export const classOf = (value: number): number => (value === 0 ? Z : value < 0 ? N : P);

/** Families of tracked objects. */
export type ObjectKind = 'pages' | 'ranges' | 'range' | 'lock' | 'held' | 'dma' | 'iter' | 'mark' | 'errno' | 'written';

/** A tracked object in a state. `bits` is a set of possible typestates; `count` a reference count relative to entry. */
export interface Tracked {
  readonly kind: ObjectKind;
  readonly bits: number;
  readonly count: number;
  /** What a rule needs to name the object: resource family, lock class, written member. */
  readonly detail: string;
  readonly term: Term | undefined;
  /** The place that made the present state. */
  readonly site: Site | undefined;
  /** For locks of a documented order: their rank's name. */
  readonly rank?: string;
}

/** A place in a function of the program; spans are relative to the function's item. */
export interface Site {
  readonly fn: string;
  readonly span: Span;
}

/** A step of the path: newest first. */
export interface Trail {
  readonly prev: Trail | undefined;
  readonly length: number;
  readonly site: Site;
  /** Key of the object that changed; undefined for a branch. */
  readonly key: string | undefined;
  readonly message: string;
  /** Steps inside the callee that did it. */
  readonly inner: Trail | undefined;
}

/** Characters of the longest name that a stored value has: `p += f(p)` a hundred times over doubles it each time. */
const LONGEST = 1000;

interface Cell {
  readonly loc: Loc;
  readonly term: Term;
}
interface Blank {
  readonly loc: Loc;
  /** Zeroed memory, or unknown since the named place. */
  readonly since: 'zero' | string;
}

/** A state; mutable only by its owner between `copy` and publication at a node. */
export class State {
  private mem: Map<string, Cell>;
  private blanks: Map<string, Blank>;
  private cons: Map<string, Constraint>;
  private objs: Map<string, Tracked>;
  private shared = 0;
  trail: Trail | undefined;
  /** True when states were joined for lack of room: no claim may depend on what was joined. */
  joined = false;
  /** True when a function was called through a pointer on the way: locks may have changed. */
  indirect = false;
  /** What an absent lock of a guarding kind means: `none` where the function is called from outside with nothing held, `caller` elsewhere. */
  entry: 'none' | 'no-notifier' | 'caller' = 'caller';
  /** The last goto of the path. */
  lastJump: Site | undefined;

  constructor(from?: State) {
    this.mem = from?.mem ?? new Map();
    this.blanks = from?.blanks ?? new Map();
    this.cons = from?.cons ?? new Map();
    this.objs = from?.objs ?? new Map();
    this.trail = from?.trail;
    this.joined = from?.joined ?? false;
    this.indirect = from?.indirect ?? false;
    this.entry = from?.entry ?? 'caller';
    this.lastJump = from?.lastJump;
    this.shared = from === undefined ? 0 : 15;
    if (from !== undefined) from.shared = 15;
  }

  /** A copy that shares memory until written. */
  copy(): State {
    return new State(this);
  }

  private ownMem(): Map<string, Cell> {
    if (this.shared & 1) {
      this.mem = new Map(this.mem);
      this.shared &= ~1;
    }
    return this.mem;
  }
  private ownBlanks(): Map<string, Blank> {
    if (this.shared & 2) {
      this.blanks = new Map(this.blanks);
      this.shared &= ~2;
    }
    return this.blanks;
  }
  private ownCons(): Map<string, Constraint> {
    if (this.shared & 4) {
      this.cons = new Map(this.cons);
      this.shared &= ~4;
    }
    return this.cons;
  }
  private ownObjs(): Map<string, Tracked> {
    if (this.shared & 8) {
      this.objs = new Map(this.objs);
      this.shared &= ~8;
    }
    return this.objs;
  }

  /** The value at a location now. */
  read(loc: Loc): Term {
    const cell = this.mem.get(loc.key);
    if (cell !== undefined) return cell.term;
    if (this.blanks.size > 0) {
      let key = loc.key;
      for (;;) {
        const blank = this.blanks.get(key);
        if (blank !== undefined) return blank.since === 'zero' ? ZERO : fresh(`${blank.since}/${loc.key}`);
        const dot = key.lastIndexOf('.');
        if (dot < 0 || dot < key.lastIndexOf(')')) break;
        key = key.slice(0, dot);
      }
    }
    return loadOf(loc);
  }

  /** The value of a part of a variable; when it is made up here it is kept, so that what branches decide of it lasts. */
  readPart(loc: Loc): Term {
    const term = this.read(loc);
    if (term.kind === 'fresh' && loc.root.kind === 'local' && !this.mem.has(loc.key)) this.ownMem().set(loc.key, { loc, term });
    return term;
  }

  /** True when the location was written on this path (or lies in memory that was). */
  isWritten(loc: Loc): boolean {
    if (this.mem.has(loc.key)) return true;
    let key = loc.key;
    while (this.blanks.size > 0) {
      if (this.blanks.has(key)) return true;
      const dot = key.lastIndexOf('.');
      if (dot < 0 || dot < key.lastIndexOf(')')) break;
      key = key.slice(0, dot);
    }
    return false;
  }

  private dropBelow(key: string): void {
    const head = `${key}.`;
    for (const k of this.mem.keys()) if (k.startsWith(head)) this.ownMem().delete(k);
    for (const k of this.blanks.keys()) if (k.startsWith(head)) this.ownBlanks().delete(k);
  }

  /** Stores a value; what was known below the location (its members) goes. A value that takes too many words to name gets a name of its own. */
  write(loc: Loc, term: Term): void {
    this.dropBelow(loc.key);
    if (term.key.length <= LONGEST) {
      this.ownMem().set(loc.key, { loc, term });
      return;
    }
    const id = `long:${loc.key}`;
    this.renew(id);
    this.ownMem().set(loc.key, { loc, term: fresh(id) });
  }

  /** Zeroed memory at a location and below. */
  zero(loc: Loc): void {
    this.dropBelow(loc.key);
    this.ownMem().delete(loc.key);
    this.ownBlanks().set(loc.key, { loc, since: 'zero' });
  }

  /** Unknown memory at a location and below, named by the place that made it so. */
  havoc(loc: Loc, since: string): void {
    this.dropBelow(loc.key);
    this.ownMem().delete(loc.key);
    this.ownBlanks().set(loc.key, { loc, since });
  }

  /** Forgets values of locals that are not live. */
  dropLocals(isLive: (name: string) => boolean): void {
    for (const [key, cell] of this.mem) {
      const { root } = cell.loc;
      if (root.kind === 'local' && !isLive(root.name)) this.ownMem().delete(key);
    }
  }

  /**
   * Forgets what nothing leads to any more: constraints, memory and objects of values that no live variable, no memory in sight
   * and no obligation mentions. Keeps states small, and equal where they differ in nothing that matters.
   */
  collect(isLive: (name: string) => boolean): void {
    this.dropLocals(isLive);
    const ids = new Set<string>();
    const add = (key: string): void => {
      for (const id of freshIds(key)) ids.add(id);
    };
    const waiting: Cell[] = [];
    for (const cell of this.mem.values()) {
      if (cell.loc.root.kind === 'local' || freshIds(cell.loc.key).length === 0) add(cell.term.key);
      else waiting.push(cell);
    }
    for (const [key, o] of this.objs)
      if (isObligation(o)) {
        add(key);
        // What is known of a mapping's device tells which paths made it.
        if (o.kind === 'dma') add(o.detail);
      }
    for (let grew = true; grew; ) {
      grew = false;
      for (let i = 0; i < waiting.length; i++) {
        const cell = waiting[i];
        if (cell === undefined || !freshIds(cell.loc.key).every((id) => ids.has(id))) continue;
        waiting.splice(i--, 1);
        add(cell.term.key);
        grew = true;
      }
    }
    for (const cell of waiting) this.ownMem().delete(cell.loc.key);
    const dead = (key: string): boolean => {
      const mine = freshIds(key);
      return mine.length > 0 && !mine.every((id) => ids.has(id));
    };
    for (const key of this.blanks.keys()) {
      if (key.startsWith('v:')) {
        const end = key.indexOf('.');
        if (!isLive(key.slice(2, end < 0 ? key.length : end))) this.ownBlanks().delete(key);
      } else if (dead(key)) this.ownBlanks().delete(key);
    }
    for (const key of this.cons.keys()) if (dead(key)) this.ownCons().delete(key);
    for (const [key, o] of this.objs) if (!isObligation(o) && dead(key)) this.ownObjs().delete(key);
  }

  /** Memory cells, for summaries. */
  cells(): IterableIterator<Cell> {
    return this.mem.values();
  }
  /** Memory known to be zero or unknown as a whole. */
  blankCells(): IterableIterator<Blank> {
    return this.blanks.values();
  }

  /** What is known of a term. */
  constraint(term: Term): Constraint {
    if (term.kind === 'int') return { bits: classOf(term.value), eq: term.value, ne: [] };
    if (term.kind === 'addr' || term.kind === 'string' || term.kind === 'function') return { bits: P, eq: undefined, ne: [] };
    const known = this.cons.get(term.key);
    if (known !== undefined) return known;
    if (term.kind === 'up') {
      const inner = this.constraint(term.of);
      return inner.bits === P ? inner : TOP;
    }
    if (term.kind === 'op') {
      const [a, b] = term.args;
      // What was allocated on this path, and handed to nobody, is nothing that was there before.
      if (
        (term.op === '==' || term.op === '!=') &&
        a !== undefined &&
        b !== undefined &&
        (this.isNewBeside(a, b) || this.isNewBeside(b, a))
      )
        return term.op === '==' ? { bits: Z, eq: 0, ne: [] } : { bits: P, eq: undefined, ne: [] };
      if (term.op === '==' || term.op === '!=' || term.op === '<' || term.op === '<=') return { bits: Z | P, eq: undefined, ne: [] };
      if (term.op === '&' && a !== undefined && b?.kind === 'int' && b.value >= 0) return { bits: Z | P, eq: undefined, ne: [] };
      if (term.op === 'errptr' && a !== undefined) {
        const inner = this.constraint(a);
        // The error code of a good pointer is no error; looked at before anybody asked, it must not make the path impossible.
        return { bits: inner.bits === P ? P : inner.bits & (Z | N), eq: inner.eq, ne: inner.ne };
      }
      if (a !== undefined && b !== undefined && (term.op === '+' || term.op === '|')) {
        const x = this.constraint(a).bits;
        const y = this.constraint(b).bits;
        if ((x | y) === P || ((x & N) === 0 && (y & N) === 0 && (x === P || y === P))) return { bits: P, eq: undefined, ne: [] };
        if ((x & N) === 0 && (y & N) === 0) return { bits: Z | P, eq: undefined, ne: [] };
      }
      if (term.op === 'neg' && a !== undefined) {
        const x = this.constraint(a).bits;
        return { bits: (x & Z) | (x & N ? P : 0) | (x & P ? N : 0), eq: undefined, ne: [] };
      }
    }
    return TOP;
  }

  private isNewBeside(mine: Term, other: Term): boolean {
    if (mine.kind !== 'fresh' || (other.kind !== 'load' && other.kind !== 'param')) return false;
    const held = this.objs.get(`held:${mine.key}`);
    return held?.detail === 'memory' && held.count > 0 && this.constraint(mine).bits === P;
  }

  /** Adds what is known of a term; false when it contradicts what is known already (the path is impossible). */
  constrain(term: Term, c: Constraint): boolean {
    const old = this.constraint(term);
    let bits = old.bits & c.bits;
    let eq = old.eq ?? c.eq;
    if (old.eq !== undefined && c.eq !== undefined && old.eq !== c.eq) return false;
    const ne = c.ne.length === 0 ? old.ne : old.ne.length === 0 ? c.ne : [...new Set([...old.ne, ...c.ne])].sort((x, y) => x - y);
    if (eq !== undefined) {
      bits &= classOf(eq);
      if (ne.includes(eq)) return false;
    }
    if (ne.includes(0)) bits &= ~Z;
    if (bits === 0) return false;
    if (bits === Z) eq = 0;
    if (term.kind === 'int' || term.kind === 'addr') return true;
    if (bits === old.bits && eq === old.eq && ne.length === old.ne.length) return true;
    this.ownCons().set(term.key, { bits, eq, ne: ne.length > 12 ? ne.slice(0, 12) : ne });
    return true;
  }

  /** Replaces what is known of a term. */
  setConstraint(term: Term, c: Constraint): void {
    if (term.kind === 'int' || term.kind === 'addr') return;
    this.ownCons().set(term.key, c);
  }

  /** Replaces what is known of a value where paths meet; knowing nothing takes no room. */
  private learn(term: Term, c: Constraint): void {
    if (c.bits !== ANY || c.ne.length > 0) this.ownCons().set(term.key, c);
    else if (this.cons.has(term.key)) this.ownCons().delete(term.key);
  }

  /** Constraints by term key. */
  constraints(): IterableIterator<[string, Constraint]> {
    return this.cons.entries();
  }

  /** A tracked object. */
  object(key: string): Tracked | undefined {
    return this.objs.get(key);
  }
  /** Sets a tracked object. */
  setObject(key: string, object: Tracked): void {
    this.ownObjs().set(key, object);
  }
  /** Forgets a tracked object. */
  dropObject(key: string): void {
    if (this.objs.has(key)) this.ownObjs().delete(key);
  }
  /** All tracked objects. */
  objects(): IterableIterator<[string, Tracked]> {
    return this.objs.entries();
  }

  /** Adds a step to the path. */
  step(site: Site, key: string | undefined, message: string, inner?: Trail): void {
    this.trail = { prev: this.trail, length: (this.trail?.length ?? 0) + 1, site, key, message, inner };
  }

  /** A value made at a place is made anew: what was known of its last incarnation is renamed with `~`, older ones go. */
  renew(id: string): void {
    const name = `!${id}`;
    const old = `${name}~`;
    const has = (key: string): boolean => mentions(key, name);
    // What hangs on other memory goes with that memory.
    if (this.objs.get(`held:${name}`)?.detail === 'memory')
      for (const cell of this.mem.values())
        if (cell.term.key === name && cell.loc.root.kind !== 'local' && !has(cell.loc.key)) {
          this.dropObject(`held:${name}`);
          break;
        }
    for (const key of this.cons.keys()) {
      if (has(key)) {
        const value = this.cons.get(key);
        this.ownCons().delete(key);
        if (key === name && value !== undefined) this.ownCons().set(old, value);
      }
    }
    for (const [key, cell] of this.mem) {
      if (has(key)) this.ownMem().delete(key);
      else if (has(cell.term.key))
        this.ownMem().set(key, { loc: cell.loc, term: cell.term.key === name ? fresh(`${id}~`) : fresh(`${id}~${cell.term.kind}`) });
    }
    for (const key of this.blanks.keys()) if (has(key)) this.ownBlanks().delete(key);
    for (const [key, object] of this.objs) {
      if (has(key)) {
        this.ownObjs().delete(key);
        if (key === `held:${name}` || key === `dma:${name}`) this.ownObjs().set(`${key}~`, { ...object, term: fresh(`${id}~`) });
      }
    }
  }

  /** Key of the properties that keep states apart. `isKey` tells which terms' predicates matter; locals are given live ones only. */
  propertyKey(
    liveLocals: Iterable<string>,
    correlated: ReadonlySet<string>,
    coarse: number,
    byValue: ReadonlySet<string>,
    counters: ReadonlySet<string>,
    isMeeting: boolean,
  ): string {
    const parts: string[] = [];
    let inHand: Set<string> | undefined;
    const isInHand = (key: string): boolean => {
      const ids = freshIds(key);
      if (ids.length === 0) return true;
      if (inHand === undefined) {
        inHand = new Set();
        for (const cell of this.mem.values()) if (cell.loc.root.kind === 'local') for (const id of freshIds(cell.term.key)) inHand.add(id);
      }
      return ids.every((id) => inHand?.has(id));
    };
    for (const [key, o] of this.objs)
      if (
        isProperty(key, o) &&
        (!(o.kind === 'pages' || o.kind === 'ranges') || isInHand(key)) &&
        (coarse === 0 || o.kind === 'lock' || o.kind === 'pages' || o.kind === 'ranges' || (o.kind === 'errno' && o.bits > 3))
      )
        parts.push(`${key}=${o.bits},${o.count}`);
    parts.sort();
    if (coarse > 0) return coarse > 1 ? '' : parts.join(';');
    // Where paths meet and nothing is tracked yet, what was decided keeps them apart no longer, but for errors: it will be decided again where it matters.
    for (const name of byValue) {
      const term = this.mem.get(`v:${name}`)?.term;
      if (term !== undefined && term.kind !== 'fresh') parts.push(`${name}@${term.key}`);
    }
    let hasTemporary = false;
    for (const name of liveLocals) {
      const term = name.startsWith('%') ? this.mem.get(`v:${name}`)?.term : undefined;
      if (term === undefined) continue;
      hasTemporary = true;
      if (term.kind !== 'fresh') parts.push(`${name}@${term.key}`);
    }
    const isBare = isMeeting && !hasTemporary;
    for (const name of liveLocals) {
      const term = byValue.has(name) ? undefined : this.mem.get(`v:${name}`)?.term;
      if (term === undefined) continue;
      const c = this.constraint(term);
      if (isBare && !counters.has(name)) {
        if (c.bits === N) parts.push(`${name}:N`);
        continue;
      }
      if (term.kind === 'int' && term.value <= 0) parts.push(`${name}#${term.value}`);
      else if (c.bits !== ANY) parts.push(`${name}:${c.bits}${c.eq ?? ''}`);
    }
    if (isBare) {
      // What callers choose decides what they get: it stays with the outcome.
      for (const key of correlated) {
        const c = /^\$\d+$/.test(key) ? this.cons.get(key) : undefined;
        if (c !== undefined && c.bits !== ANY && c.bits !== (Z | P)) parts.push(`${key}:${c.bits}`);
      }
      return parts.join(';');
    }
    // Between the parts of a condition, and where one has just been decided, what callers choose is kept: a need may hang on it.
    if (hasTemporary || !isMeeting)
      for (const [key, c] of this.cons) if (/^\$\d+$/.test(key) && c.bits !== ANY && c.bits !== (Z | P)) parts.push(`${key}:${c.bits}`);
    for (const key of correlated) {
      if (key.startsWith('v:')) {
        const term = this.mem.get(key)?.term;
        if (term === undefined) continue;
        const known = this.constraint(term);
        if (known.bits !== ANY) parts.push(`${key}:${known.bits}`);
        continue;
      }
      const c = this.cons.get(key);
      if (c !== undefined && (c.bits !== ANY || c.ne.length > 0)) parts.push(`${key}:${c.bits},${c.eq ?? ''},${c.ne.join()}`);
    }
    return parts.join(';');
  }

  /** Joins another state with equal properties into a new one; undefined when nothing would change. `at` names the joined values. */
  join(other: State, at: string): State | undefined {
    let changed = false;
    const result = this.copy();
    const hanging: string[] = [];
    const sameMem = this.mem === other.mem && this.blanks === other.blanks;
    // Two places that hold one value on each side still hold one value.
    const phis = new Map<string, Term>();
    const phiOf = (key: string, mine: Term, theirs: Term): Term => {
      const pair = `${mine.key}|${theirs.key}`;
      const phi = phis.get(pair) ?? fresh(`phi${at}:${key}`);
      phis.set(pair, phi);
      return phi;
    };
    if (!sameMem)
      for (const [key, cell] of this.mem) {
        const theirs = other.read(cell.loc);
        if (theirs.key === cell.term.key) continue;
        const phi = phiOf(key, cell.term, theirs);
        if (phi.key === cell.term.key) {
          const a = this.constraint(phi);
          const u = union(a, other.constraint(theirs));
          if (u.bits !== a.bits || u.eq !== a.eq || u.ne.length !== a.ne.length) {
            result.learn(phi, u);
            changed = true;
          }
          continue;
        }
        result.learn(phi, union(this.constraint(cell.term), other.constraint(theirs)));
        result.ownMem().set(key, { loc: cell.loc, term: phi });
        // Memory that hangs on a place of which only one of several is known any more is that place's.
        if (cell.loc.root.kind !== 'local')
          for (const term of [cell.term, theirs])
            if (result.objs.get(`held:${term.key}`)?.detail === 'memory') hanging.push(`held:${term.key}`);
        changed = true;
      }
    if (!sameMem)
      for (const [key, cell] of other.mem) {
        if (this.mem.has(key)) continue;
        const mine = this.read(cell.loc);
        if (mine.key === cell.term.key) continue;
        const phi = phiOf(key, mine, cell.term);
        result.learn(phi, union(this.constraint(mine), other.constraint(cell.term)));
        result.ownMem().set(key, { loc: cell.loc, term: phi });
        changed = true;
      }
    if (this.blanks !== other.blanks)
      for (const [key, blank] of this.blanks) {
        const theirs = other.blanks.get(key);
        if (theirs?.since === blank.since) continue;
        const since = `phi${at}`;
        if (blank.since === since) continue;
        result.ownBlanks().set(key, { loc: blank.loc, since });
        changed = true;
      }
    if (this.blanks !== other.blanks)
      for (const [key, blank] of other.blanks) {
        if (this.blanks.has(key)) continue;
        result.ownBlanks().set(key, { loc: blank.loc, since: `phi${at}` });
        changed = true;
      }
    if (this.cons !== other.cons)
      for (const [key, mine] of this.cons) {
        if (key.startsWith(`!phi${at}:`)) continue;
        const theirs = other.cons.get(key) ?? TOP;
        const u = union(mine, theirs);
        if (u.bits === mine.bits && u.eq === mine.eq && u.ne.length === mine.ne.length) continue;
        if (u.bits === ANY && u.ne.length === 0) result.ownCons().delete(key);
        else result.ownCons().set(key, u);
        changed = true;
      }
    if (this.objs !== other.objs)
      for (const [key, mine] of this.objs) {
        const theirs = other.objs.get(key);
        if (theirs !== undefined && theirs.bits === mine.bits && theirs.count === mine.count) continue;
        const lost = key === askedMark && theirs !== undefined ? { ...mine, bits: mine.bits | theirs.bits } : lose(key, mine);
        if (lost === undefined) result.ownObjs().delete(key);
        else if (lost.bits !== mine.bits) result.ownObjs().set(key, lost);
        else continue;
        changed = true;
      }
    if (this.objs !== other.objs)
      for (const [key, theirs] of other.objs) {
        if (this.objs.has(key)) continue;
        const lost = lose(key, theirs);
        if (lost === undefined) continue;
        result.ownObjs().set(key, lost);
        changed = true;
      }
    for (const key of hanging) result.dropObject(key);
    if (other.indirect && !this.indirect) {
      result.indirect = true;
      changed = true;
    }
    if (other.joined && !this.joined) {
      result.joined = true;
      changed = true;
    }
    if (!changed) return undefined;
    if ((other.trail?.length ?? 0) < (this.trail?.length ?? 0)) result.trail = other.trail;
    return result;
  }
}

const idsByKey = new Map<string, readonly string[]>();
const NO_IDS: readonly string[] = [];

/** Names of the made values that a key mentions. */
function freshIds(key: string): readonly string[] {
  if (!key.includes('!')) return NO_IDS;
  let ids = idsByKey.get(key);
  if (ids === undefined) {
    ids = key.match(/![\w@:~%/|&^.]*?[\w~](?=[^\w@:~%/|&^.]|$)|![\w@:~%]+/g) ?? NO_IDS;
    if (idsByKey.size > 50000) idsByKey.clear();
    idsByKey.set(key, ids);
  }
  return ids;
}

/** True for what somebody has to give back: it stays in sight when nothing leads to it any more. */
function isObligation(o: Tracked): boolean {
  return (o.kind === 'held' && o.count > 0) || o.kind === 'dma' || (o.kind === 'lock' && (o.bits & 6) !== 0);
}

/** Key of the mark that it was asked whether pages are valid, on some path. */
export const askedMark = 'mark:asked';

/** True for objects whose state keeps paths apart: not for mere knowledge that a lock is free, or for marks of fresh and freed memory. */
function isProperty(key: string, o: Tracked): boolean {
  if (o.kind === 'lock')
    return (o.bits & 56) !== 0 && (o.bits & ~56) === 0 ? singletonLocks.has(o.detail) : o.bits !== 64 && (o.bits !== 1 || o.count < 0);
  // What is dropped of any entry of an array is dropped of some; of a value that nobody can name, nothing is claimed.
  if (o.kind === 'held' && o.count < 0) return !key.includes('[]') && !key.includes('!');
  if (o.kind === 'mark')
    return !(
      key.startsWith('mark:fresh:') ||
      key.startsWith('mark:made:') ||
      key.startsWith('mark:shared:') ||
      key.startsWith('mark:must:') ||
      key === 'mark:walk' ||
      key === 'mark:evicted' ||
      key === askedMark ||
      (key.startsWith('mark:gone:') && o.detail === 'memory') ||
      key === 'mark:unmaps'
    );
  return true;
}

/** What is left of an object of which two joined states disagree: locks and pages are lost, others are forgotten. */
function lose(key: string, o: Tracked): Tracked | undefined {
  // That mappings were dropped, or a range evicted, on some path is all that these say.
  if (key === 'mark:unmaps' || key === 'mark:evicted' || key === askedMark) return o;
  if (o.kind === 'lock') return (o.bits === 1 && o.count >= 0) || (o.bits & ~56) === 0 ? undefined : { ...o, bits: 64, count: 0 };
  if (o.kind === 'pages' || o.kind === 'ranges') return { ...o, bits: 32 };
  return undefined;
}

/** The weaker of two constraints. */
export function union(a: Constraint, b: Constraint): Constraint {
  if (a === b) return a;
  const ne =
    a.eq !== undefined && b.eq === undefined
      ? b.ne.filter((v) => v !== a.eq && (a.ne.includes(v) || a.eq !== v))
      : b.eq !== undefined && a.eq === undefined
        ? a.ne.filter((v) => v !== b.eq)
        : a.ne.filter((v) => b.ne.includes(v));
  return { bits: a.bits | b.bits, eq: a.eq === b.eq ? a.eq : undefined, ne };
}
