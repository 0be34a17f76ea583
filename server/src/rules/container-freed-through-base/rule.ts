/** A container freed by the address of the base inside it. */
import { coreFiles } from '../../contracts/generations.js';
import { pagesTag } from '../../contracts/protected.js';
import { ownedStructs } from '../../contracts/tokens.js';
import { memberOf, typeOf } from '../../flow/types.js';
import type { Expr } from '../../syntax/ast.js';
import { driverRoot } from '../drivers.js';
import type { Layout } from '../layout.js';
import { layoutsOf } from '../layout.js';
import { rootKey } from '../roots.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixFreedBase } from './fix.js';

const bases: readonly string[] = ownedStructs.filter((tag) => tag !== pagesTag);

/** See README.md beside this file. */
export const containerFreedThroughBase: Rule = {
  id: 'container-freed-through-base',
  onEvent(event, frame, context) {
    if (event.kind !== 'release' || event.family !== 'memory' || coreFiles.has(context.fn.file.path)) return;
    const type = typeOf(event.expr, frame.scope);
    const { subject } = event;
    const embedded = type === undefined || bases.includes(type.base) ? undefined : holderOf(event.expr, context);
    if (embedded !== undefined) {
      context.report({ span: event.expr, ...wordsOf(embedded.tag, embedded.member, embedded.isFirst), trail: event.state.trail });
      return;
    }
    if (type === undefined || type.pointers !== 1 || !bases.includes(type.base)) return;
    const layouts = layoutsOf(context.program, context.fn.file, type.base);
    const [layout] = layouts;
    if (layout === undefined) return;
    const inside = subject.kind === 'addr' && subject.loc.path.length > 0;
    if (!inside) {
      // Allocated in sight as what it is, or somewhere in the driver as the base alone: nothing is wrong.
      if (event.state.object(`mark:fresh:${rootKey(subject)}`) !== undefined || allocatesPlain(type.base, context)) return;
      if (layouts.length > 1) return;
    }
    const container = inside
      ? (layouts.find((one) => subject.loc.path.slice(-one.base.length).join('.') === one.base.join('.')) ?? layout)
      : layout;
    const isFirst = isAtStart(container);
    context.report({
      span: event.expr,
      ...wordsOf(container.container.tag, container.base.join('.'), isFirst),
      trail: event.state.trail,
      fixes: fixFreedBase(event.expr, container, context),
    });
  },
};

function wordsOf(tag: string, member: string, isFirst: boolean): { readonly severity: 'warning' | 'error'; readonly message: string } {
  return isFirst
    ? {
        severity: 'warning',
        message: `right only as long as \`${member}\` is the first member of \`${tag}\`: the container is freed by the address of its base; free the container`,
      }
    : {
        severity: 'error',
        message: `the allocator is given an address inside an object: \`${member}\` is not the first member of \`${tag}\`; free the container`,
      };
}

/** The struct with pages of its own that is freed by the address of one of its members. */
function holderOf(
  expr: Expr,
  context: FunctionContext,
): { readonly tag: string; readonly member: string; readonly isFirst: boolean } | undefined {
  if (expr.kind !== 'address' || expr.operand.kind !== 'member') return undefined;
  const info = memberOf(expr.operand, context.scope);
  const struct = info?.struct;
  if (info === undefined || struct === undefined) return undefined;
  const holds = context.program.containersOf(pagesTag, context.fn.file).some((one) => one.container.tag === struct.tag && !one.isPointer);
  if (!holds || !info.member.type.base.startsWith('struct ') || info.member.type.pointers > 0) return undefined;
  return { tag: struct.tag, member: info.member.name, isFirst: struct.ast.members[0]?.name === info.member.name };
}

/** True when the base stands at the very beginning of its container. */
function isAtStart(layout: Layout): boolean {
  return layout.base.length === 1 && layout.container.ast.members[0]?.name === layout.base[0];
}

/** True when the driver allocates the base on its own. */
function allocatesPlain(tag: string, context: FunctionContext): boolean {
  const name = tag.slice(tag.indexOf(' ') + 1);
  const alone = new RegExp(`sizeof\\s*\\(\\s*struct\\s+${name}\\s*\\)|\\bk\\w*_objs?\\s*\\(\\s*struct\\s+${name}\\b`);
  const root = driverRoot(context.fn.file.path);
  return context.program
    .mentioning(name, context.fn.file)
    .some((file) => file.path.startsWith(root) && !coreFiles.has(file.path) && alone.test(file.text));
}
