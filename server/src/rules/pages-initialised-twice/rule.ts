/** Live pages wiped by an initialisation. */
import { PAGES } from '../../flow/events.js';
import { rootKey } from '../../flow/keys.js';
import type { Rule } from '../rule.js';

/** See README.md beside this file. */
export const pagesInitialisedTwice: Rule = {
  id: 'pages-initialised-twice',
  onEvent(event, frame, context) {
    if (event.kind !== 'pages' || event.to !== 'initialised' || event.state.joined) return;
    const used = PAGES.mapped | PAGES.unmapped;
    const isLive = event.before !== 0 && (event.before & ~used) === 0;
    const root = rootKey(event.subject);
    const isShared =
      event.before === PAGES.entry &&
      (event.state.object(`mark:shared:${root}`) !== undefined || isElement(root, frame.cfg.nodes, context.engine.contracts.iterator));
    if (!isLive && !isShared) return;
    context.report({
      span: event.span,
      message: `DMA mappings, the address array and a pagemap reference are forgotten: ${isLive ? 'these pages have been mapped' : 'pages of a range that comes from the tree may be mapped'}, and initialising wipes them; free them first, or initialise only where they are made`,
      trail: event.state.trail,
      keys: [event.key, `mark:shared:${root}`],
    });
  },
};

/** True for the element of a walk over ranges. */
function isElement(
  root: string,
  nodes: readonly { readonly id: number; readonly kind: string }[],
  iterator: (name: string) => unknown,
): boolean {
  const id = /^!it(\d+):/.exec(root)?.[1];
  const node = id === undefined ? undefined : nodes[Number(id)];
  return (
    node !== undefined && node.kind === 'iterate' && 'macro' in node && typeof node.macro === 'string' && iterator(node.macro) !== undefined
  );
}
