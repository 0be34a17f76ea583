/** Entry of `gpusvm-review`: the real process, disk and engine put together. */
import { buildName, indexFolder, openIndex } from '../host/answer-index.js';
import { programFiles } from '../host/assets.js';
import { readWasm } from './assets.js';
import { createNodeHost, findTree } from './host.js';
import { processIo } from './io.js';
import { createWorkers, runAsWorker } from './parallel.js';
import { run } from './run.js';
import type { Services } from './services.js';

const services: Services = {
  createHost: (root) => createNodeHost(root),
  findTree,
  readWasm,
  workers: createWorkers(process.env),
  openIndex(root) {
    const folder = indexFolder(process.env, root);
    // From source, no file names the program.
    const build = folder === undefined || process.env.GPUSVM_REVIEW_VERSION === undefined ? undefined : buildName(programFiles());
    return folder === undefined || build === undefined ? undefined : openIndex({ folder, build });
  },
  // Loaded late: help, pages and wrong use need no engine.
  createAnalysis: async (options) => (await import('../features/session.js')).createAnalysis(options),
};

if (!runAsWorker(services)) {
  void run(process.argv.slice(2), processIo(), services).then((code) => {
    // Not exit(): output that a pipe has not taken yet would be lost.
    process.exitCode = Math.max(code, Number(process.exitCode ?? 0));
  });
}
