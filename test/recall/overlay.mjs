/** A scratch copy of a kernel tree that shares all but the changed files with the original. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

function fill(source, target, changed, prefix) {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source)) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const text = changed.get(path);
    if (text !== undefined) writeFileSync(join(target, name), text);
    else if ([...changed.keys()].some((key) => key.startsWith(`${path}/`))) fill(join(source, name), join(target, name), changed, path);
    else symlinkSync(join(source, name), join(target, name), statSync(join(source, name)).isDirectory() ? 'dir' : 'file');
  }
}

/** Makes the scratch tree; call the second result to remove it. */
export function makeOverlay(tree, changed) {
  const folder = mkdtempSync(join(tmpdir(), 'recall-tree-'));
  fill(tree, folder, changed, '');
  return [folder, () => rmSync(folder, { recursive: true, force: true })];
}

/** A plain copy of parts of a tree, for tools that do not follow links. */
export function copyParts(tree, parts) {
  const folder = mkdtempSync(join(tmpdir(), 'recall-copy-'));
  for (const part of parts) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    cpSync(join(tree, part), join(folder, part), { recursive: true });
  }
  return folder;
}
