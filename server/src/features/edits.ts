/** What an edit that stays inside of functions changes for everybody else. */
import { driverLockSetter, flagsLock } from '../contracts/protected.js';
import type { FunctionDef, ProgramFile } from '../program/types.js';
import type { Dependencies } from './dependencies.js';

/** A file as it was before its text was replaced. */
export interface Before {
  readonly file: ProgramFile;
  readonly functions: readonly FunctionDef[];
}

/** A function whose body changed. */
export interface ChangedFunction {
  readonly fn: FunctionDef;
  readonly old: string;
}

/** What changed. */
export interface Changes {
  readonly functions: readonly ChangedFunction[];
  readonly keys: ReadonlySet<string>;
  /** Paths of the files that changed. */
  readonly paths: ReadonlySet<string>;
  /** Names that are mentioned now and were not, or the other way round. */
  readonly mentions: Set<string>;
  /** Names that stand as values in a body where that may put a function into a table. */
  readonly values: Set<string>;
  /** Names of declarations that mean something else now, as dependencies name them. */
  readonly names: Set<string>;
  /** Macros among them: they change how text that holds them is read. */
  readonly macros: Set<string>;
  /** Keys of functions that are gone. */
  readonly gone: Set<string>;
  /** Questions for holders that are answered otherwise now. */
  readonly holders: Set<string>;
  /** True when a callback table may have changed. */
  tables: boolean;
}

/** Changes while they are collected. */
export type Collected = Changes & { functions: ChangedFunction[]; keys: Set<string>; paths: Set<string> };

const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);
const wordsOf = (text: string): ReadonlySet<string> => new Set(text.match(/[A-Za-z_]\w*/g) ?? []);
const valuesOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:[=(),?:&]|\breturn\s)\s*([A-Za-z_]\w*)\s*(?=[,);:}])/g)].map((match) => match[1] ?? '');

/** Words whose coming and going is felt far away. */
const farFelt: readonly string[] = [driverLockSetter, flagsLock];

/** An empty set of changes. */
export const noChanges = (): Collected => ({
  functions: [],
  keys: new Set(),
  paths: new Set(),
  mentions: new Set(),
  values: new Set(),
  names: new Set(),
  macros: new Set(),
  gone: new Set(),
  holders: new Set(),
  tables: false,
});

const isFarFelt = (old: string, text: string): boolean => farFelt.some((word) => old.includes(word) !== text.includes(word));

/** The calls that name a driver's lock, as written. */
const lockSetters = (text: string): string =>
  text.includes(driverLockSetter) ? (text.match(new RegExp(`\\b${driverLockSetter}\\b[^;]*;`, 'g')) ?? []).join() : '';

/** Notes the words that only one of two texts has, and what may stand in tables. */
function addWords(changes: Changes, old: string, text: string): void {
  const [had, has] = [wordsOf(old), wordsOf(text)];
  let sameWords = true;
  for (const word of had) if (!has.has(word)) sameWords = !changes.mentions.add(word);
  for (const word of has) if (!had.has(word)) sameWords = !changes.mentions.add(word);
  const [oldValues, newValues] = [valuesOf(old), valuesOf(text)];
  if (sameWords && oldValues.join() === newValues.join()) return;
  for (const name of [...oldValues, ...newValues]) changes.values.add(name);
}

/** Adds what changed in a file; false when the change is felt too far away to be followed. */
export function addChanges(changes: Collected, before: Before, now: ProgramFile, functions: readonly FunctionDef[]): boolean {
  changes.paths.add(now.path);
  const fresh = new Map(functions.map((fn) => [fn.key, fn]));
  const olds = new Map(before.functions.map((fn) => [fn.key, fn]));
  for (const [key, was] of olds) {
    if (fresh.has(key)) continue;
    const old = textOf(was);
    if (isFarFelt(old, '')) return false;
    changes.gone.add(key);
    changes.names.add(was.name);
    addWords(changes, old, '');
  }
  for (const [key, fn] of fresh) {
    const was = olds.get(key);
    const old = was === undefined ? '' : textOf(was);
    const text = textOf(fn);
    if (was === undefined || headOf(was) !== headOf(fn)) changes.names.add(fn.name);
    else if (old === text) continue;
    if (isFarFelt(old, text) || lockSetters(old) !== lockSetters(text)) return false;
    if (was !== undefined || text !== '') changes.functions.push({ fn, old });
    changes.keys.add(key);
    addWords(changes, old, text);
  }
  return addDeclarations(changes, before.file, now);
}

/** What callers see of a function: its comment, its head, and whether it counts. */
function headOf({ file, item }: FunctionDef): string {
  return `${item.alternative}${file.text.slice(item.doc?.start ?? item.start, item.doc?.end ?? item.start)}${file.text.slice(item.start, item.bodyStart)}`;
}

/** Declarations of a file by kind and name, with all that they say. */
function declarationsOf(file: ProgramFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (key: string, text: string): void => {
    found.set(key, `${found.get(key) ?? ''}\n${text}`);
  };
  for (const item of file.outline.items)
    if (item.kind !== 'function') add(`${item.kind} ${item.name}`, `${item.alternative} ${file.text.slice(item.start, item.end)}`);
  for (const macro of file.outline.macros) add(`macro ${macro.name}`, `${macro.alternative} ${file.text.slice(macro.start, macro.end)}`);
  return found;
}

/** Adds what changed outside of functions; false when what the file includes changed, or something of a kind that is not understood. */
function addDeclarations(changes: Collected, before: ProgramFile, now: ProgramFile): boolean {
  const included = (file: ProgramFile): string => file.outline.includes.map((one) => `${one.alternative}${one.path}`).join();
  if (included(before) !== included(now)) return false;
  const [olds, news] = [declarationsOf(before), declarationsOf(now)];
  for (const key of new Set([...olds.keys(), ...news.keys()])) {
    const [old, text] = [olds.get(key) ?? '', news.get(key) ?? ''];
    if (old === text) continue;
    if (isFarFelt(old, text)) return false;
    addWords(changes, old, text);
    const kind = key.slice(0, key.indexOf(' '));
    const name = key.slice(kind.length + 1);
    if (kind === 'broken' || name === '') return false;
    changes.names.add(name);
    if (kind === 'macro') changes.macros.add(name);
    if (kind === 'struct' || kind === 'union' || kind === 'typedef') {
      if (old === '' || text === '') changes.names.add(name);
      changes.names.add(`${name}.*`);
      for (const word of changedMembers(old, text)) changes.names.add(`${name}.${word}`);
      if (old !== '' && text !== '' && kind !== 'typedef') changes.names.delete(name);
    } else if (kind === 'enum') {
      for (const word of [...wordsOf(old), ...wordsOf(text)]) changes.names.add(word);
    } else if (kind !== 'prototype' && kind !== 'macro') {
      for (const word of [...wordsOf(old), ...wordsOf(text)]) changes.values.add(word);
      changes.tables = true;
    }
  }
  return true;
}

/** Words of the declarations that only one of two struct texts has. */
function changedMembers(old: string, text: string): ReadonlySet<string> {
  const parts = (body: string): ReadonlySet<string> =>
    new Set(
      body
        .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
        .split(';')
        .map((part) => part.replace(/\s+/g, ' ').trim()),
    );
  const [had, has] = [parts(old), parts(text)];
  const words = new Set<string>();
  for (const part of [...had, ...has]) if (!had.has(part) || !has.has(part)) for (const word of wordsOf(part)) words.add(word);
  return words;
}

const meets = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const one of small) if (large.has(one)) return true;
  return false;
};

/** True when an answer made from these may be another one now. Summaries are not looked at. */
export function isTouched(made: Dependencies, changes: Changes, takesPart: boolean): boolean {
  return (
    made.everything ||
    (made.tables && (takesPart || changes.tables)) ||
    meets(made.bodies, changes.keys) ||
    meets(made.bodies, changes.gone) ||
    meets(made.mentions, changes.mentions) ||
    meets(made.mentions, changes.values) ||
    meets(made.roles, changes.values) ||
    meets(made.files, changes.paths) ||
    meets(made.names, changes.names) ||
    meets(made.holders, changes.holders) ||
    meets(made.words, changes.mentions)
  );
}
