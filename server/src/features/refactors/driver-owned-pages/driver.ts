/** What the move has to know of a driver: its files, the struct around a range, the one around the address space, and the ways between. */
import { apiNames } from '../../../contracts/api-names.js';
import { coreFiles, flagWords } from '../../../contracts/generations.js';
import { portWords } from '../../../contracts/port.js';
import { gpusvmTag, rangeTag } from '../../../contracts/protected.js';
import { typeOf } from '../../../flow/types.js';
import type { FunctionDef, Program, ProgramFile } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import type { Layout } from '../../../rules/layout.js';
import { containerText, helperTo, layoutsOf } from '../../../rules/layout.js';
import type { Expr } from '../../../syntax/ast.js';
import type { Draft } from '../draft.js';
import { balanced } from '../draft.js';
import type { Where } from '../typed-walk.js';

/** A driver that is being moved. */
export interface Driver {
  readonly program: Program;
  readonly root: string;
  readonly files: readonly ProgramFile[];
  readonly functions: readonly FunctionDef[];
  /** The struct that embeds the range. */
  readonly range: Layout;
  /** The member that will hold its pages. */
  readonly pages: string;
  /** The struct that embeds the address space; undefined when there is none, or a choice. */
  readonly space: Layout | undefined;
  /** Flags that ranges have in this tree. */
  readonly rangeFlags: ReadonlySet<string>;
  /** Flags that pages have in this tree. */
  readonly pagesFlags: ReadonlySet<string>;
  /** Name of the helper from a range to its container: the driver's own, or the one that the move adds. */
  readonly helper: string;
  /** True when the driver has none yet. */
  readonly needsHelper: boolean;
  readonly draft: Draft;
}

const one = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

/** Reads a driver; a reason instead when it cannot be moved. */
export function readDriver(program: Program, root: string, draft: Draft): Driver | string {
  const files = filesOf(program, root).filter((file) => driverRoot(file.path) === root && !coreFiles.has(file.path));
  const first = files[0];
  if (first === undefined) return `${root}: no file here uses the interface`;
  const layouts = files.map((file) => layoutsOf(program, file, rangeTag)).find((found) => found.length > 0) ?? [];
  // A struct around the struct around a range is a way to the same range.
  const nearest = layouts.filter((layout) => layout.base.length === 1);
  const range = one(nearest);
  if (range === undefined) {
    return nearest.length === 0
      ? `${root}: no struct of this driver embeds a \`${rangeTag}\`: give it one first, with \`range_alloc\` and \`range_free\``
      : `${root}: ${nearest.map((layout) => `\`${layout.container.tag}\``).join(' and ')} both embed a range: which of them is to own pages is not for a tool to say`;
  }
  const spaces = layoutsOf(program, range.container.file, gpusvmTag);
  const flagsOf = (tag: string): ReadonlySet<string> =>
    new Set(
      (program.findStruct(tag, range.container.file)?.ast.members ?? [])
        .map((member) => member.name)
        .filter((name) => !name.startsWith('__')),
    );
  const bareTag = range.container.tag.replace(/^(?:struct|union) /, '');
  const helper = files.map((file) => helperTo(program, file, range)).find((found) => found !== undefined);
  const owned = range.pages.find((held) => held.path.length === 1 && !held.isPointer && !held.isArray)?.path[0];
  return {
    program,
    root,
    files,
    functions: files.flatMap((file) => program.functionsIn(file)),
    range,
    pages: owned ?? (range.container.member(apiPages) === undefined ? apiPages : `svm_${apiPages}`),
    space: one(spaces.filter((layout) => layout.base.length === Math.min(...spaces.map((other) => other.base.length)))),
    rangeFlags: flagsOf(flagWords.range.structTag),
    pagesFlags: flagsOf(flagWords.pages.structTag),
    helper: helper ?? `to_${bareTag}`,
    needsHelper: helper === undefined && range.pages.length === 0,
    draft,
  };
}

/** Files below a driver's folder that matter. */
export const filesOf = (program: Program, root: string): readonly ProgramFile[] => program.files(root.replace(/\/$/, ''));

const apiPages = 'pages';

/** True when a driver uses GPU SVM at all: of others there is nothing to say. */
export const usesSvm = (program: Program, root: string): boolean =>
  filesOf(program, root).some(
    (file) => driverRoot(file.path) === root && !coreFiles.has(file.path) && file.text.includes(gpusvmTag.replace(/^struct /, '')),
  );

/** True when a text of the driver may have something to move. */
export const mayConcern = (text: string): boolean => words.test(text);
const words = new RegExp(`\\b(?:${[...portWords, apiNames.initPages, 'drm'].join('|')})\\b`);

/** The text of a node at a place. */
export function textOf(node: { readonly start: number; readonly end: number }, where: { readonly text: string }): string {
  const { start, end } = balanced(where.text, node);
  return where.text.slice(start, end);
}

/** Text of `p->member` for a pointer expression's text: `&x.y` gives `x.y.member`, a cast or sum is put in parentheses. */
export function through(pointer: string, member: string): string {
  const plain = pointer.trim();
  if (plain.startsWith('&') && isOperand(plain.slice(1))) return `${plain.slice(1)}.${member}`;
  return isOperand(plain) ? `${plain}->${member}` : `(${plain})->${member}`;
}

/** True for a name with calls, members and indices after it, or a whole in parentheses. */
function isOperand(text: string): boolean {
  let depth = 0;
  let inside = '';
  for (const c of text) {
    if (c === '(' || c === '[') depth++;
    if (depth === 0) inside += c;
    if (c === ')' || c === ']') depth--;
  }
  return /^\w*(?:(?:->|\.)\w+)*$/.test(inside.replace(/\s+/g, ''));
}

/** The owner of an address space that an expression points to: `&o->path` gives the text of `o`. */
export function ownerText(gpusvm: Expr, where: Where, space: Layout): string | undefined {
  if (gpusvm.kind !== 'address') return undefined;
  let at: Expr = gpusvm.operand;
  for (const name of [...space.base].reverse()) {
    if (at.kind !== 'member' || at.field !== name) return undefined;
    const { object, arrow } = at;
    at = object;
    if (name === space.base[0]) {
      const type = typeOf(at, where.scope);
      if (type?.base !== space.container.tag || !arrow || type.pointers !== 1) return undefined;
      return textOf(at, where);
    }
  }
  return undefined;
}

/** Text of a pointer to the container of a range that an expression is or points to, through the driver's helper. */
export function rangeContainer(range: Expr, where: Where, driver: Driver): string | undefined {
  const text = containerText(range, where.text, where.scope, driver.range);
  return text === undefined ? undefined : throughHelper(text, driver);
}

/** `container_of(x, …)` as the helper that the move adds. */
export function throughHelper(text: string, driver: Driver): string {
  if (!driver.needsHelper) return text;
  const end = `, ${driver.range.container.tag}, ${driver.range.base.join('.')})`;
  const begin = 'container_of(';
  return text.startsWith(begin) && text.endsWith(end) ? `${driver.helper}(${text.slice(begin.length, -end.length)})` : text;
}

/** Text of a pointer to the container of what a pointer points to: a local set from it, the driver's helper, or `container_of()`. */
export function containerOf(pointer: string, where: Pick<Where, 'program' | 'file' | 'ast' | 'text'>, layout: Layout): string {
  const helper = helperTo(where.program, where.file, layout);
  const squeezed = pointer.replace(/\s+/g, '');
  const calls = [
    ...(helper === undefined ? [] : [`${helper}(${squeezed})`]),
    `container_of(${squeezed},${layout.container.tag},${layout.base.join('.')})`,
  ];
  for (const stmt of where.ast?.body ?? []) {
    if (stmt.kind !== 'decl' || stmt.init === undefined || stmt.type.base !== layout.container.tag || stmt.type.pointers !== 1) continue;
    const init = textOf(stmt.init, where)
      .replace(/\s+/g, '')
      .replace(/(struct|union)/g, '$1 ');
    if (calls.includes(init)) return stmt.name;
  }
  return helper === undefined ? `container_of(${pointer}, ${layout.container.tag}, ${layout.base.join('.')})` : `${helper}(${pointer})`;
}
