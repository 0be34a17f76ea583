/** What branches tell of values, and whether two things known of a value can both be. */

import type { FunctionRun } from './run.js';
import type { Constraint } from './state.js';
import { ANY, N, P, type State, Z } from './state.js';
import type { Term } from './term.js';
import { operate } from './term.js';

/** Adds the truth of a value to a state; false when that cannot be. */
export function refine(run: FunctionRun, s: State, value: Term, truth: boolean): boolean {
  if (value.kind === 'op') {
    const [a, b] = value.args;
    if (a !== undefined) run.terms.set(a.key, a);
    run.terms.set(value.key, value);
    if (value.op === 'iserr' && a !== undefined) return s.constrain(a, { bits: truth ? N : Z | P, eq: undefined, ne: [] });
    if (value.op === 'iserrnull' && a !== undefined) return s.constrain(a, { bits: truth ? N | Z : P, eq: undefined, ne: [] });
    if (value.op === '==' || value.op === '!=') {
      const equal = (value.op === '==') === truth;
      if (a !== undefined && b !== undefined) {
        // Memory of an allocator is nowhere where a variable is.
        if (equal && ((isVariable(a) && isAllocated(s, b)) || (isVariable(b) && isAllocated(s, a)))) return false;
        const cb = s.constraint(b);
        const ca = s.constraint(a);
        if (cb.eq !== undefined) {
          if (a.kind === 'op' && cb.eq === 0 && (isBoolean(a) || a.op === '&')) {
            if (isBoolean(a)) return refine(run, s, a, !equal);
          }
          if (equal) return s.constrain(a, { bits: ANY, eq: cb.eq, ne: [] });
          return s.constrain(a, { bits: cb.eq === 0 ? N | P : ANY, eq: undefined, ne: [cb.eq] });
        }
        if (ca.eq !== undefined && equal) return s.constrain(b, { bits: ANY, eq: ca.eq, ne: [] });
        if (ca.eq !== undefined) return s.constrain(b, { bits: ca.eq === 0 ? N | P : ANY, eq: undefined, ne: [ca.eq] });
        if (equal) {
          if (
            !s.constrain(a, { bits: cb.bits, eq: undefined, ne: [] }) ||
            !s.constrain(b, { bits: s.constraint(a).bits, eq: undefined, ne: [] })
          )
            return false;
        }
        return s.constrain(operate('==', a, b), { bits: equal ? P : Z, eq: equal ? 1 : 0, ne: [] });
      }
    }
    if ((value.op === '<' || value.op === '<=') && a !== undefined && b !== undefined) {
      const ca = s.constraint(a);
      const cb = s.constraint(b);
      if (cb.eq !== undefined && !orderOf(s, a, value.op, cb.eq, truth)) return false;
      if (ca.eq !== undefined && !orderFromLeft(s, ca.eq, value.op, b, truth)) return false;
      if (ca.eq === undefined || cb.eq === undefined) return s.constrain(value, { bits: truth ? P : Z, eq: truth ? 1 : 0, ne: [] });
      return (value.op === '<' ? ca.eq < cb.eq : ca.eq <= cb.eq) === truth;
    }
  } else run.terms.set(value.key, value);
  return truth ? s.constrain(value, { bits: N | P, eq: undefined, ne: [] }) : s.constrain(value, { bits: Z, eq: 0, ne: [] });
}

function isAllocated(s: State, value: Term): boolean {
  return s.object(`held:${value.key}`)?.detail === 'memory' || s.object(`mark:fresh:${value.key}`) !== undefined;
}

function orderOf(s: State, a: Term, op: string, n: number, truth: boolean): boolean {
  let bits = ANY;
  if (op === '<') bits = truth ? (n <= 0 ? N : ANY) : n > 0 ? P : n === 0 ? Z | P : ANY;
  else bits = truth ? (n < 0 ? N : n === 0 ? Z | N : ANY) : n >= 0 ? P : ANY;
  return s.constrain(a, { bits, eq: undefined, ne: [] });
}

function orderFromLeft(s: State, n: number, op: string, b: Term, truth: boolean): boolean {
  let bits = ANY;
  if (op === '<') bits = truth ? (n >= 0 ? P : ANY) : n <= 0 ? (n === 0 ? Z | N : N) : ANY;
  else bits = truth ? (n > 0 ? P : n === 0 ? Z | P : ANY) : n <= 0 ? N : ANY;
  return s.constrain(b, { bits, eq: undefined, ne: [] });
}

/** True for comparisons. */
export const isBoolean = (t: Term): boolean =>
  t.kind === 'op' && (t.op === '==' || t.op === '!=' || t.op === '<' || t.op === '<=' || t.op === 'iserr' || t.op === 'iserrnull');

/** True for the address of a variable or of a part of it. */
const isVariable = (t: Term): boolean => t.kind === 'addr' && t.loc.root.kind !== 'pointee';

/** True when a term may be as a condition asks. */
export function isPossible(s: State, term: Term, want: Constraint): boolean {
  if (!compatible(s.constraint(term), want)) return false;
  // A comparison with a constant, of what is known to be another one.
  if (term.kind !== 'op' || term.op !== '==' || want.bits !== P) return true;
  const [a, b] = term.args;
  return a === undefined || b === undefined || compatible(s.constraint(a), s.constraint(b));
}

/** True when what is known of a value leaves room for what is asked. */
export function compatible(have: Constraint, want: Constraint): boolean {
  if ((have.bits & want.bits) === 0) return false;
  if (have.eq !== undefined && want.eq !== undefined && have.eq !== want.eq) return false;
  if (have.eq !== undefined && want.ne.includes(have.eq)) return false;
  return !(want.eq !== undefined && have.ne.includes(want.eq));
}
