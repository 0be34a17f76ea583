/**
 * The bundled server as an editor meets it, over stdio, on a real kernel tree, and clangd beside it in the same run where it is installed: start to
 * first diagnostics (cold, and warm from the index), edit to diagnostics, hover, memory. Wall milliseconds of this machine, busy or not.
 *   node test/bench/server.mjs [--tree DIR] [--rounds N] [--file PATH] [--commands DIR] [--json FILE]
 * `--commands` is the folder of a compile_commands.json; without it clangd guesses include paths, and misses the headers that a build makes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../recall/engine.mjs';

const { createMessageConnection, StreamMessageReader, StreamMessageWriter } = createRequire(join(ROOT, 'server/package.json'))(
  'vscode-jsonrpc/node',
);

const options = { tree: undefined, rounds: 30, file: 'drivers/gpu/drm/xe/xe_svm.c', commands: undefined, json: undefined };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].slice(2);
  if (!(name in options)) throw new Error(`unknown argument --${name}`);
  options[name] = name === 'rounds' ? Number(process.argv[i + 1]) : process.argv[i + 1];
}
const kernels = process.env.GPUSVM_KERNELS ?? join(homedir(), '.cache/gpusvm-kernels');
const tree =
  options.tree ?? ['linux-7.3', 'linux-7.2'].map((name) => join(kernels, name)).find((folder) => existsSync(join(folder, options.file)));
if (tree === undefined) throw new Error('no kernel tree here: see CONTRIBUTING.md');
const path = join(tree, options.file);
const uri = pathToFileURL(path).href;
const text = readFileSync(path, 'utf8');

/** Resident megabytes of a process and its children; undefined where the system does not tell. */
function memoryOf(pid) {
  try {
    const own = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
    );
    return Math.round(own + children.reduce((sum, child) => sum + (memoryOf(child) ?? 0), 0));
  } catch {
    return undefined;
  }
}

async function session({ command, args, env = {}, rounds }) {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: tree, env: { ...process.env, ...env } });
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const waiting = [];
  connection.onNotification('textDocument/publishDiagnostics', (params) => {
    if (params.uri === uri) for (const one of [...waiting]) one(params);
  });
  connection.onRequest('workspace/configuration', (params) => params.items.map(() => ({})));
  for (const method of [
    'client/registerCapability',
    'window/workDoneProgress/create',
    'workspace/semanticTokens/refresh',
    'workspace/inlayHint/refresh',
  ])
    connection.onRequest(method, () => null);
  connection.listen();
  /** Diagnostics of a version or of what is newest. */
  const published = (version) =>
    new Promise((done) => {
      const take = (params) => {
        if (params.version !== undefined && params.version < version) return;
        waiting.splice(waiting.indexOf(take), 1);
        done(params);
      };
      waiting.push(take);
    });
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(tree).href,
    capabilities: { textDocument: { publishDiagnostics: { versionSupport: true } }, workspace: { configuration: true } },
  });
  await connection.sendNotification('initialized', {});
  const first = published(1);
  await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
  await first;
  const toFirst = performance.now() - began;
  // Let idle work end: an editor's user reads before he types.
  if (rounds > 0) await new Promise((done) => setTimeout(done, 3000));
  const at = text.indexOf('\n', text.indexOf(';', Math.floor(text.length / 2))) + 1;
  const line = text.slice(0, at).split('\n').length - 1;
  const kinds = { comment: '\t/* a note */\n', statement: '\tcond_resched();\n', error: '\tcond_resched(\n' };
  const edits = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  const hovers = [];
  let version = 1;
  const change = async (range, insert) => {
    version++;
    const answer = published(version);
    const started = performance.now();
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range, text: insert }],
    });
    const got = await Promise.race([answer, new Promise((done) => setTimeout(done, 20_000))]);
    return got === undefined ? undefined : performance.now() - started;
  };
  for (let i = 0; i < rounds; i++) {
    for (const [kind, insert] of Object.entries(kinds)) {
      const start = { line, character: 0 };
      const took = await change({ start, end: start }, insert);
      if (took !== undefined) edits[kind].push(took);
      await change({ start, end: { line: line + 1, character: 0 } }, '');
    }
    const started = performance.now();
    await connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line: (line + 7 * i) % 1500, character: 10 } });
    hovers.push(performance.now() - started);
  }
  const rssMb = memoryOf(child.pid);
  await connection.sendRequest('shutdown').catch(() => undefined);
  await connection.sendNotification('exit').catch(() => undefined);
  child.kill();
  connection.dispose();
  return { toFirst, edits, hovers, rssMb };
}

const round = (value) => Math.round(value * 10) / 10;
const spread = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  return { medianMs: at(0.5), p95Ms: at(0.95), runs: list.length };
};
const report = [];
const note = (server, what, figures) => report.push({ server, what, ...figures });
const node = { command: process.execPath, args: [join(ROOT, 'dist/server.js'), '--stdio'] };

const cold = [];
for (let i = 0; i < Math.min(5, options.rounds); i++)
  cold.push((await session({ ...node, env: { GPUSVM_REVIEW_CACHE: 'off' }, rounds: 0 })).toFirst);
note('ours', 'start to first diagnostics, cold', spread(cold));
const cache = mkdtempSync(join(tmpdir(), 'gpusvm-bench-'));
const kept = { GPUSVM_REVIEW_CACHE: '', XDG_CACHE_HOME: cache };
await session({ ...node, env: kept, rounds: 1 });
await new Promise((done) => setTimeout(done, 500));
const warm = [];
for (let i = 0; i < Math.min(5, options.rounds); i++) warm.push((await session({ ...node, env: kept, rounds: 0 })).toFirst);
note('ours', 'start to first diagnostics, warm', { ...spread(warm), hasIndex: existsSync(join(cache, 'gpusvm-review/answers')) });
rmSync(cache, { recursive: true, force: true });
const ours = await session({ ...node, env: { GPUSVM_REVIEW_CACHE: 'off' }, rounds: options.rounds });
for (const [kind, times] of Object.entries(ours.edits)) note('ours', `edit to diagnostics, ${kind}`, spread(times));
note('ours', 'hover', spread(ours.hovers));
note('ours', 'memory after the edits', { rssMb: ours.rssMb });

if (spawnSync('clangd', ['--version']).status === 0) {
  const made = options.commands === undefined ? mkdtempSync(join(tmpdir(), 'gpusvm-clangd-')) : undefined;
  if (made !== undefined) {
    const flags = `-I${tree}/include -I${tree}/arch/x86/include -I${tree}/include/uapi -I${tree}/arch/x86/include/uapi -D__KERNEL__ -std=gnu11 -include ${tree}/include/linux/kconfig.h`;
    writeFileSync(
      join(made, 'compile_commands.json'),
      JSON.stringify([{ directory: tree, file: path, command: `clang ${flags} -c ${path}` }]),
    );
  }
  const clangd = { command: 'clangd', args: ['--background-index=false', `--compile-commands-dir=${options.commands ?? made}`] };
  const starts = [];
  for (let i = 0; i < Math.min(5, options.rounds); i++) starts.push((await session({ ...clangd, rounds: 0 })).toFirst);
  note('clangd', 'start to first diagnostics', spread(starts));
  const theirs = await session({ ...clangd, rounds: Math.min(options.rounds, 10) });
  for (const [kind, times] of Object.entries(theirs.edits)) note('clangd', `edit to diagnostics, ${kind}`, spread(times));
  note('clangd', 'hover', spread(theirs.hovers));
  note('clangd', 'memory after the edits', { rssMb: theirs.rssMb, hasCommands: options.commands !== undefined });
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
} else console.log('clangd is not installed: left out');
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
for (const { server, what, ...figures } of report) console.log(`${server.padEnd(7)} ${what.padEnd(40)} ${JSON.stringify(figures)}`);
process.exit(0);
