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
  /** Texts of these files, as they are now. */
  readonly texts: readonly string[];
  /** Names that are mentioned now and were not, or the other way round. */
  readonly mentions: Set<string>;
  /** Names that stand as values in a body where that may put a function into a table. */
  readonly values: Set<string>;
}

const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);
const wordsOf = (text: string): ReadonlySet<string> => new Set(text.match(/[A-Za-z_]\w*/g) ?? []);
const valuesOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:[=(),?:&]|\breturn\s)\s*([A-Za-z_]\w*)\s*(?=[,);:}])/g)].map((match) => match[1] ?? '');

/** Words whose coming and going inside of a body is felt far away. */
const farFelt: readonly string[] = [driverLockSetter, flagsLock];

/** An empty set of changes. */
export const noChanges = (): Changes & { functions: ChangedFunction[]; keys: Set<string>; paths: Set<string>; texts: string[] } => ({
  functions: [],
  keys: new Set(),
  paths: new Set(),
  texts: [],
  mentions: new Set(),
  values: new Set(),
});

/** Adds what changed in a file; false when the change is not one of function bodies alone, or is felt too far away to be followed. */
export function addChanges(
  changes: ReturnType<typeof noChanges>,
  before: Before,
  now: ProgramFile,
  functions: readonly FunctionDef[],
): boolean {
  if (before.functions.length !== functions.length) return false;
  changes.paths.add(now.path);
  changes.texts.push(now.text);
  for (const [at, fn] of functions.entries()) {
    const was = before.functions[at];
    if (was === undefined || was.key !== fn.key) return false;
    const old = textOf(was);
    const text = textOf(fn);
    if (old === text) continue;
    if (farFelt.some((word) => old.includes(word) !== text.includes(word)) || text.includes(driverLockSetter)) return false;
    changes.functions.push({ fn, old });
    changes.keys.add(fn.key);
    const [had, has] = [wordsOf(old), wordsOf(text)];
    let sameWords = true;
    for (const word of had) if (!has.has(word)) sameWords = !changes.mentions.add(word);
    for (const word of has) if (!had.has(word)) sameWords = !changes.mentions.add(word);
    const [oldValues, newValues] = [valuesOf(old), valuesOf(text)];
    if (sameWords && oldValues.join() === newValues.join()) continue;
    for (const name of [...oldValues, ...newValues]) changes.values.add(name);
  }
  return true;
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
    (made.tables && takesPart) ||
    meets(made.bodies, changes.keys) ||
    meets(made.mentions, changes.mentions) ||
    meets(made.mentions, changes.values) ||
    meets(made.roles, changes.values) ||
    meets(made.files, changes.paths) ||
    [...made.words].some((word) => changes.mentions.has(word))
  );
}
