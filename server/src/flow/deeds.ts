/** What a function does that some contexts forbid, and what a caller can name of the ways to it. */

import { flagsLock } from '../contracts/protected.js';
import type { Contract } from '../contracts/schema.js';
import type { Expr, Span } from '../syntax/ast.js';
import type { Call } from './calls.js';
import type { Deed } from './events.js';
import { LOCK } from './events.js';
import { classBits } from './locking.js';
import type { FunctionRun } from './run.js';
import type { Constraint } from './state.js';
import { ANY, type State } from './state.js';
import type { Term } from './term.js';
import { isNameable } from './term.js';

/** Records something that some contexts forbid. */
export function deed(run: FunctionRun, s: State, d: Deed, span: Span): void {
  if (!run.notes()) return;
  run.emit({ kind: 'deed', deed: d, span, state: s });
  const key = `${d.what}:${d.doing}:${d.origin.fn}@${d.origin.span.start}`;
  if (run.deeds.has(key) || run.deeds.size > 40 || d.chain.length > 6) return;
  if (isDropped(run, s)) return;
  const conds = nameableConds(run, s);
  run.deeds.set(key, { ...d, conds, chain: [run.site(span), ...d.chain] });
}

/** True when the notifier lock was given up on the way: then the context is no longer the caller's. That it has to be free is none of it. */
function isDropped(run: FunctionRun, s: State): boolean {
  if (classBits(run, s, flagsLock) !== LOCK.none) return false;
  for (const [, object] of s.objects()) if (object.kind === 'lock' && object.detail === flagsLock && object.site !== undefined) return true;
  return false;
}

/** What a call does, by the tables and its allocation flags. */
export function doings(contract: Contract, e: Call): readonly string[] {
  if (contract.does === undefined) return [];
  const names = new Set<string>();
  const visit = (x: Expr): void => {
    if (x.kind === 'name') names.add(x.name);
    if (x.kind === 'binary') {
      visit(x.left);
      visit(x.right);
    }
  };
  if (contract.does.includes('alloc')) {
    for (const arg of e.args) visit(arg);
    if (names.has('GFP_ATOMIC') || names.has('GFP_NOWAIT') || names.has('GFP_NOIO') || names.has('GFP_NOFS'))
      return contract.does.filter((d) => d !== 'alloc');
    const { gfp } = contract;
    if (gfp !== undefined && e.args[gfp] !== undefined && !names.has('GFP_KERNEL') && !names.has('GFP_HIGHUSER') && !names.has('GFP_USER'))
      return contract.does.filter((d) => d !== 'alloc');
  }
  return contract.does;
}

/** What a state knows of things a caller can name. */
export function nameableConds(run: FunctionRun, s: State): { readonly term: Term; readonly constraint: Constraint }[] {
  const conds: { term: Term; constraint: Constraint }[] = [];
  for (const [key, constraint] of s.constraints()) {
    if (key.includes('!') || (constraint.bits === ANY && constraint.ne.length === 0)) continue;
    const term = run.terms.get(key);
    if (term !== undefined && isNameable(term) && conds.length < 12) conds.push({ term, constraint });
  }
  return conds;
}
