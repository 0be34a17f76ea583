/** States in words: what is known of objects and locks just before a statement, over all paths that reach it. */
import type { Span } from '../syntax/ast.js';
import type { CfgNode } from './cfg.js';
import { DMA, LOCK, PAGES } from './events.js';
import type { FunctionRun } from './run.js';
import type { ObjectKind, State } from './state.js';
import { type Loc, localLoc, type Term } from './term.js';

/** The states before a statement, in words. */
export interface Described {
  readonly objects: readonly { readonly name: string; readonly state: string }[];
  readonly locks: readonly { readonly name: string; readonly mode: string }[];
}

/** What a solved run knows just before the statement at an offset (relative to the function); undefined where no path leads. */
export function describeAt(run: FunctionRun, offset: number): Described | undefined {
  const target = nodeAt(run, offset);
  const states = target === undefined ? undefined : statesOf(run).get(target);
  return states === undefined ? undefined : describe(run, states);
}

/** The states before every step of a run: one pass serves a whole view of the function. */
const passes = new WeakMap<FunctionRun, ReadonlyMap<CfgNode, readonly State[]>>();

function statesOf(run: FunctionRun): ReadonlyMap<CfgNode, readonly State[]> {
  const known = passes.get(run);
  if (known !== undefined) return known;
  const states = new Map<CfgNode, State[]>();
  run.inspect((node, state) => {
    const list = states.get(node);
    if (list === undefined) states.set(node, [state.copy()]);
    else list.push(state.copy());
  });
  passes.set(run, states);
  return states;
}

/** The first node of the statement that holds the offset: of those that begin there, the one that runs first; else the next that begins after it. */
function nodeAt(run: FunctionRun, offset: number): CfgNode | undefined {
  const order = run.cfg.order.flatMap((id) => run.cfg.nodes[id] ?? []).filter((node) => node.kind !== 'nop');
  const size = (span: Span): number => span.end - span.start;
  const holding = order.filter((node) => node.span.start <= offset && offset <= node.span.end);
  if (holding.length > 0) {
    // What runs first for the innermost statement: parts of one expression lie inside it.
    const inner = holding.reduce((best, node) => (size(node.span) < size(best.span) ? node : best));
    return order.find((node) => inner.span.start <= node.span.start && node.span.end <= inner.span.end) ?? inner;
  }
  return order
    .filter((node) => node.span.start >= offset)
    .reduce<CfgNode | undefined>((best, node) => (best === undefined || node.span.start < best.span.start ? node : best), undefined);
}

const shown: ReadonlySet<ObjectKind> = new Set<ObjectKind>(['pages', 'ranges', 'held', 'dma']);

function describe(run: FunctionRun, states: readonly State[]): Described {
  const objects = new Map<string, Set<string>>();
  const locks = new Map<string, Set<string>>();
  for (const state of states) {
    const names = localNames(run, state);
    for (const [key, object] of state.objects()) {
      if (object.kind !== 'lock' && !shown.has(object.kind)) continue;
      const name = object.term === undefined ? undefined : subjectName(run, names, object.term);
      const words = name === undefined ? undefined : wordsOf(object.kind, object.bits, object.count, object.detail);
      if (name === undefined || words === undefined) continue;
      const into = key.startsWith('lock:') ? locks : objects;
      const known = into.get(name) ?? new Set();
      known.add(words);
      into.set(name, known);
    }
  }
  const rows = (map: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly [string, string])[] =>
    [...map].map(([name, words]) => [name, [...words].sort().join(' or ')] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    objects: rows(objects).map(([name, state]) => ({ name, state })),
    locks: rows(locks)
      .filter(([, mode]) => mode !== 'not held')
      .map(([name, mode]) => ({ name, mode })),
  };
}

/** The shortest local that holds each value. */
function localNames(run: FunctionRun, state: State): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of [...run.ast.params.map((param) => param.name), ...run.cfg.types.keys()]) {
    if (/[@%]/.test(name)) continue;
    const { key } = state.read(localLoc(name));
    const known = names.get(key);
    if (known === undefined || name.length < known.length) names.set(key, name);
  }
  return names;
}

/** An object as the function would write it: the thing that the term points to. */
function subjectName(run: FunctionRun, names: ReadonlyMap<string, string>, term: Term): string | undefined {
  if (term.kind === 'addr') return locName(run, names, term.loc);
  return termName(run, names, term);
}

function termName(run: FunctionRun, names: ReadonlyMap<string, string>, term: Term): string | undefined {
  const local = names.get(term.key);
  if (local !== undefined) return local;
  switch (term.kind) {
    case 'param':
      return run.ast.params[term.index]?.name;
    case 'load':
      return locName(run, names, term.loc);
    case 'addr': {
      const name = locName(run, names, term.loc);
      return name === undefined ? undefined : `&${name}`;
    }
    case 'up': {
      const inner = termName(run, names, term.of);
      return inner === undefined ? undefined : `container_of(${inner})`;
    }
    default:
      return undefined;
  }
}

function locName(run: FunctionRun, names: ReadonlyMap<string, string>, loc: Loc): string | undefined {
  const { root } = loc;
  if (root.kind === 'pointee') {
    const base = termName(run, names, root.term);
    if (base === undefined) return undefined;
    return loc.path.length === 0 ? `*${base}` : `${base}->${joined(loc.path)}`;
  }
  return loc.path.length === 0 ? root.name : `${root.name}.${joined(loc.path)}`;
}

const joined = (path: readonly string[]): string => path.join('.').replaceAll('.[]', '[]');

const families: Readonly<Record<string, string>> = {
  memory: 'allocated here',
  range: 'reference held',
  pagemap: 'reference held',
  mm: 'reference held',
  object: 'reference held',
  fence: 'reference held',
  device: 'reference held',
};

/** Words of a state; undefined where nothing is known. */
function wordsOf(kind: ObjectKind, bits: number, count: number, detail: string): string | undefined {
  switch (kind) {
    case 'pages':
      return either(
        bits,
        PAGES,
        { raw: 'not initialised', init: 'initialised', mapped: 'mapped', unmapped: 'unmapped', freed: 'freed', entry: 'as on entry' },
        PAGES.lost,
      );
    case 'ranges':
      return either(bits, PAGES, { unmapped: 'all unmapped' }, PAGES.lost);
    case 'lock':
      return either(
        bits,
        LOCK,
        {
          none: 'not held',
          read: 'held for read',
          write: 'held for write',
          callerRead: 'held for read by the caller',
          callerWrite: 'held for write by the caller',
          callerAny: 'held by the caller',
        },
        LOCK.lost,
      );
    case 'held':
      return count > 0 ? families[detail] : undefined;
    case 'dma':
      return either(
        bits,
        DMA,
        { unchecked: 'mapped, not yet checked', ok: 'mapped', failed: 'mapping failed', stored: 'mapped and stored' },
        0,
      );
    default:
      return undefined;
  }
}

/** The words of the bits that are set; undefined when what is lost is among them. */
function either(
  bits: number,
  table: Readonly<Record<string, number>>,
  words: Readonly<Record<string, string>>,
  lost: number,
): string | undefined {
  if (bits === 0 || (bits & lost) !== 0) return undefined;
  const list = Object.entries(words).flatMap(([name, text]) => ((bits & (table[name] ?? 0)) !== 0 ? [text] : []));
  return list.length === 0 ? undefined : list.join(' or ');
}
