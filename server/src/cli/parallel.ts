/** Large checks on several cores: each worker analyses the drivers it is given, over a program of its own. */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { driverOf } from '../features/map-types.js';
import type { Services } from './services.js';
import { type CheckRun, checkFiles, createProgress, openSession } from './session.js';

/** What a worker is told to do. */
export interface CheckWork {
  readonly root: string;
  readonly hasTree: boolean;
  readonly files: readonly string[];
  readonly only: readonly string[] | undefined;
  /** The run says what it read. */
  readonly takesNote: boolean;
}

/** Runs work beside the main thread. */
export interface Workers {
  /** How many may run beside the main thread; 0 for none. */
  readonly count: number;
  /** Rejects when the worker dies. */
  start(work: CheckWork): Promise<CheckRun>;
}

/**
 * Fewer files than this beside the largest driver's are quicker in one thread: a worker has to start and to read what it shares. One driver is
 * never split: two threads over xe do 26 s of work where one does 16 s, in twice the memory.
 */
const WORTH_IT = 12;

/**
 * Splits files into at most `parts` lists of like size, the first for the main thread. Files of one driver stay together, because they
 * share what is known about their functions.
 */
export function splitWork(files: readonly string[], parts: number): readonly (readonly string[])[] {
  if (parts < 2) return [files];
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const key = driverOf(file)?.folder ?? '';
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const largest = Math.max(0, ...[...groups.values()].map((group) => group.length));
  if (files.length - largest < WORTH_IT) return [files];
  const lists: string[][] = Array.from({ length: Math.min(parts, groups.size) }, () => []);
  for (const group of [...groups.values()].sort((a, b) => b.length - a.length)) {
    const smallest = lists.reduce((best, list) => (list.length < best.length ? list : best));
    smallest.push(...group);
  }
  return lists.filter((list) => list.length > 0).map((list) => list.sort());
}

/** Workers that run this very program. None where the machine has one core, or when `GPUSVM_REVIEW_THREADS` is 1. */
export function createWorkers(env: Readonly<Record<string, string | undefined>>): Workers {
  const asked = Number.parseInt(env.GPUSVM_REVIEW_THREADS ?? '', 10);
  const threads = asked > 0 ? asked : Math.min(availableParallelism(), 4);
  return {
    count: threads - 1,
    start: (work) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { gpusvmCheck: work } });
        worker.once('message', (run: CheckRun) => resolve(run));
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`a worker ended early (${code})`)));
      }),
  };
}

function givenWork(): CheckWork | undefined {
  if (isMainThread || typeof workerData !== 'object' || workerData === null || !('gpusvmCheck' in workerData)) return undefined;
  // The main thread of this program is the only one that starts workers.
  return workerData.gpusvmCheck as CheckWork;
}

/** True when this thread is a worker; it then does its work and answers. */
export function runAsWorker(services: Services): boolean {
  const work = givenWork();
  if (work === undefined) return false;
  const io = { stderrIsTerminal: false, columns: 80, err: () => {} };
  void openSession({ root: work.root, hasTree: work.hasTree, targets: [], problems: [] }, services, work.takesNote).then((session) => {
    const only = work.only === undefined ? undefined : new Set(work.only);
    const run = checkFiles({ analysis: session.analysis, files: work.files, only, progress: createProgress(io, true) });
    parentPort?.postMessage(session.readings === undefined ? run : { ...run, readings: session.readings() });
  });
  return true;
}
