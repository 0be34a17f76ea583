/** Refactors in the editor's menus: offered where they have something to do, their edits asked for later, labelled, and right when applied. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { CodeAction, TextDocumentEdit } from 'vscode-languageserver/node';
import { type Client, fullCapabilities, realServices, start } from './harness.js';

const sample = resolve('test/fixtures/kernel/drivers/gpu/drm/sample');
const capabilities = {
  ...fullCapabilities,
  textDocument: {
    ...fullCapabilities.textDocument,
    codeAction: { ...fullCapabilities.textDocument.codeAction, dataSupport: true, resolveSupport: { properties: ['edit'] } },
  },
  workspace: { ...fullCapabilities.workspace, workspaceEdit: { documentChanges: true, changeAnnotationSupport: {} } },
};

let client: Client | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function actions(file: string, word: string, asked: object, abilities: unknown = capabilities): Promise<readonly CodeAction[]> {
  const path = join(sample, file);
  const uri = `file://${path}`;
  const text = readFileSync(path, 'utf8');
  client ??= await start(realServices, { capabilities: abilities });
  await client.open(uri, text);
  const line = text.slice(0, text.indexOf(word)).split('\n').length - 1;
  const range = { start: { line, character: 0 }, end: { line, character: 0 } };
  const found = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range,
    context: { diagnostics: [], ...asked },
  });
  return found.filter((action) => action.kind === 'refactor.rewrite.gpusvm');
}

/** The text of a file after an edit of the protocol. */
function applied(text: string, edit: TextDocumentEdit): string {
  const lines = text.split('\n');
  const offset = (at: { readonly line: number; readonly character: number }): number =>
    lines.slice(0, at.line).reduce((sum, line) => sum + line.length + 1, 0) + at.character;
  return [...edit.edits]
    .reverse()
    .reduce(
      (sum, one) =>
        'range' in one && 'newText' in one ? sum.slice(0, offset(one.range.start)) + one.newText + sum.slice(offset(one.range.end)) : sum,
      text,
    );
}

describe('offered where somebody opened a menu', () => {
  test('in_the_function_that_it_changes_ok', async () => {
    const found = await actions('sample_userptr.c', 'down_write', { only: ['refactor'] });
    expect(found.map((one) => one.title)).toEqual([
      expect.stringMatching(/^Give each device pages of its own \(\d files\)$/),
      expect.stringMatching(/^Hold the notifier lock by a guard, in sample_userptr_/),
    ]);
    expect(found[0]?.edit).toBeUndefined();
  });
  test('not_by_the_light_bulb_ok', async () => {
    expect(await actions('sample_userptr.c', 'down_write', { triggerKind: 2 })).toEqual([]);
    expect(await actions('sample_userptr.c', 'down_write', { only: ['quickfix'] })).toEqual([]);
  });
  test('not_in_another_function_or_outside_of_functions_ok', async () => {
    const own = async (word: string): Promise<readonly string[]> =>
      (await actions('sample_userptr.c', word, { only: ['refactor.rewrite'] }))
        .map((one) => one.title)
        .filter((title) => title.includes(', in '));
    expect(await own('#include')).toEqual([]);
    expect(await own('mmu_interval_notifier_insert(')).toEqual([]);
  });
});

describe('the edit', () => {
  test('comes_when_asked_for_and_keeps_the_file_right_ok', async () => {
    const action = (await actions('sample_userptr.c', 'down_write', { triggerKind: 1 })).at(-1);
    const resolved = await client?.request<CodeAction>('codeAction/resolve', action);
    const change = resolved?.edit?.documentChanges?.[0] as TextDocumentEdit;
    expect(Object.values(resolved?.edit?.changeAnnotations ?? {})).toEqual([{ label: action?.title, needsConfirmation: false }]);
    expect(change.edits.every((one) => 'annotationId' in one)).toBe(true);
    expect(change.textDocument.version).toBe(1);
    const { uri } = change.textDocument;
    const after = applied(readFileSync(uri.replace('file://', ''), 'utf8'), change);
    expect(after).toContain('guard(rwsem_write)');
    expect(after).not.toContain('down_write');
    await client?.change(uri, after);
    expect((await client?.pull(uri))?.items).toEqual([]);
    // Nothing is left to do: neither for a new question nor for the old action.
    expect((await client?.request<CodeAction>('codeAction/resolve', action))?.edit).toBeUndefined();
    expect(client?.log).toEqual([]);
  });
  test('comes_at_once_and_without_labels_for_editors_that_cannot_wait_ok', async () => {
    const action = (await actions('sample_userptr.c', 'down_write', { only: ['refactor'] }, fullCapabilities)).at(-1);
    expect(action?.edit?.changeAnnotations).toBeUndefined();
    expect(action?.edit?.documentChanges).toHaveLength(1);
  });
  test('of_a_whole_driver_waits_for_a_yes_ok', async () => {
    const found = await actions('sample_svm.c', 'sample_range_commit(', { only: ['refactor'] });
    const whole = found.find((one) => one.title.startsWith('Give each device pages of its own'));
    expect(whole?.title).toMatch(/\((?:one file|\d+ files)\)$/);
    const resolved = await client?.request<CodeAction>('codeAction/resolve', whole);
    expect(Object.values(resolved?.edit?.changeAnnotations ?? {})).toEqual([expect.objectContaining({ needsConfirmation: true })]);
    expect(resolved?.edit?.documentChanges?.length).toBeGreaterThan(1);
  });
  test('an_action_that_is_not_ours_or_is_stale_comes_back_as_it_is_ok', async () => {
    client = await start(realServices, { capabilities });
    for (const data of [undefined, 7, { refactor: 'none', uri: 'file:///nowhere.c', offset: 3 }]) {
      const action = { title: 'x', ...(data === undefined ? {} : { data }) };
      expect(await client.request('codeAction/resolve', action)).toEqual(action);
    }
  });
});

describe('a file of contracts', () => {
  const text = '{\n  "version": 1,\n  "functions": [{ "name": "a b", "words": "" }],\n  "orders": [["mmap_lock", "struct a.b"]]\n}\n';
  const open = async (initializationOptions: object): Promise<{ readonly uri: string; readonly folder: string }> => {
    const folder = mkdtempSync(join(tmpdir(), 'gpusvm-contracts-'));
    const uri = `file://${join(folder, 'gpusvm-contracts.json')}`;
    client = await start(realServices, { capabilities, initializationOptions });
    await client.open(uri, text);
    return { uri, folder };
  };

  test('is_told_what_is_wrong_with_it_bad', async () => {
    const { uri, folder } = await open({});
    const report = await client?.pull(uri);
    expect(report?.items?.map((item) => `${item.range.start.line} ${item.message}`)).toEqual([
      '2 functions[0].name: "a b" is not the name of a function or macro',
      '3 struct a.b is not declared in "locks"',
    ]);
    await client?.change(uri, '{ "version": 1 }');
    expect((await client?.pull(uri))?.items).toEqual([]);
    rmSync(folder, { recursive: true });
  });
  test('is_told_only_what_the_schema_does_not_say_where_the_editor_reads_it_ok', async () => {
    const { uri, folder } = await open({ hasCommands: true });
    expect((await client?.pull(uri))?.items?.map((item) => item.range.start.line)).toEqual([3]);
    rmSync(folder, { recursive: true });
  });
  test('is_completed_ok', async () => {
    const { uri, folder } = await open({});
    const items = await client?.request<{ label: string }[]>('textDocument/completion', {
      textDocument: { uri },
      position: { line: 2, character: '  "functions": [{ '.length },
    });
    expect(items?.map((item) => item.label)).toContain('needs');
    expect(items?.map((item) => item.label)).not.toContain('words');
    rmSync(folder, { recursive: true });
  });
  test('counts_when_it_is_saved_bad', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gpusvm-contracts-'));
    const path = join(folder, 'mine.c');
    const code =
      'void mine_lock(struct mine *m);\nvoid mine_unlock(struct mine *m);\nint mine(struct mine *m)\n{\n\tmine_lock(m);\n\tif (m->a)\n\t\treturn -EIO;\n\tmine_unlock(m);\n\treturn 0;\n}\n';
    writeFileSync(path, code);
    client = await start(realServices, { capabilities });
    await client.open(`file://${path}`, code);
    expect((await client.pull(`file://${path}`)).items).toEqual([]);
    const wrappers = ['lock', 'unlock'].map((what) => ({ name: `mine_${what}`, of: `mutex_${what}`, arguments: ['0.lock'] }));
    const contracts = join(folder, 'gpusvm-contracts.json');
    writeFileSync(contracts, JSON.stringify({ version: 1, wrappers }));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: `file://${contracts}`, type: 1 }] });
    expect((await client.pull(`file://${path}`)).items?.map((item) => item.code)).toEqual(['lock-left-held']);
    rmSync(folder, { recursive: true });
  });
});
