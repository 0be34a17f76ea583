/** Function definitions and signatures by name, over files. */
import type { FunctionAst } from '../syntax/ast.js';
import type { Item } from '../syntax/source.js';
import { NameKind } from './scan.js';
import { cached, type FileRecord } from './store.js';
import { createTreeCache, type ShapeOf } from './tree-cache.js';
import type { FunctionDef } from './types.js';
import { coreFolder, isUnder, type Unit } from './units.js';
import type { Workspace } from './workspace.js';

/** How deep headers of other subsystems are searched for inline functions and macros. */
export const farLevelsForCode = 1;

/** The same for structs, typedefs and enumerators: members of a near header's struct are declared where that header includes them. */
export const farLevelsForTypes = 2;

/** Lookups of functions. */
export interface FunctionLookup {
  /** Definitions of a file in order, without those in branches not taken. */
  inFile(record: FileRecord): readonly Definition[];
  find(name: string, from: FileRecord): Definition | undefined;
  signature(name: string, from: FileRecord): FunctionAst | undefined;
  /** The definition around an offset; branches not taken included. */
  at(record: FileRecord, offset: number): Definition | undefined;
}

const coreUnit: Unit = { folder: coreFolder, isDeep: false };

interface FileFunctions {
  readonly taken: readonly Definition[];
  readonly all: readonly Definition[];
  readonly byName: ReadonlyMap<string, readonly Definition[]>;
}

/** Trees kept at most. A tree of a function is a few hundred objects. */
const keptTrees = 30_000;

/** A definition whose file is a record of this program. */
interface Definition extends FunctionDef {
  readonly file: FileRecord;
}

/** Makes the lookups; `shapeOf` tells what a macro is, for the parser. */
export const createFunctionLookup = (workspace: Workspace, shapeOf: ShapeOf): FunctionLookup => {
  const { store, parser } = workspace;
  const trees = createTreeCache<FunctionAst | undefined>(workspace.epoch, shapeOf, keptTrees);
  const signatures = new Map<string, FunctionAst | undefined>();

  const parse = (record: FileRecord, item: Item): FunctionAst | undefined =>
    trees.get(record.text.slice(item.start, item.end), record, (hints) => parser.parseFunction(record.text, item, hints));
  const functionsOf = (record: FileRecord): FileFunctions =>
    cached(record, 'functions', () => {
      const counts = new Map<string, number>();
      const items = record.outline.items.filter((item) => item.kind === 'function');
      const ordered = [...items.filter((item) => !item.alternative), ...items.filter((item) => item.alternative)];
      const defs = new Map<Item, Definition>();
      for (const item of ordered) {
        const count = (counts.get(item.name) ?? 0) + 1;
        counts.set(item.name, count);
        defs.set(item, {
          key: `${record.path}:${item.name}${count > 1 ? `#${count}` : ''}`,
          name: item.name,
          file: record,
          item,
          ast: () => parse(record, item),
        });
      }
      const all = items.map((item) => defs.get(item)).filter((def) => def !== undefined);
      const byName = new Map<string, Definition[]>();
      for (const item of ordered) {
        const def = defs.get(item);
        if (def === undefined) continue;
        const there = byName.get(item.name);
        if (there === undefined) byName.set(item.name, [def]);
        else there.push(def);
      }
      return { all, taken: all.filter((def) => !def.item.alternative), byName };
    });
  const best = (record: FileRecord, name: string, isOwn: boolean): Definition | undefined =>
    functionsOf(record)
      .byName.get(name)
      ?.find((def) => !def.item.alternative && (isOwn || !def.item.isStatic));
  const alternative = (record: FileRecord, name: string): Definition | undefined => functionsOf(record).byName.get(name)?.[0];

  const prototypes = (record: FileRecord): ReadonlyMap<string, Item> =>
    cached(record, 'prototypes', () => {
      const made = new Map<string, Item>();
      for (const item of record.outline.items) {
        if (item.kind !== 'prototype') continue;
        const there = made.get(item.name);
        if (there === undefined || (there.alternative && !item.alternative)) made.set(item.name, item);
      }
      return made;
    });
  /** A definition in another source of the driver or of the core. What no near header declares is not theirs: most names end here, and nothing is read for them. */
  const elsewhere = (name: string, from: FileRecord): Definition | undefined => {
    let isOurs = prototypes(from).has(name);
    let isDeclared = isOurs;
    for (const header of workspace.visibleNear(name, NameKind.prototype, from.path)) {
      if (!prototypes(header).has(name)) continue;
      isDeclared = true;
      isOurs ||= isUnder(header.path, from.unit.folder);
      // The source beside the header, or the core's of the same name, is likely.
      const twin = header.path.replace(/^include\/drm\//, `${coreFolder}/`).replace(/\.h$/, '.c');
      const likely = twin === from.path || !store.exists(twin) ? undefined : store.record(twin);
      const found = likely === undefined ? undefined : best(likely, name, false);
      if (found !== undefined) return found;
    }
    if (!isDeclared) return undefined;
    // What a header outside of the driver declares is not defined by the driver.
    for (const record of workspace.inUnit(name, NameKind.function, isOurs ? from.unit : coreUnit, from.path)) {
      const found = best(record, name, false);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const search = (name: string, from: FileRecord): Definition | undefined => {
    const own = best(from, name, true);
    if (own !== undefined) return own;
    let twin = alternative(from, name);
    for (const record of workspace.visibleNear(name, NameKind.function, from.path)) {
      const found = best(record, name, true);
      if (found !== undefined) return found;
      twin ??= alternative(record, name);
    }
    const defined = elsewhere(name, from);
    if (defined !== undefined) return defined;
    if (twin !== undefined) return twin;
    for (const record of workspace.visible(name, NameKind.function, from.path, farLevelsForCode)) {
      const found = best(record, name, true);
      if (found !== undefined) return found;
      twin ??= alternative(record, name);
    }
    return twin;
  };
  /** Where a name was found, not what: the definition is taken from the file's current text. */
  const places = workspace.epochMap<{ readonly path: string; readonly at: number } | undefined>();
  const find = (name: string, from: FileRecord): Definition | undefined => {
    const memo = places();
    const key = `${from.path}|${name}`;
    if (memo.has(key)) {
      const place = memo.get(key);
      if (place === undefined) return undefined;
      const record = store.record(place.path);
      return record === undefined ? undefined : functionsOf(record).byName.get(name)?.[place.at];
    }
    const found = search(name, from);
    const at = found === undefined ? -1 : (functionsOf(found.file).byName.get(name)?.indexOf(found) ?? -1);
    memo.set(key, found === undefined || at < 0 ? undefined : { path: found.file.path, at });
    return found;
  };

  /** A definition's head as a prototype: parameter types without parsing the body. */
  const headOf = (record: FileRecord, item: Item): FunctionAst | undefined => {
    const isFunction = item.kind === 'function';
    const end = isFunction && item.bodyStart > item.start ? item.bodyStart : item.end;
    const text = record.text.slice(item.start, end);
    if (signatures.has(text)) return signatures.get(text);
    const source = isFunction ? `${text.trimEnd()};` : text;
    const ast = parser.parsePrototype(source, { ...item, kind: 'prototype', start: 0, end: source.length, bodyStart: -1, doc: undefined });
    signatures.set(text, ast);
    return ast;
  };
  const prototypeOf = (name: string, from: FileRecord): FunctionAst | undefined => {
    const own = prototypes(from).get(name);
    if (own !== undefined) return headOf(from, own);
    for (const record of workspace.visible(name, NameKind.prototype, from.path, farLevelsForCode)) {
      const item = prototypes(record).get(name);
      if (item !== undefined) return headOf(record, item);
    }
    return undefined;
  };
  const heads = workspace.epochMap<FunctionAst | undefined>();
  const signature = (name: string, from: FileRecord): FunctionAst | undefined => {
    const memo = heads();
    const key = `${from.path}|${name}`;
    if (memo.has(key)) return memo.get(key);
    const own = best(from, name, true);
    const declared = own?.item.isStatic === true && own.file.path.endsWith('.c') ? undefined : prototypeOf(name, from);
    const defined = own ?? (declared === undefined ? find(name, from) : undefined);
    const definition = defined === undefined ? undefined : headOf(defined.file, defined.item);
    // A header's prototype carries `__must_check` and its like; the definition need not repeat them.
    const made =
      definition === undefined || declared === undefined
        ? (definition ?? declared)
        : { ...definition, attributes: [...new Set([...definition.attributes, ...declared.attributes])] };
    memo.set(key, made);
    return made;
  };
  return {
    inFile: (record) => functionsOf(record).taken,
    find,
    signature,
    at: (record, offset) => {
      const { all } = functionsOf(record);
      let low = 0;
      let high = all.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const def = all[middle];
        if (def === undefined) return undefined;
        if (offset < def.item.start) high = middle - 1;
        else if (offset >= def.item.end) low = middle + 1;
        else return def;
      }
      return undefined;
    },
  };
};
