/** Texts of the kernel trees, and plants applied to them in memory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { applyEdit } from './edits.mjs';

/** Folder that holds `linux-7.2` and `linux-7.3`. */
export const KERNELS = process.env.GPUSVM_KERNELS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gpusvm-kernels');

/** Root of one kernel tree. */
export const treeOf = (version) => join(KERNELS, `linux-${version}`);

/** True when the trees are there. */
export const haveTrees = (versions) => versions.every((version) => existsSync(join(treeOf(version), 'include/drm/drm_gpusvm.h')));

const texts = new Map();

/** Text of a file of a tree, cached. */
export function readTree(version, path) {
  const key = `${version}:${path}`;
  if (!texts.has(key)) texts.set(key, readFileSync(join(treeOf(version), path), 'utf8'));
  return texts.get(key);
}

/** All plants, one entry per tree, each with `key` (`id@tree`) and `tree`. */
export async function loadPlants() {
  const folder = new URL('./plants/', import.meta.url);
  const all = [];
  for (const name of readdirSync(folder).sort()) {
    const module = await import(new URL(name, folder).href);
    for (const plant of module.plants ?? []) for (const tree of plant.trees) all.push({ ...plant, tree, key: `${plant.id}@${tree}` });
  }
  const keys = new Set();
  for (const { key } of all) {
    if (keys.has(key)) throw new Error(`two plants named ${key}`);
    keys.add(key);
  }
  return all;
}

/** Files that a plant changes, with their new text; throws when an edit does not apply. */
export function applyPlant(plant) {
  const changed = new Map();
  for (const step of plant.edits) {
    const edit = { fn: plant.fn, ...step };
    const file = edit.file ?? plant.file;
    const text = edit.op === 'take' ? readTree(edit.tree, file) : applyEdit(changed.get(file) ?? readTree(plant.tree, file), edit);
    changed.set(file, text);
  }
  return changed;
}
