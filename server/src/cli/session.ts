/** Opens the analysis that a command works with, and runs it over files with progress and faults contained. */
import type { Analysis, Report } from '../features/analysis.js';
import { type Readings, recordingHost } from '../host/recording.js';
import type { FileHost } from '../program/types.js';
import { catalogue } from '../rules/catalogue.js';
import type { Finding } from '../rules/finding.js';
import { UsageError } from './exit.js';
import { type Inputs, whyUnreadable, withOutsideFiles } from './inputs.js';
import type { Io } from './io.js';
import type { RunStats } from './located.js';
import type { Services } from './services.js';
import { TOOL_NAME } from './version.js';

/** An open analysis and the host that it reads. */
export interface Session {
  readonly analysis: Analysis;
  readonly host: FileHost;
  /** What was read so far; only of a session that takes note. */
  readonly readings?: () => Readings;
}

/** Opens an analysis over the inputs' root. */
export async function openSession(
  inputs: Pick<Inputs, 'root' | 'hasTree' | 'targets' | 'problems'>,
  services: Services,
  takesNote = false,
): Promise<Session> {
  const disk = withOutsideFiles(services.createHost(inputs.root), inputs, services);
  const recording = takesNote ? recordingHost(disk) : undefined;
  const host = recording ?? disk;
  const config = inputs.hasTree ? host.read('.config') : undefined;
  const analysis = await services.createAnalysis({
    host,
    hasTree: inputs.hasTree,
    wasm: services.readWasm(),
    ...(config === undefined ? {} : { config }),
  });
  return { analysis, host, ...(recording === undefined ? {} : { readings: recording.readings }) };
}

/** The rules asked for; undefined for all. Throws UsageError for an id that is not in the catalogue. */
export function selectRules(ids: readonly string[]): ReadonlySet<string> | undefined {
  for (const id of ids) if (!catalogue.some((rule) => rule.id === id)) throw new UsageError(`--rule ${unknownRule(id)}`);
  return ids.length === 0 ? undefined : new Set(ids);
}

/** Says that a rule is not known, with the id that was probably meant. */
export function unknownRule(id: string): string {
  const words = new Set(id.split('-'));
  const shared = (other: string): number => other.split('-').filter((word) => words.has(word)).length;
  const best = [...catalogue].sort((a, b) => shared(b.id) - shared(a.id))[0];
  const hint = best !== undefined && shared(best.id) > 0 ? `; did you mean ${best.id}?` : `; '${TOOL_NAME} explain' lists the rules`;
  return `${id}: no such rule${hint}`;
}

/** Prints one line on stderr about something that went wrong. */
export function complain(io: Io, line: string): void {
  io.err(
    `${TOOL_NAME}: ${line
      .split('\n')
      .map((part) => part.trim())
      .join(' ')}\n`,
  );
}

/** A line on a terminal's stderr that overwrites itself; does nothing elsewhere. */
export interface Progress {
  show(text: string): void;
  done(): void;
}

/** Progress for a run. */
export function createProgress(io: Pick<Io, 'err' | 'stderrIsTerminal' | 'columns'>, isQuiet: boolean): Progress {
  if (isQuiet || !io.stderrIsTerminal) return { show: () => {}, done: () => {} };
  let isShown = false;
  return {
    show(text) {
      isShown = true;
      io.err(`\r\u001b[K${text.slice(0, Math.max(20, io.columns - 1))}`);
    },
    done() {
      if (isShown) io.err('\r\u001b[K');
      isShown = false;
    },
  };
}

/** Outcome of checking files, and what stopped on the way. */
export interface CheckRun {
  readonly report: Report;
  /** One line per file that an internal fault left out. */
  readonly faults: readonly string[];
  /** What a worker read for it. */
  readonly readings?: Readings;
}

const CHUNK = 16;

function add(reports: readonly Report[]): Report {
  const order = (a: Finding, b: Finding): number =>
    a.file !== b.file
      ? a.file < b.file
        ? -1
        : 1
      : a.start !== b.start
        ? a.start - b.start
        : a.rule < b.rule
          ? -1
          : a.rule > b.rule
            ? 1
            : 0;
  const sum = (pick: (report: Report) => number): number => reports.reduce((total, report) => total + pick(report), 0);
  return {
    findings: reports.flatMap((report) => report.findings).sort(order),
    // As one thread that goes through the files in path order would list them; within a file they are in order already.
    limits: reports.flatMap((report) => report.limits).sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
    stats: {
      files: sum((report) => report.stats.files),
      functions: sum((report) => report.stats.functions),
      lines: sum((report) => report.stats.lines),
      parseMs: sum((report) => report.stats.parseMs),
      analyseMs: sum((report) => report.stats.analyseMs),
    },
  };
}

/** Checks files. A fault in one file is told and the others go on. */
export function checkFiles(options: {
  readonly analysis: Analysis;
  readonly files: readonly string[];
  readonly only: ReadonlySet<string> | undefined;
  readonly progress: Progress;
}): CheckRun {
  const { analysis, files, only, progress } = options;
  const reports: Report[] = [];
  const faults: string[] = [];
  const attempt = (chunk: readonly string[]): void => {
    try {
      reports.push(only === undefined ? analysis.check(chunk) : analysis.check(chunk, only));
    } catch (error) {
      const [file] = chunk;
      if (chunk.length > 1) for (const one of chunk) attempt([one]);
      else if (file !== undefined) faults.push(`${file}: internal fault: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (let at = 0; at < files.length; at += CHUNK) {
    progress.show(`checking ${at + 1} of ${files.length}: ${files[at] ?? ''}`);
    attempt(files.slice(at, at + CHUNK));
  }
  progress.done();
  return { report: add(reports), faults };
}

/** Joins runs over different files, as if they had been one. */
export function joinRuns(runs: readonly CheckRun[]): CheckRun {
  return { report: add(runs.map((run) => run.report)), faults: runs.flatMap((run) => run.faults) };
}

/** Splits files into those that can be read as text and complaints about the others. */
export function readableFiles(
  files: readonly string[],
  host: FileHost,
  root: string,
): { readonly files: readonly string[]; readonly problems: readonly string[] } {
  const good: string[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const text = host.read(file);
    if (text === undefined) problems.push(`${file}: ${whyUnreadable(file.startsWith('/') ? file : `${root}/${file}`) ?? 'cannot be read'}`);
    else if (text.slice(0, 8192).includes('\0')) problems.push(`${file}: not a text file`);
    else good.push(file);
  }
  return { files: good, problems };
}

/** Adds the process's peak resident memory to the figures. */
export function withMemory(stats: Report['stats']): RunStats {
  return { ...stats, peakRssMb: process.resourceUsage().maxRSS / 1024 };
}
