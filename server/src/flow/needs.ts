/** Needs: what has to hold at a place, judged there or left to the callers. */

import type { Contract } from '../contracts/schema.js';
import type { Expr, Span } from '../syntax/ast.js';
import { nameableConds } from './deeds.js';
import type { Conds, FlowEvent, InheritedNeed } from './events.js';
import type { FunctionRun } from './run.js';
import type { Constraint } from './state.js';
import { ANY, type State, union } from './state.js';
import type { Loc, Term } from './term.js';

/** Records and emits a need. */
export function recordNeed(
  run: FunctionRun,
  n: {
    readonly need: FlowEvent & { kind: 'need' } extends { readonly need: infer K } ? K : never;
    readonly mode?: 'read' | 'write' | undefined;
    readonly verdict: 'ok' | 'bad' | 'inherited' | 'unknown';
    readonly subject: Term;
    readonly key: string;
    readonly span: Span;
    readonly what: string;
    readonly contract?: Contract | undefined;
    /** What a rule needs beside the name: a lock's class, the value of a flag. */
    readonly detail?: string;
    readonly state: State;
    readonly expr?: Expr | undefined;
    readonly lock?: Loc | undefined;
    readonly from?: InheritedNeed | undefined;
    readonly alternatives?: InheritedNeed['alternatives'];
  },
): void {
  if (!run.notes()) return;
  const origin = n.from?.origin ?? {
    fn: run.fn,
    span: { start: n.span.start, end: n.span.end },
    what: n.what,
    kind: n.need,
    id: `${run.fn.key}@${n.span.start}:${n.need}:${n.what}`,
    contract: n.contract,
  };
  const counts = run.verdicts.get(origin.id) ?? { ok: 0, bad: 0, inherited: 0, unknown: 0 };
  counts[n.verdict]++;
  run.verdicts.set(origin.id, counts);
  let inherited: InheritedNeed | undefined;
  if (n.verdict === 'inherited') {
    inherited = {
      origin,
      kind: n.need,
      mode: n.mode,
      subject: n.subject,
      lock: n.lock,
      trail: n.state.trail,
      depth: (n.from?.depth ?? 0) + 1,
      ways: [nameableConds(run, n.state)],
      ...(n.alternatives === undefined ? {} : { alternatives: n.alternatives }),
    };
    const key = `${origin.id}|${n.subject.key}`;
    const old = run.needs.get(key);
    if (old !== undefined)
      run.needs.set(key, {
        ...old,
        ways: joinWays(old.ways, inherited.ways),
        ...(n.alternatives === undefined ? {} : { alternatives: eitherOf(old.alternatives ?? [], n.alternatives) }),
      });
    else if (run.needs.size < 400 && inherited.depth < 8) run.needs.set(key, inherited);
  }
  run.emit({
    kind: 'need',
    need: n.need,
    mode: n.mode,
    verdict: n.verdict,
    subject: n.subject,
    key: n.key,
    span: n.span,
    origin,
    inherited: n.from ?? inherited,
    detail: n.detail ?? '',
    state: n.state,
    expr: n.expr,
  });
}

/** Alternatives of two lists, each once. */
function eitherOf(
  a: NonNullable<InheritedNeed['alternatives']>,
  b: NonNullable<InheritedNeed['alternatives']>,
): NonNullable<InheritedNeed['alternatives']> {
  const keyOf = (way: (typeof a)[number]): string => way.map(({ lock, mode }) => `${lock.key}:${mode ?? ''}`).join();
  const known = new Set(a.map(keyOf));
  return [...a, ...b.filter((way) => !known.has(keyOf(way)))];
}

function joinWays(a: InheritedNeed['ways'], b: InheritedNeed['ways']): InheritedNeed['ways'] {
  const ways = [...a];
  for (const way of b) {
    // A way that another leaves open adds nothing.
    if (ways.some((other) => other.every((c) => way.some((d) => d.term.key === c.term.key && isWithin(d.constraint, c.constraint)))))
      continue;
    ways.push(way);
  }
  return ways.length <= MAX_WAYS ? ways : [ways.reduce(commonConds)];
}

/** True when all that one constraint allows is allowed by another. */
function isWithin(inner: Constraint, outer: Constraint): boolean {
  if ((inner.bits & ~outer.bits) !== 0 || (outer.eq !== undefined && outer.eq !== inner.eq)) return false;
  return outer.ne.every((value) => inner.ne.includes(value) || (inner.eq !== undefined && inner.eq !== value));
}

/** What two sets of conditions have in common. */
function commonConds(a: Conds, b: Conds): Conds {
  return a.flatMap((c) => {
    const other = b.find((d) => d.term.key === c.term.key);
    if (other === undefined) return [];
    const constraint = union(c.constraint, other.constraint);
    return constraint.bits === ANY && constraint.ne.length === 0 ? [] : [{ term: c.term, constraint }];
  });
}

/** Ways to a need kept apart; more are joined to what they have in common. */
const MAX_WAYS = 4;
