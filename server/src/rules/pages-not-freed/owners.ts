/** Pages of an owner that is no range: freed with it, or when its notifier is taken away. */
import { pagesTag } from '../../contracts/protected.js';
import { driverRootOf } from '../../flow/engine.js';
import type { FlowEvent } from '../../flow/events.js';
import { LIVE, livePrefix, PAGES } from '../../flow/events.js';
import type { State } from '../../flow/state.js';
import { memberLoc, pointee, type Term } from '../../flow/term.js';
import type { FunctionDef } from '../../program/types.js';
import type { Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import { rootKey } from '../roots.js';
import type { FunctionContext } from '../rule.js';
import { fixNotFreed } from './fix.js';

type NeedEvent = FlowEvent & { readonly kind: 'need' };

/** Why memory must not be freed yet: its pages are seen to be of use, or nobody ever frees them. */
export function unfreed(event: NeedEvent, context: FunctionContext): 'live' | 'mapped' | undefined {
  const { state, verdict } = event;
  const live = state.object(`${livePrefix}${rootKey(event.subject)}`)?.bits;
  if (state.joined) return undefined;
  if (verdict === 'bad') return live === LIVE.called ? 'live' : 'mapped';
  // Told where the notifier was taken away.
  if (live === LIVE.removed) return undefined;
  // Callers bring what is freed: where none of them has freed the pages, and nobody in the driver ever does, they leak.
  const callee = verdict === 'inherited' ? calleeAt(event.span, context) : undefined;
  if (callee === undefined || event.subject.kind !== 'addr' || frees(event.subject.loc.path, undefined, context)) return undefined;
  const id = event.origin.id;
  const above = context.callersOf(id, undefined, context.fn);
  if (above.ok + above.unknown + above.bad > 0) return undefined;
  return context.callersOf(id, undefined, callee).ok > 0 ? 'mapped' : undefined;
}

/** A notifier is taken away for good, and the pages beside it stay as they are. */
export function takenAway(state: State, context: FunctionContext): void {
  for (const [key, object] of state.objects()) {
    if (!key.startsWith(livePrefix) || object.bits !== LIVE.removed || object.site?.fn !== context.fn.key || object.term === undefined)
      continue;
    const { span } = object.site;
    // Where a function of the driver does it, it is told there; and a caller may free them.
    if (
      calleeAt(span, context) !== undefined ||
      context.program.references(context.fn).some((ref) => freeing(context).test(textOf(ref.caller)))
    )
      continue;
    for (const { path, key: pages } of beside(object.term, context)) {
      const bits = state.object(pages)?.bits ?? PAGES.entry;
      const isGone = state.object(`mark:gone:${rootKey(object.term)}`) !== undefined;
      if (isGone && (bits & PAGES.entry) === 0) continue;
      if ((bits & (PAGES.freed | PAGES.lost)) !== 0 || (bits & ~(PAGES.raw | PAGES.init)) === 0 || frees(path, context.fn, context))
        continue;
      context.report({
        span,
        message:
          'the address array leaks, and what is still mapped stays mapped: the notifier is taken away for good and the pages beside it are not freed; free them before',
        trail: state.trail,
        keys: [pages, key],
        fixes: fixNotFreed(span, context),
      });
    }
  }
}

/** Pages in the same struct as a notifier. */
function beside(notifier: Term, context: FunctionContext): readonly { readonly path: readonly string[]; readonly key: string }[] {
  if (notifier.kind !== 'addr' || notifier.loc.root.kind !== 'pointee') return [];
  const { term } = notifier.loc.root;
  const tag = context.engine.pointeeTag(term, context.fn);
  const parent = notifier.loc.path.slice(0, -1).join('.');
  return context.program
    .containersOf(pagesTag, context.fn.file)
    .filter((one) => one.container.tag === tag && !one.isPointer && !one.isArray && one.path.slice(0, -1).join('.') === parent)
    .map(({ path }) => ({ path, key: `pages:${memberLoc(pointee(term), ...path).key}` }));
}

const freers = (context: FunctionContext): readonly string[] =>
  context.engine.contracts.all
    .filter((c) => [...(c.ops ?? []), ...(c.ok ?? [])].some((op) => op.op === 'pages' && op.to === 'freed'))
    .map((c) => c.name);

/** A call that frees pages. */
const freeing = perFunction((context) => new RegExp(`\\b(?:${freers(context).join('|')})\\s*\\(`));

/** True when a function of the driver that is called, or stands in a table, frees pages of this name. */
function frees(path: readonly string[], but: FunctionDef | undefined, context: FunctionContext): boolean {
  const { engine, program, fn } = context;
  const root = driverRootOf(fn.file.path);
  const names = freers(context);
  const call = freeing(context);
  const last = path.slice(-2).join('.');
  return names.some((name) =>
    program
      .mentioning(name, fn.file)
      .filter((file) => file.path.startsWith(root) && call.test(file.text))
      .flatMap((file) => program.functionsIn(file))
      .some((one) => {
        if (one.key === but?.key || one.item.alternative || !call.test(textOf(one))) return false;
        const summary = engine.summaryOf(one);
        const isTheirs =
          summary.unknown ||
          summary.outcomes.some((outcome) =>
            outcome.objects.some((o) => o.kind === 'pages' && (o.bits & PAGES.freed) !== 0 && o.term.key.includes(last)),
          );
        return isTheirs && (program.references(one).length > 0 || program.callbacksOf(one.name, one.file).length > 0);
      }),
  );
}

const textOf = (fn: FunctionDef): string => fn.file.text.slice(fn.item.start, fn.item.end);

function calleeAt(span: Span, context: FunctionContext): FunctionDef | undefined {
  const name = /^\w+(?=\s*\()/.exec(context.text.slice(span.start, span.end))?.[0];
  return name === undefined ? undefined : context.program.findFunction(name, context.fn.file);
}
