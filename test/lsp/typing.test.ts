/** Typing on the sample kernel with the real engine: after every pause the server shows what a cold run would, and lenses stay put. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { CodeLens } from 'vscode-languageserver/node';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';
import { createNodeHost } from '../../server/src/host/node-host.js';
import { type Client, realServices, start } from './harness.js';

const tree = resolve('test/fixtures/kernel');

let client: Client | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

/** What a cold run reports for a text of the file: rule and place of each finding, in the order of the protocol. */
async function cold(path: string, text: string): Promise<readonly string[]> {
  const analysis = await createAnalysis({ host: createNodeHost(tree), hasTree: true, wasm: readWasm() });
  analysis.setText(path, text);
  return analysis
    .check([path])
    .findings.filter((finding) => finding.file === path)
    .map((finding) => `${finding.rule} ${text.slice(0, finding.start).split('\n').length - 1}`);
}

async function shown(session: Client, uri: string): Promise<readonly string[]> {
  const report = await session.pull(uri);
  return (report.items ?? []).map((item) => `${String(item.code)} ${item.range.start.line}`);
}

test('typing_a_function_character_by_character_equals_a_cold_run_at_every_pause_ok', async () => {
  const path = 'drivers/gpu/drm/sample/sample_gc.c';
  const uri = `file://${join(tree, path)}`;
  const base = readFileSync(join(tree, path), 'utf8');
  const typed =
    '\nvoid typed(struct sample_vm *vm, struct sample_range *range)\n{\n\tsample_notifier_lock(vm);\n\tif (range->base.flags.unmapped)\n\t\treturn;\n\tsample_notifier_unlock(vm);\n}\n';
  client = await start(realServices);
  await client.open(uri, base);
  expect(await shown(client, uri)).toEqual(await cold(path, base));
  let pauses = 0;
  for (let length = 1; length <= typed.length; length++) {
    const text = base + typed.slice(0, length);
    await client.change(uri, text);
    // A pause at the end of each word, and at every line of the half-typed function.
    if (!/[\s;{}()]/.test(typed[length - 1] ?? '') && length !== typed.length) continue;
    if (length % 4 !== 0 && length !== typed.length) continue;
    pauses++;
    expect(await shown(client, uri), text.slice(base.length)).toEqual(await cold(path, text));
  }
  expect(pauses).toBeGreaterThan(5);
  // The finished function returns with the lock held: the last answer is not an empty one.
  expect(await shown(client, uri)).toContainEqual(expect.stringContaining('lock-left-held'));
  expect(client.log).toEqual([]);
}, 180_000);

test('lenses_above_other_functions_do_not_move_or_go_while_typing_ok', async () => {
  const path = 'drivers/gpu/drm/sample/sample_svm.c';
  const uri = `file://${join(tree, path)}`;
  const base = readFileSync(join(tree, path), 'utf8');
  client = await start(realServices);
  await client.open(uri, base);
  const titles = async (session: Client): Promise<readonly string[]> =>
    (await session.request<readonly CodeLens[]>('textDocument/codeLens', { textDocument: { uri } })).map(
      (lens) => `${lens.range.start.line} ${lens.command?.title ?? ''}`,
    );
  const before = await titles(client);
  expect(before.length).toBeGreaterThan(5);
  // Half a statement in the last function of the file that has a body.
  const at = base.lastIndexOf('\treturn ');
  const holder = base.slice(0, at).split('\n').length - 1;
  for (const part of ['\tif (', '\tif (vm', '\tif (vm->', '\tif (vm->svm', '\tif (vm->svm)', '\tif (vm->svm) {']) {
    await client.change(uri, base.slice(0, at) + part + base.slice(at));
    const now = await titles(client);
    expect(now.filter((title) => Number(title.split(' ')[0]) < holder - 40)).toEqual(
      before.filter((title) => Number(title.split(' ')[0]) < holder - 40),
    );
    expect(now.length).toBe(before.length);
  }
}, 120_000);

test('edits_in_one_file_reach_the_findings_of_another_ok', async () => {
  const header = `file://${join(tree, 'drivers/gpu/drm/sample/sample_drv.h')}`;
  const source = `file://${join(tree, 'drivers/gpu/drm/sample/sample_bad_lock.c')}`;
  const headerText = readFileSync(join(tree, 'drivers/gpu/drm/sample/sample_drv.h'), 'utf8');
  const sourceText = readFileSync(join(tree, 'drivers/gpu/drm/sample/sample_bad_lock.c'), 'utf8');
  client = await start(realServices);
  await client.open(source, sourceText);
  await client.open(header, headerText);
  expect(await shown(client, source)).toContainEqual(expect.stringContaining('lock-left-held'));
  // The wrapper no longer takes the lock: nothing is left held, whatever else is wrong then.
  const edited = headerText.replace('drm_gpusvm_notifier_lock(&(vm__)->svm)', 'do { (void)(vm__); } while (0)');
  expect(edited).not.toBe(headerText);
  await client.change(header, edited);
  expect(await shown(client, source)).not.toContainEqual(expect.stringContaining('lock-left-held'));
  await client.change(header, headerText);
  expect(await shown(client, source)).toContainEqual(expect.stringContaining('lock-left-held'));
});
