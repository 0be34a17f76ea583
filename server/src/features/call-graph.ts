/** Call hierarchy that crosses callback tables: who calls a function, directly or through a table, and what it calls. */
import type { Contracts } from '../contracts/index.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import type { Span } from '../syntax/ast.js';
import { callsIn, codeText } from './text.js';

/** A caller: a function with the places of its calls, or a callback table with the place where the function stands in it. */
export type Caller =
  | { readonly kind: 'function'; readonly fn: FunctionDef; readonly calls: readonly Span[] }
  | {
      readonly kind: 'table';
      readonly file: ProgramFile;
      readonly place: Span;
      readonly table: string;
      readonly slot: string;
      readonly words: string;
    };

/** A callee with the places where it is called. */
export interface Callee {
  readonly fn: FunctionDef;
  readonly calls: readonly Span[];
}

/** The function whose name or body holds an offset; the function named there where it is a call. */
export function functionAt(program: Program, path: string, offset: number, name: string | undefined): FunctionDef | undefined {
  const file = program.file(path);
  if (file === undefined) return undefined;
  const named = name === undefined ? undefined : program.findFunction(name, file);
  return named ?? program.functionsIn(file).find((fn) => fn.item.start <= offset && offset < fn.item.end);
}

/** Everything that reaches a function. */
export function callersOf(program: Program, contracts: Contracts, fn: FunctionDef): readonly Caller[] {
  const direct = program.references(fn).flatMap((reference): Caller[] => {
    if (!reference.isCall) return [];
    const { file, item } = reference.caller;
    const calls = callsIn(codeText(file), Math.max(item.bodyStart, item.start), item.end).filter((call) => call.name === fn.name);
    return calls.length === 0 ? [] : [{ kind: 'function', fn: reference.caller, calls }];
  });
  const tables = program.callbacksOf(fn.name).map((entry): Caller => {
    const item = entry.file.outline.items.find((candidate) => candidate.name === entry.table && candidate.bodyStart >= 0);
    const at = item === undefined ? -1 : entry.file.text.indexOf(fn.name, item.bodyStart);
    const place =
      at < 0 || item === undefined || at > item.end
        ? { start: item?.start ?? 0, end: item?.start ?? 0 }
        : { start: at, end: at + fn.name.length };
    const words = contracts.callback(entry.structTag, entry.member)?.words ?? 'called through the table';
    return {
      kind: 'table',
      file: entry.file,
      place,
      table: entry.table,
      slot: `${entry.structTag.replace(/^struct /, '')}.${entry.member}`,
      words,
    };
  });
  return [...direct, ...tables];
}

/** The functions that a function calls and the program defines, in order of first call. */
export function calleesOf(program: Program, fn: FunctionDef): readonly Callee[] {
  if (fn.item.bodyStart < 0) return [];
  const byKey = new Map<string, { readonly fn: FunctionDef; readonly calls: Span[] }>();
  for (const call of callsIn(codeText(fn.file), fn.item.bodyStart, fn.item.end)) {
    const target = program.findFunction(call.name, fn.file);
    if (target === undefined) continue;
    const entry = byKey.get(target.key) ?? { fn: target, calls: [] };
    entry.calls.push({ start: call.start, end: call.end });
    byKey.set(target.key, entry);
  }
  return [...byKey.values()];
}
