/**
 * The core of an older tree as a series makes it: the hunks of the thread that belong to the core applied to the older tree, the driver left as it was.
 * The thread is a saved page, put at threads/gpusvm-v5.txt beside the trees by hand.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadEngine } from '../recall/engine.mjs';
import { driver } from './before.mjs';
import { treeOf } from './kernel.mjs';

const page = join(dirname(treeOf('7.2')), 'threads', 'gpusvm-v5.txt');

/** What this part needs and the machine has not; empty when all is there. */
export function missingOfThread() {
  return [
    ...(existsSync(join(treeOf('7.2-full'), '.complete')) ? [] : ['all of Linux 7.2']),
    ...(existsSync(page) ? [] : ['the thread of the series']),
  ];
}

/** Makes the scratch tree; returns the files of the core that changed. Throws when a hunk does not apply. */
export async function makeSeriesCore(scratch) {
  const older = treeOf('7.2-full');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(dirname(scratch), { recursive: true });
  try {
    execFileSync('cp', ['-al', older, scratch]);
  } catch {
    rmSync(scratch, { recursive: true, force: true });
    execFileSync('cp', ['-a', older, scratch]);
  }
  // What will be written is a copy, not a link.
  const folder = join(scratch, driver);
  rmSync(folder, { recursive: true });
  cpSync(join(older, driver), folder, { recursive: true });
  const { readSeries } = await loadEngine('server/src/review/index.ts');
  const { applyPatch } = await loadEngine('server/src/review/apply-patch.ts');
  const { createTreeHistory } = await loadEngine('server/src/review/tree.ts');
  const { series } = await readSeries([{ name: 'thread', content: readFileSync(page) }]);
  const history = createTreeHistory((path) => (existsSync(join(older, path)) ? readFileSync(join(older, path), 'utf8') : undefined));
  for (const patch of series.patches) {
    const files = patch.files.filter((file) => !file.newPath.startsWith(`${driver}/`));
    const { problems } = applyPatch({ ...patch, files }, history);
    if (problems.length > 0) throw new Error(problems.map((one) => one.message).join('; '));
  }
  const changed = history.paths();
  for (const path of changed) {
    rmSync(join(scratch, path));
    writeFileSync(join(scratch, path), history.read(path, series.patches.length) ?? '');
  }
  return changed;
}
