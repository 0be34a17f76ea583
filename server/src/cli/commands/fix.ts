/** `fix`: repairs findings or runs a refactor; prints a unified diff, or writes. */
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { applyEdits, editsByFile } from '../../features/prove.js';
import { applyFixes } from '../apply-fixes.js';
import type { Invocation } from '../arguments.js';
import { createDisplay } from '../display.js';
import { EXIT, type ExitCode, UsageError, worse } from '../exit.js';
import { expandTargets, inside, resolveInputs } from '../inputs.js';
import type { Io } from '../io.js';
import { indexLines } from '../lines.js';
import { createLocator } from '../located.js';
import { JSON_VERSION } from '../reporters/json.js';
import { counted, oneLine } from '../reporters/words.js';
import type { Services } from '../services.js';
import { complain, createProgress, openSession, readableFiles, type Session, selectRules } from '../session.js';
import { createStyle, type Style, wantsColor } from '../style.js';
import { TOOL_NAME, toolVersion } from '../version.js';

type FixInvocation = Extract<Invocation, { command: 'fix' }>;

/** A unified diff of one file, as `patch -p1` and `git apply` take it. */
export function unifiedDiff(file: string, before: string, after: string): string {
  const path = file.replace(/^\//, '');
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '').replace(/^(---|\+\+\+) (.*?)\t$/gm, '$1 $2');
}

function colored(diff: string, style: Style): string {
  return diff
    .split('\n')
    .map((line) => {
      if (line.startsWith('---') || line.startsWith('+++')) return style.bold(line);
      if (line.startsWith('+')) return style.added(line);
      if (line.startsWith('-')) return style.removed(line);
      return line.startsWith('@@') ? style.place(line) : line;
    })
    .join('\n');
}

/** Writes a file in the encoding it has. Throws UsageError when it changed meanwhile, leads out of the tree, or cannot be written. */
function writeText(root: string, file: string, before: string, after: string): void {
  const path = isAbsolute(file) ? file : join(root, file);
  const fail = (why: string): never => {
    throw new UsageError(`${file}: not written: ${why}`);
  };
  try {
    if (!isAbsolute(file) && inside(realpathSync(root), realpathSync(path)) === undefined) fail('it is a link that leads out of the tree');
    const bytes = readFileSync(path);
    const encoding = ['utf8' as const, 'latin1' as const].find((name) => Buffer.from(bytes.toString(name), name).equals(bytes));
    if (encoding === undefined || bytes.toString(encoding).replace(/^\ufeff/, '') !== before.replace(/^\ufeff/, ''))
      fail('it changed since it was read');
    const mark = bytes.toString('utf8').startsWith('\ufeff') && !after.startsWith('\ufeff') ? '\ufeff' : '';
    writeFileSync(path, Buffer.from(mark + after, encoding));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** What there is to print or write. */
interface Change {
  readonly changed: ReadonlyMap<string, string>;
  /** One line each: what was done, and what was not and why. */
  readonly notes: readonly string[];
  readonly applied: readonly object[];
  readonly rejected: readonly object[];
  readonly left: number;
}

interface Work {
  readonly args: FixInvocation;
  readonly session: Session;
  readonly root: string;
  readonly files: readonly string[];
}

function repair({ args, session, root, files }: Work): Change {
  const { analysis, host } = session;
  const locator = createLocator((file) => host.read(file));
  const outcome = applyFixes({
    analysis,
    files,
    only: selectRules(args.rules),
    withSuggested: args.withSuggested,
    read: (file) => host.read(file),
    mayEdit: (file) => host.read(file) !== undefined && (isAbsolute(file) || inside(root, join(root, file)) !== undefined),
  });
  const entry = (tried: (typeof outcome.tried)[number]): object => ({
    rule: tried.finding.rule,
    file: tried.finding.file,
    function: tried.finding.function,
    fingerprint: tried.finding.fingerprint,
    title: tried.fix.title,
    safety: tried.fix.safety,
    ...(tried.rejected === undefined ? {} : { reason: tried.rejected }),
  });
  const applied = outcome.tried.filter((tried) => tried.rejected === undefined);
  const rejected = outcome.tried.filter((tried) => tried.rejected !== undefined);
  const notes = rejected.map((tried) => {
    const { line } = locator.finding(tried.finding);
    return `${tried.finding.file}:${line}: [${tried.finding.rule}] fix left out: ${tried.rejected ?? ''}`;
  });
  return { changed: outcome.changed, notes, applied: applied.map(entry), rejected: rejected.map(entry), left: outcome.left.length };
}

async function refactor({ args, session, files }: Work): Promise<Change> {
  const { refactors } = await import('../../features/refactors/index.js');
  const chosen = refactors.find((candidate) => candidate.id === args.refactor);
  if (chosen === undefined) {
    const known = refactors.map((candidate) => candidate.id).join(', ');
    throw new UsageError(`--refactor ${args.refactor ?? ''}: no such refactor${known === '' ? '' : `; there are ${known}`}`);
  }
  const { analysis, host } = session;
  const before = analysis.check(files);
  const { edits, notes } = chosen.run(analysis, files);
  const changed = new Map<string, string>();
  for (const [file, list] of editsByFile(edits)) {
    const text = applyEdits(host.read(file) ?? '', list);
    if (text === undefined) throw new Error(`the edits of ${chosen.id} overlap in ${file}`);
    changed.set(file, text);
    analysis.setText(file, text);
  }
  const after = analysis.check([...new Set([...files, ...changed.keys()])].sort());
  const seen = new Set(before.findings.map((finding) => finding.fingerprint));
  const fresh = after.findings.filter((finding) => !seen.has(finding.fingerprint));
  const warnings = fresh.map((finding) => {
    const { line } = indexLines(changed.get(finding.file) ?? host.read(finding.file) ?? '').position(finding.start);
    return `after the refactor, ${finding.file}:${line}: [${finding.rule}] ${oneLine(finding.message)}`;
  });
  const unparsed = after.limits.length - before.limits.length;
  if (unparsed > 0) warnings.push(`after the refactor, ${counted(unparsed, 'more function')} could not be analysed`);
  return {
    changed,
    notes: [...notes, ...warnings],
    applied: changed.size === 0 ? [] : [{ refactor: chosen.id, files: [...changed.keys()] }],
    rejected: [],
    left: after.findings.length,
  };
}

/** Runs `fix`. */
export async function runFix(args: FixInvocation, io: Io, services: Services): Promise<ExitCode> {
  selectRules(args.rules);
  const inputs = resolveInputs({ paths: args.paths, tree: args.tree, cwd: io.cwd, services });
  const progress = createProgress(io, args.isQuiet);
  progress.show('reading the tree');
  const session = await openSession(inputs, services);
  const readable = readableFiles(expandTargets(inputs, session.analysis), session.host, inputs.root);
  progress.done();
  const problems = [...inputs.problems, ...readable.problems];
  for (const problem of problems) complain(io, problem);
  const work: Work = { args, session, root: inputs.root, files: readable.files };
  const change = args.refactor === undefined ? repair(work) : await refactor(work);
  const display = createDisplay({ root: inputs.root, cwd: io.cwd, tree: args.tree });
  const style = createStyle(wantsColor(args.color, io));
  const diffs = [...change.changed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, after]) => ({ file, before: session.host.read(file) ?? '', after }))
    .filter(({ before, after }) => before !== after);

  if (args.write) for (const { file, before, after } of diffs) writeText(inputs.root, file, before, after);
  if (args.format === 'json') {
    const report = {
      version: JSON_VERSION,
      tool: { name: TOOL_NAME, version: toolVersion() },
      tree: inputs.root,
      written: args.write,
      applied: change.applied,
      rejected: change.rejected,
      left: change.left,
      notes: change.notes,
      diff: diffs.map(({ file, before, after }) => unifiedDiff(file, before, after)).join(''),
    };
    io.out(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    if (args.write) for (const { file } of diffs) io.out(`${display(file)}\n`);
    else for (const { file, before, after } of diffs) io.out(colored(unifiedDiff(file, before, after), style));
    if (!args.isQuiet) {
      for (const note of change.notes) complain(io, note);
      const verb = args.write ? 'wrote' : 'would change';
      const done = args.refactor === undefined ? `${counted(change.applied.length, 'fix')} applied, ` : '';
      complain(io, `${done}${verb} ${counted(diffs.length, 'file')}, ${counted(change.left, 'finding')} left`);
    }
  }
  const code: ExitCode = change.left > 0 ? EXIT.findings : EXIT.clean;
  return problems.length > 0 ? worse(code, EXIT.usage) : code;
}
