/** Which member counts a driver's array of pages, and which helper gives its first entry. */
import { pagesTag } from '../contracts/protected.js';
import type { FunctionDef, Program } from '../program/types.js';
import type { Expr } from '../syntax/ast.js';
import type { Layout } from './layout.js';
import { walkExprs } from './walk.js';

/** What is known of a driver's array of pages. */
export interface PagesArray {
  /** Member of the container that holds the number of entries. */
  readonly count: string | undefined;
  /** Function that gives the first entry of a container's array. */
  readonly accessor: string | undefined;
  /** Member that points to the array. */
  readonly pointer: string;
}

/** Reads it from the accessor's condition, or from where the array is allocated; undefined when the container holds no pointer to pages. */
export function arrayOf(program: Program, layout: Layout): PagesArray | undefined {
  const pointer = layout.pages.find((one) => one.isPointer && one.path.length === 1)?.path[0];
  if (pointer === undefined) return undefined;
  const { container } = layout;
  const name = container.tag.slice(container.tag.indexOf(' ') + 1);
  const mention = new RegExp(`(?:->|\\.)${pointer}\\b`);
  const counts = new Set<string>();
  let accessor: string | undefined;
  for (const file of new Set([
    container.file,
    ...program.mentioning(name, container.file),
    ...program.mentioning(pointer, container.file),
  ])) {
    if (!mention.test(file.text)) continue;
    for (const fn of program.functionsIn(file)) {
      if (fn.item.alternative || !mention.test(file.text.slice(fn.item.start, fn.item.end))) continue;
      const ast = fn.ast();
      if (ast === undefined) continue;
      if (
        ast.returnType.base === pagesTag &&
        ast.returnType.pointers === 1 &&
        ast.params.length === 1 &&
        ast.params[0]?.type.base === container.tag
      ) {
        accessor = fn.name;
        const count = testedMember(fn, container.tag);
        if (count !== undefined) counts.add(count);
      }
      for (const count of sizedBy(fn, pointer)) counts.add(count);
    }
  }
  const [count] = counts;
  return { count: counts.size === 1 ? count : undefined, accessor, pointer };
}

/** The member of the parameter that an accessor compares with 1. */
function testedMember(fn: FunctionDef, tag: string): string | undefined {
  const ast = fn.ast();
  let found: string | undefined;
  if (ast !== undefined) {
    walkExprs(ast.body, (expr) => {
      if (expr.kind !== 'binary' || expr.left.kind !== 'member' || expr.right.kind !== 'number') return;
      const { object } = expr.left;
      if (object.kind === 'name' && ast.params.some((param) => param.name === object.name && param.type.base === tag))
        found = expr.left.field;
    });
  }
  return found;
}

/** Members stored beside the array in the function that sets it: from the same value that sized it, or sizing it themselves. */
function sizedBy(fn: FunctionDef, pointer: string): readonly string[] {
  const ast = fn.ast();
  if (ast === undefined) return [];
  const text = fn.file.text.slice(fn.item.start, fn.item.end);
  const written = (expr: Expr): string => text.slice(expr.start, expr.end).replace(/\s+/g, '');
  const sizes = new Set<string>();
  const stores: { readonly field: string; readonly value: string }[] = [];
  const found: string[] = [];
  walkExprs(ast.body, (expr) => {
    if (expr.kind !== 'assign' || expr.op !== '=' || expr.left.kind !== 'member') return;
    if (expr.left.field === pointer && expr.right.kind === 'call') {
      for (const arg of expr.right.args) {
        sizes.add(written(arg));
        if (
          arg.kind === 'member' &&
          arg.object.kind === 'name' &&
          expr.left.object.kind === 'name' &&
          arg.object.name === expr.left.object.name
        )
          found.push(arg.field);
      }
    } else stores.push({ field: expr.left.field, value: written(expr.right) });
  });
  for (const store of stores) if (sizes.has(store.value)) found.push(store.field);
  return found;
}
