/** Macros by name over the files that a file sees: their bodies, and what a use of them is. */
import { isLoopName } from '../syntax/dialect.js';
import type { MacroDef } from '../syntax/source.js';
import { farLevelsForCode } from './functions.js';
import { NameKind } from './scan.js';
import { cached, type FileRecord } from './store.js';
import { createTreeCache, type MacroShape } from './tree-cache.js';
import type { MacroInfo } from './types.js';
import type { Workspace } from './workspace.js';

/** A macro whose file is a record of this program. */
export interface FoundMacro extends MacroInfo {
  readonly file: FileRecord;
}

/** Lookups of macros. */
export interface MacroLookup {
  find(name: string, from: FileRecord, farLevels?: number): FoundMacro | undefined;
  shape(name: string, from: FileRecord): MacroShape;
}

/** Macros of one file by name; a taken definition wins over one in a branch not taken, the first over later ones. */
const macrosOf = (record: FileRecord): ReadonlyMap<string, MacroDef> =>
  cached(record, 'macros', () => {
    const made = new Map<string, MacroDef>();
    for (const macro of record.outline.macros) {
      const there = made.get(macro.name);
      if (there === undefined || (there.alternative && !macro.alternative)) made.set(macro.name, macro);
    }
    return made;
  });

const closing = (text: string, open: number): number => {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 40) depth++;
    else if (code === 41 && --depth === 0) return at;
  }
  return -1;
};

/** Names that make a scope of their statement whatever their text: those of include/linux/cleanup.h and what is named after them. */
const isScopeName = (name: string): boolean => /^(?:__)?scoped_|_guard$|^guard$/.test(name);

/** Makes the lookups. */
export const createMacroLookup = (workspace: Workspace): MacroLookup => {
  const { store, parser } = workspace;
  const trees = createTreeCache<ReturnType<MacroInfo['body']>>(workspace.epoch, (name, from) => shape(name, from), 20_000);
  const infos = new WeakMap<FileRecord, Map<string, FoundMacro>>();

  const infoOf = (record: FileRecord, name: string): FoundMacro | undefined => {
    const def = macrosOf(record).get(name);
    if (def === undefined) return undefined;
    const known = infos.get(record) ?? new Map<string, FoundMacro>();
    infos.set(record, known);
    const there = known.get(name);
    if (there !== undefined) return there;
    const made: FoundMacro = {
      def,
      file: record,
      body: () => trees.get(`${def.params?.join(',') ?? ''}#${def.body}`, record, (hints) => parser.parseMacroBody(def.body, hints)),
    };
    known.set(name, made);
    return made;
  };
  const search = (name: string, from: FileRecord, farLevels: number): FileRecord | undefined => {
    const own = macrosOf(from).get(name);
    if (own !== undefined && !own.alternative) return from;
    let twin = own === undefined ? undefined : from;
    for (const record of workspace.visible(name, NameKind.macro, from.path, farLevels)) {
      const def = macrosOf(record).get(name);
      if (def === undefined) continue;
      if (!def.alternative) return record;
      twin ??= record;
    }
    return twin;
  };
  const places = workspace.epochMap<string | undefined>();
  const find = (name: string, from: FileRecord, farLevels = farLevelsForCode): FoundMacro | undefined => {
    const memo = places();
    const key = `${from.path}|${farLevels}|${name}`;
    if (!memo.has(key)) memo.set(key, search(name, from, farLevels)?.path);
    const path = memo.get(key);
    const record = path === undefined ? undefined : store.record(path);
    return record === undefined ? undefined : infoOf(record, name);
  };

  const shapeOfBody = (body: string, record: FileRecord, depth: number): MacroShape => {
    const text = body.trim();
    const word = /^[A-Za-z_]\w*/.exec(text)?.[0];
    if (word === undefined) return 'statement';
    const open = text.indexOf('(', word.length);
    const hasArguments = open >= 0 && text.slice(word.length, open).trim() === '';
    const close = hasArguments ? closing(text, open) : -1;
    const rest = close < 0 ? '' : text.slice(close + 1).trim();
    // What ends in `;` or `}` is whole: nothing of the caller's is its body.
    const isWhole = /[;}]$/.test(rest);
    if (word === 'for' || word === 'while') return close < 0 || isWhole ? 'statement' : 'loop';
    if (word === 'if' || word === 'switch') return close < 0 || isWhole ? 'statement' : 'block';
    if (close < 0 || isWhole) return 'statement';
    if (isScopeName(word)) return 'block';
    const inner = depth > 8 ? undefined : shapeAt(word, record, depth + 1);
    // A loop of a header that was not read is known by its name.
    return inner ?? (isLoopName(word) ? 'loop' : 'statement');
  };
  const shapes = workspace.epochMap<MacroShape>();
  const shapeAt = (name: string, from: FileRecord, depth: number): MacroShape => {
    const memo = shapes();
    const key = `${from.path}|${name}`;
    if (memo.has(key)) return memo.get(key);
    if (isScopeName(name)) {
      memo.set(key, 'block');
      return 'block';
    }
    // Loops of other subsystems' headers go by other names than the driver's own: those the parser knows by how they are used.
    const info = find(name, from, 0);
    const made = info?.def.params === undefined ? undefined : shapeOfBody(info.def.body, info.file, depth);
    if (depth === 0) memo.set(key, made);
    return made;
  };
  const shape = (name: string, from: FileRecord): MacroShape => shapeAt(name, from, 0);
  return { find, shape };
};
