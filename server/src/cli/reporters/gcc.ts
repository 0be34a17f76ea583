/** Compiler style, one line per place: what editors' error parsers and problem matchers read. */
import type { CheckResult, LocatedFinding, ReportContext } from '../located.js';
import { oneLine, printable } from './words.js';

/** Lines for one finding: itself, then its path as notes. */
export function renderGcc(finding: LocatedFinding, context: ReportContext): string {
  const kind = finding.severity === 'information' ? 'note' : finding.severity;
  const at = (file: string, line: number, column: number): string => `${printable(context.display(file))}:${line}:${column}`;
  const head = `${at(finding.file, finding.line, finding.column)}: ${kind}: ${printable(oneLine(finding.message))} [${finding.rule}]\n`;
  const steps = finding.trace.map((step) => `${at(step.file, step.line, step.column)}: note: ${printable(oneLine(step.message))}\n`);
  return head + steps.join('');
}

/** Report of `check` in compiler style. */
export function reportGcc(result: CheckResult, context: ReportContext): string {
  return result.findings.map((finding) => renderGcc(finding, context)).join('');
}
