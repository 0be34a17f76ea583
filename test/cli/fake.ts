/** A command line without a process or an engine: an Io that records, and an analysis that reports what a test says. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Io } from '../../server/src/cli/io.js';
import type { Services } from '../../server/src/cli/services.js';
import { makeContracts } from '../../server/src/contracts/index.js';
import type { Analysis, Report } from '../../server/src/features/analysis.js';
import type { ApiFacts, FileHost, Program } from '../../server/src/program/types.js';
import type { Finding, Fix, Severity } from '../../server/src/rules/finding.js';

export const facts: ApiFacts = {
  rangeHasPages: false,
  rangeHasFlags: true,
  migrateDevmemOnRange: true,
  partialUnmapOnRange: true,
  pagesHasDrm: true,
  gpusvmHasDrm: false,
  initTakesDrm: false,
  hasInitPages: true,
  pagesValidExported: true,
  hasRangePageHelpers: false,
  setUnmappedParams: 4,
  removeUnmapsPages: false,
  source: 'include/drm/drm_gpusvm.h',
};

/** Io that keeps what was written. */
export interface FakeIo extends Io {
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export function fakeIo(cwd: string, more: Partial<Io> = {}): FakeIo {
  let out = '';
  let err = '';
  return {
    cwd,
    env: {},
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 80,
    out(text) {
      out += text;
      return true;
    },
    err(text) {
      err += text;
    },
    readInput: async () => new Uint8Array(),
    stdout: () => out,
    stderr: () => err,
    ...more,
  };
}

/** A scratch folder with these files. */
export function scratch(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'gpusvm-cli-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

export const treeMark = { 'include/drm/drm_gpusvm.h': '/* the API */\n' };

/** How the fake engine finds things: every occurrence of a word is a finding. */
export interface FakeRule {
  readonly rule: string;
  readonly severity: Severity;
  readonly word: string;
  readonly fix?: (file: string, start: number, end: number, text: string) => readonly Fix[];
  readonly trace?: boolean;
}

function diskHost(root: string): FileHost {
  return {
    read(path) {
      try {
        return readFileSync(join(root, path), 'utf8');
      } catch {
        return undefined;
      }
    },
    list(folder) {
      try {
        return readdirSync(join(root, folder)).map((name) => (statSync(join(root, folder, name)).isDirectory() ? `${name}/` : name));
      } catch {
        return [];
      }
    },
  };
}

function below(host: FileHost, folder: string): readonly string[] {
  return host
    .list(folder)
    .flatMap((name) => {
      const path = folder === '' ? name : `${folder}/${name}`;
      return name.endsWith('/') ? below(host, path.slice(0, -1)) : [path];
    })
    .filter((path) => path.endsWith('.c'));
}

/** Services whose engine reports every occurrence of a rule's word. `throwOn` makes it fail on a file. */
export function fakeServices(rules: readonly FakeRule[], throwOn = ''): Services {
  return {
    createHost: diskHost,
    findTree(from) {
      for (let at = resolve(from); ; at = dirname(at)) {
        if (existsSync(join(at, 'include/drm/drm_gpusvm.h'))) return at;
        if (dirname(at) === at) return undefined;
      }
    },
    readWasm: () => ({ runtime: new Uint8Array(), grammar: new Uint8Array() }),
    async createAnalysis({ host, hasTree }) {
      const overlay = new Map<string, string>();
      const read = (path: string): string | undefined => overlay.get(path) ?? host.read(path);
      const check = (paths: readonly string[], only?: ReadonlySet<string>): Report => {
        const findings: Finding[] = [];
        for (const file of [...paths].sort()) {
          if (throwOn !== '' && file.endsWith(throwOn)) throw new Error('engine broke');
          const text = read(file) ?? '';
          for (const rule of rules) {
            if (only !== undefined && !only.has(rule.rule)) continue;
            let count = 0;
            for (let at = text.indexOf(rule.word); at !== -1; at = text.indexOf(rule.word, at + 1)) {
              const end = at + rule.word.length;
              findings.push({
                rule: rule.rule,
                severity: rule.severity,
                file,
                start: at,
                end,
                function: 'f',
                message: `consequence of ${rule.word}, because of a reason: do the remedy`,
                trace: rule.trace === true ? [{ file, start: 0, end: 1, message: 'the start of it' }] : [],
                fixes: rule.fix?.(file, at, end, text) ?? [],
                fingerprint: `${rule.word}-${count++}`,
              });
            }
          }
        }
        const stats = { files: paths.length, functions: paths.length, lines: 1, parseMs: 0.123, analyseMs: 1.26 };
        return { findings, limits: [], stats };
      };
      const program = { file: (path: string) => (read(path) === undefined ? undefined : { path, text: read(path) }) } as unknown as Program;
      const analysis: Analysis = {
        facts: hasTree ? facts : { ...facts, source: 'built-in' },
        program,
        check,
        setText(path, text) {
          if (text === undefined) overlay.delete(path);
          else overlay.set(path, text);
        },
        stateAt: () => undefined,
        contractsOf: () => makeContracts(),
        relevantFiles: (folder) => below(host, folder),
      };
      return analysis;
    },
  };
}
