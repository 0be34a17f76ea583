/** Code lenses: above each function and struct that takes part in a lifecycle, its part and its open findings. */
import type { Contracts } from '../contracts/index.js';
import { stagePhrases } from '../contracts/words.js';
import type { Program } from '../program/types.js';
import type { Finding } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';
import { type FunctionRole, functionRole, type StructRole, structRole } from './roles.js';
import { counted } from './text.js';

/** A lens: the range of the item's first line, and what a click opens. */
export interface Lens extends Span {
  readonly title: string;
  readonly name: string;
  /** Anchor in docs/lifecycle.md. */
  readonly anchor: string;
  readonly kind: 'function' | 'struct';
  readonly findings: number;
}

/** Most parts that a title names; the rest is cut, so that a lens stays a line. */
const longestTitle = 4;

/** The lenses of a file, in order. `findings` are those of the file. */
export function lenses(program: Program, contracts: Contracts, path: string, findings: readonly Finding[]): readonly Lens[] {
  const file = program.file(path);
  if (file === undefined) return [];
  const functions = program.functionsIn(file).flatMap((fn): Lens[] => {
    const role = functionRole(program, contracts, fn);
    const open = findings.filter((finding) => fn.item.start <= finding.start && finding.start < fn.item.end).length;
    if (role === undefined && open === 0) return [];
    const title = role === undefined ? '' : functionTitle(role);
    return [
      {
        title: withFindings(title, open),
        name: fn.name,
        anchor: role?.anchor ?? 'range-life',
        kind: 'function',
        findings: open,
        start: fn.item.start,
        end: fn.item.end,
      },
    ];
  });
  const structs = file.outline.items.flatMap((item): Lens[] => {
    const role = structRole(program, file, item);
    if (role === undefined) return [];
    return [
      { title: structTitle(role), name: item.name, anchor: role.anchor, kind: 'struct', findings: 0, start: item.start, end: item.end },
    ];
  });
  return [...functions, ...structs].sort((a, b) => a.start - b.start);
}

function withFindings(title: string, count: number): string {
  const parts = [...(title === '' ? [] : [title]), ...(count === 0 ? [] : [counted(count, 'finding')])];
  return `GPU SVM: ${parts.join(' · ')}`;
}

/** A function's part in one line: `frees ranges (range_free) · frees pages`. */
export function functionTitle(role: FunctionRole): string {
  const callbacks = role.callbacks.map((entry) => (entry.title === entry.member ? entry.member : `${entry.title} (${entry.member})`));
  const stages = role.stages.map((stage) => stagePhrases[stage]);
  const parts = [...new Set([...callbacks, ...stages])];
  return parts.length > longestTitle ? `${parts.slice(0, longestTitle).join(' · ')} · …` : parts.join(' · ');
}

/** A struct's part in one line: `extends a range (base) · owns pages (pages)`. */
export function structTitle(role: StructRole): string {
  return `GPU SVM: ${role.parts.map((part) => `${part.meaning} (${part.member}${part.isArray ? '[]' : ''})`).join(' · ')}`;
}
