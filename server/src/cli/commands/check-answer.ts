/** What `check` reports on: from an earlier run where nothing has changed since, else made now, on as many threads as pay. */
import type { Report } from '../../features/analysis.js';
import { joinReadings, type Readings } from '../../host/recording.js';
import type { ApiFacts } from '../../program/types.js';
import type { Invocation } from '../arguments.js';
import type { BaselineEntry } from '../baseline.js';
import { expandTargets, type Inputs } from '../inputs.js';
import type { Services } from '../services.js';
import { type CheckRun, checkFiles, joinRuns, openSession, type Progress, readableFiles, type Session } from '../session.js';

/** Plain data that outlives a run. */
interface Lasting {
  readonly files: readonly string[];
  readonly report: Report;
  readonly facts: ApiFacts;
}

/** What there is to report. */
export interface Answer extends Lasting {
  /** Files that cannot be read, one line each. */
  readonly problems: readonly string[];
  readonly faults: readonly string[];
  /** Findings of the range's start, for `--since`. */
  readonly known: readonly BaselineEntry[];
  /** Text of a file as it was checked. */
  read(file: string): string | undefined;
  /** Keeps the answer for later runs. */
  keep(): void;
}

/** What an answer is made from. */
export interface Asked {
  readonly inputs: Inputs;
  readonly only: ReadonlySet<string> | undefined;
  readonly progress: Progress;
  readonly services: Services;
}

/** Checks on as many threads as pay. What a worker could not do is done here. The readings are those of the workers. */
async function checkAll(
  options: Parameters<typeof checkFiles>[0],
  { inputs, services }: Asked,
  takesNote: boolean,
): Promise<CheckRun & { readonly others: readonly Readings[] }> {
  const { workers } = services;
  // Files outside the tree are known to this thread only.
  const isPlain = inputs.targets.every((target) => !target.path.startsWith('/'));
  if (workers === undefined || workers.count < 1 || !isPlain) return { ...checkFiles(options), others: [] };
  const { splitWork } = await import('../parallel.js');
  const [own = [], ...rest] = splitWork(options.files, workers.count + 1);
  const only = options.only === undefined ? undefined : [...options.only];
  const { root, hasTree } = inputs;
  const started = rest.map((files) => ({ files, run: workers.start({ root, hasTree, files, only, takesNote }) }));
  const waiting = Promise.allSettled(started.map(({ run }) => run));
  const runs = [checkFiles({ ...options, files: own })];
  const settled = await waiting;
  settled.forEach((outcome, index) => {
    const files = started[index]?.files ?? [];
    runs.push(outcome.status === 'fulfilled' ? outcome.value : checkFiles({ ...options, files }));
  });
  return { ...joinRuns(runs), others: runs.flatMap((run) => (run.readings === undefined ? [] : [run.readings])) };
}

async function since(range: string, session: Session, files: readonly string[], { inputs, only, progress }: Asked): Promise<Answer> {
  const { analysis } = session;
  const opened = (await import('./since.js')).openRange(range, inputs.root, analysis);
  const readable = readableFiles(files, session.host, inputs.root);
  const known = opened.before(only, progress, readable.files);
  return {
    ...readable,
    ...checkFiles({ analysis, files: readable.files, only, progress }),
    facts: analysis.facts,
    known,
    read: (file) => analysis.program.file(file)?.text,
    keep: () => {},
  };
}

/** The answer to a `check`. */
export async function answer(args: Extract<Invocation, { command: 'check' }>, asked: Asked): Promise<Answer> {
  const { inputs, only, progress, services } = asked;
  const isPlain = inputs.hasTree && inputs.targets.length > 0 && inputs.targets.every((target) => !target.path.startsWith('/'));
  const index = args.since === undefined && args.usesCache && isPlain ? services.openIndex?.(inputs.root) : undefined;
  const targets = inputs.targets.map(({ path, kind }) => `${kind} ${path}`).sort();
  const question = { check: [...new Set(targets)], root: inputs.root, only: only === undefined ? null : [...only].sort() };
  if (index !== undefined) {
    const began = performance.now();
    const host = services.createHost(inputs.root);
    // Plain data that `keep` wrote.
    const found = index.find(question, host) as Lasting | undefined;
    if (found !== undefined) {
      const stats = { ...found.report.stats, parseMs: 0, analyseMs: performance.now() - began };
      return { ...found, report: { ...found.report, stats }, problems: [], faults: [], known: [], read: host.read, keep: () => {} };
    }
  }
  progress.show('reading the tree');
  const session = await openSession(inputs, services, index !== undefined);
  const { analysis, host } = session;
  const files = expandTargets(inputs, analysis);
  progress.done();
  if (args.since !== undefined) return since(args.since, session, files, asked);
  const readable = readableFiles(files, host, inputs.root);
  const { report, faults, others } = await checkAll({ analysis, files: readable.files, only, progress }, asked, index !== undefined);
  const { facts } = analysis;
  return {
    ...readable,
    report,
    faults,
    facts,
    known: [],
    read: host.read,
    keep() {
      if (index === undefined || session.readings === undefined || faults.length > 0 || readable.problems.length > 0) return;
      const readings = joinReadings([session.readings(), ...others]);
      if (readings !== undefined) index.keep(question, readings, { files: readable.files, report, facts } satisfies Lasting);
    },
  };
}
