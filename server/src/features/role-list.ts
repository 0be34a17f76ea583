/** The code that plays each part of the lifecycle in a driver: links from the documentation back to the tree. */
import type { Contracts } from '../contracts/index.js';
import { roleWords, stagePhrases } from '../contracts/words.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import type { Span } from '../syntax/ast.js';
import { callStages } from './roles.js';

/** A function in its part. */
export interface PlayedRole extends Span {
  readonly anchor: string;
  readonly title: string;
  readonly name: string;
  readonly file: ProgramFile;
}

/** Most functions listed per part: a page is no index. */
const mostPerPart = 8;

/** The parts played in the driver of a file (its folder), callbacks first. The API's own core is left out. */
export function rolesIn(program: Program, contracts: Contracts, path: string): readonly PlayedRole[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const functions = program
    .files()
    .filter((file) => file.path.startsWith(folder))
    .flatMap((file) => program.functionsIn(file));
  const found = new Map<string, PlayedRole[]>();
  const add = (fn: FunctionDef, anchor: string, title: string): void => {
    const key = `${anchor} ${title}`;
    const list = found.get(key) ?? [];
    if (list.length < mostPerPart) list.push({ anchor, title, name: fn.name, file: fn.file, start: fn.item.start, end: fn.item.end });
    found.set(key, list);
  };
  for (const entry of program.callbacks()) {
    const role = contracts.callback(entry.structTag, entry.member)?.role;
    const words = role === undefined ? undefined : roleWords[role];
    const fn = words === undefined ? undefined : program.findFunction(entry.functionName, entry.file);
    if (words !== undefined && fn?.file.path.startsWith(folder) === true) add(fn, words.anchor, words.title);
  }
  for (const fn of functions) {
    for (const call of new Map(callStages(fn).map((stage) => [stage.stage, stage])).values())
      add(fn, call.anchor, stagePhrases[call.stage]);
  }
  return [...found.values()].flat();
}
