/** Drivers in a tree of memory, with the headers of the small kernel, and refactors run on them. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Analysis } from '../../server/src/features/analysis.js';
import { applyEdits, editsByFile } from '../../server/src/features/prove.js';
import { refactors } from '../../server/src/features/refactors/index.js';
import { createAnalysis } from '../../server/src/features/session.js';
import { memoryHost } from '../program/memory.js';

const require = createRequire(import.meta.url);
const fixtures = join(import.meta.dirname, '../fixtures');

function filesBelow(folder: string, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, filesBelow(path, `${prefix}${entry.name}/`));
    else found[`${prefix}${entry.name}`] = readFileSync(path, 'utf8');
  }
  return found;
}

/** Headers and core of the split generation, or the embedded generation's headers over them. */
export function kernel(generation: 'split' | 'embedded'): Record<string, string> {
  const split = {
    ...filesBelow(join(fixtures, 'kernel/include'), 'include/'),
    'drivers/gpu/drm/drm_gpusvm.c': readFileSync(join(fixtures, 'kernel/drivers/gpu/drm/drm_gpusvm.c'), 'utf8'),
  };
  if (generation === 'split') return split;
  const { 'drivers/gpu/drm/drm_gpusvm.c': _core, ...headers } = split;
  return { ...headers, ...filesBelow(join(fixtures, 'kernel-embedded/include'), 'include/') };
}

/** The drivers that are moved, before the move. */
export const drivers = {
  sample: filesBelow(join(fixtures, 'kernel-embedded/drivers/gpu/drm/sample'), 'drivers/gpu/drm/sample/'),
  ember: filesBelow(join(import.meta.dirname, 'ember'), 'drivers/gpu/drm/ember/'),
  /** The sample as it is on the split generation, without the files whose defects are wanted. */
  split: Object.fromEntries(
    Object.entries(filesBelow(join(fixtures, 'kernel/drivers/gpu/drm/sample'), 'drivers/gpu/drm/sample/')).filter(
      ([path]) => !path.includes('_bad_'),
    ),
  ),
};

/** An analysis over texts by path. */
export async function open(texts: Readonly<Record<string, string>>): Promise<Analysis> {
  return createAnalysis({
    host: memoryHost(texts),
    hasTree: true,
    wasm: {
      runtime: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
      grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
    },
  });
}

/** What a refactor left. */
export interface Outcome {
  readonly texts: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly edits: number;
}

/** Runs a refactor on all files of drivers in a tree; throws when its edits overlap. */
export async function refactor(id: string, texts: Readonly<Record<string, string>>): Promise<Outcome> {
  const analysis = await open(texts);
  const files = Object.keys(texts).filter((path) => /^drivers\/gpu\/drm\/\w+\//.test(path));
  const chosen = refactors.find((one) => one.id === id);
  if (chosen === undefined) throw new Error(`no refactor ${id}`);
  const { edits, notes } = chosen.run(analysis, files);
  const after: Record<string, string> = { ...texts };
  for (const [file, list] of editsByFile(edits)) {
    const text = applyEdits(texts[file] ?? '', list);
    if (text === undefined) throw new Error(`the edits of ${file} overlap`);
    after[file] = text;
  }
  return { texts: after, notes, edits: edits.length };
}

/** Findings on all drivers, `rule in function`. */
export async function findings(texts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const analysis = await open(texts);
  const files = Object.keys(texts).filter((path) => /^drivers\/gpu\/drm\/\w+\//.test(path));
  return analysis.check(files).findings.map((finding) => `${finding.rule} in ${finding.function}`);
}
