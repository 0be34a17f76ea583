/** Workflow commands of GitHub Actions: each finding becomes an annotation on the changed lines. */
import type { CheckResult, LocatedFinding, ReportContext } from '../located.js';
import { oneLine } from './words.js';

const LEVEL = { error: 'error', warning: 'warning', information: 'notice' } as const;

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** One annotation. `prefix` is put before the message (a patch's subject in review mode). */
export function renderGithub(finding: LocatedFinding, context: ReportContext, prefix = ''): string {
  const properties = [
    `file=${escapeProperty(context.display(finding.file))}`,
    `line=${finding.line}`,
    `endLine=${finding.endLine}`,
    // Columns are only allowed on annotations of one line.
    ...(finding.endLine === finding.line ? [`col=${finding.column}`, `endColumn=${finding.endColumn}`] : []),
    `title=${escapeProperty(finding.rule)}`,
  ];
  const steps = finding.trace.map((step) => `${context.display(step.file)}:${step.line}: ${oneLine(step.message)}`);
  const message = [`${prefix}${oneLine(finding.message)}`, ...steps].join('\n');
  return `::${LEVEL[finding.severity]} ${properties.join(',')}::${escapeData(message)}\n`;
}

/** Report of `check` as workflow commands. */
export function reportGithub(result: CheckResult, context: ReportContext): string {
  return result.findings.map((finding) => renderGithub(finding, context)).join('');
}
