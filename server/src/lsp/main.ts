/**
 * Entry of the language server: `server.js --stdio`, `--node-ipc`, `--socket=PORT` or `--pipe=NAME`. This thread only passes messages on;
 * `worker.js` beside it does the work.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createEditClock } from './edit-clock.js';
import { createGateway, type WorkerEvents, type WorkerLink } from './gateway.js';
import { openTransport } from './transport.js';
import { memberOf } from './wire.js';

const clock = createEditClock();

function startWorker(events: WorkerEvents): WorkerLink {
  const heap = Number.parseInt(process.env.GPUSVM_REVIEW_HEAP_MB ?? '', 10);
  const worker = new Worker(fileURLToPath(new URL('./worker.js', import.meta.url)), {
    workerData: { gpusvmClock: clock.memory },
    ...(heap > 0 ? { resourceLimits: { maxOldGenerationSizeMb: heap } } : {}),
    // What anybody prints there would stand between the messages.
    stdout: true,
  });
  let reason = '';
  worker.stdout.pipe(process.stderr, { end: false });
  worker.on('message', events.message);
  worker.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  worker.on('exit', (code) => events.ended(reason === '' ? `exit ${code}` : reason));
  return { send: (message) => worker.postMessage(message), end: () => void worker.terminate() };
}

/** Ends this process when the client's is gone: its pipes may be held open by somebody else. */
function watchClient(message: unknown): void {
  const id = memberOf(message, 'method') === 'initialize' ? memberOf(memberOf(message, 'params'), 'processId') : undefined;
  if (typeof id !== 'number') return;
  setInterval(() => {
    try {
      process.kill(id, 0);
    } catch {
      process.exit(1);
    }
  }, 3000).unref();
}

const transport = openTransport(process.argv.slice(2));
const gateway = createGateway({
  toClient: transport.write,
  startWorker,
  arrived: clock.arrived,
  exit: (code) => process.exit(code),
});
transport.onClose(() => process.exit(1));
transport.listen((message) => {
  watchClient(message);
  gateway.fromClient(message);
});
