/** An analysis without an engine: calls of `bad…(` in function bodies are findings, `cause(` lines of the function their trace. */
import { makeContracts } from '../../server/src/contracts/index.js';
import type { Analysis, Report } from '../../server/src/features/analysis.js';
import type { FileHost, FunctionDef, Program, ProgramFile } from '../../server/src/program/types.js';
import type { Finding, TraceStep } from '../../server/src/rules/finding.js';
import type { Files } from './posts.js';

const outline = { items: [], macros: [], includes: [], comments: [], inactive: [] };

/** The fake, with what it was asked. */
export interface FakeAnalysis {
  readonly analysis: Analysis;
  readonly host: FileHost;
  /** Texts that differ from the host's. */
  readonly overlay: ReadonlyMap<string, string>;
  readonly checks: readonly (readonly string[])[];
}

interface Extent {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function functions(text: string): readonly Extent[] {
  return [...text.matchAll(/^[a-z][^\n;]*?(\w+)\([^\n;]*\)\n\{\n(?:[^}\n].*\n|\n)*\}/gm)].map((match) => ({
    name: match[1] ?? '',
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function hash(text: string): string {
  let value = 7;
  for (const char of text) value = (Math.imul(value, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return value.toString(16).padStart(16, '0');
}

/** Findings of one text. `extern bad` in a header makes every call of `outer(` a finding, too: a cause in another file. */
function find(path: string, text: string, header: string): readonly Finding[] {
  const findings: Finding[] = [];
  const counters = new Map<string, number>();
  for (const { name, start, end } of functions(text)) {
    const body = text.slice(start, end);
    const trace: TraceStep[] = [...body.matchAll(/cause\(/g)].map((match) => ({
      file: path,
      start: start + match.index,
      end: start + match.index + 5,
      message: 'caused here',
    }));
    const pattern = header.includes('extern bad') ? /\b(bad\w*|outer)\(([^\n]*)/g : /\b(bad\w*)\(([^\n]*)/g;
    for (const match of body.matchAll(pattern)) {
      const statement = match[0];
      const rule = match[1] === 'bad_fatal' ? 'fault' : 'rule-a';
      const key = `${rule}${name}${statement}`;
      const count = counters.get(key) ?? 0;
      counters.set(key, count + 1);
      findings.push({
        rule,
        severity: 'error',
        file: path,
        start: start + match.index,
        end: start + match.index + (/=/.test(statement) ? statement.indexOf(' =') : 3),
        function: name,
        message: `${match[1]} of \`${(match[2] ?? '').split(')')[0]}\``,
        trace,
        fixes: [],
        fingerprint: hash(`${key}${count}`),
      });
    }
  }
  return findings;
}

/** Makes the fake over files. A file with `bad_fatal(` makes its check throw. */
export function fakeAnalysis(files: Files): FakeAnalysis {
  const overlay = new Map<string, string>();
  const checks: (readonly string[])[] = [];
  const host: FileHost = {
    read: (path) => files[path],
    list: () => [],
  };
  const read = (path: string): string | undefined => overlay.get(path) ?? files[path];
  const file = (path: string): ProgramFile | undefined => {
    const text = read(path);
    return text === undefined ? undefined : { path, text, outline };
  };
  const notUsed = (): never => {
    throw new Error('not part of the fake');
  };
  const program: Pick<Program, 'file' | 'functionsIn'> = {
    file,
    functionsIn: (own) =>
      functions(own.text).map(
        ({ name, start, end }): FunctionDef => ({
          key: `${own.path}:${name}`,
          name,
          file: own,
          item: {
            kind: 'function',
            name,
            start,
            end,
            bodyStart: start,
            isStatic: true,
            isInline: false,
            alternative: false,
            doc: undefined,
          },
          ast: notUsed,
        }),
      ),
  };
  const check = (paths: readonly string[]): Report => {
    checks.push(paths);
    const findings = paths.flatMap((path) => find(path, read(path) ?? '', read('include/own.h') ?? ''));
    if (findings.some((finding) => finding.rule === 'fault')) throw new Error('the engine fell over');
    return { findings, limits: [], stats: { files: paths.length, functions: 0, lines: 0, parseMs: 1, analyseMs: 2 } };
  };
  const analysis: Analysis = {
    facts: { source: 'fake' } as Analysis['facts'],
    program: program as Program,
    check,
    setText(path, text) {
      if (text === undefined) overlay.delete(path);
      else overlay.set(path, text);
    },
    stateAt: () => undefined,
    contractsOf: () => makeContracts(),
    relevantFiles: (folder) =>
      Object.keys(files).filter((path) => /\.[ch]$/.test(path) && (folder === '' || path.startsWith(`${folder}/`))),
  };
  return { analysis, host, overlay, checks };
}
