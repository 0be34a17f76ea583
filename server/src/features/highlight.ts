/** Document highlight that pairs what acquires with what releases, inside one function. */
import { pairs } from '../contracts/words.js';
import type { Program } from '../program/types.js';
import type { Span } from '../syntax/ast.js';
import { callsIn, codeText, type TextCall, wordAt } from './text.js';

/** A highlighted call: `begin` acquires, `end` releases. */
export interface PairHighlight extends Span {
  readonly side: 'begin' | 'end';
}

/** Words in a name that turn into their opposite, for wrappers that no table knows. */
const opposites: readonly (readonly [string, string])[] = [
  ['lock', 'unlock'],
  ['get', 'put'],
  ['init', 'fini'],
  ['alloc', 'free'],
  ['map', 'unmap'],
  ['insert', 'remove'],
  ['bind', 'unbind'],
  ['begin', 'end'],
  ['enter', 'exit'],
  ['enable', 'disable'],
  ['create', 'destroy'],
  ['acquire', 'release'],
];

/** The highlights for the call under an offset; empty when it is none, or nothing in the function undoes it. */
export function pairHighlights(program: Program, path: string, offset: number): readonly PairHighlight[] {
  const file = program.file(path);
  if (file === undefined) return [];
  const fn = program.functionsIn(file).find((candidate) => candidate.item.bodyStart <= offset && offset < candidate.item.end);
  const word = wordAt(file.text, offset);
  if (fn === undefined || word === undefined) return [];
  const calls = callsIn(codeText(file), fn.item.bodyStart, fn.item.end);
  const here = calls.find((call) => call.start === word.start);
  if (here === undefined) return [];
  const sides = sidesOf(here.name, new Set(calls.map((call) => call.name)));
  if (sides === undefined) return [];
  const begin = calls.filter((call) => sides.begin.has(call.name));
  const end = calls.filter((call) => sides.end.has(call.name));
  if (begin.length === 0 || end.length === 0) return [];
  const related = [...begin, ...end].filter((call) => sharesObject(call, here));
  // Where arguments do not tell the objects apart (a result on one side, an argument on the other), all of them are shown.
  const isTelling = related.some((call) => sides.begin.has(call.name)) && related.some((call) => sides.end.has(call.name));
  return (isTelling ? related : [...begin, ...end])
    .map(({ name, start, end: last }): PairHighlight => ({ start, end: last, side: sides.begin.has(name) ? 'begin' : 'end' }))
    .sort((a, b) => a.start - b.start);
}

interface Sides {
  readonly begin: ReadonlySet<string>;
  readonly end: ReadonlySet<string>;
}

function sidesOf(name: string, present: ReadonlySet<string>): Sides | undefined {
  const known = pairs.filter(([begin, end]) => begin.includes(name) || end.includes(name));
  if (known.length > 0) return { begin: new Set(known.flatMap(([begin]) => begin)), end: new Set(known.flatMap(([, end]) => end)) };
  for (const [open, close] of opposites) {
    const closing = swapWord(name, close, open);
    if (closing !== undefined && present.has(closing)) return { begin: new Set([closing]), end: new Set([name]) };
    const opening = swapWord(name, open, close);
    if (opening !== undefined && present.has(opening)) return { begin: new Set([name]), end: new Set([opening]) };
  }
  return undefined;
}

function swapWord(name: string, from: string, to: string): string | undefined {
  const words = name.split('_');
  const at = words.lastIndexOf(from);
  return at < 0 ? undefined : words.map((word, index) => (index === at ? to : word)).join('_');
}

function sharesObject(a: TextCall, b: TextCall): boolean {
  return a.args.some((argument) => argument !== '' && !/^\d+$/.test(argument) && b.args.includes(argument));
}
