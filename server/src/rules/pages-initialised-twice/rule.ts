/** Live pages wiped by an initialisation. */
import type { Op } from '../../contracts/schema.js';
import { PAGES } from '../../flow/events.js';
import { rootKey } from '../../flow/keys.js';
import type { State } from '../../flow/state.js';
import type { FunctionDef } from '../../program/types.js';
import type { Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';

/** Pages of a caller's object that this function initialised. */
interface Made {
  readonly span: Span;
  readonly state: State;
  readonly root: string;
}

const made = perFunction(() => new Map<string, Made>());

/** See README.md beside this file. */
export const pagesInitialisedTwice: Rule = {
  id: 'pages-initialised-twice',
  onEvent(event, frame, context) {
    const mine = made(context);
    if (event.kind === 'publish') {
      // What is shown to the mm only now is new.
      const root = rootKey(event.subject);
      for (const [key, one] of mine) if (one.root === root) mine.delete(key);
      return;
    }
    if (event.kind === 'range' && event.to === 'removed') {
      const root = rootKey(event.subject);
      for (const [key, one] of mine)
        if (one.root === root && event.state.object(key)?.bits === PAGES.init) report(one.span, 'used', one.state, [key], context);
      return;
    }
    if (event.kind === 'call' && mine.size > 0 && publishes(event.name, context)) mine.clear();
    if (event.kind !== 'pages' || event.state.joined) return;
    if (event.to !== 'initialised') {
      const before = event.before === PAGES.init ? mine.get(event.key) : undefined;
      if (before !== undefined && isDirect(event.span, context)) report(before.span, 'used', before.state, [event.key], context);
      return;
    }
    const used = PAGES.mapped | PAGES.unmapped;
    const isLive = event.before !== 0 && (event.before & ~used) === 0;
    const root = rootKey(event.subject);
    if (event.before === PAGES.entry && /^\$\d+$/.test(root) && isDirect(event.span, context))
      mine.set(event.key, { span: event.span, state: event.state, root });
    const isShared =
      event.before === PAGES.entry &&
      (event.state.object(`mark:shared:${root}`) !== undefined || isElement(root, frame.cfg.nodes, context.engine.contracts.iterator));
    if ((!isLive && !isShared) || isToldBelow(event.span, context)) return;
    report(event.span, isLive ? 'live' : 'shared', event.state, [event.key, `mark:shared:${root}`], context);
  },
};

const WHY = {
  live: 'these pages have been mapped',
  shared: 'pages of a range that comes from the tree may be mapped',
  used: 'what this function goes on to do with these pages asks for pages that were initialised when their object was made',
} as const;

function report(span: Span, why: keyof typeof WHY, state: State, keys: readonly string[], context: FunctionContext): void {
  context.report({
    span,
    message: `DMA mappings, the address array and a pagemap reference are forgotten: ${WHY[why]}, and initialising wipes them; free them first, or initialise only where they are made`,
    trail: state.trail,
    keys,
  });
}

const namesOf = perFunction((context) => {
  const named = (what: (op: Op) => boolean): RegExp =>
    new RegExp(
      `\\b(?:${context.engine.contracts.all
        .filter((c) => [...(c.ops ?? []), ...(c.ok ?? [])].some(what))
        .map((c) => c.name)
        .join('|')})\\s*\\(`,
    );
  return {
    publish: named((op) => op.op === 'publish'),
    initialise: named((op) => op.op === 'pages' && op.to === 'initialised'),
    use: named((op) => (op.op === 'pages' && op.to !== 'initialised') || (op.op === 'range' && op.to === 'removed')),
  };
});

const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);

/** True for a function of the driver that shows something to the mm. */
function publishes(name: string, context: FunctionContext): boolean {
  const fn = context.engine.contracts.of(name) === undefined ? context.program.findFunction(name, context.fn.file) : undefined;
  return fn !== undefined && namesOf(context).publish.test(textOf(fn));
}

/** True for a call of a function that initialises and uses the pages itself: it is told there. */
function isToldBelow(span: Span, context: FunctionContext): boolean {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(span.start, span.end))?.[0];
  const fn = name === undefined || isDirect(span, context) ? undefined : context.program.findFunction(name, context.fn.file);
  const { initialise, use } = namesOf(context);
  return fn !== undefined && initialise.test(textOf(fn)) && use.test(textOf(fn));
}

/** True for a call of the interface itself, not of a function of the program. */
function isDirect(span: Span, context: FunctionContext): boolean {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(span.start, span.end))?.[0];
  return name !== undefined && context.engine.contracts.of(name) !== undefined;
}

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
