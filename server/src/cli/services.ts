/** What commands need from outside `cli/`: the engine, the disk, the parser's wasm. Tests put their own in. */
import type { CreateAnalysis } from '../features/analysis.js';
import type { FileHost } from '../program/types.js';
import type { Workers } from './parallel.js';

/** The engine and the disk. */
export interface Services {
  readonly createAnalysis: CreateAnalysis;
  /** Reads below a folder (absolute path). */
  createHost(root: string): FileHost;
  /** The kernel tree that holds a path, found upwards; undefined without one. */
  findTree(from: string): string | undefined;
  /** Threads for large checks; without them everything runs in one. */
  readonly workers?: Workers;
  readWasm(): { readonly runtime: Uint8Array; readonly grammar: Uint8Array };
}
