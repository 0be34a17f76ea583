/** Members that a struct's own declaration puts under a lock: `__guarded_by(&x->lock)` (include/linux/compiler-context-analysis.h). */
import type { StructInfo } from '../program/types.js';

const none: ReadonlyMap<string, string> = new Map();
const known = new WeakMap<StructInfo['ast'], ReadonlyMap<string, string>>();

/** Class of the lock that a member is declared to be under: the last name of the lock's path; undefined without a declaration. */
export function guardOf(struct: StructInfo, member: string): string | undefined {
  let guards = known.get(struct.ast);
  if (guards === undefined) {
    guards = read(struct);
    known.set(struct.ast, guards);
  }
  return guards.get(member);
}

function read({ tag, file }: StructInfo): ReadonlyMap<string, string> {
  if (!file.text.includes('__guarded_by')) return none;
  const open = new RegExp(`\\b${tag.replace(/\s+/, '\\s+')}\\s*\\{`).exec(file.text);
  if (open === null) return none;
  const from = open.index + open[0].length;
  let depth = 1;
  let end = from;
  for (; end < file.text.length && depth > 0; end++) {
    const c = file.text[end];
    if (c === '{') depth++;
    else if (c === '}') depth--;
  }
  const guards = new Map<string, string>();
  const body = file.text.slice(from, end).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ' ');
  for (const match of body.matchAll(
    /\b(\w+)\s*(?:\[[^\]]*\]\s*)*(?::\s*\d+\s*)?__guarded_by\s*\(\s*&?\s*(?:\w+\s*(?:->|\.)\s*)*(\w+)\s*\)/g,
  ))
    guards.set(match[1] ?? '', match[2] ?? '');
  return guards;
}
