/**
 * On real kernels, where they are: folders linux-7.2 and linux-7.3 below $GPUSVM_KERNELS. The thread of the series is a lore page saved as
 * text; put it at threads/gpusvm-v5.txt there. What is missing leaves its test out (skipped).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../server/src/review/apply-patch.js';
import { readSeries } from '../../server/src/review/index.js';
import { createTreeHistory } from '../../server/src/review/tree.js';
import { gitDiff, input } from './posts.js';

const kernels = process.env.GPUSVM_KERNELS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gpusvm-kernels');
const [older, newer] = [join(kernels, 'linux-7.2'), join(kernels, 'linux-7.3')];
const thread = join(kernels, 'threads', 'gpusvm-v5.txt');

const read = (root: string) => (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);

const files = (root: string): readonly string[] => [
  'drivers/gpu/drm/drm_gpusvm.c',
  'drivers/gpu/drm/drm_pagemap.c',
  'include/drm/drm_gpusvm.h',
  'include/drm/drm_pagemap.h',
  ...readdirSync(join(root, 'drivers/gpu/drm/xe'))
    .filter((name) => /^xe_(svm|userptr|vm|pt)\w*\.[ch]$/.test(name))
    .map((name) => `drivers/gpu/drm/xe/${name}`),
];

describe('on kernels', () => {
  test.skipIf(!existsSync(older) || !existsSync(thread))('the_thread_applies_as_git_applies_it_ok', async () => {
    const { series, problems } = await readSeries([input(readFileSync(thread))]);
    expect(problems).toEqual([]);
    expect([series.version, series.total, series.patches.length]).toEqual([5, 5, 5]);
    const tree = createTreeHistory(read(older));
    const root = mkdtempSync(join(tmpdir(), 'gpusvm-thread-'));
    try {
      for (const patch of series.patches) {
        expect(applyPatch(patch, tree).problems).toEqual([]);
        for (const path of tree.changed(patch.index)) {
          mkdirSync(dirname(join(root, path)), { recursive: true });
          const before = tree.read(path, patch.index - 1);
          if (before !== undefined && !existsSync(join(root, path))) writeFileSync(join(root, path), before);
        }
        execFileSync('git', ['apply', '-'], { cwd: root, input: `${patch.lines.join('\n')}\n`, stdio: 'pipe' });
        for (const path of tree.changed(patch.index)) expect(tree.read(path, patch.index)).toBe(readFileSync(join(root, path), 'utf8'));
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test.skipIf(!existsSync(older) || !existsSync(newer))('one_big_diff_between_kernels_and_back_ok', async () => {
    const text = (root: string): Record<string, string> =>
      Object.fromEntries(
        files(root).flatMap((path) => {
          const found = read(root)(path);
          return found === undefined ? [] : [[path, found]];
        }),
      );
    const [before, after] = [text(older), text(newer)];
    for (const [from, to] of [
      [before, after],
      [after, before],
    ] as const) {
      const { series, problems } = await readSeries([input(gitDiff(from, to))]);
      const tree = createTreeHistory((path) => from[path]);
      expect(series.patches.flatMap((patch) => applyPatch(patch, tree).problems)).toEqual([]);
      expect(problems).toEqual([]);
      for (const path of Object.keys({ ...from, ...to })) expect(tree.read(path, 1)).toBe(to[path]);
    }
  });
});
