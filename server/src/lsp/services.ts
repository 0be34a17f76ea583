/** What the server takes from outside: the analysis, the disk, the bundled pages. Tests bring their own. */
import type { CreateAnalysis } from '../features/analysis.js';
import type { Readings } from '../host/recording.js';
import type { FileHost } from '../program/types.js';

/** Answers kept from earlier runs; see `host/answer-index.ts`. */
export interface Kept {
  find(question: unknown, host: FileHost): unknown;
  keep(question: unknown, readings: Readings, answer: unknown): void;
}

/** The server's surroundings. */
export interface Services {
  readonly createAnalysis: CreateAnalysis;
  /** Reads files below a folder (absolute path). */
  createHost(root: string): FileHost;
  /** The kernel tree that holds a file or folder (absolute paths); undefined when there is none above it. */
  findTree(path: string): string | undefined;
  readWasm(): { readonly runtime: Uint8Array; readonly grammar: Uint8Array };
  /** Absolute path of a rule's page; undefined when it is not bundled. */
  rulePage(id: string): string | undefined;
  /** Absolute path of the lifecycle page; undefined when it is not bundled. */
  lifecyclePage(): string | undefined;
  readonly version: string;
  /** Answers kept on disk for a tree (absolute folder); without them every start is a cold one. */
  openIndex?(root: string): Kept | undefined;
  /** What may end a check before it is done; without them every check runs to its end. Each is true once for what is new. */
  /** Called when answers that were given turned out to be out of date; the server fills it in. */
  answersChanged?: () => void;
  readonly interrupts?: { hasNewEdit(): boolean; hasNews(): boolean };
}
