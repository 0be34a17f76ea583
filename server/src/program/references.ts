/** Who mentions a function: found in the text, attributed to the function around it. Mentions through macros count for those who use the macro. */
import { wordOffsets } from './callbacks.js';
import type { FunctionLookup } from './functions.js';
import { hashWord } from './scan.js';
import { isInside } from './spans.js';
import type { FileRecord } from './store.js';
import type { Reference } from './types.js';
import type { Workspace } from './workspace.js';

/** Lookups of references. */
export interface ReferenceLookup {
  /** Mentions of a name in these files; a file with a static function of the same name other than `home` is passed over. */
  find(name: string, home: string, files: readonly FileRecord[]): readonly Reference[];
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
  const collect = (name: string, home: string, files: readonly FileRecord[], depth: number, into: Map<string, Reference>): void => {
    const hash = hashWord(name);
    const macros = new Set<string>();
    for (const record of files) {
      if (!record.tokens.has(hash)) continue;
      const { text } = record;
      if (record.path !== home && functions.inFile(record).some((def) => def.name === name && def.item.isStatic)) continue;
      for (const at of wordOffsets(text, name, 0, text.length)) {
        if (text.charCodeAt(at - 1) === 34 || isMember(text, at)) continue;
        const { outline } = record;
        if (isInside(outline.comments, at) || isInside(outline.inactive, at)) continue;
        const isCall = text.charCodeAt(skipBlanks(text, at + name.length)) === 40;
        const macro = outline.macros.find((one) => one.start <= at && at < one.end);
        if (macro !== undefined) {
          if (macro.name !== name) macros.add(macro.name);
          continue;
        }
        const caller = functions.at(record, at);
        if (caller === undefined || at <= caller.item.bodyStart || caller.item.alternative) continue;
        into.set(`${caller.key}|${isCall}`, { caller, isCall });
      }
    }
    if (depth < 4) for (const macro of macros) collect(macro, '', files, depth + 1, into);
  };
  return {
    find: (name, home, files) => {
      const into = new Map<string, Reference>();
      collect(name, home, files, 0, into);
      return [...into.values()];
    },
  };
};

/** Files in which a function may be mentioned: its own when static, else its unit's, and the core's. */
export const referenceScope = (workspace: Workspace, home: FileRecord, isStatic: boolean, units: readonly FileRecord['unit'][]): readonly FileRecord[] => {
  if (isStatic && home.path.endsWith('.c')) return [home];
  const paths = new Set<string>([home.path]);
  for (const unit of units) for (const path of workspace.unitFiles(unit)) paths.add(path);
  return [...paths].map((path) => workspace.store.record(path)).filter((record) => record !== undefined);
};
