/** What commands need from outside `cli/`: the engine, the disk, the parser's wasm. Tests put their own in. */
import type { CreateAnalysis } from '../features/analysis.js';
import type { Readings } from '../host/recording.js';
import type { FileHost } from '../program/types.js';
import type { Workers } from './parallel.js';

/** Answers kept from earlier runs; see `host/answer-index.ts`. */
export interface Kept {
  find(question: unknown, host: FileHost): unknown;
  keep(question: unknown, readings: Readings, answer: unknown): void;
}

/** The engine and the disk. */
export interface Services {
  readonly createAnalysis: CreateAnalysis;
  /** Reads below a folder (absolute path). */
  createHost(root: string): FileHost;
  /** The kernel tree that holds a path, found upwards; undefined without one. */
  findTree(from: string): string | undefined;
  /** Threads for large checks; without them everything runs in one. */
  readonly workers?: Workers;
  /** Answers kept on disk for a tree (absolute folder); without them every run is a cold one. */
  openIndex?(root: string): Kept | undefined;
  readWasm(): { readonly runtime: Uint8Array; readonly grammar: Uint8Array };
}
