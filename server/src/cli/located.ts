/** Findings with lines and columns: the shapes of the JSON report, which every reporter reads. Lines and columns from 1, columns in UTF-16 units. */
import type { AnalysisStats } from '../features/analysis.js';
import type { ApiFacts } from '../program/types.js';
import type { Finding, Limit, Severity } from '../rules/finding.js';
import { indexLines, type LineIndex } from './lines.js';

/** One step of a finding's path. */
export interface LocatedStep {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** One replacement of text. */
export interface LocatedEdit {
  readonly file: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly newText: string;
}

/** A fix, as reported. */
export interface LocatedFix {
  readonly title: string;
  readonly safety: 'safe' | 'suggested';
  readonly edits: readonly LocatedEdit[];
}

/** A finding, as reported. `file` is relative to the tree. */
export interface LocatedFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly function: string;
  readonly message: string;
  readonly trace: readonly LocatedStep[];
  readonly fixes: readonly LocatedFix[];
  readonly fingerprint: string;
  /** Review only: line (from 1) in the patch's own text that the finding belongs to. */
  readonly patchLine?: number;
}

/** A part that was not analysed. */
export interface LocatedLimit {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly reason: string;
}

/** Figures of a run. Times in milliseconds, memory in MiB. */
export interface RunStats extends AnalysisStats {
  readonly peakRssMb: number;
}

/** Reads a line (from 1) of a file, as it was analysed; empty when unknown. */
export type SourceLine = (file: string, line: number) => string;

/** Outcome of `check`. */
export interface CheckResult {
  readonly tool: { readonly name: string; readonly version: string };
  /** Root of the tree, absolute; empty for lone files. */
  readonly tree: string;
  readonly facts: ApiFacts;
  readonly findings: readonly LocatedFinding[];
  /** Findings that the baseline knows, left out of `findings`. */
  readonly known: readonly LocatedFinding[];
  /** Fingerprints of the baseline that no longer occur in the files checked. */
  readonly gone: readonly string[];
  readonly hasBaseline: boolean;
  readonly limits: readonly LocatedLimit[];
  readonly stats: RunStats;
}

/** What reporters need besides the result. */
export interface ReportContext {
  readonly sourceLine: SourceLine;
  /** Path to print for a file of the tree: clickable from the current folder. */
  display(file: string): string;
  readonly hasColor: boolean;
  readonly isQuiet: boolean;
}

/** Turns offsets into lines and columns. Texts are indexed once per file. */
export interface Locator {
  finding(finding: Finding): LocatedFinding;
  limit(limit: Limit): LocatedLimit;
  readonly sourceLine: SourceLine;
}

/** A locator over the texts that were analysed; `read` gives undefined for a file that is gone. */
export function createLocator(read: (file: string) => string | undefined): Locator {
  const indexes = new Map<string, LineIndex>();
  const index = (file: string): LineIndex => {
    const known = indexes.get(file);
    if (known !== undefined) return known;
    const made = indexLines(read(file) ?? '');
    indexes.set(file, made);
    return made;
  };
  const at = (file: string, offset: number): { line: number; column: number } => index(file).position(offset);
  return {
    finding(finding) {
      const start = at(finding.file, finding.start);
      const end = at(finding.file, finding.end);
      return {
        rule: finding.rule,
        severity: finding.severity,
        file: finding.file,
        line: start.line,
        column: start.column,
        endLine: end.line,
        endColumn: end.column,
        function: finding.function,
        message: finding.message,
        trace: finding.trace.map((step) => ({ file: step.file, ...at(step.file, step.start), message: step.message })),
        fixes: finding.fixes.map((fix) => ({
          title: fix.title,
          safety: fix.safety,
          edits: fix.edits.map((edit) => {
            const from = at(edit.file, edit.start);
            const to = at(edit.file, edit.end);
            return {
              file: edit.file,
              startLine: from.line,
              startColumn: from.column,
              endLine: to.line,
              endColumn: to.column,
              newText: edit.newText,
            };
          }),
        })),
        fingerprint: finding.fingerprint,
      };
    },
    limit: (limit) => ({ file: limit.file, line: at(limit.file, limit.start).line, function: limit.function, reason: limit.reason }),
    sourceLine: (file, line) => index(file).line(line),
  };
}
