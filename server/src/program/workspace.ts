/**
 * What the lookups share: the texts, the name index, the include graph, the parser, and when their answers stop being true.
 * `version` rises with every change of a text, `epoch` only when a declaration changed: anything outside of function bodies.
 */
import type { ItemParser } from '../syntax/source.js';
import { createIncludeGraph, type IncludeGraph } from './includes.js';
import { createNameIndex, type NameHit, type NameIndex } from './names.js';
import { hashWord, NameKind } from './scan.js';
import { cached, type FileRecord, type Store } from './store.js';
import { comparePaths, coreFolders, folderOf, isHeader, isUnder, type Unit } from './units.js';
import { hasWord } from './words.js';

/** The shared state of the lookups. */
export interface Workspace {
  readonly store: Store;
  readonly includes: IncludeGraph;
  readonly parser: ItemParser;
  readonly hasTree: boolean;
  /** Counts changes of declarations; changes that wait are looked at first. */
  epoch(): number;
  /** Counts changes of any text. */
  version(): number;
  setText(path: string, text: string | undefined): void;
  /** Headers that a file sees which may define the name, nearest first; the file itself left out. `farLevels` limits how deep headers of other subsystems are followed. */
  visible(name: string, kinds: number, from: string, farLevels: number): Iterable<FileRecord>;
  /** The same, of the near headers only. */
  visibleNear(name: string, kinds: number, from: string): Iterable<FileRecord>;
  /** Sources of the file's driver tree, then of the core, that may define the name; the file's own folder first. */
  inUnit(name: string, kinds: number, unit: Unit, from: string): Iterable<FileRecord>;
  /** Sources and headers of a unit. */
  unitFiles(unit: Unit): readonly string[];
  /** Sources and headers of a unit that mention a word, comments included, in path order. */
  mentioning(word: string, unit: Unit): readonly FileRecord[];
  /** True when a unit holds sources, not headers alone. */
  hasCode(unit: Unit): boolean;
  /** A map that is emptied when the epoch changes. */
  epochMap<T>(): () => Map<string, T>;
  /** A map that is emptied when any text changes. */
  versionMap<T>(): () => Map<string, T>;
}

/** Everything of a file but the insides of its functions, as one string: equal strings, equal declarations. */
const declarationsOf = (record: FileRecord): string =>
  cached(record, 'declarations', () => {
    const { text, outline } = record;
    const parts: string[] = [];
    for (const item of outline.items) {
      const flags = `${item.kind}|${item.name}|${item.isStatic ? 's' : ''}${item.isInline ? 'i' : ''}${item.alternative ? 'a' : ''}|`;
      const end = item.kind === 'function' && item.bodyStart > item.start ? item.bodyStart : item.end;
      parts.push(flags, text.slice(item.start, end));
      // What a comment asks of callers is part of a declaration.
      const doc = item.doc === undefined ? '' : text.slice(item.doc.start, item.doc.end);
      if (/\bh[oe]ld\b/i.test(doc)) parts.push(doc);
    }
    for (const macro of outline.macros) parts.push(macro.alternative ? 'a' : 't', text.slice(macro.start, macro.end));
    for (const include of outline.includes) parts.push(include.alternative ? 'a' : 't', text.slice(include.start, include.end));
    return parts.join('\n');
  });

const sameIncludes = (left: FileRecord, right: FileRecord): boolean => {
  const one = left.scan.includes;
  const two = right.scan.includes;
  return one.length === two.length && one.every((include, at) => include.path === two[at]?.path && include.isSystem === two[at]?.isSystem);
};

/** Which files of a unit mention what. A stem stands for all words that begin with it. */
interface Mentions {
  readonly words: Map<string, Set<string>>;
  readonly groups: Map<string, Set<string>>;
}

/** Stems looked for in the text of a whole unit before its words are counted once and for all: a search costs a tenth of that. */
const cheapStems = 12;

/** The beginning that a word shares with its family, `xe_svm_` of `xe_svm_range_put`; the word itself when it has none worth a search. */
const stemOf = (word: string): string => /^_*[A-Za-z0-9]+_[A-Za-z0-9]+_(?=.)/.exec(word)?.[0] ?? word;

/** Marks the table of a unit's sources without its headers, which may be most of it. */
const sourcesOnly = '|*.c';

/** Makes the shared state over a store. */
export const createWorkspace = (store: Store, parser: ItemParser, hasTree: boolean): Workspace => {
  const includes = createIncludeGraph(store);
  const index: NameIndex = createNameIndex();
  let indexedClosures = new Set<string>();
  let epoch = 0;
  let version = 0;
  let pending: { readonly path: string; readonly before: FileRecord | undefined; readonly after: FileRecord | undefined }[] = [];

  /** By unit; its sources alone under a key of their own. Kept true by every change. */
  let mentions = new Map<string, Mentions>();
  const inUnitFolder = (path: string, key: string): boolean =>
    key.endsWith('/**') ? isUnder(path, key.slice(0, -3)) : folderOf(path) === key;
  const noteMentions = (path: string, after: FileRecord | undefined): void => {
    for (const [key, { words, groups }] of mentions) {
      if (!inUnitFolder(path, key.endsWith(sourcesOnly) ? key.slice(0, -sourcesOnly.length) : key)) continue;
      if (key.endsWith(sourcesOnly) && isHeader(path)) continue;
      // A group may hold files that no longer belong: each word is looked for in the text.
      if (after !== undefined) for (const paths of groups.values()) paths.add(path);
      for (const [word, paths] of words) {
        if (after?.tokens.has(hashWord(word)) === true) paths.add(path);
        else paths.delete(path);
      }
    }
  };
  /** Paths of the unit's files, or of its sources alone, that mention the word, in no order. */
  const mentionPaths = (word: string, unit: Unit, which: '' | typeof sourcesOnly = ''): ReadonlySet<string> => {
    const key = `${unit.isDeep ? `${unit.folder}/**` : unit.folder}${which}`;
    const files = (): readonly string[] => (which === '' ? unitFiles(unit) : unitFiles(unit).filter((path) => !isHeader(path)));
    const known = mentions.get(key) ?? { words: new Map<string, Set<string>>(), groups: new Map<string, Set<string>>() };
    mentions.set(key, known);
    const there = known.words.get(word);
    if (there !== undefined) return there;
    const found = new Set<string>();
    const stem = stemOf(word);
    let group = known.groups.get(stem);
    if (group === undefined && known.groups.size < cheapStems) {
      group = new Set();
      for (const path of files()) if (store.record(path)?.text.includes(stem) === true) group.add(path);
      known.groups.set(stem, group);
    }
    if (group !== undefined) {
      for (const path of group) if (hasWord(store.record(path)?.text ?? '', word)) found.add(path);
    } else {
      const hash = hashWord(word);
      for (const path of files()) if (store.record(path)?.tokens.has(hash) === true) found.add(path);
    }
    known.words.set(word, found);
    return found;
  };
  const restructure = (): void => {
    includes.forget();
    mentions = new Map();
    indexedClosures = new Set();
  };
  const sync = (): void => {
    if (pending.length === 0) return;
    // Only the text that the answers were made from and the latest one count.
    const first = new Map<string, FileRecord | undefined>();
    const last = new Map<string, FileRecord | undefined>();
    for (const { path, before, after } of pending) {
      if (!first.has(path)) first.set(path, before);
      last.set(path, after);
    }
    pending = [];
    for (const [path, before] of first) {
      const after = last.get(path);
      if (before === after) continue;
      noteMentions(path, after);
      if (before === undefined || after === undefined) {
        epoch++;
        index.replace(path, after);
        restructure();
        continue;
      }
      if (!sameIncludes(before, after)) restructure();
      const names = index.replace(path, after);
      if (names || declarationsOf(before) !== declarationsOf(after)) epoch++;
    }
  };
  const ensureFiles = (paths: Iterable<string>): void => {
    for (const path of paths) {
      if (index.has(path)) continue;
      const record = store.record(path);
      if (record !== undefined) index.add(record);
    }
  };
  const ranked = (hits: readonly NameHit[], ranks: ReadonlyMap<string, number>, from: string): readonly FileRecord[] => {
    const found: { readonly rank: number; readonly record: FileRecord }[] = [];
    for (const hit of hits) {
      const rank = ranks.get(hit.path);
      if (rank === undefined || hit.path === from) continue;
      const record = store.record(hit.path);
      if (record !== undefined) found.push({ rank, record });
    }
    return found.sort((left, right) => left.rank - right.rank).map((one) => one.record);
  };
  const visibleIn = (name: string, kinds: number, from: string, levels: number): readonly FileRecord[] => {
    const ranks = levels === 0 ? includes.near(from) : includes.far(from, levels);
    const key = `${from}|${levels}`;
    if (!indexedClosures.has(key)) {
      ensureFiles(ranks.keys());
      indexedClosures.add(key);
    }
    return ranked(index.hits(name, kinds), ranks, from);
  };
  /** False for a folder of headers: they are many, and none defines what another file's code calls. */
  const hasCode = (unit: Unit): boolean => unitFiles(unit).some((path) => !isHeader(path));
  /** What defines a name mentions it: the other files of a unit need no index. */
  const ensureMentions = (name: string, unit: Unit): void => {
    if (hasCode(unit)) ensureFiles(mentionPaths(name, unit, sourcesOnly));
  };
  const unitFiles = (unit: Unit): readonly string[] => (hasTree ? store.sources(unit.folder, unit.isDeep) : []);
  const epochMap = <T>(): (() => Map<string, T>) => {
    let at = -1;
    let map = new Map<string, T>();
    return () => {
      sync();
      if (at !== epoch) {
        at = epoch;
        map = new Map();
      }
      return map;
    };
  };
  const versionMap = <T>(): (() => Map<string, T>) => {
    let at = -1;
    let map = new Map<string, T>();
    return () => {
      sync();
      if (at !== version) {
        at = version;
        map = new Map();
      }
      return map;
    };
  };
  return {
    store,
    includes,
    parser,
    hasTree,
    epoch: () => {
      sync();
      return epoch;
    },
    version: () => version,
    setText: (path, text) => {
      const change = store.set(path, text);
      if (change.before === change.after && !change.listChanged) return;
      version++;
      if (change.listChanged) {
        epoch++;
        restructure();
      }
      pending.push({ path, before: change.before, after: change.after });
    },
    visible: function* (name, kinds, from, farLevels) {
      sync();
      yield* visibleIn(name, kinds, from, 0);
      // Level by level: most names stand near, and a level costs a hundred files.
      let seen = 0;
      for (let level = 1; level <= farLevels; level++) {
        const all = visibleIn(name, kinds, from, level);
        yield* all.slice(seen);
        seen = all.length;
      }
    },
    visibleNear: function* (name, kinds, from) {
      sync();
      yield* visibleIn(name, kinds, from, 0);
    },
    inUnit: function* (name, kinds, unit, from) {
      sync();
      if (!hasTree) return;
      const own = folderOf(from);
      const inFolder = (path: string): boolean => (unit.isDeep ? isUnder(path, unit.folder) : folderOf(path) === unit.folder);
      const order = (left: NameHit, right: NameHit): number =>
        Number(folderOf(right.path) === own) - Number(folderOf(left.path) === own) || comparePaths(left.path, right.path);
      const emit = (keep: (path: string) => boolean): readonly FileRecord[] =>
        index
          .hits(name, kinds)
          .filter((hit) => hit.path !== from && !isHeader(hit.path) && keep(hit.path))
          .sort(order)
          .map((hit) => store.record(hit.path))
          .filter((record) => record !== undefined);
      ensureMentions(name, unit);
      yield* emit(inFolder);
      for (const folder of coreFolders) {
        if (folder === unit.folder) continue;
        ensureMentions(name, { folder, isDeep: false });
        yield* emit((path) => folderOf(path) === folder);
      }
    },
    unitFiles,
    hasCode,
    mentioning: (word, unit) => {
      sync();
      return [...mentionPaths(word, unit)]
        .sort(comparePaths)
        .map((path) => store.record(path))
        .filter((record) => record !== undefined);
    },
    epochMap,
    versionMap,
  };
};

export { NameKind };
