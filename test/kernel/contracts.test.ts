/** The example tables of docs/contracts on the drivers that they are for: silent on the code as it is, and heard when two statements change places. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';
import { createNodeHost } from '../../server/src/host/node-host.js';

const kernels = process.env.GPUSVM_KERNELS ?? join(homedir(), '.cache/gpusvm-kernels');
const tree = join(kernels, 'linux-7.3');

const drivers = [
  {
    name: 'nouveau',
    folder: 'drivers/gpu/drm/nouveau',
    file: 'nouveau_svm.c',
    // The list is searched before its mutex is taken.
    swap: /(\n\t*mutex_lock\(&[^;\n]*->svm->mutex\);)(\n\t*ivmm = nouveau_ivmm_find\([^;]*;)/,
    rule: 'driver-lock-missing',
  },
  {
    name: 'amdkfd',
    folder: 'drivers/gpu/drm/amd/amdkfd',
    file: 'kfd_svm.c',
    // The lock of one range before that of all.
    swap: /(\n\t*mutex_lock\(&svms->lock\);)(\n\t*mutex_lock\(&prange->migrate_mutex\);)/,
    rule: 'lock-order',
  },
];

describe.skipIf(!existsSync(tree))('tables of other drivers', () => {
  test.each(drivers)('$name', async ({ name, folder, file, swap, rule }) => {
    const disk = createNodeHost(tree);
    const path = `${folder}/${file}`;
    const tables = readFileSync(join(import.meta.dirname, `../../docs/contracts/${name}.gpusvm-contracts.json`), 'utf8');
    const found = async (withTables: boolean, text: string | undefined): Promise<readonly string[]> => {
      const own = (asked: string): string | undefined =>
        asked === path ? text : asked === `${folder}/gpusvm-contracts.json` && withTables ? tables : undefined;
      const host = { read: (asked: string) => own(asked) ?? disk.read(asked), list: disk.list };
      const analysis = await createAnalysis({ host, hasTree: true, wasm: readWasm() });
      const { findings, limits } = analysis.check([path]);
      return [...findings.map((one) => one.rule), ...limits.map((one) => one.reason)];
    };
    const right = disk.read(path) ?? '';
    const wrong = right.replace(swap, '$2$1');
    expect(wrong).not.toBe(right);
    const before = await found(false, right);
    expect(await found(true, right)).toEqual(before);
    expect(await found(false, wrong)).toEqual(before);
    expect((await found(true, wrong)).filter((one) => !before.includes(one))).toEqual([rule]);
  });
});
