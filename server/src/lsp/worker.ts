/** The thread that analyses: the language server proper, over the port to `main.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { PortMessageReader, PortMessageWriter } from 'vscode-jsonrpc/node';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createAnalysis } from '../features/session.js';
import { buildName, indexFolder, openIndex } from '../host/answer-index.js';
import { lifecyclePagePath, programFiles, readWasm, rulePagePath } from '../host/assets.js';
import { createNodeHost, findTree } from '../host/node-host.js';
import { createEditClock } from './edit-clock.js';
import { serve } from './server.js';
import { memberOf } from './wire.js';

if (parentPort === null) throw new Error('worker.js is started by server.js');
const memory = memberOf(workerData, 'gpusvmClock');
const clock = memory instanceof SharedArrayBuffer ? createEditClock(memory) : createEditClock();
// Before the reader takes a message: what has come up to here will be looked at before the next piece of work.
parentPort.on('message', clock.heard);

const connection = createConnection(ProposedFeatures.all, new PortMessageReader(parentPort), new PortMessageWriter(parentPort));

// What no handler caught is a fault of ours; the session of the user goes on.
process.on('uncaughtException', (error) => connection.console.error(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (error) =>
  connection.console.error(`unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
);

let build: string | undefined;
serve(connection, {
  createAnalysis,
  interrupts: clock,
  openIndex(root) {
    const folder = indexFolder(process.env, root);
    build ??= process.env.GPUSVM_REVIEW_VERSION === undefined ? undefined : buildName(programFiles());
    return folder === undefined || build === undefined ? undefined : openIndex({ folder, build });
  },
  createHost: createNodeHost,
  findTree,
  readWasm,
  rulePage: rulePagePath,
  lifecyclePage: lifecyclePagePath,
  version: process.env.GPUSVM_REVIEW_VERSION ?? '0.0.0',
});
connection.listen();
