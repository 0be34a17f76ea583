/** Who mentions a function: found in the text, attributed to the function around it. Mentions through macros count for those who use the macro. */
import type { FunctionLookup } from './functions.js';
import { isInside } from './spans.js';
import { cached, type FileRecord } from './store.js';
import type { Reference } from './types.js';
import { wordOffsets } from './words.js';

/** Mentions of a name in one file. */
interface Mentions {
  readonly callers: ReadonlyMap<string, Reference>;
  /** Macros whose text mentions it. */
  readonly macros: ReadonlySet<string>;
  /** The file has a static function of this name. */
  readonly hasOwn: boolean;
}

/** Lookups of references. */
export interface ReferenceLookup {
  /** Mentions of a name in the files that a search for it gives; a file with a static function of the same name other than `home` is passed over. */
  find(name: string, home: string, filesWith: (word: string) => readonly FileRecord[]): readonly Reference[];
}

const skipBlanks = (text: string, from: number): number => {
  let at = from;
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9 || text.charCodeAt(at) === 10) at++;
  return at;
};

/** True for `x.name` and `x->name`: a member of the same name. */
const isMember = (text: string, at: number): boolean => {
  let before = at - 1;
  while (text.charCodeAt(before) === 32) before--;
  const code = text.charCodeAt(before);
  return (code === 46 && text.charCodeAt(before - 1) !== 46) || (code === 62 && text.charCodeAt(before - 1) === 45);
};

/** Makes the lookups. */
export const createReferenceLookup = (functions: FunctionLookup): ReferenceLookup => {
  /** Mentions in one file; they depend on its text alone. */
  const mentionsIn = (name: string, record: FileRecord): Mentions => {
    const memo = cached(record, 'mentions', () => new Map<string, Mentions>());
    const known = memo.get(name);
    if (known !== undefined) return known;
    const { text, outline } = record;
    const callers = new Map<string, Reference>();
    const macros = new Set<string>();
    for (const at of wordOffsets(text, name, 0, text.length)) {
      if (text.charCodeAt(at - 1) === 34 || isMember(text, at)) continue;
      if (isInside(outline.comments, at) || isInside(outline.inactive, at)) continue;
      const isCall = text.charCodeAt(skipBlanks(text, at + name.length)) === 40;
      const macro = outline.macros.find((one) => one.start <= at && at < one.end);
      if (macro !== undefined) {
        if (macro.name !== name) macros.add(macro.name);
        continue;
      }
      const caller = functions.at(record, at);
      if (caller === undefined || at <= caller.item.bodyStart || caller.item.alternative) continue;
      callers.set(`${caller.key}|${isCall}`, { caller, isCall });
    }
    const made = { callers, macros, hasOwn: functions.inFile(record).some((def) => def.name === name && def.item.isStatic) };
    memo.set(name, made);
    return made;
  };
  const collect = (
    name: string,
    home: string,
    filesWith: (word: string) => readonly FileRecord[],
    depth: number,
    into: Map<string, Reference>,
  ): void => {
    const macros = new Set<string>();
    for (const record of filesWith(name)) {
      const found = mentionsIn(name, record);
      if (found.hasOwn && record.path !== home) continue;
      for (const [key, reference] of found.callers) into.set(key, reference);
      for (const macro of found.macros) macros.add(macro);
    }
    if (depth < 4) for (const macro of macros) collect(macro, '', filesWith, depth + 1, into);
  };
  return {
    find: (name, home, filesWith) => {
      const into = new Map<string, Reference>();
      collect(name, home, filesWith, 0, into);
      return [...into.values()];
    },
  };
};
