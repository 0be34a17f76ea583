/** Which files a series can matter to. */
import type { Analysis } from '../features/analysis.js';
import { unitOf } from '../program/units.js';

/** True for what the analysis reads. */
export const isCode = (path: string): boolean => path.endsWith('.c') || path.endsWith('.h');

/** True for files that every driver may depend on: headers outside of driver folders, and the sources of the core. */
function isShared(path: string): boolean {
  return path.startsWith('include/') || !unitOf(path).isDeep;
}

/**
 * Paths to check for a series: the files it touches, and the relevant files that may depend on them. A change inside one driver
 * concerns that driver; a change of a shared header or of the core concerns all drivers that use it. `scope` (folders of the tree)
 * narrows the latter.
 */
export function pathsToCheck(
  analysis: Pick<Analysis, 'relevantFiles'>,
  touched: readonly string[],
  scope: readonly string[] | undefined,
): readonly string[] {
  const code = touched.filter(isCode);
  const folders = new Set<string>();
  if (scope !== undefined && scope.length > 0) for (const folder of scope) folders.add(folder);
  else if (code.some(isShared)) folders.add('');
  else for (const path of code) folders.add(unitOf(path).folder);
  const paths = new Set(code);
  for (const folder of folders) for (const path of analysis.relevantFiles(folder)) paths.add(path);
  return [...paths].sort();
}
