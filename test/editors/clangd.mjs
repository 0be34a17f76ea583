// clangd and our server on the same file: what one says the other does not repeat, and neither takes the other's place.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../vscode/setup.mjs';

const { createProtocolConnection, StreamMessageReader, StreamMessageWriter } = createRequire(join(root, 'server/package.json'))(
  'vscode-languageserver/node',
);

/** What a VS Code that has both says of itself. */
const capabilities = {
  textDocument: {
    hover: { contentFormat: ['markdown'] },
    publishDiagnostics: { relatedInformation: true },
    semanticTokens: { dynamicRegistration: true, requests: { full: true }, tokenTypes: [], tokenModifiers: [], formats: ['relative'] },
    documentHighlight: {},
  },
  workspace: { configuration: true },
};

async function start(command, args, folder, initializationOptions) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], cwd: folder });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const diagnostics = new Map();
  connection.onNotification('textDocument/publishDiagnostics', (params) => diagnostics.set(params.uri, params.diagnostics));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/configuration', (params) => params.items.map(() => ({})));
  connection.onRequest('window/workDoneProgress/create', () => null);
  connection.listen();
  const answer = await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities,
    initializationOptions,
  });
  await connection.sendNotification('initialized', {});
  const stop = async () => {
    await connection.sendRequest('shutdown').catch(() => undefined);
    await connection.sendNotification('exit').catch(() => undefined);
    child.kill();
  };
  return { connection, diagnostics, capabilities: answer.capabilities, stop };
}

const until = async (what, ask) => {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const value = ask();
    if (value) return value;
  }
  throw new Error(`timed out: ${what}`);
};

/** Runs the checks on a tree; `report(isGood, what)` counts them. */
export async function besideClangd(tree, report) {
  const path = join(tree, 'drivers/gpu/drm/sample/sample_bad_lock.c');
  const include = join(tree, 'include');
  if (!existsSync(path)) throw new Error('the sample tree is missing');
  writeFileSync(
    join(tree, 'compile_commands.json'),
    JSON.stringify([{ directory: tree, file: path, command: `cc -I${include} -D__KERNEL__ -c ${path}` }]),
  );
  const uri = pathToFileURL(path).href;
  const text = readFileSync(path, 'utf8');
  const clangd = await start('clangd', ['--background-index=false'], tree);
  const ours = await start(process.execPath, [join(root, 'dist/server.js'), '--stdio'], tree, { hasCommands: true, hasClangd: true });
  try {
    for (const server of [clangd, ours]) {
      await server.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
    }
    const own = await until('our findings', () => ours.diagnostics.get(uri));
    const theirs = await until("clangd's diagnostics", () => clangd.diagnostics.get(uri));
    report(own.length > 0 && own.every((item) => item.source === 'gpusvm'), 'our findings carry our name');
    report(
      own.every((item) => theirs.every((other) => other.message !== item.message)),
      'no diagnostic is told twice',
    );
    const at = text.indexOf('drm_gpusvm_pages_valid') + 2;
    const before = text.slice(0, at).split('\n');
    const position = { line: before.length - 1, character: before.at(-1).length };
    const hoverOf = async (server) =>
      (await server.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position }))?.contents.value ?? '';
    const [mine, other] = [await hoverOf(ours), await hoverOf(clangd)];
    report(mine.includes('Notifier lock held'), 'our hover says the contract');
    report(other.includes('drm_gpusvm_pages_valid'), "clangd's hover says the declaration");
    const sentences = other
      .split(/[\n.]+/)
      .map((line) => line.trim())
      .filter((line) => line.length > 20);
    report(
      sentences.every((line) => !mine.includes(line)),
      'our hover repeats no sentence of it',
    );
    const { definitionProvider, semanticTokensProvider, documentSymbolProvider, documentFormattingProvider } = ours.capabilities;
    report(
      [definitionProvider, semanticTokensProvider, documentSymbolProvider, documentFormattingProvider].every((one) => one === undefined),
      'definitions, symbols, tokens and formatting are left to clangd',
    );
    const plain = { line: 6, character: 6 };
    const highlights = await ours.connection.sendRequest('textDocument/documentHighlight', { textDocument: { uri }, position: plain });
    report(highlights.length === 0, 'on a plain name its highlights are left to clangd');
  } finally {
    await Promise.all([clangd.stop(), ours.stop()]);
  }
}
