/** Index of names: which of the files read so far may define a name. */
import type { FileRecord } from './store.js';

/** A file that may define a name. */
export interface NameHit {
  readonly path: string;
  /** Bits of `NameKind`. */
  readonly kinds: number;
}

/** The index. */
export interface NameIndex {
  /** Adds a file, once; a file already there is left alone. */
  add(record: FileRecord): void;
  has(path: string): boolean;
  /** Files that may define the name as one of these kinds, in no order. */
  hits(name: string, kinds: number): readonly NameHit[];
  /** Replaces a file that is there; true when the names that it defines changed. */
  replace(path: string, after: FileRecord | undefined): boolean;
}

const sameNames = (left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean => {
  if (left.size !== right.size) return false;
  for (const [name, kinds] of left) if (right.get(name) !== kinds) return false;
  return true;
};

/** Makes an empty index. */
export const createNameIndex = (): NameIndex => {
  const files = new Map<string, ReadonlyMap<string, number>>();
  // Most names stand in one file: a hit alone, a list only when there are more.
  const index = new Map<string, NameHit | NameHit[]>();
  const insert = (name: string, hit: NameHit): void => {
    const there = index.get(name);
    if (there === undefined) index.set(name, hit);
    else if (Array.isArray(there)) there.push(hit);
    else index.set(name, [there, hit]);
  };
  const remove = (name: string, path: string): void => {
    const there = index.get(name);
    if (there === undefined) return;
    if (!Array.isArray(there)) {
      if (there.path === path) index.delete(name);
      return;
    }
    const rest = there.filter((hit) => hit.path !== path);
    if (rest.length === 0) index.delete(name);
    else index.set(name, rest);
  };
  return {
    add: (record) => {
      if (files.has(record.path)) return;
      const { names } = record.scan;
      files.set(record.path, names);
      for (const [name, kinds] of names) insert(name, { path: record.path, kinds });
    },
    has: (path) => files.has(path),
    hits: (name, kinds) => {
      const there = index.get(name);
      if (there === undefined) return [];
      const list = Array.isArray(there) ? there : [there];
      return list.filter((hit) => (hit.kinds & kinds) !== 0);
    },
    replace: (path, after) => {
      const old = files.get(path);
      if (old === undefined) return false;
      if (after !== undefined && sameNames(old, after.scan.names)) {
        files.set(path, after.scan.names);
        return false;
      }
      for (const name of old.keys()) remove(name, path);
      files.delete(path);
      if (after !== undefined) {
        files.set(path, after.scan.names);
        for (const [name, kinds] of after.scan.names) insert(name, { path, kinds });
      }
      return true;
    },
  };
};
