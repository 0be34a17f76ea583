/** The array that `b4 review` reads from an external check: objects of tool, status, summary and details. */
import type { CheckResult, LocatedFinding, ReportContext } from '../located.js';
import { TOOL_NAME } from '../version.js';
import { oneLine, tally } from './words.js';

/** One result in b4's matrix. `status` colours the cell. */
export interface B4Check {
  readonly tool: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly summary?: string;
  readonly details?: string;
}

/** Worst severity as b4's status: an error fails, a warning warns, information passes. */
export function b4Status(findings: readonly LocatedFinding[]): B4Check['status'] {
  if (findings.some((finding) => finding.severity === 'error')) return 'fail';
  return findings.some((finding) => finding.severity === 'warning') ? 'warn' : 'pass';
}

/** A finding for the scrollable details. */
export function b4Details(finding: LocatedFinding, context: ReportContext): string {
  const name = finding.severity === 'information' ? 'info' : finding.severity;
  const head = `${context.display(finding.file)}:${finding.line}: ${name}: ${oneLine(finding.message)} [${finding.rule}]`;
  const steps = finding.trace.map((step) => `  ${context.display(step.file)}:${step.line}: ${oneLine(step.message)}`);
  return [head, ...steps].join('\n');
}

/** The array as text. */
export function b4Report(checks: readonly B4Check[]): string {
  return `${JSON.stringify(checks, null, 2)}\n`;
}

/** Report of `check` for b4: one result. */
export function reportB4(result: CheckResult, context: ReportContext): string {
  const found = tally(result.findings);
  const details = result.findings.map((finding) => b4Details(finding, context)).join('\n');
  return b4Report([
    {
      tool: TOOL_NAME,
      status: b4Status(result.findings),
      summary: found === '' ? `no findings in ${result.stats.files} files` : found,
      ...(details === '' ? {} : { details }),
    },
  ]);
}
