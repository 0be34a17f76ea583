/**
 * A client that does everything wrong, against the bundled server: malformed messages, wrong orders, positions outside the text, cancelled
 * requests, documents and files that come and go, a thousand open files. The server must answer every request once, log no fault, and live.
 *   node test/robustness/protocol.mjs [--messages N] [--seed N]        last line: `N passed, N failed`
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { randomOf } from './edits.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Longest that a whole burst may take to be answered, in milliseconds of a shared machine. */
const PATIENCE = 120_000;

/** A server over stdio, spoken to in bytes. */
function launch() {
  const child = spawn(process.execPath, [join(root, 'dist/server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GPUSVM_REVIEW_CACHE: 'off' },
  });
  const state = { open: new Map(), answers: new Map(), faults: [], code: undefined, stderr: '' };
  let waiting = [];
  const ended = new Promise((done) => {
    child.on('exit', (code) => {
      state.code = code ?? 'killed';
      for (const wake of waiting) wake();
      done(state.code);
    });
  });
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (data) => {
    state.stderr = (state.stderr + data).slice(-4000);
  });
  let buffer = Buffer.alloc(0);
  const take = (message) => {
    if (message.method !== undefined && message.id !== undefined) {
      const result = message.method === 'workspace/configuration' ? message.params.items.map(() => ({})) : null;
      send({ jsonrpc: '2.0', id: message.id, result });
    } else if (message.method === 'window/logMessage') {
      if (message.params.type === 1) state.faults.push(message.params.message.slice(0, 600));
    } else if (message.method === 'window/showMessage') state.faults.push(`shown: ${message.params.message}`);
    else if (message.method === undefined && message.id !== undefined && message.id !== null) {
      if (!state.open.delete(message.id)) state.faults.push(`an answer nobody waits for: ${JSON.stringify(message).slice(0, 200)}`);
      state.answers.set(message.id, message);
    }
    for (const wake of waiting) wake();
  };
  child.stdout.on('data', (data) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      const head = buffer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, head).toString())?.[1]);
      if (!(length >= 0)) {
        state.faults.push(`not a message: ${buffer.subarray(0, 80)}`);
        return;
      }
      if (buffer.length < head + 4 + length) return;
      const body = buffer.subarray(head + 4, head + 4 + length).toString();
      buffer = buffer.subarray(head + 4 + length);
      take(JSON.parse(body));
    }
  });
  const raw = (bytes) => child.stdin.write(bytes);
  const frame = (body) => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
    raw(Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]));
  };
  const send = (message) => frame(JSON.stringify(message));
  let ids = 0;
  const until = async (isDone) => {
    const end = Date.now() + PATIENCE;
    while (!isDone() && state.code === undefined) {
      if (Date.now() > end) return false;
      await new Promise((wake) => {
        const timer = setTimeout(wake, 500);
        waiting.push(() => {
          clearTimeout(timer);
          wake();
        });
      });
      waiting = [];
    }
    return isDone();
  };
  return {
    state,
    ended,
    raw,
    frame,
    send,
    until,
    notify: (method, params) => send({ jsonrpc: '2.0', method, params }),
    request(method, params) {
      const id = ++ids;
      state.open.set(id, method);
      send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
      return id;
    },
    async answer(id) {
      await until(() => state.answers.has(id));
      return state.answers.get(id);
    },
    kill: () => child.kill('SIGKILL'),
    close: () => child.stdin.end(),
  };
}

const capabilities = {
  textDocument: { diagnostic: {}, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } } },
  workspace: { configuration: true, diagnostics: { refreshSupport: true } },
};

async function hello(server) {
  const id = server.request('initialize', { processId: process.pid, rootUri: null, capabilities });
  const reply = await server.answer(id);
  server.notify('initialized', {});
  return reply?.result !== undefined;
}

async function goodbye(server) {
  const id = server.request('shutdown');
  const reply = await server.answer(id);
  server.notify('exit');
  const code = await Promise.race([server.ended, new Promise((done) => setTimeout(() => done('still there'), 5000))]);
  server.kill();
  return reply !== undefined && code === 0;
}

/** A small tree with links in circles and links to nowhere. */
function scratchTree() {
  const tree = join(mkdtempSync(join(tmpdir(), 'gpusvm-fuzz-')), 'tree');
  cpSync(join(root, 'test/fixtures/kernel'), tree, { recursive: true });
  const sample = join(tree, 'drivers/gpu/drm/sample');
  symlinkSync('..', join(sample, 'up'));
  symlinkSync('nowhere.c', join(sample, 'gone.c'));
  symlinkSync('self.h', join(sample, 'self.h'));
  mkdirSync(join(sample, 'folder.c'));
  return { tree, sample };
}

const junk = [null, undefined, 0, -1, 1.5, 2 ** 31, 2 ** 53, '', 'x', [], {}, true, { line: 'a' }, '\ud800', 'file:///%', 'a'.repeat(5000)];

/** One random session; counts what went wrong. */
async function session({ seed, messages, fail }) {
  const random = randomOf(seed);
  const pick = (list) => list[random(list.length)];
  const { tree, sample } = scratchTree();
  const names = ['sample_svm.c', 'sample_gc.c', 'sample_bad_collect.c', 'sample_drv.h'];
  const paths = [...names, 'new.c', 'gone.c', 'up/sample_gc.c', 'self.h', 'folder.c'].map((name) => join(sample, name));
  const uris = [...paths.map((path) => pathToFileURL(path).href), 'untitled:Untitled-1', 'git:/x.c', 'file:///', 'nonsense', ''];
  const texts = names.map((name) => readFileSync(join(sample, name), 'utf8'));
  const server = launch();
  const known = [];
  const open = new Set();
  const position = () =>
    pick([
      { line: random(200), character: random(80) },
      { line: 1e9, character: 1e9 },
      { line: -1, character: -5 },
      { line: 0.5, character: 0 },
      pick(junk),
    ]);
  const range = () =>
    pick([{ start: position(), end: position() }, { start: { line: 0, character: 0 }, end: { line: 5, character: 0 } }, pick(junk)]);
  const params = (uri) => ({
    textDocument: pick([{ uri }, { uri }, { uri }, pick(junk)]),
    position: position(),
    range: range(),
    context: pick([{ diagnostics: [] }, { diagnostics: [], only: ['quickfix'] }, { includeDeclaration: true, diagnostics: [] }]),
    uri,
  });
  const methods = [
    ...['diagnostic', 'hover', 'codeLens', 'codeAction', 'documentLink', 'documentHighlight', 'references', 'inlayHint', 'completion'].map(
      (name) => `textDocument/${name}`,
    ),
    'textDocument/prepareCallHierarchy',
    'callHierarchy/incomingCalls',
    'textDocument/semanticTokens/full',
    'gpusvm/lifecycle',
    'gpusvm/roles',
    'gpusvm/page',
    'gpusvm/environment',
    'gpusvm/ownership',
    'gpusvm/map',
    'gpusvm/review',
    'gpusvm/reviewText',
    'workspace/executeCommand',
    'no/suchMethod',
  ];
  const moves = {
    request() {
      const id = server.request(pick(methods), random(8) === 0 ? pick(junk.filter((one) => typeof one === 'object')) : params(pick(uris)));
      known.push(id);
    },
    cancelled() {
      moves.request();
      server.notify('$/cancelRequest', { id: random(3) === 0 ? pick(junk) : pick(known) });
    },
    open() {
      const uri = pick(uris);
      open.add(uri);
      server.notify(
        'textDocument/didOpen',
        random(10) === 0
          ? pick(junk)
          : { textDocument: { uri, languageId: 'c', version: random(9), text: random(9) === 0 ? pick(junk) : pick(texts) } },
      );
    },
    change() {
      const uri = random(4) === 0 ? pick(uris) : (pick([...open]) ?? '');
      const change = pick([
        { text: pick(texts) },
        { text: '' },
        { range: { start: { line: random(99), character: 0 }, end: { line: random(99), character: 3 } }, text: 'x;\n' },
        { range: range(), text: 'y' },
        pick(junk),
      ]);
      server.notify('textDocument/didChange', {
        textDocument: { uri, version: pick([1, 2, 3, null]) },
        contentChanges: pick([[change], [change, change], [], pick(junk)]),
      });
    },
    close() {
      const uri = pick(uris);
      open.delete(uri);
      server.notify('textDocument/didClose', { textDocument: { uri } });
    },
    disk() {
      const path = pick(paths.slice(0, 5));
      if (random(3) === 0) rmSync(path, { force: true });
      else writeFileSync(path, random(6) === 0 ? Buffer.from([0, 255, 254, 10, 0]) : pick(texts));
      server.notify('workspace/didChangeWatchedFiles', {
        changes: random(6) === 0 ? pick(junk) : [{ uri: pathToFileURL(path).href, type: 1 + random(3) }],
      });
    },
    settings: () =>
      server.notify(
        'workspace/didChangeConfiguration',
        pick([{ settings: null }, { settings: { gpusvm: { enable: pick([true, 'x', 3]) } } }, undefined, pick(junk)]),
      ),
    nonsense: () =>
      server.frame(
        pick([
          'null',
          '[]',
          '[1,2]',
          '3',
          '"x"',
          '{}',
          '{"jsonrpc":"2.0"}',
          '{"jsonrpc":"1.0","id":1,"method":"x"}',
          '{"jsonrpc":"2.0","id":99999,"result":null}',
          '{"jsonrpc":"2.0","method":5}',
          '{"jsonrpc":"2.0","method":"no/suchNotice"}',
          '{"jsonrpc":"2.0","method":"$/cancelRequest"}',
        ]),
      ),
    notJson: () =>
      server.frame(pick(['', '{', '{"jsonrpc":', 'x'.repeat(10_000), Buffer.from([0xff, 0xfe, 0x00]), `${'['.repeat(20_000)}`])),
    again: () => known.push(server.request('initialize', pick([{}, { processId: null, capabilities: {} }]))),
  };
  const weights = { request: 8, cancelled: 3, open: 3, change: 4, close: 1, disk: 2, settings: 1, nonsense: 1, notJson: 1, again: 0 };
  const bag = Object.entries(weights).flatMap(([name, weight]) => Array.from({ length: weight }, () => name));

  // Before the handshake: an error is an answer.
  if (random(2) === 0) known.push(server.request('textDocument/hover', params(uris[0])));
  if (!(await hello(server))) fail(`seed ${seed}: no answer to initialize`);
  const faultsSeen = () => server.state.faults.splice(0);
  for (let sent = 0; sent < messages && server.state.code === undefined; ) {
    const burst = 1 + random(40);
    const played = [];
    for (let i = 0; i < burst; i++, sent++) {
      const name = pick(bag);
      played.push(name);
      moves[name]();
    }
    if (!(await server.until(() => server.state.open.size === 0))) {
      fail(
        `seed ${seed}: after ${sent} messages (${played.slice(-8).join(', ')}): ${server.state.code === undefined ? `no answer to ${[...new Set(server.state.open.values())].join(', ')}` : `ended with ${server.state.code}`}`,
      );
      break;
    }
    for (const fault of faultsSeen()) fail(`seed ${seed}: after ${sent} messages: ${fault}`);
  }
  if (server.state.code === undefined && !(await goodbye(server))) fail(`seed ${seed}: no goodbye`);
  server.kill();
  rmSync(dirname(tree), { recursive: true, force: true });
}

/** A thousand documents open at once, each asked about, edited and closed. */
async function thousand({ fail }) {
  const server = launch();
  await hello(server);
  const uri = (i) => `file:///nowhere/gpusvm-many/${i}.c`;
  const text = (i) =>
    `#include <drm/drm_gpusvm.h>\nvoid many_${i}(struct drm_gpusvm *gpusvm)\n{\n\tdrm_gpusvm_notifier_lock(gpusvm);\n\tdrm_gpusvm_notifier_unlock(gpusvm);\n}\n`;
  for (let i = 0; i < 1000; i++)
    server.notify('textDocument/didOpen', { textDocument: { uri: uri(i), languageId: 'c', version: 1, text: text(i) } });
  for (let i = 0; i < 1000; i++) server.request('textDocument/diagnostic', { textDocument: { uri: uri(i) } });
  if (!(await server.until(() => server.state.open.size === 0))) fail(`a thousand files: ${server.state.open.size} unanswered`);
  for (let i = 0; i < 1000; i++) server.notify('textDocument/didClose', { textDocument: { uri: uri(i) } });
  for (const fault of server.state.faults) fail(`a thousand files: ${fault}`);
  if (!(await goodbye(server))) fail('a thousand files: no goodbye');
}

/** What cannot be read as messages at all: the server may leave, or go on; it may not hang on to the client's pipe for ever, or speak nonsense. */
async function notMessages({ fail }) {
  for (const bytes of [
    'hello\r\n\r\n',
    'Content-Length: x\r\n\r\n{}',
    'Content-Length: -5\r\n\r\n{}',
    '\r\n\r\n\r\n\r\n',
    'Content-Length: 99999999\r\n\r\n{}',
    Buffer.alloc(70_000, 255),
  ]) {
    const server = launch();
    await hello(server);
    server.raw(bytes);
    server.close();
    const code = await Promise.race([server.ended, new Promise((done) => setTimeout(() => done('still there'), 20_000))]);
    if (code === 'still there') fail(`after ${JSON.stringify(String(bytes).slice(0, 30))}: outlives its client`);
    server.kill();
  }
}

/** Runs the fuzzer. */
export async function fuzz({ seed = 1, messages = 400, sessions = 1 } = {}) {
  const failures = [];
  const fail = (line) => {
    failures.push(line);
    console.log(`FAILED protocol: ${line}`);
  };
  for (let i = 0; i < sessions; i++) await session({ seed: seed + i, messages, fail });
  await thousand({ fail });
  await notMessages({ fail });
  console.log(`protocol: ${sessions} sessions of ${messages} messages from seed ${seed}, a thousand open files, six broken streams`);
  return { passed: sessions + 2 - Math.min(sessions + 2, failures.length), failed: failures.length };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const value = (name, usual) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? usual : Number(process.argv[at + 1]);
  };
  const { passed, failed } = await fuzz({
    seed: value('--seed', 1),
    messages: value('--messages', 2000),
    sessions: value('--sessions', 5),
  });
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
