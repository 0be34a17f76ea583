/** Findings as an editor shows them: filtered and weighed by the settings, with a step of related information for each step of the path. */
import type { Finding, Severity } from '../rules/finding.js';
import type { Settings } from './settings.js';

const weight: Readonly<Record<Severity, number>> = { error: 3, warning: 2, information: 1 };

/** The findings that the settings let through, each at the severity that they give it. */
export function shownFindings(findings: readonly Finding[], settings: Settings): readonly Finding[] {
  if (!settings.enable) return [];
  return findings.flatMap((finding) => {
    const own = settings.rules[finding.rule];
    if (own === 'off') return [];
    const severity = own ?? finding.severity;
    if (weight[severity] < weight[settings.minimumSeverity]) return [];
    return [severity === finding.severity ? finding : { ...finding, severity }];
  });
}

/** The findings that lie in a file; others of the same check belong to headers. */
export function findingsIn(findings: readonly Finding[], file: string): readonly Finding[] {
  return findings.filter((finding) => finding.file === file);
}

/** How many findings there are of each severity. */
export function countFindings(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, information: 0 };
  for (const finding of findings) counts[finding.severity]++;
  return counts;
}
