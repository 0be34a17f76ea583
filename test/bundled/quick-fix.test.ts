/** The bundled server: quick fixes that were proved are offered, also to whoever asks while an earlier question is being answered. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { startServer } from './server-client.js';

const path = resolve('test/fixtures/kernel/drivers/gpu/drm/sample/sample_bad_flags.c');
const uri = pathToFileURL(path).href;

test('cancelled_questions_and_edits_in_between_ok', async () => {
  const server = startServer();
  const capabilities = {
    textDocument: {
      diagnostic: {},
      codeAction: { codeActionLiteralSupport: {}, dataSupport: true, resolveSupport: { properties: ['edit'] } },
    },
  };
  await server.connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities });
  await server.connection.sendNotification('initialized', {});
  const text = readFileSync(path, 'utf8');
  await server.open(uri, text);
  const line = text.slice(0, text.indexOf('.unmapped = ')).split('\n').length - 1;
  const question = (triggerKind: number): object => ({
    textDocument: { uri },
    range: { start: { line, character: 20 }, end: { line, character: 20 } },
    context: { diagnostics: [], triggerKind },
  });
  for (let round = 0; round < 20; round++) {
    // Every other round the text is new, and nothing is proved yet.
    if (round % 2 === 1)
      await server.connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: round + 2 },
        contentChanges: [{ text: `${text}/* ${round} */\n` }],
      });
    const cancel = new CancellationTokenSource();
    const first = server.connection.sendRequest('textDocument/codeAction', question(2), cancel.token).catch(() => 'cancelled');
    if (round % 3 === 0) await new Promise((wait) => setTimeout(wait, round));
    cancel.cancel();
    const actions = await server.connection.sendRequest<readonly { readonly title: string }[]>('textDocument/codeAction', question(1));
    await first;
    const titles = actions.map((one) => one.title);
    expect(titles, `round ${round}`).toContain('Change a copy and store the word whole');
    expect(titles, `round ${round}`).toContain('Ignore flags-plain-write here (write the reason)');
  }
  expect(await server.stop()).toBe(0);
}, 60_000);
