/** Inlay hints, off unless asked for: the state of objects after a call that changes it, and the locks that are held. */
import type { Span } from '../syntax/ast.js';
import type { Analysis, StateAt } from './analysis.js';
import { callsIn, codeText } from './text.js';

/** A hint, shown after an offset of the file. */
export interface Hint {
  readonly offset: number;
  readonly text: string;
  readonly kind: 'state' | 'locks';
}

/** Which hints are wanted. */
export interface HintRequest {
  readonly analysis: Analysis;
  readonly path: string;
  readonly range: Span;
  readonly withState: boolean;
  readonly withLocks: boolean;
}

/** The hints in a range of a file. */
export function hintsIn(request: HintRequest): readonly Hint[] {
  const { analysis, path, range } = request;
  const file = analysis.program.file(path);
  if (file === undefined) return [];
  const code = codeText(file);
  const seen = new Set<number>();
  return analysis.program
    .functionsIn(file)
    .filter((fn) => fn.item.bodyStart >= 0 && fn.item.start < range.end && range.start < fn.item.end)
    .flatMap((fn) => callsIn(code, Math.max(fn.item.bodyStart, range.start), Math.min(fn.item.end, range.end)))
    .flatMap((call): Hint[] => {
      // What a call changes shows in the states around it, whether a table or a wrapper's body says so.
      const next = nextStatement(code, call.close);
      if (next === undefined || seen.has(next.after)) return [];
      seen.add(next.after);
      const before = analysis.stateAt(path, call.start);
      const after = analysis.stateAt(path, next.statement);
      if (before === undefined || after === undefined) return [];
      const state = request.withState ? changed(before.objects.map(stateRow), after.objects.map(stateRow)) : '';
      const locks = request.withLocks && rowsDiffer(before, after) ? heldWords(after) : '';
      return [
        ...(state === '' ? [] : [{ offset: next.after, text: state, kind: 'state' as const }]),
        ...(locks === '' ? [] : [{ offset: next.after, text: locks, kind: 'locks' as const }]),
      ];
    });
}

/** The end of the statement that holds a call, and the start of the next one; undefined where the call ends no simple statement. */
function nextStatement(code: string, close: number): { readonly after: number; readonly statement: number } | undefined {
  const tail = /^[\s)]*;/.exec(code.slice(close, close + 200));
  if (tail === null) return undefined;
  const after = close + tail[0].length;
  const gap = /^\s*/.exec(code.slice(after))?.[0].length ?? 0;
  return { after, statement: after + gap };
}

const stateRow = (object: { readonly name: string; readonly state: string }): string => `${object.name}: ${object.state}`;

function changed(before: readonly string[], after: readonly string[]): string {
  return after.filter((row) => !before.includes(row)).join(', ');
}

const lockRows = (state: StateAt): string => state.locks.map((lock) => `${lock.name} ${lock.mode}`).join(', ');
const rowsDiffer = (before: StateAt, after: StateAt): boolean => lockRows(before) !== lockRows(after);
const heldWords = (state: StateAt): string => (state.locks.length === 0 ? 'no lock held' : `held: ${lockRows(state)}`);
