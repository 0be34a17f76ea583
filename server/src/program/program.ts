/** Puts the lookups together: the program as the flow analysis and the editor's features see it. */
import { apiNames } from '../contracts/api-names.js';
import { callbackSubjects } from '../contracts/tokens.js';
import { outline } from '../syntax/outline.js';
import type { Config, ItemParser } from '../syntax/source.js';
import { createCallbackLookup } from './callbacks.js';
import { createConstantLookup } from './constants.js';
import { type Container, findContainers } from './containers.js';
import { builtInFacts, readFacts } from './facts.js';
import { createFileChoice } from './files.js';
import { createFunctionLookup } from './functions.js';
import { createMacroLookup } from './macros.js';
import { createReferenceLookup } from './references.js';
import { createStore, type FileRecord, type OutlineOf } from './store.js';
import { createStructLookup } from './structs.js';
import type { ApiFacts, CallbackEntry, FileHost, FunctionDef, Program, ProgramFile, Reference } from './types.js';
import { comparePaths, coreFolder, type Unit, unitOf } from './units.js';
import { wordOffsets } from './words.js';
import { createWorkspace } from './workspace.js';

/** The part of a tree's own tables that decides which files and functions are worth a look. */
export interface OwnContracts {
  readonly owners: readonly { readonly struct: string }[];
  readonly callbacks: readonly { readonly subject?: string }[];
}

/** What a program is made of. */
export interface ProgramOptions {
  readonly host: FileHost;
  readonly parser: ItemParser;
  readonly config: Config;
  /** False for a lone file: no folder is listed, and the facts are the built-in ones. */
  readonly hasTree: boolean;
  /** What the tree's own tables say that counts for a file: which structs own something, and what callbacks take. */
  readonly contractsOf?: (path: string) => OwnContracts;
  /** Makes outlines; the lexer's own when left out. */
  readonly outlineOf?: OutlineOf;
}

const subjects: ReadonlySet<string> = new Set(Object.values(callbackSubjects).flat());

/** True when a function takes what the callbacks take that the contracts know: only such a one is worth a search through a driver. */
const mayBeCallback = (def: FunctionDef, own: OwnContracts | undefined): boolean => {
  const head = def.file.text.slice(def.item.start, def.item.bodyStart);
  const at = wordOffsets(head, def.name, 0, head.length).at(-1);
  const first = at === undefined ? null : /^\w+\s*\(\s*(?:const\s+)?((?:struct\s+)?\w+)/.exec(head.slice(at));
  // A head that reads otherwise may be anything.
  const subject = (first?.[1] ?? '').replace(/\s+/g, ' ');
  return (
    first === null || subjects.has(subject) || own?.callbacks.some((one) => one.subject === subject || one.subject === 'void') === true
  );
};

/** Makes a program over a host. Nothing is read before it is asked for. Lookups answer for the current texts, whatever record the asker holds. */
export const createProgram = ({ host, parser, config, hasTree, contractsOf, outlineOf = outline }: ProgramOptions): Program => {
  const store = createStore({ host, config, outlineOf, hasTree });
  const workspace = createWorkspace(store, parser, hasTree);
  const macros = createMacroLookup(workspace);
  const functions = createFunctionLookup(workspace, macros.shape);
  const structs = createStructLookup(workspace);
  const constants = createConstantLookup(workspace, structs, macros);
  const callbacks = createCallbackLookup(workspace, structs, functions);
  const references = createReferenceLookup(functions);
  const choice = createFileChoice(workspace, structs, (path) => contractsOf?.(path).owners.map((one) => one.struct) ?? []);
  const asked = new Set<string>();
  const coreUnit: Unit = { folder: coreFolder, isDeep: false };

  const current = (file: ProgramFile): FileRecord => store.record(file.path) ?? (file as FileRecord);
  const recordsOf = (paths: Iterable<string>): readonly FileRecord[] =>
    [...paths].map((path) => store.record(path)).filter((record) => record !== undefined);
  /** Units of the files asked for, in path order, so that the order of questions does not show. */
  const askedUnits = (): readonly Unit[] => {
    const units = new Map<string, Unit>();
    for (const path of [...asked].sort(comparePaths)) {
      const unit = unitOf(path);
      units.set(unit.folder, unit);
    }
    return [...units.values()];
  };
  const unitsFrom = (from: ProgramFile | undefined): readonly Unit[] => (from === undefined ? askedUnits() : [unitOf(from.path)]);

  let facts: { readonly header: FileRecord | undefined; readonly core: FileRecord | undefined; readonly value: ApiFacts } | undefined;
  const currentFacts = (): ApiFacts => {
    if (!hasTree) return builtInFacts;
    const header = store.record(apiNames.header);
    const core = store.record(apiNames.core);
    if (facts === undefined || facts.header !== header || facts.core !== core) {
      facts = { header, core, value: readFacts({ header, core, structs, functions }) };
    }
    return facts.value;
  };

  const tables = workspace.versionMap<readonly CallbackEntry[]>();
  const entriesIn = (files: readonly FileRecord[]): readonly CallbackEntry[] => files.flatMap(callbacks.inFile);
  const unitEntries = (unit: Unit): readonly CallbackEntry[] => {
    const memo = tables();
    const known = memo.get(unit.folder);
    if (known !== undefined) return known;
    const made = entriesIn(hasTree ? choice.under(unit.folder).filter((record) => record.unit.folder === unit.folder) : recordsOf(asked));
    memo.set(unit.folder, made);
    return made;
  };
  const allCallbacks = (from: ProgramFile | undefined): readonly CallbackEntry[] => {
    const units = unitsFrom(from);
    return units.length === 0 ? entriesIn(choice.under('')) : units.flatMap(unitEntries);
  };
  const callbackFiles = (name: string, from: ProgramFile | undefined): readonly FileRecord[] => {
    const owners = from === undefined ? recordsOf(asked) : [current(from)];
    const own = owners.flatMap((record) => functions.inFile(record).filter((def) => def.name === name));
    const homes = recordsOf(new Set(own.map((def) => def.file.path)));
    if (own.length > 0 && own.every((def) => def.item.isStatic && def.file.path.endsWith('.c'))) return homes;
    if (from !== undefined && own.length > 0 && !own.some((def) => mayBeCallback(def, contractsOf?.(def.file.path)))) return homes;
    const files = new Set<FileRecord>(homes);
    if (!hasTree) for (const record of recordsOf(asked)) files.add(record);
    // Tables stand in sources: headers have none but their own.
    for (const unit of hasTree ? unitsFrom(from).filter(workspace.hasCode) : [])
      for (const record of workspace.mentioning(name, unit)) if (record.path.endsWith('.c')) files.add(record);
    return [...files];
  };
  const named = workspace.versionMap<readonly CallbackEntry[]>();
  const callbacksOf = (name: string, from: ProgramFile | undefined): readonly CallbackEntry[] => {
    const memo = named();
    const key = `${name}|${from?.path ?? [...asked].sort(comparePaths).join()}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const files = [...callbackFiles(name, from)].sort((left, right) => comparePaths(left.path, right.path));
    const made = files.flatMap((record) => callbacks.ofFunction(name, record));
    memo.set(key, made);
    return made;
  };
  const found = workspace.epochMap<readonly Container[]>();
  const foundNow = workspace.versionMap<readonly Container[]>();
  /** What was found stands while no declaration changed, but the files' other texts may have: the asker gets them as they are. */
  const asTheyAre = (key: string, containers: readonly Container[]): readonly Container[] => {
    const memo = foundNow();
    const known = memo.get(key);
    if (known !== undefined) return known;
    const made = containers.map((one) => {
      const file = current(one.container.file);
      return file === one.container.file ? one : { ...one, container: { ...one.container, file } };
    });
    memo.set(key, made);
    return made;
  };
  const containersOf = (tag: string, from: ProgramFile | undefined): readonly Container[] => {
    const memo = found();
    const starts = from === undefined ? [...asked].sort(comparePaths) : [from.path];
    const key = `${tag}|${starts.join()}`;
    const known = memo.get(key);
    if (known !== undefined) return asTheyAre(key, known);
    // A file's own view costs nothing new; without a file the answer must not depend on which of a driver's files were asked for.
    const files =
      from !== undefined
        ? recordsOf([...workspace.includes.near(from.path).keys()].sort(comparePaths))
        : starts.length === 0
          ? choice.under('')
          : hasTree
            ? [
                ...recordsOf(apiNames.headers),
                ...askedUnits().flatMap((unit) => choice.under(unit.folder).filter((record) => record.unit.folder === unit.folder)),
              ]
            : recordsOf(starts);
    const made = findContainers(tag, files, structs);
    memo.set(key, made);
    return asTheyAre(key, made);
  };
  const mentioned = workspace.versionMap<readonly Reference[]>();
  const stored = workspace.versionMap<readonly FunctionDef[]>();

  return {
    get facts() {
      return currentFacts();
    },
    file: (path) => {
      const record = store.record(path);
      if (record !== undefined) asked.add(path);
      return record;
    },
    known: (path) => store.known(path),
    get epoch() {
      return workspace.epoch();
    },
    files: (folder) => {
      if (!hasTree) return recordsOf([...asked].sort(comparePaths));
      const units = folder === undefined ? askedUnits() : [];
      return units.length === 0
        ? choice.under(folder ?? '')
        : units.flatMap((unit) => choice.under(unit.folder).filter((record) => record.unit.folder === unit.folder));
    },
    functionsIn: (file) => functions.inFile(current(file)),
    findFunction: (name, from) => functions.find(name, current(from)),
    findSignature: (name, from) => functions.signature(name, current(from)),
    findMacro: (name, from) => macros.find(name, current(from)),
    findStruct: (tag, from) => structs.find(tag, current(from)),
    resolveTypedef: (name, from) => structs.typedef(name, current(from)),
    constant: (name, from) => constants.value(name, current(from)),
    isConstantName: (name, from) => constants.isConstant(name, current(from)),
    callbacks: allCallbacks,
    callbacksOf,
    tablesOf: (structTag, from) => {
      const home = current(from);
      const word = structTag.slice(structTag.indexOf(' ') + 1);
      const files = hasTree ? workspace.mentioning(word, home.unit) : recordsOf(new Set([home.path, ...asked]));
      return entriesIn(files).filter((entry) => entry.structTag === structTag);
    },
    storedIn: (member, from) => {
      const memo = stored();
      const home = current(from);
      const key = `${home.unit.folder}|${member}`;
      const known = memo.get(key);
      if (known !== undefined) return known;
      const found = new Map<string, FunctionDef>();
      const pattern = new RegExp(`(?:\\.|->)\\s*${member}\\s*=\\s*&?\\s*([A-Za-z_]\\w*)\\s*[,;}]`, 'g');
      for (const record of hasTree ? workspace.mentioning(member, home.unit) : recordsOf(new Set([home.path, ...asked]))) {
        for (const match of record.text.matchAll(pattern)) {
          const def = functions.find(match[1] ?? '', record);
          if (def !== undefined) found.set(def.key, def);
        }
      }
      const made = [...found.values()];
      memo.set(key, made);
      return made;
    },
    references: (fn) => {
      const memo = mentioned();
      const known = memo.get(fn.key);
      if (known !== undefined) return known;
      const home = current(fn.file);
      const isShared = home.path.startsWith('include/') || home.unit.folder === coreFolder;
      const units = isShared ? [coreUnit, ...askedUnits().filter((unit) => unit.folder !== coreFolder)] : [home.unit];
      const isLocal = fn.item.isStatic && home.path.endsWith('.c');
      const lone = new Set([home.path, ...asked]);
      const filesWith = (word: string): readonly FileRecord[] => {
        if (isLocal) return [home];
        return hasTree ? [...new Set([home, ...units.flatMap((unit) => workspace.mentioning(word, unit))])] : recordsOf(lone);
      };
      const made = references.find(fn.name, home.path, filesWith);
      memo.set(fn.key, made);
      return made;
    },
    mentioning: (word, from) => {
      const home = current(from);
      return hasTree ? [...new Set([home, ...workspace.mentioning(word, home.unit)])] : recordsOf(new Set([home.path, ...asked]));
    },
    containersOf,
    setText: workspace.setText,
    get parseStats() {
      return parser.stats;
    },
  };
};
