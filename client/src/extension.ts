/** Entry of the extension: puts the parts together and waits for a document that matters. */
import { commands, type ExtensionContext, type TextDocument, window, workspace } from 'vscode';
import type { App } from './app.js';
import { createServer } from './client.js';
import { registerCommands } from './commands/index.js';
import { holdsContracts, matters } from './matters.js';
import { createStatus } from './status.js';
import { strings } from './strings.js';
import { createOwnershipView } from './views/ownership.js';
import { createReviewTexts } from './views/review.js';

/** Called by the editor on the first C document, command or walkthrough step. */
export function activate(context: ExtensionContext): void {
  const output = window.createOutputChannel(strings.outputChannel, { log: true });
  const status = createStatus();
  const server = createServer(context, output, {
    onStatus: (params) => {
      status.update(params);
      ownership.refreshSoon(params.uri);
    },
    onState: (state) => status.setState(state),
  });
  const app: App = { context, server, output };
  const ownership = createOwnershipView(app);
  const consider = (document: TextDocument): void => {
    if (!matters(document) && !holdsContracts(document)) return;
    if (matters(document)) void commands.executeCommand('setContext', 'gpusvm.active', true);
    if (!server.isRunning)
      server.start().catch((error: unknown) => output.error(`start: ${error instanceof Error ? error.message : String(error)}`));
  };
  context.subscriptions.push(
    output,
    status,
    ownership,
    createReviewTexts(app),
    ...registerCommands(app, status),
    workspace.onDidOpenTextDocument(consider),
    // A document that begins to use the API while it is typed.
    workspace.onDidSaveTextDocument(consider),
    { dispose: () => void server.stop() },
  );
  for (const document of workspace.textDocuments) consider(document);
}
