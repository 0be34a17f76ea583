/**
 * Review mode on real kernels: the thread of the series that split pages from ranges, on 7.2 as it is and with two later repairs taken back; and
 * the whole change from 7.2 to 7.3 as one diff, both ways. Kernels are read from $GPUSVM_KERNELS. The thread is a lore page saved as text, put at
 * threads/gpusvm-v5.txt there by hand; without it its tests are skipped.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';
import type { FileHost } from '../../server/src/program/types.js';
import { type ReviewReport, readSeries, reviewSeries } from '../../server/src/review/index.js';
import { gitDiff, input } from '../review/posts.js';

const kernels = process.env.GPUSVM_KERNELS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gpusvm-kernels');
const [older, newer] = [join(kernels, 'linux-7.2'), join(kernels, 'linux-7.3')];
const thread = join(kernels, 'threads', 'gpusvm-v5.txt');
const hasThread = existsSync(thread) && existsSync(older);

const require = createRequire(import.meta.url);
const wasm = {
  runtime: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
};

interface Edit {
  readonly fn?: string;
  readonly file?: string;
}

/** Of the recall ring, which is plain JavaScript: its language of edits, and the edits that take repairs back. */
interface Recall {
  applyEdit(text: string, edit: Edit): string;
  readonly plants: readonly { readonly id: string; readonly fn: string; readonly file: string; readonly edits: readonly Edit[] }[];
}

async function recall(): Promise<Recall> {
  const load = (path: string): Promise<Recall> => import(new URL(`../recall/${path}`, import.meta.url).href);
  return { ...(await load('edits.mjs')), ...(await load('plants/dma.mjs')) };
}

/** A tree on disk with some texts replaced. */
function treeHost(root: string, changed: ReadonlyMap<string, string> = new Map()): FileHost {
  const read = (path: string): string | undefined => {
    const file = join(root, path);
    return changed.get(path) ?? (existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined);
  };
  const list = (path: string): readonly string[] => {
    const folder = join(root, path);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  };
  return { read, list };
}

async function review(host: FileHost, content: string | Uint8Array): Promise<ReviewReport> {
  const { series, problems } = await readSeries([input(content)]);
  const analysis = await createAnalysis({ host, hasTree: true, wasm });
  return reviewSeries({ analysis, host, series, problems });
}

/** What a review tells of each patch: `introduced rule function`, without repetitions. */
function told(report: ReviewReport, kinds: readonly ('introduced' | 'fixed' | 'preExisting')[]): readonly (readonly string[])[] {
  return report.patches.map((one) => [
    ...new Set(kinds.flatMap((kind) => one[kind].map((finding) => `${kind} ${finding.rule} ${finding.function}`))),
  ]);
}

const setUnmapped = 'drm_gpusvm_range_set_unmapped';

/** What the series brings, whatever it stands on. The removal in the driver's own end was repaired when the series was merged. */
const brought = [
  [`introduced flags-plain-write ${setUnmapped}`, 'introduced error-swallowed __xe_svm_handle_pagefault'],
  [],
  ['introduced range-removed-while-mapped __xe_svm_garbage_collector', 'introduced range-removed-while-mapped xe_svm_fini'],
  [],
  [],
];

describe.skipIf(!hasThread)('the thread on 7.2 as it is', () => {
  let report: ReviewReport;
  beforeAll(async () => {
    report = await review(treeHost(older), readFileSync(thread));
  });

  test('every_patch_applies_ok', () => {
    expect(report.problems).toEqual([]);
    expect(report.patches).toHaveLength(5);
  });

  test('each_patch_brings_what_its_review_found_bad', () => expect(told(report, ['introduced'])).toEqual(brought));

  test('the_teardown_is_repaired_already_ok', () => {
    expect(report.atStart.filter((finding) => finding.rule === 'teardown-reads-unset')).toEqual([]);
    expect(report.atEnd.filter((finding) => finding.rule === 'teardown-reads-unset')).toEqual([]);
  });
});

describe.skipIf(!hasThread)('the thread with two later repairs taken back', () => {
  const repairs = ['core-late-pagemap', 'core-direction-of-unwritten-element'];
  let report: ReviewReport;
  beforeAll(async () => {
    const { applyEdit, plants } = await recall();
    const changed = new Map<string, string>();
    for (const plant of plants.filter(({ id }) => repairs.includes(id))) {
      for (const step of plant.edits) {
        const edit = { fn: plant.fn, file: plant.file, ...step };
        changed.set(edit.file, applyEdit(changed.get(edit.file) ?? readFileSync(join(older, edit.file), 'utf8'), edit));
      }
    }
    report = await review(treeHost(older, changed), readFileSync(thread));
  });

  test('every_patch_applies_ok', () => expect(report.problems).toEqual([]));

  test('each_patch_brings_what_its_review_found_bad', () => expect(told(report, ['introduced'])).toEqual(brought));

  test('patches_2_and_4_meet_both_defects_of_the_teardown_bad', () => {
    const met = report.patches.map((one) => one.preExisting.filter((finding) => finding.rule === 'teardown-reads-unset'));
    for (const index of [1, 3]) {
      expect(met[index]?.map((finding) => finding.function)).toEqual(['drm_gpusvm_get_pages', 'drm_gpusvm_get_pages']);
      expect(met[index]?.map((finding) => /reads `dir` of an element|asks `dpagemap`/.exec(finding.message)?.[0]).sort()).toEqual([
        'asks `dpagemap`',
        'reads `dir` of an element',
      ]);
      expect(met[index]?.every((finding) => finding.patchLine !== undefined && finding.introducedIn === undefined)).toBe(true);
    }
  });

  test('what_a_later_patch_mends_is_told_ok', () => {
    expect(told(report, ['fixed'])).toEqual([
      [`fixed flags-plain-write ${setUnmapped}`],
      [],
      ['fixed container-freed-through-base xe_svm_range_free'],
      [],
      [],
    ]);
  });
});

describe.skipIf(!existsSync(older) || !existsSync(newer))('one big diff', () => {
  const wanted =
    /^drivers\/gpu\/drm\/(drm_gpusvm|drm_pagemap\w*)\.c$|^include\/drm\/drm_(gpusvm|pagemap)\w*\.h$|^drivers\/gpu\/drm\/xe\/[^/]*\.[ch]$/;
  const texts = (root: string): Record<string, string> => {
    const folders = ['drivers/gpu/drm', 'include/drm', 'drivers/gpu/drm/xe'];
    const paths = folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`));
    return Object.fromEntries(paths.filter((path) => wanted.test(path)).map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  };
  /** `rule function` of findings, sorted. */
  const names = (findings: readonly { readonly rule: string; readonly function: string }[]): readonly string[] =>
    findings.map((finding) => `${finding.rule} ${finding.function}`).sort();

  test.each([
    ['forward', older, newer],
    ['back', newer, older],
  ])('%s_ok', async (_name, from, to) => {
    const report = await review(treeHost(from), gitDiff(texts(from), texts(to)));
    expect(report.problems).toEqual([]);
    const [patch] = report.patches;
    if (patch === undefined) throw new Error('no patch');
    // Every finding of the start is fixed or still there, every one of the end was there or is new.
    expect(names([...patch.fixed, ...patch.preExisting, ...patch.preExistingElsewhere])).toHaveLength(report.atStart.length);
    expect(names([...patch.introduced, ...patch.preExisting, ...patch.preExistingElsewhere])).toEqual(names(report.atEnd));
    const split = ['flags-plain-read', 'container-freed-through-base'];
    const mended = _name === 'forward' ? patch.fixed : patch.introduced;
    const brought = _name === 'forward' ? patch.introduced : patch.fixed;
    for (const rule of split) expect(mended.map((finding) => finding.rule)).toContain(rule);
    expect(names(mended)).toContain(`flags-plain-write ${setUnmapped}`);
    expect(names(brought)).toEqual([]);
  });
});
