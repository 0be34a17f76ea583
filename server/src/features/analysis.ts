/** The facade that editors, the command line and review mode call: text in, findings out. Pure: no IO beyond the host it is given. */
import type { Contracts } from '../contracts/index.js';
import type { ApiFacts, FileHost, Program } from '../program/types.js';
import type { Finding, Limit } from '../rules/finding.js';

/** Counts and times of an analysis. Times in milliseconds. */
export interface AnalysisStats {
  readonly files: number;
  readonly functions: number;
  readonly lines: number;
  readonly parseMs: number;
  readonly analyseMs: number;
}

/** Result of checking files. Findings are ordered by file, start, rule. */
export interface Report {
  readonly findings: readonly Finding[];
  readonly limits: readonly Limit[];
  readonly stats: AnalysisStats;
}

/** State of the objects and locks at a place, in words, for hovers, inlay hints and the lifecycle view. */
export interface StateAt {
  readonly objects: readonly { readonly name: string; readonly state: string }[];
  readonly locks: readonly { readonly name: string; readonly mode: string }[];
}

/** Thrown by a check that was interrupted: what it had done is kept, and the next check goes on from there. */
export class Interrupted extends Error {}

/** An analysis session over one tree; keeps caches between calls. The answer after any edits equals a cold run's. */
export interface Analysis {
  readonly facts: ApiFacts;
  readonly program: Program;
  /** Checks these files (paths relative to the tree); `only` limits the rules by id. Throws `Interrupted` when asked to. */
  check(paths: readonly string[], only?: ReadonlySet<string>): Report;
  /** Replaces a file's text in memory (editor, patch); undefined brings back the host's. */
  setText(path: string, text: string | undefined): void;
  /** State just before the statement at an offset (UTF-16, file) of a file; undefined outside functions. */
  stateAt(path: string, offset: number): StateAt | undefined;
  /** The contract tables that count for a file: the built-in ones and those of the tree's `gpusvm-contracts.json` above it. */
  contractsOf(path: string): Contracts;
  /** Paths of the files that matter below a folder of the tree (relative; '' for the whole driver tree). */
  relevantFiles(folder: string): readonly string[];
}

/** What an analysis session needs. */
export interface AnalysisOptions {
  readonly host: FileHost;
  /** False for a lone file without a tree: built-in facts. */
  readonly hasTree: boolean;
  /** Text of `.config`, when the tree has one. */
  readonly config?: string;
  /** Asked while functions are solved: true makes the running `check` throw `Interrupted`. Left out, nothing interrupts. */
  readonly isInterrupted?: () => boolean;
  /** wasm of the parser runtime and of the C grammar. */
  readonly wasm: { readonly runtime: Uint8Array; readonly grammar: Uint8Array };
}

/** Makes an analysis session; asynchronous because the parser's wasm is compiled. Implemented in `session.ts`. */
export type CreateAnalysis = (options: AnalysisOptions) => Promise<Analysis>;
