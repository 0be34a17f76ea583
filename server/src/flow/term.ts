/**
 * Terms: the symbolic values of the analysis, and locations: the access paths objects are known by.
 * Every term and location has one normal form and a key; equal keys mean the same value in every run.
 * Embedding is an equation: `container_of(&c->m, T, m)` is `c`, and `&container_of(p, T, m)->m` is `p`.
 */

/** A location: a root and the members walked from it. An array element is the member `[]`. */
export interface Loc {
  readonly key: string;
  /** What the path starts at: a variable of this function, a global, or what a term points to. */
  readonly root:
    | { readonly kind: 'local'; readonly name: string }
    | { readonly kind: 'global'; readonly name: string }
    | { readonly kind: 'pointee'; readonly term: Term };
  readonly path: readonly string[];
  /** What was built from it, made once: equal things are mostly one object, and their keys one string. */
  memo: LocMemo | undefined;
}

interface LocMemo {
  load: Term | undefined;
  address: Term | undefined;
  members: Map<string, Loc> | undefined;
}

interface TermMemo {
  pointee: Loc | undefined;
}

/** A symbolic value. */
export type Term = { readonly key: string; memo: TermMemo | undefined } & (
  | { readonly kind: 'int'; readonly value: number }
  /** The value of a parameter at entry. */
  | { readonly kind: 'param'; readonly index: number }
  /** A value made at a place: a call's result, a loop's element, a join. */
  | { readonly kind: 'fresh'; readonly id: string }
  /** What a location held at entry (or since its last unknown write). */
  | { readonly kind: 'load'; readonly loc: Loc }
  | { readonly kind: 'addr'; readonly loc: Loc }
  /** The container of which the term is the address of a member. */
  | { readonly kind: 'up'; readonly of: Term; readonly tag: string; readonly member: readonly string[] }
  | { readonly kind: 'op'; readonly op: string; readonly args: readonly Term[] }
  | { readonly kind: 'string' }
  | { readonly kind: 'function'; readonly name: string }
);

const DEEPEST = 220;

/** Values and variables by name; emptied when they are many, since equality is by key. */
const roots = {
  fresh: new Map<string, Term>(),
  locals: new Map<string, Loc>(),
  globals: new Map<string, Loc>(),
  params: new Map<number, Term>(),
};
const MOST = 60_000;
let made = 0;

function kept<K, V>(table: Map<K, V>, key: K, make: () => V): V {
  const known = table.get(key);
  if (known !== undefined) return known;
  const value = make();
  if (++made > MOST) {
    made = 0;
    for (const one of Object.values(roots)) one.clear();
  }
  table.set(key, value);
  return value;
}

/** A constant. */
export const int = (value: number): Term => ({ kind: 'int', value, key: `#${value}`, memo: undefined });
/** The i-th parameter at entry, from 0. */
export const param = (index: number): Term =>
  kept(roots.params, index, () => ({ kind: 'param', index, key: `$${index}`, memo: undefined }));
/** A value made at a place, named by it. */
export const fresh = (id: string): Term => kept(roots.fresh, id, () => ({ kind: 'fresh', id, key: `!${id}`, memo: undefined }));
/** A string literal: non-null, never tracked. */
export const stringTerm: Term = { kind: 'string', key: '"', memo: undefined };
/** A function's address. */
export const functionTerm = (name: string): Term => ({ kind: 'function', name, key: `f:${name}`, memo: undefined });
/** NULL and 0. */
export const ZERO = int(0);

function makeLoc(root: Loc['root'], path: readonly string[]): Loc {
  const head = root.kind === 'local' ? `v:${root.name}` : root.kind === 'global' ? `g:${root.name}` : `(${root.term.key})`;
  return { root, path, key: path.length === 0 ? head : `${head}.${path.join('.')}`, memo: undefined };
}

const memoOf = (loc: Loc): LocMemo => {
  loc.memo ??= { load: undefined, address: undefined, members: undefined };
  return loc.memo;
};

/** A variable of this function. */
export const localLoc = (name: string): Loc => kept(roots.locals, name, () => makeLoc({ kind: 'local', name }, []));
/** A variable at file scope. */
export const globalLoc = (name: string): Loc => kept(roots.globals, name, () => makeLoc({ kind: 'global', name }, []));

/** What a pointer points to. */
export function pointee(term: Term): Loc {
  if (term.kind === 'addr') return term.loc;
  const known = term.memo?.pointee;
  if (known !== undefined) return known;
  const loc = makeLoc({ kind: 'pointee', term }, []);
  made++;
  if (term.memo === undefined) term.memo = { pointee: loc };
  else term.memo.pointee = loc;
  return loc;
}

function startsWith(path: readonly string[], head: readonly string[]): boolean {
  return head.length <= path.length && head.every((part, i) => path[i] === part);
}

/** A member (or deeper) of a location, in normal form. */
export function memberLoc(loc: Loc, ...path: string[]): Loc {
  if (path.length === 0) return loc;
  const memo = memoOf(loc);
  memo.members ??= new Map();
  const name = path.length === 1 ? (path[0] ?? '') : path.join('.');
  const known = memo.members.get(name);
  if (known !== undefined) return known;
  const member = makeMember(loc, path);
  made++;
  memo.members.set(name, member);
  return member;
}

function makeMember(loc: Loc, path: readonly string[]): Loc {
  const whole = [...loc.path, ...path];
  if (loc.root.kind === 'pointee' && loc.root.term.kind === 'up') {
    const up = loc.root.term;
    if (startsWith(whole, up.member)) {
      const inner = pointee(up.of);
      return memberLoc(inner, ...whole.slice(up.member.length));
    }
  }
  return makeLoc(loc.root, whole);
}

/** The address of a location; `&*p` is `p`. */
export function addressOf(loc: Loc): Term {
  if (loc.root.kind === 'pointee' && loc.path.length === 0) return loc.root.term;
  const memo = memoOf(loc);
  memo.address ??= bounded({ kind: 'addr', loc, key: `&${loc.key}`, memo: undefined });
  return memo.address;
}

/** The value a location held at entry. */
export function loadOf(loc: Loc): Term {
  const memo = memoOf(loc);
  memo.load ??= bounded({ kind: 'load', loc, key: `*${loc.key}`, memo: undefined });
  return memo.load;
}

/** `container_of(term, tag, member)`. */
export function containerOf(term: Term, tag: string, member: readonly string[]): Term {
  if (term.kind === 'addr') {
    const { loc } = term;
    const cut = loc.path.length - member.length;
    if (cut >= 0 && startsWith(loc.path.slice(cut), member)) return addressOf(makeLoc(loc.root, loc.path.slice(0, cut)));
  }
  return bounded({ kind: 'up', of: term, tag, member, key: `^${member.join('.')}@${tag}(${term.key})`, memo: undefined });
}

const COMMUTATIVE = new Set(['==', '!=', '+', '*', '&', '|', '^']);
const MIRROR: Readonly<Record<string, string>> = { '>': '<', '>=': '<=' };

/** An operation on terms, folded when its operands are constants. Comparisons are written with `<`, `<=`, `==`, `!=`. */
export function operate(op: string, ...args: readonly Term[]): Term {
  const [a, b] = args;
  if (a !== undefined && b !== undefined) {
    const mirrored = MIRROR[op];
    if (mirrored !== undefined) return operate(mirrored, b, a);
    const folded = a.kind === 'int' && b.kind === 'int' ? fold(op, a.value, b.value) : undefined;
    if (folded !== undefined) return int(folded);
    if (a.key === b.key) {
      if (op === '==' || op === '<=') return int(1);
      if (op === '!=' || op === '<' || op === '-' || op === '^') return ZERO;
    }
    if (b.kind === 'int' && b.value === 0 && (op === '+' || op === '-' || op === '|' || op === '<<' || op === '>>')) return a;
    if (COMMUTATIVE.has(op) && a.key > b.key && !(b.kind === 'int')) return operateRaw(op, [b, a]);
    if (COMMUTATIVE.has(op) && a.kind === 'int') return operateRaw(op, [b, a]);
  } else if (a !== undefined) {
    if (a.kind === 'int') {
      if (op === '!') return int(a.value === 0 ? 1 : 0);
      if (op === 'neg') return int(-a.value);
      if (op === '~') return int(~a.value);
    }
    if (op === '!') return operate('==', a, ZERO);
  }
  return operateRaw(op, args);
}

function operateRaw(op: string, args: readonly Term[]): Term {
  return bounded({
    kind: 'op',
    op,
    args,
    key: args.length === 1 ? `(${op} ${args[0]?.key ?? ''})` : `(${args.map((arg) => arg.key).join(op)})`,
    memo: undefined,
  });
}

function fold(op: string, a: number, b: number): number | undefined {
  switch (op) {
    case '==':
      return a === b ? 1 : 0;
    case '!=':
      return a !== b ? 1 : 0;
    case '<':
      return a < b ? 1 : 0;
    case '<=':
      return a <= b ? 1 : 0;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '&':
      return Number(BigInt.asIntN(64, BigInt(Math.trunc(a)) & BigInt(Math.trunc(b))));
    case '|':
      return Number(BigInt.asIntN(64, BigInt(Math.trunc(a)) | BigInt(Math.trunc(b))));
    case '<<':
      return b >= 0 && b < 53 ? a * 2 ** b : undefined;
    case '>>':
      return b >= 0 && b < 64 ? Math.floor(a / 2 ** b) : undefined;
    default:
      return undefined;
  }
}

function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(36);
}

/** Very deep terms are cut to an opaque value named by what it stood for: equal terms stay equal. */
function bounded(term: Term): Term {
  return term.key.length > DEEPEST ? fresh(`deep${hash(term.key)}`) : term;
}

/** What a substitution says of the leaves of a term. */
export interface Substitution {
  param(index: number): Term;
  fresh(id: string): Term;
  /** The present value of what the callee calls the entry value of a location; called with the location substituted. */
  load(loc: Loc): Term;
  local(name: string): Loc;
}

/** Rewrites a location of a callee into the caller's names. */
export function substituteLoc(loc: Loc, by: Substitution): Loc {
  const { root } = loc;
  if (root.kind === 'global') return loc;
  if (root.kind === 'local') return memberLoc(by.local(root.name), ...loc.path);
  return memberLoc(pointee(substitute(root.term, by)), ...loc.path);
}

/** Rewrites a term of a callee into the caller's names. */
export function substitute(term: Term, by: Substitution): Term {
  switch (term.kind) {
    case 'param':
      return by.param(term.index);
    case 'fresh':
      return by.fresh(term.id);
    case 'load':
      return by.load(substituteLoc(term.loc, by));
    case 'addr':
      return addressOf(substituteLoc(term.loc, by));
    case 'up':
      return containerOf(substitute(term.of, by), term.tag, term.member);
    case 'op':
      return operate(term.op, ...term.args.map((arg) => substitute(arg, by)));
    default:
      return term;
  }
}

/** True when the term is built from parameters, globals and constants alone: a caller can name it. */
export function isNameable(term: Term): boolean {
  switch (term.kind) {
    case 'fresh':
      return false;
    case 'load':
    case 'addr':
      return isNameableLoc(term.loc);
    case 'up':
      return isNameable(term.of);
    case 'op':
      return term.args.every(isNameable);
    default:
      return true;
  }
}

/** True when a caller can name the location. */
export function isNameableLoc(loc: Loc): boolean {
  return loc.root.kind === 'global' || (loc.root.kind === 'pointee' && isNameable(loc.root.term));
}

/** The term a location or term hangs from: its outermost root. */
export function rootOf(term: Term): Term | undefined {
  if (term.kind === 'load' || term.kind === 'addr') return term.loc.root.kind === 'pointee' ? rootOf(term.loc.root.term) : undefined;
  if (term.kind === 'up') return rootOf(term.of);
  return term;
}

/** True when the key of one thing mentions another (is built from it). */
export function mentions(key: string, part: string): boolean {
  let at = key.indexOf(part);
  while (at !== -1) {
    const after = key.charCodeAt(at + part.length);
    const continues =
      (after >= 48 && after <= 57) || (after >= 97 && after <= 122) || (after >= 65 && after <= 90) || after === 95 || after === 126;
    if (!continues) return true;
    at = key.indexOf(part, at + 1);
  }
  return false;
}
