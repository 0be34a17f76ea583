/** GitLab's code quality report: the subset of the Code Climate format that merge requests read. */
import type { CheckResult, LocatedFinding, ReportContext } from '../located.js';
import { oneLine } from './words.js';

const SEVERITY = { error: 'critical', warning: 'major', information: 'info' } as const;

/** One entry. `fingerprint` must be unique within a report: the caller sees to it. */
export function gitlabEntry(finding: LocatedFinding, context: ReportContext): Readonly<Record<string, unknown>> {
  const steps = finding.trace.map((step) => `- \`${context.display(step.file)}:${step.line}\` ${oneLine(step.message)}`);
  return {
    type: 'issue',
    description: oneLine(finding.message),
    check_name: finding.rule,
    fingerprint: finding.fingerprint,
    severity: SEVERITY[finding.severity],
    location: { path: context.display(finding.file), lines: { begin: finding.line, end: finding.endLine } },
    ...(steps.length > 0 ? { content: { body: steps.join('\n') } } : {}),
  };
}

/** Entries with unique fingerprints as JSON text: a second equal one gets its number appended. */
export function gitlabReport(findings: readonly LocatedFinding[], context: ReportContext): string {
  const seen = new Map<string, number>();
  const entries = findings.map((finding) => {
    const count = (seen.get(finding.fingerprint) ?? 0) + 1;
    seen.set(finding.fingerprint, count);
    return gitlabEntry(count === 1 ? finding : { ...finding, fingerprint: `${finding.fingerprint}-${count}` }, context);
  });
  return `${JSON.stringify(entries, null, 2)}\n`;
}

/** Report of `check` for GitLab. */
export function reportGitlab(result: CheckResult, context: ReportContext): string {
  return gitlabReport(result.findings, context);
}
