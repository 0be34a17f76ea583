/** An error pointer looked behind, or tested against NULL. */
import { resultKindOf } from '../../contracts/results.js';
import type { Contract } from '../../contracts/schema.js';
import type { State, Trail } from '../../flow/state.js';
import { N, P, Z } from '../../flow/state.js';
import type { Term } from '../../flow/term.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { behindMessage, followVariables } from './follow.js';
import { wrongKind } from './kinds.js';
import { looksBehind } from './looks.js';

interface Use {
  readonly call: number;
  readonly span: Span;
  readonly trail: Trail | undefined;
  /** The path has found it to be an error. */
  readonly isSure: boolean;
}

interface Notes {
  /** Classes of the results of calls that may give error pointers, by where the call begins. */
  readonly results: Map<number, { bits: number; name: string }>;
  /** The call a term came from. */
  readonly from: Map<string, number>;
  readonly uses: Use[];
}

const notes = perFunction<Notes>(() => ({ results: new Map(), from: new Map(), uses: [] }));

/** See README.md beside this file. */
export const errorPointerUsed: Rule = {
  id: 'error-pointer-used',
  onEvent(event, _frame, context) {
    if (event.kind === 'call') {
      noteResult(event.name, event.contract, event.expr, event.result, event.state, context);
      event.args.forEach((arg, index) => {
        const expr = event.expr.args[index];
        if (expr !== undefined && looksBehind(event.name, event.contract, index, context)) use(arg, expr, event.state, context);
      });
    } else if (event.kind === 'access' && event.expr.arrow && event.loc.root.kind === 'pointee') {
      use(event.loc.root.term, event.expr, event.state, context);
    }
  },
  finish(context) {
    wrongKind(context);
    const { uses } = notes(context);
    const cfg = context.engine.cfgOf(context.fn);
    if (cfg === undefined) return;
    const judged = followVariables(cfg, context, (call) => notes(context).results.get(call)?.bits);
    for (const { call, span, trail, isSure } of uses) {
      if (isSure) {
        context.report({
          span,
          message: `an oops at an address just below zero: this path has found that \`${notes(context).results.get(call)?.name ?? 'the call'}\` failed, and looks behind the error pointer that it gave; jump to the label that leaves it alone`,
          trail,
        });
        continue;
      }
      if (judged.has(call)) continue;
      context.report({ span, message: behindMessage(notes(context).results.get(call)?.name ?? 'the call'), trail });
    }
  },
};

function noteResult(name: string, contract: Contract | undefined, call: Expr, result: Term, state: State, context: FunctionContext): void {
  const isPointer =
    contract?.result === 'errptr' ||
    resultKindOf(name) === 'errptr' ||
    (contract === undefined && (context.program.findSignature(name, context.fn.file)?.returnType.pointers ?? 0) > 0);
  if (!isPointer) return;
  const own = notes(context);
  const { bits } = state.constraint(result);
  // A body's return tells of an error pointer only where it surely is one: "not NULL" leaves that class open for every pointer.
  const told = contract !== undefined || bits === N || bits === (N | P | Z) ? bits : bits & ~N;
  const known = own.results.get(call.start) ?? { bits: 0, name };
  own.results.set(call.start, { bits: known.bits | told, name });
  if (contract !== undefined ? (told & N) !== 0 : told === N || resultKindOf(name) === 'errptr') own.from.set(result.key, call.start);
}

/** Notes a look behind a pointer that may be an error. */
function use(value: Term, span: Span, state: State, context: FunctionContext): void {
  if (state.joined) return;
  const own = notes(context);
  const found = chain(value).find((term) => own.from.has(term.key));
  const call = found === undefined ? undefined : own.from.get(found.key);
  if (found === undefined || call === undefined) return;
  const { bits } = state.constraint(found);
  if ((bits & N) === 0 || (bits & Z) !== 0) return;
  // The tables' own functions come back on two ways, of which the failed one is known before anybody asked.
  const isSure = bits === N && context.engine.contracts.of(own.results.get(call)?.name ?? '') === undefined;
  if (!own.uses.some((one) => one.call === call && one.isSure === isSure)) own.uses.push({ call, span, trail: state.trail, isSure });
}

/** A pointer, what it lies in, and so on outwards. */
function chain(value: Term): readonly Term[] {
  const terms = [value];
  for (let term = value; ; ) {
    if (term.kind === 'addr' && term.loc.root.kind === 'pointee') term = term.loc.root.term;
    else if (term.kind === 'up') term = term.of;
    else return terms;
    terms.push(term);
  }
}
