/** How a driver lays out ranges and their pages: which struct embeds both, and the helper that leads from one to the other. */
import { pagesTag, rangeTag } from '../contracts/protected.js';
import type { TypeScope } from '../flow/types.js';
import { typeOf } from '../flow/types.js';
import type { Program, ProgramFile, StructInfo } from '../program/types.js';
import type { Expr } from '../syntax/ast.js';
import { driverRoot } from './drivers.js';

/** A driver's struct that embeds the base and holds what belongs to it. */
export interface Layout {
  readonly container: StructInfo;
  /** Members that lead to the base. */
  readonly base: readonly string[];
  /** Members that are, or point to, pages. */
  readonly pages: readonly { readonly path: readonly string[]; readonly isPointer: boolean; readonly isArray: boolean }[];
}

/** Structs of the asking file's driver that embed the base by value, with their pages members. */
export function layoutsOf(program: Program, file: ProgramFile, baseTag: string = rangeTag): readonly Layout[] {
  const root = driverRoot(file.path);
  const holders = program.containersOf(pagesTag, file);
  return program.containersOf(baseTag, file).flatMap(({ container, path, isPointer, isArray }) => {
    if (isPointer || isArray || driverRoot(container.file.path) !== root) return [];
    const pages = holders.filter((one) => one.container.tag === container.tag && one.container.file.path === container.file.path);
    return [{ container, base: path, pages: pages.map((one) => ({ path: one.path, isPointer: one.isPointer, isArray: one.isArray })) }];
  });
}

/** The one struct of the driver that embeds a range and one pages object beside it; undefined when there is none, or a choice. */
export function oneToOne(program: Program, file: ProgramFile): { readonly layout: Layout; readonly pages: string } | undefined {
  const all = layoutsOf(program, file).filter((one) => one.pages.length > 0);
  const [layout] = all;
  const [pages] = layout?.pages ?? [];
  if (layout === undefined || pages === undefined || all.length > 1 || layout.pages.length > 1) return undefined;
  if (pages.isPointer || pages.isArray || pages.path.length !== 1 || layout.base.length !== 1) return undefined;
  return { layout, pages: pages.path[0] ?? '' };
}

/** Name of the driver's helper that leads from a base to its container: an inline function or a macro; undefined without one. */
export function helperTo(program: Program, file: ProgramFile, layout: Layout): string | undefined {
  const tag = layout.container.tag;
  const name = tag.slice(tag.indexOf(' ') + 1);
  const seen = [layout.container.file, file, ...program.mentioning(name, file)];
  const member = layout.base.join('.');
  const body = new RegExp(
    `\\bcontainer_of(?:_const)?\\s*\\([^,]*,\\s*${tag.replace(' ', '\\s+')}\\s*,\\s*${member.replace('.', '\\.')}\\s*\\)`,
  );
  for (const one of new Set(seen)) {
    for (const item of one.outline.items) {
      if (item.kind !== 'function' || item.alternative || item.end - item.start > 400) continue;
      const text = one.text.slice(item.start, item.end);
      if (!body.test(text)) continue;
      const signature = program.findSignature(item.name, file);
      if (signature?.params.length === 1 && signature.returnType.base === tag && signature.returnType.pointers === 1) return item.name;
    }
    for (const macro of one.outline.macros) {
      if (!macro.alternative && macro.params?.length === 1 && body.test(macro.body) && program.findMacro(macro.name, file) !== undefined)
        return macro.name;
    }
  }
  return undefined;
}

/** Text of a pointer to the container of a range that an expression points to or is; undefined when there is no way to write it. */
export function containerText(range: Expr, text: string, scope: TypeScope, layout: Layout): string | undefined {
  const whole = range.kind === 'address' ? range.operand : range;
  const [base] = layout.base;
  const tag = layout.container.tag;
  if (whole.kind === 'member' && whole.field === base && layout.base.length === 1) {
    const owner = typeOf(whole.object, scope);
    if (owner?.base === tag && whole.arrow && owner.pointers === 1) return text.slice(whole.object.start, whole.object.end);
    if (owner?.base === tag && !whole.arrow) return `(&${text.slice(whole.object.start, whole.object.end)})`;
  }
  const type = typeOf(range, scope);
  if (type?.base === tag && type.pointers === 1) return text.slice(range.start, range.end);
  if (type?.base !== rangeTag || type.pointers !== 1) return undefined;
  const local = containerLocal(range, text, scope, layout);
  if (local !== undefined) return local;
  const written = text.slice(range.start, range.end);
  const helper = helperTo(scope.program, scope.file, layout);
  return helper === undefined ? `container_of(${written}, ${tag}, ${layout.base.join('.')})` : `${helper}(${written})`;
}

/** A local that was set from this very range: `c = to_x(range)` before the use, in the same function. */
function containerLocal(range: Expr, text: string, scope: TypeScope, layout: Layout): string | undefined {
  if (range.kind !== 'name') return undefined;
  const before = text.slice(0, range.start);
  const helper = helperTo(scope.program, scope.file, layout) ?? 'container_of';
  const set = new RegExp(`\\b(\\w+)\\s*=\\s*${helper}\\s*\\(\\s*${range.name}\\b[^;]*;`, 'g');
  let last: { readonly name: string; readonly end: number } | undefined;
  for (const match of before.matchAll(set)) last = { name: match[1] ?? '', end: match.index + match[0].length };
  if (last === undefined || scope.local(last.name)?.base !== layout.container.tag) return undefined;
  const after = before.slice(last.end);
  // Another value since, or a scope that may have been left: the local does not stand for the range any more.
  if (new RegExp(`\\b(?:${range.name}|${last.name})\\s*=[^=]`).test(after)) return undefined;
  let depth = 0;
  for (const c of after) {
    if (c === '{') depth++;
    if (c === '}' && --depth < 0) return undefined;
  }
  return last.name;
}
