/** A container freed by the address of the base inside it. */
import { coreFiles } from '../../contracts/generations.js';
import { pagesTag } from '../../contracts/protected.js';
import { ownedStructs } from '../../contracts/tokens.js';
import { typeOf } from '../../flow/types.js';
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
    if (type === undefined || type.pointers !== 1 || !bases.includes(type.base)) return;
    const layouts = layoutsOf(context.program, context.fn.file, type.base);
    const [layout] = layouts;
    if (layout === undefined) return;
    const { subject } = event;
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
      severity: isFirst ? 'warning' : 'error',
      message: isFirst
        ? `right only as long as \`${container.base.join('.')}\` is the first member of \`${container.container.tag}\`: the container is freed by the address of its base; free the container`
        : `the allocator is given an address inside an object: \`${container.base.join('.')}\` is not the first member of \`${container.container.tag}\`; free the container`,
      trail: event.state.trail,
      fixes: fixFreedBase(event.expr, container, context),
    });
  },
};

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
