/** The bundled server: refactors are offered, and their edits come when they are asked for. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { startServer } from './server-client.js';

const path = resolve('test/fixtures/kernel/drivers/gpu/drm/sample/sample_userptr.c');
const uri = pathToFileURL(path).href;

interface Action {
  readonly title: string;
  readonly kind: string;
  readonly edit?: {
    readonly documentChanges: readonly { readonly edits: readonly { readonly newText: string; readonly annotationId: string }[] }[];
    readonly changeAnnotations: Readonly<Record<string, { readonly needsConfirmation: boolean }>>;
  };
}

test('a_guard_in_its_function_and_a_whole_driver_with_a_preview_ok', async () => {
  const server = startServer();
  const capabilities = {
    textDocument: { codeAction: { codeActionLiteralSupport: {}, dataSupport: true, resolveSupport: { properties: ['edit'] } } },
    workspace: { workspaceEdit: { documentChanges: true, changeAnnotationSupport: {} } },
  };
  await server.connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities });
  await server.connection.sendNotification('initialized', {});
  const text = readFileSync(path, 'utf8');
  await server.open(uri, text);
  const line = text.slice(0, text.indexOf('down_write')).split('\n').length - 1;
  const actions = await server.connection.sendRequest<readonly Action[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: { line, character: 0 }, end: { line, character: 0 } },
    context: { diagnostics: [], only: ['refactor'] },
  });
  expect(actions.map((one) => one.kind)).toEqual(['refactor.rewrite.gpusvm', 'refactor.rewrite.gpusvm']);
  const [wide, guard] = await Promise.all(actions.map((one) => server.connection.sendRequest<Action>('codeAction/resolve', one)));
  expect(guard?.edit?.documentChanges.flatMap((one) => one.edits.map((edit) => edit.newText)).join('\n')).toContain('guard(rwsem_write)');
  expect(Object.values(guard?.edit?.changeAnnotations ?? {}).map((one) => one.needsConfirmation)).toEqual([false]);
  expect(Object.values(wide?.edit?.changeAnnotations ?? {}).map((one) => one.needsConfirmation)).toEqual([true]);
  expect(wide?.edit?.documentChanges.length).toBeGreaterThan(1);
  expect(await server.stop()).toBe(0);
});
