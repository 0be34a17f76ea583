/** A range removed inside the plain iterator that stands on it, or on its notifier. */
import type { IteratorContract } from '../../contracts/schema.js';
import type { Cfg, CfgNode } from '../../flow/cfg.js';
import type { State, Trail } from '../../flow/state.js';
import { walkStmt } from '../../program/walk.js';
import type { Span } from '../../syntax/ast.js';
import { reachable } from '../graph.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { fixIteration } from './fix.js';

type Head = CfgNode & { readonly kind: 'iterate' };

interface Removal {
  readonly head: Head;
  readonly node: number;
  readonly span: Span;
  readonly trail: Trail | undefined;
}

const removals = perFunction<Map<number, Removal>>(() => new Map());
const prefix = 'mark:removed:';

/** See README.md beside this file. */
export const unsafeRangeIteration: Rule = {
  id: 'unsafe-range-iteration',
  onEvent(event, frame, context) {
    if (event.kind === 'call') note(event.expr, event.state, frame.cfg, frame.node, context);
    if (event.kind !== 'back') return;
    const contract = context.engine.contracts.iterator(event.head.macro);
    const mark =
      contract === undefined || contract.safe || contract.walks !== 'ranges' ? undefined : markOf(event.head, contract, event.state);
    if (mark?.site?.fn === context.fn.key) report(event.head, mark.site.span, 'range', event.state.trail, context);
  },
  finish(context) {
    const cfg = context.engine.cfgOf(context.fn);
    if (cfg === undefined) return;
    for (const removal of removals(context).values()) {
      const inner = context.engine.contracts.iterator(removal.head.macro);
      const container = inner === undefined ? undefined : removal.head.args[inner.container];
      if (container?.kind !== 'name') continue;
      const outer = cfg.nodes.find((node): node is Head => {
        if (node.kind !== 'iterate' || !encloses(context, node.span.start, removal.head.span.start)) return false;
        const contract = context.engine.contracts.iterator(node.macro);
        const element = node.args[contract?.elements[0] ?? 0];
        return (
          contract !== undefined &&
          !contract.safe &&
          contract.walks === 'notifiers' &&
          element?.kind === 'name' &&
          element.name === container.name
        );
      });
      if (outer === undefined) continue;
      const ways = reachable(cfg, removal.node, (node) => node.id === outer.id);
      if (ways.has(outer.id)) report(outer, removal.span, 'notifier', removal.trail, context);
    }
  },
};

/** True when the loop that begins at one place holds the other place in its body. */
function encloses(context: FunctionContext, loop: number, inner: number): boolean {
  let found = false;
  for (const stmt of context.ast.body) {
    walkStmt(
      stmt,
      () => undefined,
      (one) => {
        if (one.kind === 'iterate' && one.start === loop && loop < inner && inner < one.end) found = true;
      },
    );
  }
  return found;
}

/** The mark of a removed element of a loop. */
function markOf(head: Head, contract: IteratorContract, state: State): ReturnType<State['object']> {
  const element = head.args[contract.elements[0] ?? 0];
  return element?.kind === 'name' ? state.object(`${prefix}!it${head.id}:${element.name}`) : undefined;
}

/** Remembers where an element of a walk over ranges is removed: by this call, or inside of it. */
function note(call: Span, state: State, cfg: Cfg, node: CfgNode, context: FunctionContext): void {
  for (const [key, object] of state.objects()) {
    if (!key.startsWith(prefix) || object.site?.fn !== context.fn.key || object.site.span.start !== call.start) continue;
    const id = /^!it(\d+):/.exec(key.slice(prefix.length))?.[1];
    const head = id === undefined ? undefined : cfg.nodes[Number(id)];
    if (head?.kind === 'iterate')
      removals(context).set(call.start, { head, node: node.id, span: { start: call.start, end: call.end }, trail: state.trail });
  }
}

function report(head: Head, span: Span, what: 'range' | 'notifier', trail: Trail | undefined, context: FunctionContext): void {
  context.report({
    span,
    message:
      what === 'range'
        ? `the loop takes its next step through freed memory: the range it stands on is removed here, and \`${head.macro}\` reads the next one from it; use the \`_safe\` form`
        : `the outer loop takes its next step through freed memory: with its last range the notifier goes, and \`${head.macro}\` reads the next one from it; use the \`_safe\` form`,
    trail,
    fixes: fixIteration(head, context),
  });
}
