/** `check`: findings in files, folders or the whole driver tree. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Invocation } from '../arguments.js';
import { type BaselineEntry, type BaselineMatch, formatBaseline, matchBaseline, parseBaseline } from '../baseline.js';
import { displayFor } from '../display.js';
import { EXIT, type ExitCode, isAtLeast, UsageError, worse } from '../exit.js';
import { resolveInputs, whyUnreadable } from '../inputs.js';
import type { Io } from '../io.js';
import { type CheckResult, createLocator, type LocatedFinding } from '../located.js';
import { reportCheck } from '../reporters/choose.js';
import type { Services } from '../services.js';
import { complain, createProgress, selectRules, withMemory } from '../session.js';
import { wantsColor } from '../style.js';
import { TOOL_NAME, toolVersion } from '../version.js';
import { answer } from './check-answer.js';

type CheckInvocation = Extract<Invocation, { command: 'check' }>;

/** Reads a baseline file. A missing one is empty when it is about to be written. */
export function readBaseline(file: string, cwd: string, mayBeMissing: boolean): readonly BaselineEntry[] {
  const path = resolve(cwd, file);
  const why = whyUnreadable(path);
  if (why !== undefined) {
    if (mayBeMissing && why === 'no such file or folder') return [];
    throw new UsageError(`--baseline ${file}: ${why}`);
  }
  return parseBaseline(readFileSync(path, 'utf8'), `--baseline ${file}`);
}

function writeBaseline(args: CheckInvocation, cwd: string, match: BaselineMatch): void {
  if (args.baseline === undefined || args.baselineMode === 'read') return;
  const entry = ({ rule, file, function: name, fingerprint }: LocatedFinding): BaselineEntry => ({
    rule,
    file,
    function: name,
    fingerprint,
  });
  const found = args.baselineMode === 'update' ? [...match.known, ...match.fresh] : match.known;
  const matched = new Set(match.known.map((finding) => finding.fingerprint));
  const untouched = match.kept.filter((kept) => !matched.has(kept.fingerprint));
  try {
    writeFileSync(resolve(cwd, args.baseline), formatBaseline([...untouched, ...found.map(entry)]));
  } catch (error) {
    throw new UsageError(`--baseline ${args.baseline}: cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Runs `check`. */
export async function runCheck(args: CheckInvocation, io: Io, services: Services): Promise<ExitCode> {
  const only = selectRules(args.rules);
  const entries = args.baseline === undefined ? [] : readBaseline(args.baseline, io.cwd, args.baselineMode === 'update');
  const inputs = resolveInputs({ paths: args.paths, tree: args.tree, cwd: io.cwd, services });
  const progress = createProgress(io, args.isQuiet);
  const {
    files,
    problems: unreadable,
    report,
    faults,
    facts,
    known,
    read,
    keep,
  } = await answer(args, { inputs, only, progress, services });
  const problems = [...inputs.problems, ...unreadable];
  for (const problem of problems) complain(io, problem);
  if (args.tree !== undefined && !inputs.hasTree)
    complain(io, `--tree ${args.tree}: has no include/drm/drm_gpusvm.h: checking with the facts of the newest API`);
  for (const fault of faults) complain(io, fault);

  const locator = createLocator(read);
  const located = report.findings.map(locator.finding);
  const sinceMatch = matchBaseline(located, known, () => false);
  const checked = new Set(files);
  const match = matchBaseline(
    sinceMatch.fresh,
    entries,
    (entry) =>
      args.since === undefined &&
      (checked.has(entry.file) || read(entry.file) === undefined) &&
      (only === undefined || only.has(entry.rule)),
  );
  const isUpdate = args.baselineMode === 'update';
  writeBaseline(args, io.cwd, match);
  const shown = (findings: readonly LocatedFinding[]): readonly LocatedFinding[] =>
    findings.filter((finding) => isAtLeast(finding.severity, args.minSeverity));
  const result: CheckResult = {
    tool: { name: TOOL_NAME, version: toolVersion() },
    tree: inputs.root,
    facts,
    findings: isUpdate ? [] : shown(match.fresh),
    known: shown(isUpdate ? [...match.known, ...match.fresh] : match.known),
    gone: args.baselineMode === 'read' ? match.gone.map((entry) => entry.fingerprint) : [],
    hasBaseline: args.baseline !== undefined,
    limits: report.limits.map(locator.limit),
    stats: withMemory(report.stats),
  };
  const nothingUsable = inputs.targets.length === 0 || (files.length === 0 && problems.length > 0);
  if (!nothingUsable) {
    const text = await reportCheck(args.format, result, {
      sourceLine: locator.sourceLine,
      display: displayFor(args.format, { root: inputs.root, cwd: io.cwd, tree: args.tree }),
      hasColor: wantsColor(args.color, io),
      isQuiet: args.isQuiet,
    });
    io.out(text);
  }
  let code: ExitCode = result.findings.length > 0 ? EXIT.findings : EXIT.clean;
  if (problems.length > 0) code = worse(code, EXIT.usage);
  if (faults.length > 0) code = worse(code, EXIT.fault);
  // After the output: nobody waits for it.
  keep();
  return code;
}
