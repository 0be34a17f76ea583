/** The lifecycle view: one function's control flow as a strip of steps, with the states and locks before each, and the findings' paths marked. */

import type { Contracts } from '../contracts/index.js';
import { functionWords, stagePhrases } from '../contracts/words.js';
import type { FunctionDef } from '../program/types.js';
import type { Finding } from '../rules/finding.js';
import type { Expr, Span, Stmt } from '../syntax/ast.js';
import type { Analysis, StateAt } from './analysis.js';
import { functionTitle } from './lens.js';
import { functionRole } from './roles.js';
import { callsIn, codeText, squeeze } from './text.js';

/** What a step is, by its statement. */
export type StepKind = 'call' | 'branch' | 'loop' | 'jump' | 'label' | 'return' | 'assign' | 'scope';

/** A step. Offsets are of the file. */
export interface ViewStep extends Span {
  readonly kind: StepKind;
  readonly depth: number;
  readonly text: string;
  readonly stage: string | undefined;
  readonly objects: readonly { readonly name: string; readonly state: string; readonly isChanged: boolean }[];
  readonly locks: readonly { readonly name: string; readonly mode: string; readonly isChanged: boolean }[];
  readonly marks: readonly { readonly finding: number; readonly step: number }[];
}

/** The view of a function. */
export interface LifecycleView {
  readonly fn: FunctionDef;
  readonly role: string;
  readonly steps: readonly ViewStep[];
  readonly findings: readonly Finding[];
}

/** Most characters of a statement that a step shows. */
const longestText = 160;

/** The view of the function at an offset; undefined outside functions and for a function that did not parse. */
export function lifecycleView(
  analysis: Analysis,
  contracts: Contracts,
  path: string,
  offset: number,
  findings: readonly Finding[],
): LifecycleView | undefined {
  const { program } = analysis;
  const file = program.file(path);
  const fn =
    file === undefined
      ? undefined
      : program.functionsIn(file).find((candidate) => candidate.item.start <= offset && offset <= candidate.item.end);
  const ast = fn?.ast();
  if (file === undefined || fn === undefined || ast === undefined) return undefined;
  const own = findings.filter((finding) => finding.file === path && fn.item.start <= finding.start && finding.start < fn.item.end);
  const code = codeText(file);
  const raw = ast.body
    .flatMap((stmt) => stepsOf(stmt, 0))
    .map((step) => ({ ...step, start: step.start + fn.item.start, end: step.end + fn.item.start }));
  const states = raw.map((step) => analysis.stateAt(path, step.start));
  let last: StateAt | undefined;
  const steps = raw.flatMap((step, index): ViewStep[] => {
    const calls = callsIn(code, step.start, step.end);
    const words = calls.flatMap((call) => (Object.hasOwn(functionWords, call.name) ? (functionWords[call.name] ?? []) : []))[0];
    const marks = marksOf(own, path, step);
    // The states are those before a step: what the next one sees changed was done here, by whatever wrapper.
    const changes = !step.isControl && states[index + 1] !== undefined && !sameState(states[index], states[index + 1]);
    const isTelling =
      words !== undefined || changes || marks.length > 0 || step.isControl || calls.some((call) => changesLock(contracts, call.name));
    if (!isTelling) return [];
    const stage = words === undefined ? undefined : stagePhrases[words.stage];
    const { isControl: _, ...place } = step;
    const shown: ViewStep = { ...place, text: textOf(file.text, step), stage, marks, ...rowsOf(last, states[index]) };
    last = states[index];
    return [shown];
  });
  const role = functionRole(program, contracts, fn);
  return { fn, role: role === undefined ? '' : functionTitle(role), steps, findings: own };
}

function changesLock(contracts: Contracts, name: string): boolean {
  const contract = contracts.of(name);
  // A driver's wrapper of a lock is told by its name, as a reader does.
  if (contract === undefined) return /(?:^|_)(?:un)?lock(?:$|_)/.test(name);
  return [...(contract.ops ?? []), ...(contract.ok ?? [])].some((op) => /^(?:lock|unlock|downgrade|assert-held|assert-free)$/.test(op.op));
}

function textOf(text: string, span: Span): string {
  const line = squeeze(text.slice(span.start, span.end).replace(/\/\*[\s\S]*?\*\//g, ' '));
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}

function rowsOf(before: StateAt | undefined, now: StateAt | undefined): Pick<ViewStep, 'objects' | 'locks'> {
  const oldObjects = new Map(before?.objects.map((object) => [object.name, object.state]));
  const oldLocks = new Map(before?.locks.map((lock) => [lock.name, lock.mode]));
  return {
    objects: (now?.objects ?? []).map((object) => ({
      ...object,
      isChanged: before !== undefined && oldObjects.get(object.name) !== object.state,
    })),
    locks: (now?.locks ?? []).map((lock) => ({ ...lock, isChanged: before !== undefined && oldLocks.get(lock.name) !== lock.mode })),
  };
}

function sameState(a: StateAt | undefined, b: StateAt | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A step of a path belongs to the innermost step of the strip that holds its start; statements do not nest here but for control heads. */
function marksOf(findings: readonly Finding[], path: string, step: Span): ViewStep['marks'] {
  return findings.flatMap((finding, index) => {
    const steps = finding.trace.flatMap((trace, at) =>
      trace.file === path && step.start <= trace.start && trace.start < step.end ? [{ finding: index, step: at + 1 }] : [],
    );
    return step.start <= finding.start && finding.start < step.end ? [...steps, { finding: index, step: 0 }] : steps;
  });
}

interface RawStep extends Span {
  readonly kind: StepKind;
  readonly depth: number;
  /** Control flow is always shown; other statements only when they tell something. */
  readonly isControl: boolean;
}

const head = (kind: StepKind, start: number, end: number, depth: number): RawStep => ({ kind, start, end, depth, isControl: true });

function stepsOf(stmt: Stmt, depth: number): readonly RawStep[] {
  switch (stmt.kind) {
    case 'block':
      return stmt.body.flatMap((inner) => stepsOf(inner, depth));
    case 'if': {
      const otherwise = stmt.otherwise === undefined ? [] : stepsOf(stmt.otherwise, stmt.otherwise.kind === 'if' ? depth : depth + 1);
      return [head('branch', stmt.start, stmt.test.end + 1, depth), ...stepsOf(stmt.then, depth + 1), ...otherwise];
    }
    case 'while':
      return [head('loop', stmt.start, stmt.test.end + 1, depth), ...stepsOf(stmt.body, depth + 1)];
    case 'do':
      return [...stepsOf(stmt.body, depth + 1), head('loop', stmt.test.start, stmt.test.end, depth)];
    case 'for':
    case 'iterate':
    case 'scoped':
      return [
        head(stmt.kind === 'scoped' ? 'scope' : 'loop', stmt.start, Math.max(stmt.start, stmt.body.start), depth),
        ...stepsOf(stmt.body, depth + 1),
      ];
    case 'switch':
      return [head('branch', stmt.start, stmt.value.end + 1, depth), ...stepsOf(stmt.body, depth + 1)];
    case 'case':
    case 'label':
      return [head('label', stmt.start, stmt.end, Math.max(0, depth - 1))];
    case 'goto':
    case 'break':
    case 'continue':
      return [head('jump', stmt.start, stmt.end, depth)];
    case 'return':
      return [head('return', stmt.start, stmt.end, depth)];
    case 'guard':
      return [head('scope', stmt.start, stmt.end, depth)];
    case 'expr':
      return [{ kind: isCall(stmt.expr) ? 'call' : 'assign', start: stmt.start, end: stmt.end, depth, isControl: false }];
    case 'decl':
      return stmt.init === undefined
        ? []
        : [{ kind: isCall(stmt.init) ? 'call' : 'assign', start: stmt.start, end: stmt.end, depth, isControl: false }];
    case 'empty':
    case 'broken':
      return [];
  }
}

function isCall(expr: Expr): boolean {
  if (expr.kind === 'assign') return isCall(expr.right);
  return expr.kind === 'call';
}
