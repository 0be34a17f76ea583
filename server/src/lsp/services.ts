/** What the server takes from outside: the analysis, the disk, the bundled pages. Tests bring their own. */
import type { CreateAnalysis } from '../features/analysis.js';
import type { FileHost } from '../program/types.js';

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
}
