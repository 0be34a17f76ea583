/** Includes: from a spelling to a path, and which headers a file sees. */
import type { FileRecord, Store } from './store.js';
import { folderOf, isNear, isUnder, normalisePath } from './units.js';

/** Headers that a file sees, itself first, by how near they are: path to rank. */
export type Closure = ReadonlyMap<string, number>;

/** The include graph. */
export interface IncludeGraph {
  /** Path of an include of a file; undefined when the tree lacks it. */
  resolve(from: FileRecord, spelling: string, isSystem: boolean): string | undefined;
  /** Paths that a file includes directly. */
  direct(record: FileRecord): readonly string[];
  /** The driver's own and DRM's headers, followed through headers of this kind only. */
  near(path: string): Closure;
  /** Other headers that the near ones include, `levels` deep (whole closure: Infinity). Holds no near ones. */
  far(path: string, levels: number): Closure;
  /** Forgets closures: an include changed, a file came or went. */
  forget(): void;
}

const systemFolders: readonly string[] = ['include', 'include/uapi', 'arch/x86/include', 'arch/x86/include/uapi'];

/** Makes the graph over a store. */
export const createIncludeGraph = (store: Store): IncludeGraph => {
  let resolved = new Map<string, string | undefined>();
  let nears = new Map<string, Closure>();
  let fars = new Map<string, Closure>();
  let directs = new WeakMap<FileRecord, readonly string[]>();
  let suffixes = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** Headers of a driver's tree by file name. */
  const byName = (folder: string, isDeep: boolean): ReadonlyMap<string, readonly string[]> => {
    const known = suffixes.get(folder);
    if (known !== undefined) return known;
    const made = new Map<string, string[]>();
    for (const path of store.sources(folder, isDeep)) {
      if (!path.endsWith('.h')) continue;
      const name = path.slice(path.lastIndexOf('/') + 1);
      const there = made.get(name);
      if (there === undefined) made.set(name, [path]);
      else there.push(path);
    }
    suffixes.set(folder, made);
    return made;
  };
  const commonLength = (left: string, right: string): number => {
    let at = 0;
    while (at < left.length && at < right.length && left.charCodeAt(at) === right.charCodeAt(at)) at++;
    return at;
  };
  /** Stands for the driver's `-I` flags: the header of the driver's tree that ends so, nearest first. */
  const inDriver = (from: FileRecord, spelling: string): string | undefined => {
    const clean = normalisePath(spelling.replace(/^(?:\.\.?\/)+/, ''));
    if (clean === undefined) return undefined;
    const name = clean.slice(clean.lastIndexOf('/') + 1);
    let best: string | undefined;
    for (const path of byName(from.unit.folder, from.unit.isDeep).get(name) ?? []) {
      if (path !== clean && !path.endsWith(`/${clean}`)) continue;
      if (best === undefined) best = path;
      else {
        const gain = commonLength(path, from.path) - commonLength(best, from.path);
        if (gain > 0 || (gain === 0 && path.length < best.length)) best = path;
      }
    }
    return best;
  };
  const find = (from: FileRecord, spelling: string, isSystem: boolean): string | undefined => {
    const tried = (candidate: string): string | undefined => {
      const path = normalisePath(candidate);
      return path !== undefined && store.exists(path) ? path : undefined;
    };
    if (!isSystem) {
      for (let folder = folderOf(from.path); ; folder = folderOf(folder)) {
        const found = tried(folder === '' ? spelling : `${folder}/${spelling}`);
        if (found !== undefined) return found;
        if (folder === '' || !isUnder(folder, from.unit.folder) || folder === from.unit.folder) break;
      }
      const found = inDriver(from, spelling);
      if (found !== undefined) return found;
    }
    for (const folder of systemFolders) {
      const found = tried(`${folder}/${spelling}`);
      if (found !== undefined) return found;
    }
    if (spelling.startsWith('asm/')) return tried(`include/asm-generic/${spelling.slice(4)}`);
    return isSystem && !/^(?:linux|asm|uapi|net|generated)\//.test(spelling) ? inDriver(from, spelling) : undefined;
  };
  const resolve = (from: FileRecord, spelling: string, isSystem: boolean): string | undefined => {
    const key = isSystem ? `${from.unit.folder}<${spelling}` : `${folderOf(from.path)}"${spelling}`;
    if (resolved.has(key)) return resolved.get(key);
    const found = find(from, spelling, isSystem);
    resolved.set(key, found);
    return found;
  };
  const direct = (record: FileRecord): readonly string[] => {
    const known = directs.get(record);
    if (known !== undefined) return known;
    const paths = new Set<string>();
    for (const include of record.scan.includes) {
      const path = resolve(record, include.path, include.isSystem);
      if (path !== undefined && path !== record.path) paths.add(path);
    }
    const made = [...paths];
    directs.set(record, made);
    return made;
  };
  const near = (path: string): Closure => {
    const known = nears.get(path);
    if (known !== undefined) return known;
    const ranks = new Map<string, number>([[path, 0]]);
    for (const at of ranks.keys()) {
      const record = store.record(at);
      if (record === undefined) continue;
      for (const next of direct(record)) if (isNear(next) && !ranks.has(next)) ranks.set(next, ranks.size);
    }
    nears.set(path, ranks);
    return ranks;
  };
  const far = (path: string, levels: number): Closure => {
    const key = `${path}|${levels}`;
    const known = fars.get(key);
    if (known !== undefined) return known;
    const nearOnes = near(path);
    const ranks = new Map<string, number>();
    let level: Iterable<string> = nearOnes.keys();
    for (let depth = 0; depth < levels; depth++) {
      const next: string[] = [];
      for (const at of level) {
        const record = store.record(at);
        if (record === undefined) continue;
        for (const one of direct(record)) {
          if (nearOnes.has(one) || ranks.has(one)) continue;
          ranks.set(one, ranks.size);
          next.push(one);
        }
      }
      if (next.length === 0) break;
      level = next;
    }
    fars.set(key, ranks);
    return ranks;
  };
  return {
    resolve,
    direct,
    near,
    far,
    forget: () => {
      resolved = new Map();
      nears = new Map();
      fars = new Map();
      directs = new WeakMap();
      suffixes = new Map();
    },
  };
};
