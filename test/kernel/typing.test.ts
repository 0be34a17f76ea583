/**
 * Somebody types a real file from its first line to its last. Every character is a change; after a pause the server must show what a cold run shows for the
 * same text. Most of the way is skipped: a seed chooses the places where it is slow. TYPING_SEED and TYPING_PAUSES repeat and prolong it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CodeLens } from 'vscode-languageserver/node';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';
import { createNodeHost } from '../../server/src/host/node-host.js';
import { realServices, start } from '../lsp/harness.js';

const kernels = process.env.GPUSVM_KERNELS ?? join(homedir(), '.cache/gpusvm-kernels');
const tree = join(kernels, 'linux-7.3');
const path = 'drivers/gpu/drm/xe/xe_svm.c';
const uri = `file://${join(tree, path)}`;
const pauses = Number(process.env.TYPING_PAUSES ?? 8);
const seed = Number(process.env.TYPING_SEED ?? 73);
/** Characters typed one by one before each pause. */
const slow = 24;

/** Places to pause at, in the order of the text: half of them anywhere, half right behind a brace or a semicolon. */
function places(text: string): readonly number[] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const found = Array.from({ length: pauses - 1 }, (_, index) => {
    const at = 2000 + next(text.length - 2000);
    const end = text.slice(at).search(/[;{}]/);
    return index % 2 === 0 || end < 0 ? at : at + end + 1;
  });
  return [...found, text.length].sort((a, b) => a - b);
}

async function cold(text: string): Promise<readonly string[]> {
  const analysis = await createAnalysis({ host: createNodeHost(tree), hasTree: true, wasm: readWasm() });
  analysis.setText(path, text);
  const { findings } = analysis.check([path]);
  return findings
    .filter((one) => one.file === path)
    .map((one) => `${one.rule} ${text.slice(0, one.start).split('\n').length - 1} ${one.message}`);
}

test.skipIf(!existsSync(tree))(
  `typing_through_a_real_file_shows_what_a_cold_run_shows_ok (seed ${seed})`,
  async () => {
    const base = readFileSync(join(tree, path), 'utf8');
    const client = await start(realServices);
    let text = '';
    await client.open(uri, text);
    let lenses: readonly string[] = [];
    for (const place of places(base)) {
      for (let at = Math.max(text.length, place - slow); at <= place; at++) {
        text = base.slice(0, at);
        await client.change(uri, text);
      }
      const report = await client.pull(uri);
      const shown = (report.items ?? []).map((item) => `${String(item.code)} ${item.range.start.line} ${item.message}`);
      expect(shown, `behind ${JSON.stringify(text.slice(-40))}`).toEqual(await cold(text));
      // What stands above the cursor keeps its lenses: their lines do not change while the text below grows.
      const now = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
      const starts = now.map((lens) => `${lens.range.start.line}`);
      const last = starts.length;
      expect(starts.slice(0, Math.max(0, lenses.length - 1)), 'lenses above the cursor').toEqual(lenses.slice(0, -1).slice(0, last));
      lenses = starts;
    }
    expect(client.log).toEqual([]);
    await client.stop();
  },
  600_000,
);
