/** The analysis session: one program, one engine, and the rules over them. */
import { Engine } from '../flow/engine.js';
import type { FlowEvent, Frame, Summary } from '../flow/events.js';
import { makeContracts } from '../contracts/index.js';
import { createProgram } from '../program/program.js';
import { readConfig } from '../program/config.js';
import type { FunctionDef, Program, ProgramFile, Reference } from '../program/types.js';
import { catalogue } from '../rules/catalogue.js';
import type { Finding, Limit } from '../rules/finding.js';
import { allRules } from '../rules/registry.js';
import type { CallerVerdict, FunctionContext, Report, Rule } from '../rules/rule.js';
import { renderTrail } from '../rules/trace.js';
import { walkExprs } from '../rules/walk.js';
import { createItemParser } from '../syntax/parser.js';
import { applySuppressions } from './suppressions.js';
import type { Analysis, AnalysisOptions, AnalysisStats, Report as CheckReport, StateAt } from './analysis.js';

type Draft = Omit<Finding, 'fingerprint'> & { readonly statement: string };

/** Makes an analysis session; see `Analysis`. */
export async function createAnalysis(options: AnalysisOptions): Promise<Analysis> {
  const parser = await createItemParser(options.wasm, readConfig(options.config));
  const program = createProgram({ host: options.host, parser, config: readConfig(options.config), hasTree: options.hasTree });
  const engine = new Engine({ program, contracts: makeContracts() });
  return new Session(program, engine);
}

interface FunctionFindings {
  readonly drafts: readonly Draft[];
  readonly limit: string | undefined;
}

class Session implements Analysis {
  readonly program: Program;
  private readonly engine: Engine;
  private readonly found = new Map<string, { readonly text: string; readonly start: number; readonly generation: number; readonly result: FunctionFindings }>();
  private generation = 0;

  constructor(program: Program, engine: Engine) {
    this.program = program;
    this.engine = engine;
  }

  get facts(): Program['facts'] {
    return this.program.facts;
  }

  relevantFiles(folder: string): readonly string[] {
    return relevant(this.program, folder);
  }

  setText(path: string, text: string | undefined): void {
    this.program.setText(path, text);
    this.engine.reset();
    this.generation++;
  }

  check(paths: readonly string[], only?: ReadonlySet<string>): CheckReport {
    const began = performance.now();
    const parsedBefore = this.program.parseStats.parseMs;
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
        drafts.push(...result.drafts);
        if (result.limit !== undefined) limits.push({ file: path, start: fn.item.start, end: fn.item.end, function: fn.name, reason: result.limit });
      }
      drafts.push(...this.checkFile(file));
    }
    const found = number(drafts.filter((d) => only === undefined || only.has(d.rule)));
    const findings = [...new Set(paths)].sort().reduce<readonly Finding[]>((list, path) => {
      const file = this.program.file(path);
      return file === undefined ? list : applySuppressions(file, list, only === undefined);
    }, found);
    const parseMs = this.program.parseStats.parseMs - parsedBefore;
    const stats: AnalysisStats = { files, functions, lines, parseMs, analyseMs: Math.max(0, performance.now() - began - parseMs) };
    return { findings, limits, stats };
  }

  stateAt(path: string, offset: number): StateAt | undefined {
    const file = this.program.file(path);
    const fn = file === undefined ? undefined : this.program.functionsIn(file).find((one) => one.item.bodyStart >= 0 && one.item.bodyStart < offset && offset < one.item.end);
    return fn === undefined ? undefined : this.engine.describe(fn, offset - fn.item.start);
  }

  private checkFile(file: ProgramFile): Draft[] {
    const drafts: Draft[] = [];
    for (const rule of allRules) {
      rule.onFile?.(file, {
        engine: this.engine,
        program: this.program,
        report: (report) => {
          drafts.push(this.draft(rule, report, file, 0, file.text, report.function ?? ''));
        },
      });
    }
    return drafts;
  }

  private checkFunction(fn: FunctionDef): FunctionFindings {
    const text = Engine.textOf(fn);
    const known = this.found.get(fn.key);
    if (known !== undefined && known.generation === this.generation && known.text === text && known.start === fn.item.start) return known.result;
    const result = this.runRules(fn, text);
    this.found.set(fn.key, { text, start: fn.item.start, generation: this.generation, result });
    return result;
  }

  private runRules(fn: FunctionDef, text: string): FunctionFindings {
    const ast = fn.ast();
    if (ast === undefined) return { drafts: [], limit: 'did not parse' };
    const drafts = new Map<string, Draft>();
    let summary: Summary | undefined;
    const contexts = new Map<Rule, FunctionContext>();
    for (const rule of allRules) {
      contexts.set(rule, {
        engine: this.engine,
        program: this.program,
        fn,
        ast,
        text,
        scope: { program: this.program, file: fn.file, local: (name) => this.engine.cfgOf(fn)?.types.get(name) ?? ast.params.find((p) => p.name === name)?.type },
        report: (report) => {
          const draft = this.draft(rule, report, fn.file, fn.item.start, text, fn.name);
          const key = `${draft.rule}:${draft.start}`;
          const old = drafts.get(key);
          if (old === undefined || draft.trace.length < old.trace.length) drafts.set(key, draft);
        },
        callersOf: (originId) => this.callers(originId, fn, new Set()),
        summary: () => summary ?? this.engine.summaryOf(fn),
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
    summary = facts.summary;
    for (const rule of allRules) if (facts.limit === undefined) rule.finish?.(context(rule));
    const readers = allRules.filter((rule) => rule.onExpr !== undefined);
    walkExprs(ast.body, (expr, parent) => {
      for (const rule of readers) rule.onExpr?.(expr, parent, context(rule));
    });
    return { drafts: [...drafts.values()], limit: facts.limit };
  }

  /** What the callers of a function bring for a need; the search ends with the first that meets it, or might: no rule reports then. */
  private callers(originId: string, fn: FunctionDef, seen: Set<string>): CallerVerdict {
    if (seen.has(fn.key) || seen.size > 60) return { ok: 0, bad: 0, unknown: 0, roots: 0 };
    seen.add(fn.key);
    const total = { ok: 0, bad: 0, unknown: 0, roots: 0 };
    const refs = this.program.references(fn).filter((ref) => ref.caller.key !== fn.key && !ref.caller.item.alternative);
    if (refs.length === 0) total.roots++;
    for (const ref of refs) if (!ref.isCall) total.roots++;
    // What the function does not hand on, no caller hears of.
    const own = this.engine.summaryOf(fn);
    if (!own.unknown && !own.needs.some((need) => need.origin.id === originId)) return total;
    for (const ref of nearFirst(fn, refs)) {
      const summary = this.engine.summaryOf(ref.caller);
      if (summary.unknown) {
        // A caller that could not be analysed, and says nothing of what is needed, only hands it on.
        if (this.engine.mayMeet(originId, ref.caller)) {
          total.unknown++;
          return total;
        }
        const up = this.callers(originId, ref.caller, seen);
        total.roots += Math.max(1, up.roots);
        continue;
      }
      const counts = summary.verdicts.get(originId);
      if (counts === undefined) continue;
      total.ok += counts.ok;
      total.bad += counts.bad;
      total.unknown += counts.unknown;
      if (total.ok > 0 || total.unknown > 0) return total;
      if (counts.inherited > 0) {
        const up = this.callers(originId, ref.caller, seen);
        total.ok += up.ok;
        total.bad += up.bad;
        total.unknown += up.unknown;
        total.roots += up.roots;
        if (total.ok > 0 || total.unknown > 0) return total;
      }
    }
    return total;
  }

  private place(key: string): FunctionDef | undefined {
    const path = key.slice(0, key.lastIndexOf(':'));
    const file = this.program.file(path);
    return file === undefined ? undefined : this.program.functionsIn(file).find((fn) => fn.key === key);
  }

  private draft(rule: Rule, report: Report, file: ProgramFile, base: number, text: string, fnName: string): Draft {
    const meta = catalogue.find((entry) => entry.id === rule.id);
    const trace = renderTrail(report.trail, report.keys ?? [], (key) => this.place(key));
    const because = (report.because ?? []).map((b) => ({ file: b.fn.file.path, start: b.fn.item.start + b.span.start, end: b.fn.item.start + b.span.end, message: b.message }));
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

/** Paths of files that matter below a folder. */
function relevant(program: Program, folder: string): readonly string[] {
  return program.files(folder).map((file) => file.path);
}

/** Calls in the order in which they are looked at: the function's own file first, small callers first. Independent of what is known already. */
function nearFirst(fn: FunctionDef, refs: readonly Reference[]): readonly Reference[] {
  const size = (ref: Reference): number => ref.caller.item.end - ref.caller.item.start;
  const far = (ref: Reference): number => (ref.caller.file.path === fn.file.path ? 0 : 1);
  return refs
    .filter((ref) => ref.isCall)
    .sort((a, b) => far(a) - far(b) || size(a) - size(b) || (a.caller.key < b.caller.key ? -1 : 1));
}

function countLines(text: string): number {
  let lines = 1;
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines++;
  return lines;
}

/** Orders findings and gives them fingerprints that survive moved lines. */
function number(drafts: readonly Draft[]): Finding[] {
  const sorted = [...drafts].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0)));
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
