/** The server's front without processes: a worker of the test's own. */
import { describe, expect, test } from 'vitest';
import { createEditClock } from '../../server/src/lsp/edit-clock.js';
import { createGateway, type WorkerEvents } from '../../server/src/lsp/gateway.js';
import { isPlausible } from '../../server/src/lsp/plausible.js';
import type { Wire } from '../../server/src/lsp/wire.js';

function begin() {
  const client: Wire[] = [];
  const workers: { readonly got: Wire[]; readonly events: WorkerEvents }[] = [];
  const edits: boolean[] = [];
  const exits: number[] = [];
  const gateway = createGateway({
    toClient: (message) => client.push(message),
    startWorker(events) {
      const got: Wire[] = [];
      workers.push({ got, events });
      return { send: (message) => got.push(message), end: () => {} };
    },
    arrived: (isEdit) => edits.push(isEdit),
    exit: (code) => exits.push(code),
  });
  const say = (message: Omit<Wire, 'jsonrpc'>): void => gateway.fromClient({ jsonrpc: '2.0', ...message });
  const worker = (at: number) => {
    const found = workers[at];
    if (found === undefined) throw new Error(`no worker ${at}`);
    return found;
  };
  return { client, workers, worker, edits, exits, say, gateway };
}

const uri = 'file:///a.c';
const pull = { method: 'textDocument/diagnostic', params: { textDocument: { uri } } };
const capabilities = { workspace: { diagnostics: { refreshSupport: true } } };

/** A session with a document that was edited. */
function opened() {
  const session = begin();
  session.say({ id: 1, method: 'initialize', params: { processId: 7, capabilities } });
  session.worker(0).events.message({ jsonrpc: '2.0', id: 1, result: {} });
  session.say({ method: 'initialized', params: {} });
  session.say({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'c', version: 1, text: 'int a;\n' } } });
  const range = { start: { line: 0, character: 4 }, end: { line: 0, character: 5 } };
  session.say({ method: 'textDocument/didChange', params: { textDocument: { uri, version: 2 }, contentChanges: [{ range, text: 'bc' }] } });
  return session;
}

describe('messages', () => {
  test('pass_in_both_directions_and_edits_are_counted_ok', () => {
    const session = opened();
    expect(session.worker(0).got.map((message) => message.method)).toEqual([
      'initialize',
      'initialized',
      'textDocument/didOpen',
      'textDocument/didChange',
    ]);
    expect(session.edits).toEqual([false, false, true, true]);
    // Watched from here: the worker's own watch would end nothing but its thread.
    expect(session.worker(0).got[0]?.params).toEqual({ processId: null, capabilities });
    expect(session.client).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  });

  test('of_no_shape_stay_outside_ok', () => {
    const session = opened();
    const before = session.worker(0).got.length;
    for (const message of [null, 3, [], {}, { jsonrpc: '1.0', id: 1, method: 'x' }, { jsonrpc: '2.0', method: 'textDocument/didOpen' }])
      session.gateway.fromClient(message);
    session.say({ id: 2, method: 'textDocument/hover', params: { textDocument: { uri }, position: { line: -1, character: 0 } } });
    expect(session.worker(0).got.length).toBe(before);
    expect(session.client.at(-1)).toMatchObject({ id: 2, error: { code: -32602 } });
    expect(isPlausible('textDocument/hover', { textDocument: { uri }, position: { line: 1e9, character: 1e9 } })).toBe(true);
  });

  test('that_are_cancelled_are_answered_once_and_at_once_ok', () => {
    const session = opened();
    session.say({ id: 2, ...pull });
    session.say({ method: '$/cancelRequest', params: { id: 2 } });
    expect(session.client.at(-1)).toMatchObject({ id: 2, error: { code: -32800 } });
    const { length } = session.client;
    session.worker(0).events.message({ jsonrpc: '2.0', id: 2, result: { kind: 'full', items: [] } });
    expect(session.client.length).toBe(length);
  });
});

describe('a worker that ends', () => {
  test('is_started_again_with_the_documents_as_they_stand_ok', () => {
    const session = opened();
    session.say({ id: 2, ...pull });
    session.say({ id: 3, method: 'gpusvm/roles', params: { uri } });
    session.worker(0).events.ended('no memory');
    expect(session.workers.length).toBe(2);
    const said = session.client.slice(1);
    expect(said).toContainEqual(
      expect.objectContaining({ id: 2, error: expect.objectContaining({ code: -32802, data: { retriggerRequest: true } }) }),
    );
    expect(said).toContainEqual(expect.objectContaining({ id: 3, error: expect.objectContaining({ code: -32801 }) }));
    expect(said.filter((message) => message.method === 'window/showMessage').length).toBe(1);
    expect(said.at(-1)?.method).toBe('workspace/diagnostic/refresh');
    const { got, events } = session.worker(1);
    expect(got.map((message) => message.method)).toEqual(['initialize', 'initialized', 'textDocument/didOpen']);
    expect(got.at(-1)?.params).toEqual({ textDocument: { uri, languageId: 'c', version: 2, text: 'int bc;\n' } });
    // The first answer was the client's already; registrations were made already.
    const { length } = session.client;
    events.message({ jsonrpc: '2.0', id: 'replay', result: {} });
    events.message({ jsonrpc: '2.0', id: 0, method: 'client/registerCapability', params: {} });
    expect(session.client.length).toBe(length);
    expect(got.at(-1)).toEqual({ jsonrpc: '2.0', id: 0, result: null });
    // An answer to a question of the first worker is not one to a question of the second, whatever its number.
    events.message({ jsonrpc: '2.0', id: 1, method: 'workspace/configuration', params: { items: [] } });
    const asked = session.client.at(-1)?.id ?? null;
    const before = got.length;
    session.say({ id: 1, result: ['of the first'] });
    expect(got.length).toBe(before);
    session.say({ id: asked, result: [] });
    expect(got.at(-1)).toEqual({ jsonrpc: '2.0', id: 1, result: [] });
  });

  test('twice_stays_off_and_leaves_nobody_waiting_ok', () => {
    const session = opened();
    session.worker(0).events.ended('one');
    session.worker(1).events.ended('two');
    session.say({ id: 4, ...pull });
    session.say({ method: 'textDocument/didClose', params: { textDocument: { uri } } });
    expect(session.workers.length).toBe(2);
    expect(session.client.at(-1)).toMatchObject({ id: 4, error: { code: -32801 } });
    expect(session.client.filter((message) => message.method === 'window/showMessage').length).toBe(2);
    session.say({ id: 5, method: 'shutdown' });
    expect(session.client.at(-1)).toEqual({ jsonrpc: '2.0', id: 5, result: null });
    session.say({ method: 'exit' });
    expect(session.exits).toEqual([0]);
  });

  test('before_it_came_up_gets_the_first_question_again_ok', () => {
    const session = begin();
    session.say({ id: 1, method: 'initialize', params: { processId: null, capabilities } });
    session.worker(0).events.ended('at once');
    expect(session.client.some((message) => message.id === 1)).toBe(false);
    session.worker(1).events.message({ jsonrpc: '2.0', id: 1, result: {} });
    expect(session.client.at(-1)).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  test('after_the_goodbye_is_not_missed_ok', () => {
    const session = opened();
    session.say({ id: 2, method: 'shutdown' });
    session.worker(0).events.ended('exit 0');
    session.say({ method: 'exit' });
    expect(session.workers.length).toBe(1);
    expect(session.exits).toEqual([0]);
  });
});

describe('the clock', () => {
  test('stops_work_once_for_each_edit_ok', () => {
    const front = createEditClock();
    const back = createEditClock(front.memory);
    expect(back.hasNewEdit()).toBe(false);
    front.arrived(false);
    expect([back.hasNewEdit(), back.hasNews(), back.hasNews()]).toEqual([false, true, false]);
    front.arrived(true);
    expect([back.hasNewEdit(), back.hasNewEdit()]).toEqual([true, false]);
    front.arrived(true);
    back.heard();
    expect(back.hasNewEdit()).toBe(false);
  });
});
