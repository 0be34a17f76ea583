/** The one language client: started by the first document that matters, restarted on demand. */
import { type ExtensionContext, extensions, type LogOutputChannel, Uri } from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type ServerOptions,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import { selector } from './matters.js';
import type { InitializationOptions, StatusParams } from './protocol.js';
import { strings } from './strings.js';

/** Commands that Markdown from the server may run. */
const linkCommands = ['gpusvm.openRule', 'gpusvm.openLifecycle'];

/** What the rest of the extension asks of the server. */
export interface Server {
  /** Starts the server unless it runs; resolves when it answers. */
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  readonly isRunning: boolean;
  /** Sends a request of our own; undefined when there is no server or it failed. */
  request<T>(method: string, params: unknown): Promise<T | undefined>;
}

/** What the server's owner is told. */
export interface ServerEvents {
  onStatus(params: StatusParams): void;
  onState(state: 'starting' | 'running' | 'stopped'): void;
}

/** Makes the server's handle; starts nothing. */
export function createServer(context: ExtensionContext, output: LogOutputChannel, events: ServerEvents): Server {
  let client: LanguageClient | undefined;
  let starting: Promise<void> | undefined;

  const make = (): LanguageClient => {
    const module = context.asAbsolutePath('dist/server.js');
    const serverOptions: ServerOptions = {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    };
    const initializationOptions: InitializationOptions = {
      hasCommands: true,
      hasClangd: extensions.getExtension('llvm-vs-code-extensions.vscode-clangd') !== undefined,
    };
    const clientOptions: LanguageClientOptions = {
      documentSelector: selector,
      initializationOptions,
      outputChannel: output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      connectionOptions: { maxRestartCount: 1 },
      diagnosticPullOptions: { onChange: true, onSave: false, onTabs: true },
      markdown: { isTrusted: { enabledCommands: linkCommands }, supportHtml: false },
      middleware: {
        // The code of a diagnostic opens the rule's page rendered, not the file that holds it.
        provideDiagnostics: async (document, previousResultId, token, next) => {
          const report = await next(document, previousResultId, token);
          if (report?.kind === 'full') {
            for (const item of report.items) {
              if (typeof item.code === 'object' && typeof item.code.value === 'string') {
                item.code = {
                  ...item.code,
                  target: Uri.parse(`command:gpusvm.openRule?${encodeURIComponent(JSON.stringify([item.code.value]))}`),
                };
              }
            }
          }
          return report;
        },
      },
    };
    const made = new LanguageClient('gpusvm', strings.name, serverOptions, clientOptions);
    made.onNotification('gpusvm/status', (params: StatusParams) => events.onStatus(params));
    made.onDidChangeState(({ newState }) =>
      events.onState(newState === State.Running ? 'running' : newState === State.Starting ? 'starting' : 'stopped'),
    );
    return made;
  };

  const start = async (): Promise<void> => {
    client ??= make();
    starting ??= client.start();
    await starting;
  };
  const stop = async (): Promise<void> => {
    const stopped = client;
    client = undefined;
    starting = undefined;
    // A server that never came up cannot be stopped; there is nothing to tell.
    await stopped?.dispose().catch(() => undefined);
  };

  return {
    start,
    stop,
    async restart() {
      await stop();
      await start();
    },
    get isRunning() {
      return client?.isRunning() === true;
    },
    async request<T>(method: string, params: unknown): Promise<T | undefined> {
      if (client === undefined) return undefined;
      try {
        await start();
        return await client.sendRequest<T>(method, params);
      } catch (error) {
        output.error(`${method}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
    },
  };
}
