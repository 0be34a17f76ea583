/**
 * The driver as it was before its pages moved, on the core of the tree after: 7.3 with those hunks of the difference to 7.2 taken
 * back that belong to the move. Nothing of either tree is kept here: patterns tell which hunks those are.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { structuredPatch } from 'diff';

/** The driver's folder in a tree. */
export const driver = 'drivers/gpu/drm/xe';

/** Which hunks of a file belong to the move: all but, or only, those whose changed lines match. */
const chosen = [
  { file: 'xe_svm.c', not: /signaling/ },
  { file: 'xe_svm.h', not: /^$/ },
  { file: 'xe_userptr.c', not: /signaling/ },
  { file: 'xe_pt.c', only: /pages\.dma_addr/ },
];

const changedLines = (hunk) => hunk.lines.filter((line) => /^[-+]/.test(line));

/** Files that the move touched, relative to the tree. */
export const movedFiles = chosen.map(({ file }) => `${driver}/${file}`);

/** The text of a file of the newer tree with the chosen hunks taken back. */
export function takenBack(older, newer, { not, only }) {
  const patch = structuredPatch('a', 'b', older, newer, undefined, undefined, { context: 0 });
  const lines = newer.split('\n');
  let count = 0;
  for (const hunk of [...patch.hunks].reverse()) {
    const changed = changedLines(hunk);
    const text = changed.join('\n');
    if (only === undefined ? not.test(text) : !only.test(text)) continue;
    const removed = changed.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
    lines.splice(hunk.newStart - 1, hunk.newLines, ...removed);
    count++;
  }
  return { text: lines.join('\n'), count };
}

/**
 * Makes a scratch tree: links to the whole newer tree, with the driver's files as copies of their own and the move taken back.
 * Returns how many hunks that were.
 */
export function makeBefore({ older, newer, scratch }) {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(dirname(scratch), { recursive: true });
  // Links where the disk allows: a whole tree is gigabytes. The files that will be written are copied below.
  try {
    execFileSync('cp', ['-al', newer, scratch]);
  } catch {
    rmSync(scratch, { recursive: true, force: true });
    execFileSync('cp', ['-a', newer, scratch]);
  }
  const folder = join(scratch, driver);
  rmSync(folder, { recursive: true });
  cpSync(join(newer, driver), folder, { recursive: true });
  let count = 0;
  for (const choice of chosen) {
    const path = join(driver, choice.file);
    if (!existsSync(join(older, path))) throw new Error(`${path} is missing in the older tree`);
    const result = takenBack(readFileSync(join(older, path), 'utf8'), readFileSync(join(newer, path), 'utf8'), choice);
    writeFileSync(join(scratch, path), result.text);
    count += result.count;
  }
  return count;
}
