/** A language client over stdio to the bundled server, as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

/** A running server. */
export interface Running {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  /** Texts of `window/showMessage`, oldest first. */
  readonly messages: string[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  initialize(): Promise<void>;
  open(uri: string, text: string): Promise<void>;
  change(uri: string, version: number, text: string): Promise<void>;
  stop(): Promise<number | null>;
}

/** What the tests' client says it can do. */
const capabilities = {
  textDocument: { diagnostic: { dynamicRegistration: false }, publishDiagnostics: { relatedInformation: true } },
  workspace: { configuration: true, diagnostics: { refreshSupport: true } },
};

/** Starts the server; `nodeArgs` go before it. */
export function startServer(options: { readonly nodeArgs?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {}): Running {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), resolve('dist/server.js'), '--stdio'], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.resume();
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const messages: string[] = [];
  connection.onNotification('window/showMessage', (params: { readonly message: string }) => {
    messages.push(params.message);
  });
  connection.onRequest('workspace/configuration', (params: { readonly items: readonly unknown[] }) => params.items.map(() => ({})));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/diagnostic/refresh', () => null);
  connection.onError(() => undefined);
  connection.listen();
  const ended = new Promise<number | null>((done) => {
    child.on('exit', (code) => done(code));
  });
  return {
    connection,
    process: child,
    messages,
    ended,
    async initialize() {
      await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities });
      await connection.sendNotification('initialized', {});
    },
    open: (uri, text) => connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } }),
    change: (uri, version, text) =>
      connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] }),
    async stop() {
      try {
        await connection.sendRequest('shutdown');
        await connection.sendNotification('exit');
      } catch {
        child.kill('SIGKILL');
      }
      return ended;
    },
  };
}

/** A driver's file that takes seconds to solve: many functions with loops, locks and error paths. */
export function largeDriver(functions: number): string {
  const parts = ['#include <drm/drm_gpusvm.h>', 'struct big_range { struct drm_gpusvm_range base; struct drm_gpusvm_pages pages; };', ''];
  for (let i = 0; i < functions; i++) {
    const call = i === 0 ? '0' : `big_step_${i - 1}(gpusvm, range, ctx, n - 1)`;
    parts.push(
      `static int big_step_${i}(struct drm_gpusvm *gpusvm, struct big_range *range, struct drm_gpusvm_ctx *ctx, int n)`,
      '{',
      '\tint err = 0, tries = 0, i;',
      '',
      'retry:',
      ...Array.from({ length: 8 }, (_, k) =>
        [
          `\tif (n > ${k}) {`,
          '\t\terr = drm_gpusvm_get_pages(gpusvm, &range->pages, gpusvm->mm, NULL, 0, 4096, ctx);',
          '\t\tif (err == -EOPNOTSUPP && tries++ < 3)',
          '\t\t\tgoto retry;',
          '\t\tif (err)',
          '\t\t\tgoto out;',
          '\t}',
        ].join('\n'),
      ),
      '\tdrm_gpusvm_notifier_lock(gpusvm);',
      '\tfor (i = 0; i < n; i++)',
      '\t\tif (!drm_gpusvm_pages_valid(gpusvm, &range->pages))',
      '\t\t\terr = -EAGAIN;',
      '\tdrm_gpusvm_notifier_unlock(gpusvm);',
      `\tif (!err && n)`,
      `\t\terr = ${call};`,
      'out:',
      '\treturn err;',
      '}',
      '',
    );
  }
  return parts.join('\n');
}
