/** Texts of the tree: the host's, and those that stand in for them. The one place that knows which text of a file is the current one. */
import type { Config, Outline } from '../syntax/source.js';
import { type FileScan, scanFile, type TokenSet, tokenSet } from './scan.js';
import type { FileHost, ProgramFile } from './types.js';
import { baseOf, comparePaths, folderOf, isSkippedFolder, isSource, type Unit, unitOf } from './units.js';

/** Makes an outline of a text. */
export type OutlineOf = (text: string, config: Config) => Outline;

/** One text of one file; everything beside the text is made when asked for. Immutable: an edit makes another record. */
export interface FileRecord extends ProgramFile {
  readonly unit: Unit;
  readonly scan: FileScan;
  readonly tokens: TokenSet;
  /** A place for values that depend on this text alone, by name of the value. */
  readonly cache: Map<string, unknown>;
}

/** What changed when a text was replaced. */
export interface Change {
  readonly before: FileRecord | undefined;
  readonly after: FileRecord | undefined;
  /** The file appeared or vanished. */
  readonly listChanged: boolean;
}

/** The texts. */
export interface Store {
  /** The current record; undefined when absent or unreadable. */
  record(path: string): FileRecord | undefined;
  /** The record when it has been read before: never touches the host. */
  known(path: string): FileRecord | undefined;
  exists(path: string): boolean;
  /** Sources and headers in a folder, in path order; with subfolders when deep. Register lists are left out. */
  sources(folder: string, isDeep: boolean): readonly string[];
  set(path: string, text: string | undefined): Change;
}

/** Computes a value once per record. */
export const cached = <T>(record: FileRecord, name: string, make: () => T): T => {
  if (record.cache.has(name)) return record.cache.get(name) as T;
  const value = make();
  record.cache.set(name, value);
  return value;
};

const makeRecord = (path: string, text: string, outlineOf: (text: string) => Outline): FileRecord => {
  let outline: Outline | undefined;
  let scan: FileScan | undefined;
  let tokens: TokenSet | undefined;
  return {
    path,
    text,
    unit: unitOf(path),
    cache: new Map(),
    get outline() {
      outline ??= outlineOf(text);
      return outline;
    },
    get scan() {
      scan ??= scanFile(text);
      return scan;
    },
    get tokens() {
      tokens ??= tokenSet(text);
      return tokens;
    },
  };
};

/** How many earlier texts of a file are kept, so that undo and the way back from a patch cost nothing. */
const keptTexts = 4;

/** Options of `createStore`. */
export interface StoreOptions {
  readonly host: FileHost;
  readonly config: Config;
  readonly outlineOf: OutlineOf;
  /** False for a lone file: folders are not listed. */
  readonly hasTree: boolean;
}

/** Makes the store. */
export const createStore = ({ host, config, outlineOf, hasTree }: StoreOptions): Store => {
  const current = new Map<string, FileRecord | undefined>();
  const earlier = new Map<string, FileRecord[]>();
  const overlays = new Map<string, string>();
  let folders = new Map<string, readonly string[]>();
  let folderSets = new Map<string, ReadonlySet<string>>();
  let lists = new Map<string, readonly string[]>();
  let there = new Map<string, boolean>();

  const recordOf = (path: string, text: string): FileRecord => {
    const kept = earlier.get(path)?.find((one) => one.text === text);
    return kept ?? makeRecord(path, text, (source) => outlineOf(source, config));
  };
  const record = (path: string): FileRecord | undefined => {
    if (current.has(path)) return current.get(path);
    const text = overlays.get(path) ?? host.read(path);
    const made = text === undefined ? undefined : recordOf(path, text);
    current.set(path, made);
    return made;
  };
  const list = (folder: string): readonly string[] => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const names = new Set(hasTree ? host.list(folder) : []);
    for (const path of overlays.keys()) {
      if (folder !== '' && !path.startsWith(`${folder}/`)) continue;
      const rest = folder === '' ? path : path.slice(folder.length + 1);
      const slash = rest.indexOf('/');
      names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
    }
    const sorted = [...names].sort(comparePaths);
    folders.set(folder, sorted);
    return sorted;
  };
  const folderSet = (folder: string): ReadonlySet<string> => {
    const known = folderSets.get(folder);
    if (known !== undefined) return known;
    const made = new Set(list(folder));
    folderSets.set(folder, made);
    return made;
  };
  /** A folder is listed only when its parent lists it: guessed include paths ask for folders that are not there. */
  const folderExists = (folder: string): boolean => {
    if (folder === '') return true;
    const known = there.get(folder);
    if (known !== undefined) return known;
    const parent = folderOf(folder);
    const made = folderExists(parent) && folderSet(parent).has(`${baseOf(folder)}/`);
    there.set(folder, made);
    return made;
  };
  const exists = (path: string): boolean => {
    if (overlays.has(path)) return true;
    if (!hasTree) return record(path) !== undefined;
    const folder = folderOf(path);
    return folderExists(folder) && folderSet(folder).has(baseOf(path));
  };
  const collect = (folder: string, isDeep: boolean, depth: number, into: string[]): void => {
    for (const name of list(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('/')) {
        // Depth is bounded because links may lead in circles.
        if (isDeep && depth < 24 && !isSkippedFolder(name.slice(0, -1))) collect(path.slice(0, -1), true, depth + 1, into);
      } else if (isSource(name)) into.push(path);
    }
  };
  const forgetLists = (): void => {
    folders = new Map();
    folderSets = new Map();
    lists = new Map();
    there = new Map();
  };
  return {
    record,
    known: (path) => current.get(path),
    exists,
    sources: (folder, isDeep) => {
      const key = isDeep ? `${folder}/**` : folder;
      const known = lists.get(key);
      if (known !== undefined) return known;
      const into: string[] = [];
      collect(folder, isDeep, 0, into);
      into.sort(comparePaths);
      lists.set(key, into);
      return into;
    },
    set: (path, text) => {
      const before = current.get(path);
      const existed = current.has(path) ? before !== undefined : undefined;
      if (before !== undefined) {
        const kept = (earlier.get(path) ?? []).filter((one) => one !== before);
        earlier.set(path, [before, ...kept].slice(0, keptTexts));
      }
      if (text === undefined) overlays.delete(path);
      else overlays.set(path, text);
      const fresh = text ?? host.read(path);
      const after = fresh === undefined ? undefined : recordOf(path, fresh);
      current.set(path, after);
      const folder = folderOf(path);
      const listed = folders.has(folder) ? folderSet(folder).has(baseOf(path)) : undefined;
      const isThere = after !== undefined;
      const listChanged = (existed !== undefined && existed !== isThere) || (listed !== undefined && listed !== isThere);
      if (listChanged) forgetLists();
      return { before, after, listChanged };
    },
  };
};
