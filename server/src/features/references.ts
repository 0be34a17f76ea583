/** References for lifecycle pairs: every call of either side in the files of the program. The editor's C server does the rest. */
import { pairs } from '../contracts/words.js';
import type { Program } from '../program/types.js';
import type { Place } from '../rules/finding.js';
import { callsIn, codeText, wordAt } from './text.js';

/** The calls that open or close what the call under an offset does; empty for a name that no table pairs. */
export function pairReferences(program: Program, path: string, offset: number): readonly Place[] {
  const file = program.file(path);
  const word = file === undefined ? undefined : wordAt(file.text, offset);
  if (file === undefined || word === undefined) return [];
  const names = counterparts(word.word);
  if (names.size === 0) return [];
  return program.files().flatMap((candidate) => {
    // Most files call none of them; the text says so faster than a scan.
    if (![...names].some((name) => candidate.text.includes(name))) return [];
    return callsIn(codeText(candidate), 0, candidate.text.length)
      .filter((call) => names.has(call.name))
      .map((call) => ({ file: candidate.path, start: call.start, end: call.end }));
  });
}

/** The names on the other side of a name's pairs; empty when it stands in none. */
function counterparts(name: string): ReadonlySet<string> {
  return new Set(pairs.flatMap(([begin, end]) => (begin.includes(name) ? end : end.includes(name) ? begin : [])));
}
