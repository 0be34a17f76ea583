/** Which files a series can matter to. */
import type { Analysis } from '../features/analysis.js';
import { unitOf } from '../program/units.js';
import { changedNames, mentions } from './changed-names.js';
import type { TreeHistory } from './tree.js';

/** True for what the analysis reads. */
export const isCode = (path: string): boolean => path.endsWith('.c') || path.endsWith('.h');

/** True for files that every driver may depend on: headers outside of driver folders, and the sources of the core. */
function isShared(path: string): boolean {
  return path.startsWith('include/') || !unitOf(path).isDeep;
}

/** What the choice of files reads. */
export interface ScopeRequest {
  readonly analysis: Pick<Analysis, 'relevantFiles'>;
  readonly tree: TreeHistory;
  /** Number of patches. */
  readonly points: number;
  /** Folders of the tree to check as a whole; chosen by what the series changes when undefined or empty. */
  readonly scope: readonly string[] | undefined;
}

/**
 * Paths to check for a series: the files it touches, and the relevant files that mention a name whose meaning it changes. A change inside
 * one driver can concern that driver only; a change of a shared header or of the core concerns all drivers that use it.
 */
export function pathsToCheck({ analysis, tree, points, scope }: ScopeRequest): readonly string[] {
  const code = tree.paths().filter(isCode);
  const paths = new Set(code);
  if (scope !== undefined && scope.length > 0) {
    for (const folder of scope) for (const path of analysis.relevantFiles(folder)) paths.add(path);
    return [...paths].sort();
  }
  const names = new Set<string>();
  for (let point = 1; point <= points; point++) {
    for (const path of tree.changed(point)) {
      if (isCode(path)) for (const name of changedNames(path, tree.read(path, point - 1), tree.read(path, point))) names.add(name);
    }
  }
  if (names.size === 0) return [...paths].sort();
  const folders = code.some(isShared) ? [''] : [...new Set(code.map((path) => unitOf(path).folder))];
  for (const folder of folders) {
    for (const path of analysis.relevantFiles(folder)) {
      if (!paths.has(path) && mentions(tree.read(path, 0) ?? '', names)) paths.add(path);
    }
  }
  return [...paths].sort();
}
