/** What a rule is: small predicates over the engine's events and over typed syntax, and the reports they make. */
import type { Engine } from '../flow/engine.js';
import type { FlowEvent, Frame, Summary } from '../flow/events.js';
import type { Trail } from '../flow/state.js';
import type { TypeScope } from '../flow/types.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import type { Expr, FunctionAst, Span } from '../syntax/ast.js';
import type { Fix, Severity } from './finding.js';

/** A report: spans are relative to the function's item. */
export interface Report {
  readonly span: Span;
  readonly message: string;
  /** What tells this defect from others of the rule at the same place; reports that agree in it are one, shown with the shortest path. */
  readonly about?: string;
  readonly severity?: Severity;
  /** The path, newest step first; only steps of these objects and branches are shown. */
  readonly trail?: Trail | undefined;
  readonly keys?: readonly string[];
  /** Last steps of the trace in words, after the path: callers, contract. */
  readonly because?: readonly { readonly fn: FunctionDef; readonly span: Span; readonly message: string }[];
  readonly fixes?: readonly Fix[];
}

/** What a rule may ask while a function is looked at. */
export interface FunctionContext {
  readonly engine: Engine;
  readonly program: Program;
  readonly fn: FunctionDef;
  readonly ast: FunctionAst;
  /** The item's text, to which spans refer. */
  readonly text: string;
  readonly scope: TypeScope;
  report(report: Report): void;
  /** What the callers of the function make of a need that it hands on; of a lock, by its class: the notifier lock when left out. */
  callersOf(originId: string, lockClass?: string, of?: FunctionDef): CallerVerdict;
  /** True when every call of a function is made with the notifier lock held. */
  isHeldAtEntry(of: FunctionDef): boolean;
  /** Available when the run is over. */
  summary(): Summary;
}

/** What is known of a need over all callers, direct and not. */
export interface CallerVerdict {
  readonly ok: number;
  readonly bad: number;
  readonly unknown: number;
  /** Callers nobody calls, or of which it is not known who does. */
  readonly roots: number;
  /** Callers that only the kernel calls, from outside: nothing of the driver's is held there. Told for the notifier lock alone. */
  readonly closed: number;
}

/** A rule. One of its hooks at least is there. */
export interface Rule {
  readonly id: string;
  /** Called for every event of a run, in path order. */
  onEvent?(event: FlowEvent, frame: Frame, context: FunctionContext): void;
  /** Called when a function's run is over. */
  finish?(context: FunctionContext): void;
  /** Called once for each expression of a function, macros not expanded. */
  onExpr?(expr: Expr, parent: Expr | undefined, context: FunctionContext): void;
  /** Called once for each file, for what stands outside functions. */
  onFile?(file: ProgramFile, context: FileContext): void;
}

/** What a rule may ask of a file; report spans are offsets into the file. */
export interface FileContext {
  readonly engine: Engine;
  readonly program: Program;
  report(report: Report & { readonly function?: string }): void;
}
