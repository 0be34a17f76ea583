/** Entry of the language server: `server.js --stdio`, `--node-ipc` or `--socket=PORT`. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createAnalysis } from '../features/session.js';
import { lifecyclePagePath, readWasm, rulePagePath } from '../host/assets.js';
import { createNodeHost, findTree } from '../host/node-host.js';
import { serve } from './server.js';

// Started by hand without a transport, stdio is meant.
if (!process.argv.some((argument) => /^--(?:stdio|node-ipc|socket|pipe)/.test(argument))) process.argv.push('--stdio');

const connection = createConnection(ProposedFeatures.all);

// What no handler caught is a fault of ours; the session of the user goes on.
process.on('uncaughtException', (error) => connection.console.error(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (error) =>
  connection.console.error(`unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
);

serve(connection, {
  createAnalysis,
  createHost: createNodeHost,
  findTree,
  readWasm,
  rulePage: rulePagePath,
  lifecyclePage: lifecyclePagePath,
  version: process.env.GPUSVM_REVIEW_VERSION ?? '0.0.0',
});
connection.listen();
