/** The analysis session: one program, one engine, and the rules over them. */

import type { Contracts } from '../contracts/index.js';
import { flagsLock } from '../contracts/protected.js';
import { type ContractScopes, createContractScopes } from '../contracts/scopes.js';
import { Engine } from '../flow/engine.js';
import type { FlowEvent, Frame, Summary } from '../flow/events.js';
import { readConfig } from '../program/config.js';
import { createProgram } from '../program/program.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import { catalogue } from '../rules/catalogue.js';
import type { Finding, Fix, Limit } from '../rules/finding.js';
import { allRules } from '../rules/registry.js';
import type { FunctionContext, Report, Rule } from '../rules/rule.js';
import { renderTrail } from '../rules/trace.js';
import { walkExprs } from '../rules/walk.js';
import { createItemParser } from '../syntax/parser.js';
import {
  type Analysis,
  type AnalysisOptions,
  type AnalysisStats,
  type Report as CheckReport,
  Interrupted,
  type StateAt,
} from './analysis.js';
import { callerVerdict, isHeldAtEntry } from './callers.js';
import { createRecorder, type Dependencies, holdersText, type Recorder, recordingProgram } from './dependencies.js';
import { addChanges, type Before, type Collected, isTouched, noChanges } from './edits.js';
import { takePlaces } from './same-summary.js';
import { applySuppressions } from './suppressions.js';
import { longestFunction, TrackedEngine } from './tracked-engine.js';

type Draft = Omit<Finding, 'fingerprint'> & { readonly statement: string };

/** Makes an analysis session; see `Analysis`. */
export async function createAnalysis(options: AnalysisOptions): Promise<Analysis> {
  const parser = await createItemParser(options.wasm, readConfig(options.config));
  const scopes = createContractScopes(options.host);
  const program = createProgram({
    host: options.host,
    parser,
    config: readConfig(options.config),
    hasTree: options.hasTree,
    contractsOf: scopes.of,
  });
  const recorder = createRecorder();
  return new Session(program, new TrackedEngine(program, scopes, recorder), recorder, options.isInterrupted);
}

/** A report as the rule made it. */
interface RawReport {
  readonly rule: Rule;
  readonly report: Report;
  readonly function: string;
}

interface FunctionFindings {
  readonly reports: readonly RawReport[];
  readonly limit: string | undefined;
}

/** What was found in a function, or in a file outside of functions, and what it was made from. */
interface Found {
  readonly file: ProgramFile;
  readonly text: string;
  /** Where the function stood. */
  readonly start: number;
  readonly result: FunctionFindings;
  readonly made: Dependencies;
}

class Session implements Analysis {
  readonly program: Program;
  private readonly engine: TrackedEngine;
  private readonly recorder: Recorder;
  /** The program as rules see it: what they ask is noted. */
  private readonly asked: Program;
  private readonly found = new Map<string, Found>();
  /** Files as they were at the last answer, where their text was replaced since. */
  private readonly pending = new Map<string, Before | undefined>();
  private epoch = 0;
  /** Facts of the interface at the last answer. */
  private knownFacts: Partial<Program['facts']> = {};
  /** Names of needs of a function that says what it said before its last edit: new name to the name its callers know. */
  private readonly oldNames = new Map<string, ReadonlyMap<string, string>>();
  /** The newest summary of such a function, for its own rules. */
  private readonly own = new Map<string, Summary>();

  private readonly interrupt: (() => void) | undefined;

  constructor(program: Program, engine: TrackedEngine, recorder: Recorder, isInterrupted: (() => boolean) | undefined) {
    this.interrupt =
      isInterrupted === undefined
        ? undefined
        : () => {
            if (isInterrupted()) throw new Interrupted('interrupted');
          };
    this.program = program;
    this.engine = engine;
    this.recorder = recorder;
    this.asked = recordingProgram(program, recorder, true);
    this.epoch = program.epoch;
  }

  get facts(): Program['facts'] {
    return this.program.facts;
  }

  contractsOf(path: string): Contracts {
    return this.engine.scopes.of(path);
  }

  relevantFiles(folder: string): readonly string[] {
    return relevant(this.program, folder);
  }

  setText(path: string, text: string | undefined): void {
    if (this.pending.size === 0) this.knownFacts = { ...this.program.facts };
    if (!this.pending.has(path)) {
      const file = this.program.known(path);
      this.pending.set(path, file === undefined ? undefined : { file, functions: this.program.functionsIn(file) });
    }
    this.program.setText(path, text);
  }

  /** Takes back what the edits since the last answer made untrue, and makes anew what others build upon. */
  private update(): void {
    if (this.pending.size === 0) return;
    const edits = [...this.pending];
    this.pending.clear();
    let isFollowed = false;
    try {
      isFollowed = this.follow(edits);
    } finally {
      if (!isFollowed) this.startAfresh();
      this.epoch = this.program.epoch;
    }
  }

  /** Forgets every answer. */
  private startAfresh(): void {
    this.engine.reset();
    this.found.clear();
    this.oldNames.clear();
    this.own.clear();
    this.recorder.holders.clear();
  }

  /** False when the edits reach too far to be followed. */
  private follow(edits: readonly (readonly [string, Before | undefined])[]): boolean {
    const changes = noChanges();
    for (const [path, before] of edits) {
      const now = this.program.known(path);
      if (before === undefined || now === undefined) return false;
      if (now !== before.file && !addChanges(changes, before, now, this.program.functionsIn(now))) return false;
    }
    if (this.program.epoch !== this.epoch) this.addFarther(changes);
    const { made } = this.engine;
    for (const name of this.engine.movedBy(changes)) changes.macros.add(name);
    const takesPart = [...changes.values].some((name) =>
      changes.functions.some(({ fn }) => this.program.findFunction(name, fn.file) !== undefined),
    );
    const readOtherwise = this.readOtherwise(changes);
    const isAffected = (key: string, from: Dependencies): boolean =>
      changes.keys.has(key) || readOtherwise(key) || isTouched(from, changes, takesPart);
    for (const key of changes.gone) {
      this.engine.forget(key);
      made.delete(key);
      this.found.delete(key);
    }
    let affected = [...made].filter(([key, from]) => isAffected(key, from)).map(([key]) => key);
    const again = new Set<string>([...changes.keys, ...affected]);
    const changed = new Set<string>();
    const times = new Map<string, number>();
    while (affected.length > 0) {
      for (const key of affected) times.set(key, (times.get(key) ?? 0) + 1);
      // Recursion that is found early is found before work is lost.
      if (affected.some((key) => (times.get(key) ?? 0) > 3) || affected.some((key) => changes.keys.has(key) && this.isRecursive(key)))
        return false;
      const differing = this.engine.again(
        affected.flatMap((key) => this.place(key) ?? []),
        (key, old, now) => {
          const names = old.limit === now.limit ? takePlaces(old.summary, now.summary) : undefined;
          if (names === undefined) {
            this.oldNames.delete(key);
            this.own.delete(key);
            return false;
          }
          this.oldNames.set(key, names);
          this.own.set(key, now.summary);
          return true;
        },
      );
      if (affected.some((key) => this.isRecursive(key))) return false;
      for (const key of differing) changed.add(key);
      const solved = new Set(affected);
      affected = [...made].filter(([key, from]) => !solved.has(key) && meetsAny(from.summaries, differing)).map(([key]) => key);
      for (const key of affected) again.add(key);
    }
    for (const [key, one] of this.found) {
      const moved =
        changes.paths.has(one.file.path) &&
        one.result.reports.some(({ report }) => report.fixes?.some((fix) => !isInside(fix, one)) === true);
      if (again.has(key) || moved || isAffected(key, one.made) || meetsAny(one.made.summaries, changed)) this.found.delete(key);
    }
    return true;
  }

  /** What a change of declarations reaches beside names: facts of the interface, and which structs hold which. */
  private addFarther(changes: Collected): void {
    const facts = this.program.facts;
    for (const key of Object.keys(facts) as (keyof typeof facts)[])
      if (facts[key] !== this.knownFacts[key]) changes.names.add(`fact:${key}`);
    for (const [key, asked] of this.recorder.holders) {
      const from = this.program.known(asked.path);
      const answer = from === undefined ? '' : holdersText(this.program.containersOf(asked.tag, from));
      if (answer === asked.answer) continue;
      changes.holders.add(key);
      this.recorder.holders.set(key, { ...asked, answer });
    }
    this.engine.forgetDeclared();
  }

  /** Functions whose text holds a macro that changed: it is parsed otherwise, or means something else. */
  private readOtherwise(changes: Collected): (key: string) => boolean {
    if (changes.macros.size === 0) return () => false;
    const pattern = new RegExp(`\\b(?:${[...changes.macros].join('|')})\\b`);
    return (key) => {
      const fn = this.place(key);
      return fn !== undefined && pattern.test(Engine.textOf(fn));
    };
  }

  /** True when a function's summary was made with its own in the making: then the order of questions counts. */
  private isRecursive(key: string): boolean {
    const seen = new Set<string>();
    const work = [...(this.engine.made.get(key)?.summaries ?? [])];
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      if (at === key) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      work.push(...(this.engine.made.get(at)?.summaries ?? []));
    }
    return false;
  }

  check(paths: readonly string[], only?: ReadonlySet<string>): CheckReport {
    const began = performance.now();
    const parsedBefore = this.program.parseStats.parseMs;
    // What an edit takes back is worked out to the end: left in the middle, nobody would know what still holds.
    this.update();
    this.engine.interrupt = this.interrupt;
    try {
      const report = this.checkAll(paths, only);
      const parseMs = this.program.parseStats.parseMs - parsedBefore;
      return { ...report, stats: { ...report.stats, parseMs, analyseMs: Math.max(0, performance.now() - began - parseMs) } };
    } finally {
      this.engine.interrupt = undefined;
    }
  }

  private checkAll(paths: readonly string[], only: ReadonlySet<string> | undefined): CheckReport {
    const drafts: Draft[] = [];
    const limits: Limit[] = [];
    let files = 0;
    let functions = 0;
    let lines = 0;
    this.engine.wanted = new Set(paths);
    for (const path of [...new Set(paths)].sort()) {
      const file = this.program.file(path);
      if (file === undefined) continue;
      files++;
      lines += countLines(file.text);
      for (const fn of this.program.functionsIn(file)) {
        if (fn.item.alternative) continue;
        functions++;
        const result = this.checkFunction(fn);
        for (const raw of result.reports) drafts.push(this.draft(raw.rule, raw.report, file, fn.item.start, Engine.textOf(fn), fn.name));
        if (result.limit !== undefined)
          limits.push({ file: path, start: fn.item.start, end: fn.item.end, function: fn.name, reason: result.limit });
      }
      for (const raw of this.checkFile(file)) drafts.push(this.draft(raw.rule, raw.report, file, 0, file.text, raw.function));
    }
    limits.push(...contractLimits(this.engine.scopes, paths));
    const found = number(drafts.filter((d) => only === undefined || only.has(d.rule)));
    const findings = [...new Set(paths)].sort().reduce<readonly Finding[]>((list, path) => {
      const file = this.program.file(path);
      return file === undefined ? list : applySuppressions(file, list, only === undefined);
    }, found);
    const stats: AnalysisStats = { files, functions, lines, parseMs: 0, analyseMs: 0 };
    return { findings, limits, stats };
  }

  stateAt(path: string, offset: number): StateAt | undefined {
    this.update();
    const file = this.program.file(path);
    const fn =
      file === undefined
        ? undefined
        : this.program.functionsIn(file).find((one) => one.item.bodyStart >= 0 && one.item.bodyStart < offset && offset < one.item.end);
    return fn === undefined ? undefined : this.engine.describe(fn, offset - fn.item.start);
  }

  private checkFile(file: ProgramFile): readonly RawReport[] {
    return this.engine.scopes.within(file.path, () => this.checkOutside(file));
  }

  private checkOutside(file: ProgramFile): readonly RawReport[] {
    const known = this.found.get(file.path);
    if (known?.file === file) return known.result.reports;
    const { value: reports, dependencies: made } = this.recorder.record(() => {
      const list: RawReport[] = [];
      for (const rule of allRules) {
        rule.onFile?.(file, {
          engine: this.engine,
          program: this.asked,
          report: (report) => {
            list.push({ rule, report, function: report.function ?? '' });
          },
        });
      }
      return list;
    });
    this.found.set(file.path, { file, text: '', start: 0, result: { reports, limit: undefined }, made });
    return reports;
  }

  private checkFunction(fn: FunctionDef): FunctionFindings {
    const text = Engine.textOf(fn);
    const known = this.found.get(fn.key);
    if (known !== undefined && known.text === text) {
      const by = fn.item.start - known.start;
      if (by === 0) return known.result;
      const reports = known.result.reports.map((raw) => moved(raw, by));
      const result = { ...known.result, reports };
      this.found.set(fn.key, { ...known, file: fn.file, start: fn.item.start, result });
      return result;
    }
    const { value: result, dependencies: made } = this.recorder.record((): FunctionFindings => {
      try {
        return this.engine.scopes.within(fn.file.path, () => this.runRules(fn, text));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return { reports: [], limit: 'nests too deeply' };
      }
    });
    this.found.set(fn.key, { file: fn.file, text, start: fn.item.start, result, made });
    return result;
  }

  private runRules(fn: FunctionDef, text: string): FunctionFindings {
    if (text.length > longestFunction) return { reports: [], limit: 'too large' };
    const ast = fn.ast();
    if (ast === undefined) return { reports: [], limit: 'did not parse' };
    const reports = new Map<string, { readonly raw: RawReport; readonly steps: number }>();
    let summary: Summary | undefined;
    const contexts = new Map<Rule, FunctionContext>();
    for (const rule of allRules) {
      contexts.set(rule, {
        engine: this.engine,
        program: this.asked,
        fn,
        ast,
        text,
        scope: {
          program: this.asked,
          file: fn.file,
          local: (name) => this.engine.cfgOf(fn)?.types.get(name) ?? ast.params.find((p) => p.name === name)?.type,
        },
        report: (report) => {
          const key = `${rule.id}:${report.span.start}:${report.about ?? ''}`;
          const steps = this.draft(rule, report, fn.file, fn.item.start, text, fn.name).trace.length;
          const old = reports.get(key);
          if (old === undefined || steps < old.steps) reports.set(key, { raw: { rule, report, function: fn.name }, steps });
        },
        callersOf: (originId, lockClass = flagsLock, of = fn) =>
          callerVerdict(
            { program: this.asked, engine: this.engine, originId: this.oldNames.get(of.key)?.get(originId) ?? originId, lockClass },
            of,
          ),
        isHeldAtEntry: (of) => isHeldAtEntry(this.asked, this.engine, of),
        summary: () => summary ?? this.own.get(fn.key) ?? this.engine.summaryOf(fn),
      });
    }
    const context = (rule: Rule): FunctionContext => {
      const found = contexts.get(rule);
      if (found === undefined) throw new Error(`no context for ${rule.id}`);
      return found;
    };
    const listeners = allRules.filter((rule) => rule.onEvent !== undefined);
    const sink = (event: FlowEvent, frame: Frame): void => {
      for (const rule of listeners) rule.onEvent?.(event, frame, context(rule));
    };
    const facts = this.engine.replay(fn, sink);
    summary = this.own.get(fn.key) ?? facts.summary;
    for (const rule of allRules) if (facts.limit === undefined) rule.finish?.(context(rule));
    const readers = allRules.filter((rule) => rule.onExpr !== undefined);
    walkExprs(ast.body, (expr, parent) => {
      for (const rule of readers) rule.onExpr?.(expr, parent, context(rule));
    });
    return { reports: [...reports.values()].map(({ raw }) => raw), limit: facts.limit };
  }

  private place(key: string): FunctionDef | undefined {
    const path = key.slice(0, key.lastIndexOf(':'));
    const file = this.program.file(path);
    return file === undefined ? undefined : this.program.functionsIn(file).find((fn) => fn.key === key);
  }

  private draft(rule: Rule, report: Report, file: ProgramFile, base: number, text: string, fnName: string): Draft {
    const meta = catalogue.find((entry) => entry.id === rule.id);
    const trace = renderTrail(report.trail, report.keys ?? [], (key) => this.place(key));
    const because = (report.because ?? []).map((b) => {
      // The function may have moved since the report was made.
      const at = this.place(b.fn.key) ?? b.fn;
      return { file: at.file.path, start: at.item.start + b.span.start, end: at.item.start + b.span.end, message: b.message };
    });
    return {
      rule: rule.id,
      severity: report.severity ?? meta?.severity ?? 'warning',
      file: file.path,
      start: base + report.span.start,
      end: base + report.span.end,
      function: fnName,
      message: report.message,
      trace: [...trace.slice(0, Math.max(0, 12 - because.length)), ...because].slice(0, 12),
      fixes: report.fixes ?? [],
      statement: text.slice(report.span.start, report.span.end).replace(/\s+/g, ' '),
    };
  }
}

/** What is wrong with the files of contracts that count for these sources, each place once. */
function contractLimits(scopes: ContractScopes, paths: readonly string[]): readonly Limit[] {
  const found = new Map<string, Limit>();
  for (const { message, ...place } of paths.flatMap((path) => scopes.problems(path)))
    found.set(`${place.file}:${place.start}:${message}`, { ...place, function: '', reason: message });
  return [...found.values()];
}

const meetsAny = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
  for (const one of b) if (a.has(one)) return true;
  return false;
};

/** Paths of files that matter below a folder. */
function relevant(program: Program, folder: string): readonly string[] {
  return program.files(folder).map((file) => file.path);
}

function countLines(text: string): number {
  let lines = 1;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines++;
  return lines;
}

/** True when a fix changes nothing but the function that it was found in. */
function isInside(fix: Fix, found: Found): boolean {
  return fix.edits.every(
    (edit) => edit.file === found.file.path && edit.start >= found.start && edit.end <= found.start + found.text.length,
  );
}

/** A report of a function that stands elsewhere in its file now. */
function moved(raw: RawReport, by: number): RawReport {
  const { fixes } = raw.report;
  if (fixes === undefined || fixes.length === 0) return raw;
  const report = {
    ...raw.report,
    fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map((edit) => ({ ...edit, start: edit.start + by, end: edit.end + by })) })),
  };
  return { ...raw, report };
}

/** Orders findings and gives them fingerprints that survive moved lines. */
function number(drafts: readonly Draft[]): Finding[] {
  const sorted = [...drafts].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0),
  );
  const counts = new Map<string, number>();
  return sorted.map(({ statement, ...finding }) => {
    const key = `${finding.rule}|${finding.file}|${finding.function}|${statement}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return { ...finding, fingerprint: digest(`${key}|${count}`) };
  });
}

/** 64 bits of FNV-1a, as 16 hex digits. */
function digest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
