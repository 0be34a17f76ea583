/**
 * The tables of a tree: the built-in ones, and those of each `gpusvm-contracts.json` for the files below its folder. A function is looked at with
 * the tables of its own file, so that a name that two drivers use means in each what its own file says.
 */
import type { FileHost } from '../program/types.js';
import { readContractFile } from './file/read.js';
import { type Contracts, type ContractTables, makeContracts } from './index.js';

/** Name of the file, in the tree's root or in any folder above a source. */
export const contractFileName = 'gpusvm-contracts.json';

/** Something wrong with a file of contracts: offsets into it. */
export interface ContractProblem {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** The tables by place. */
export interface ContractScopes {
  /** Answers with the tables of the file that is being looked at; the root's outside of `within`. */
  readonly contracts: Contracts;
  /** The tables for a source file. */
  of(path: string): Contracts;
  /** Does work with the tables of a source file. */
  within<T>(path: string, work: () => T): T;
  /** What is wrong with the files that count for a source file. */
  problems(path: string): readonly ContractProblem[];
  /** Paths of the files that count for a source file. */
  files(path: string): readonly string[];
}

/** One file with what it includes. */
interface Loaded {
  readonly tables: ContractTables;
  readonly problems: readonly ContractProblem[];
}

const nothing: readonly never[] = [];

/** Folders from the tree's root to a file's own. What lies outside of the tree has only its own. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  if (path.startsWith('/')) return [parts.join('/')];
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

function join(all: readonly ContractTables[]): ContractTables {
  const every = <K extends keyof ContractTables>(key: K): readonly NonNullable<ContractTables[K]>[number][] =>
    all.flatMap((tables) => (tables[key] ?? nothing) as readonly NonNullable<ContractTables[K]>[number][]);
  return {
    functions: every('functions'),
    iterators: every('iterators'),
    guards: every('guards'),
    callbacks: every('callbacks'),
    harmless: every('harmless'),
    locks: every('locks'),
    orders: every('orders'),
    guarded: every('guarded'),
    owners: every('owners'),
  };
}

/** Makes the tables of a tree; files are read when a source below them is first looked at. */
export function createContractScopes(host: Pick<FileHost, 'read'>): ContractScopes {
  const base = makeContracts();
  const loaded = new Map<string, Loaded | undefined>();
  const byFolder = new Map<string, Contracts>();
  const byFiles = new Map<string, Contracts>([['', base]]);

  const load = (path: string, above: readonly string[]): Loaded | undefined => {
    const text = host.read(path);
    if (text === undefined) return undefined;
    const read = readContractFile(text, path, base.of);
    const problems: ContractProblem[] = read.problems.map(({ start, end, message }) => ({ file: path, start, end, message }));
    const parts = [read.tables];
    for (const { path: other, start, end } of read.include) {
      const chain = [...above, path];
      const inner = chain.includes(other) || chain.length > 8 ? undefined : load(other, chain);
      if (inner === undefined)
        problems.push({
          file: path,
          start,
          end,
          message: chain.includes(other) ? `${other} includes itself` : `${other} cannot be read in this tree`,
        });
      else {
        parts.unshift(inner.tables);
        problems.push(...inner.problems);
      }
    }
    return { tables: join(parts), problems };
  };
  const fileOf = (folder: string): string => (folder === '' ? contractFileName : `${folder}/${contractFileName}`);
  const inFolder = (folder: string): Loaded | undefined => {
    if (!loaded.has(folder)) loaded.set(folder, load(fileOf(folder), []));
    return loaded.get(folder);
  };
  const foldersOf = (path: string): readonly string[] => foldersAbove(path).filter((folder) => inFolder(folder) !== undefined);
  const of = (path: string): Contracts => {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    let known = byFolder.get(folder);
    if (known === undefined) {
      const folders = foldersOf(path);
      const key = folders.map(fileOf).join('\n');
      known = byFiles.get(key) ?? makeContracts(join(folders.flatMap((one) => inFolder(one)?.tables ?? nothing)));
      byFiles.set(key, known);
      byFolder.set(folder, known);
    }
    return known;
  };

  let current = of('');
  const contracts: Contracts = {
    of: (name) => current.of(name),
    isHarmless: (name) => current.isHarmless(name),
    iterator: (name) => current.iterator(name),
    guard: (name) => current.guard(name),
    callback: (structTag, member) => current.callback(structTag, member),
    locksNamed: (member) => current.locksNamed(member),
    roleOf: (lockClass) => current.roleOf(lockClass),
    get hasOwnLocks() {
      return current.hasOwnLocks;
    },
    get unlocks() {
      return current.unlocks;
    },
    get interesting() {
      return current.interesting;
    },
    get pagesCalls() {
      return current.pagesCalls;
    },
    get all() {
      return current.all;
    },
    get callbacks() {
      return current.callbacks;
    },
    get guarded() {
      return current.guarded;
    },
    get orders() {
      return current.orders;
    },
    get owners() {
      return current.owners;
    },
  };
  return {
    contracts,
    of,
    within(path, work) {
      const before = current;
      current = of(path);
      try {
        return work();
      } finally {
        current = before;
      }
    },
    problems: (path) => foldersOf(path).flatMap((folder) => inFolder(folder)?.problems ?? nothing),
    files: (path) => foldersOf(path).map(fileOf),
  };
}
