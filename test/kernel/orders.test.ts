/** The same input gives the same findings, whatever the order of files: the driver of a real kernel, checked forwards, backwards and shuffled. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';
import { createNodeHost } from '../../server/src/host/node-host.js';

const kernels = process.env.GPUSVM_KERNELS ?? join(homedir(), '.cache/gpusvm-kernels');
const tree = join(kernels, 'linux-7.3');
const folder = 'drivers/gpu/drm/xe';

/** A shuffle that a seed repeats. */
function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const all = [...list];
  let state = seed;
  for (let at = all.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (at + 1);
    const [one, two] = [all[at], all[other]];
    if (one !== undefined && two !== undefined) [all[at], all[other]] = [two, one];
  }
  return all;
}

/** Findings and limits of the files, each asked for alone and in this order, as one text. */
async function answer(order: (paths: readonly string[]) => readonly string[]): Promise<string> {
  const analysis = await createAnalysis({ host: createNodeHost(tree), hasTree: true, wasm: readWasm() });
  const core = ['drivers/gpu/drm/drm_gpusvm.c', 'drivers/gpu/drm/drm_pagemap.c'];
  const paths = [...analysis.relevantFiles(folder), ...core];
  const found = new Map(order(paths).map((path) => [path, analysis.check([path])]));
  return paths
    .map((path) => {
      const report = found.get(path);
      return JSON.stringify({ path, findings: report?.findings, limits: report?.limits });
    })
    .join('\n');
}

test.skipIf(!existsSync(tree))('findings_do_not_depend_on_the_order_of_files_ok', async () => {
  const forwards = await answer((paths) => paths);
  expect(forwards).toContain('"rule":');
  expect(await answer((paths) => [...paths].reverse())).toBe(forwards);
  for (const seed of [7]) expect(await answer((paths) => shuffled(paths, seed)), `seed ${seed}`).toBe(forwards);
});
