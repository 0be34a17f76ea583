/** A language client in the same process: the real server over a pair of streams, an analysis of the test's choice. */
import { PassThrough } from 'node:stream';
import {
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  type InitializeParams,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { createAnalysis } from '../../server/src/features/session.js';
import { lifecyclePagePath, readWasm, rulePagePath } from '../../server/src/host/assets.js';
import { createNodeHost, findTree } from '../../server/src/host/node-host.js';
import { serve } from '../../server/src/lsp/server.js';
import type { Services } from '../../server/src/lsp/services.js';

/** A running session. */
export interface Client {
  readonly connection: ProtocolConnection;
  /** Lines that the server logged. */
  readonly log: string[];
  /** What was pushed, newest last. */
  readonly pushed: { readonly uri: string; readonly version: number | undefined; readonly diagnostics: readonly Diagnostic[] }[];
  readonly notices: { readonly method: string; readonly params: unknown }[];
  open(uri: string, text: string): Promise<void>;
  change(uri: string, text: string): Promise<void>;
  close(uri: string): Promise<void>;
  request<T>(method: string, params: unknown): Promise<T>;
  /** Diagnostics of a document by pull. */
  pull(
    uri: string,
    previousResultId?: string,
  ): Promise<{ readonly kind: string; readonly resultId?: string; readonly items?: readonly Diagnostic[] }>;
  /** The section `gpusvm` from here on; the server is told. */
  configure(section: unknown): Promise<void>;
  stop(): Promise<void>;
}

/** What a client says it can do. */
export const fullCapabilities = {
  textDocument: {
    diagnostic: { dynamicRegistration: false, relatedDocumentSupport: false },
    publishDiagnostics: { relatedInformation: true, codeDescriptionSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
  },
  workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true }, workspaceEdit: { documentChanges: true } },
} as const;

/** The server's own services: the real engine over the files of this machine. */
export const realServices: Services = {
  createAnalysis,
  createHost: createNodeHost,
  findTree,
  readWasm,
  rulePage: rulePagePath,
  lifecyclePage: lifecyclePagePath,
  version: '0',
};

/** Starts a session. */
export async function start(
  services: Services,
  {
    capabilities = fullCapabilities,
    initializationOptions,
  }: { readonly capabilities?: unknown; readonly initializationOptions?: unknown } = {},
): Promise<Client> {
  const up = new PassThrough();
  const down = new PassThrough();
  const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
  serve(server, services);
  server.listen();
  const connection = createProtocolConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  const log: string[] = [];
  const pushed: { readonly uri: string; readonly version: number | undefined; readonly diagnostics: readonly Diagnostic[] }[] = [];
  const notices: { readonly method: string; readonly params: unknown }[] = [];
  const versions = new Map<string, number>();
  let section: unknown = {};
  connection.onNotification('window/logMessage', (params: { message: string }) => {
    log.push(params.message);
  });
  connection.onNotification('textDocument/publishDiagnostics', (params: (typeof pushed)[number]) => {
    pushed.push(params);
  });
  connection.onNotification('gpusvm/status', (params: unknown) => {
    notices.push({ method: 'gpusvm/status', params });
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/configuration', (params: { items: unknown[] }) => params.items.map(() => section));
  connection.onRequest('workspace/diagnostic/refresh', () => {
    notices.push({ method: 'workspace/diagnostic/refresh', params: undefined });
    return null;
  });
  connection.onRequest('workspace/semanticTokens/refresh', () => null);
  connection.listen();
  const request = async <T>(method: string, params: unknown): Promise<T> => connection.sendRequest(method, params);
  await request('initialize', {
    processId: null,
    rootUri: null,
    capabilities,
    ...(initializationOptions === undefined ? {} : { initializationOptions }),
  } as InitializeParams);
  await connection.sendNotification('initialized', {});
  return {
    connection,
    log,
    pushed,
    notices,
    request,
    async open(uri, text) {
      versions.set(uri, 1);
      await connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'c', version: 1, text } });
    },
    async change(uri, text) {
      const version = (versions.get(uri) ?? 0) + 1;
      versions.set(uri, version);
      await connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
    },
    async close(uri) {
      await connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    },
    pull: (uri, previousResultId) =>
      request('textDocument/diagnostic', { textDocument: { uri }, ...(previousResultId === undefined ? {} : { previousResultId }) }),
    async configure(next) {
      section = next;
      await connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
      // The server fetches the section with a request of its own; a round trip after it has been answered is after it.
      await request('gpusvm/environment', {});
      await request('gpusvm/environment', {});
    },
    async stop() {
      await request('shutdown', null);
      connection.dispose();
      server.dispose();
    },
  };
}

/** Waits until a condition holds; fails after two seconds. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 2000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
