/** Plain text for a mailing list: quoted code, the finding as a comment under its line, 80 columns. */
import type { CheckResult, LocatedFinding, ReportContext } from '../located.js';
import { expandTabs, oneLine, printable, tally, wrap } from './words.js';

const WIDTH = 76;
/** What a quoted line may be long: mail standards cap lines at 998 characters; a quote this long helps nobody. */
const QUOTE_LIMIT = 200;
const CONTEXT = 3;

/** Severity with its reason, as a reviewer would say it. */
export const SEVERITY_WORDS = {
  error: 'Severity: error (memory, lock or mapping state goes wrong on a reachable path)',
  warning: 'Severity: warning (wrong under a race, a failure or another configuration)',
  information: 'Severity: information (worth a look, may be intended)',
} as const;

/** A quoted line of source or diff. Tabs stay, so that the quote matches the patch. */
export function quote(line: string): string {
  const text = printable(line);
  const cut = text.length > QUOTE_LIMIT ? `${text.slice(0, QUOTE_LIMIT)}...` : text;
  return cut === '' ? '>' : `> ${cut}`;
}

/** The message as a reviewer would put it: the consequence and its reason as a statement, the remedy as a question. */
export function asQuestion(message: string): string {
  const text = oneLine(message);
  const at = text.lastIndexOf('; ');
  const claim = at === -1 ? text : text.slice(0, at);
  const stated = `${claim.charAt(0).toUpperCase()}${claim.slice(1).replace(/\.$/, '')}.`;
  return at === -1 ? stated : `${stated} Should this ${text.slice(at + 2).replace(/[.?]$/, '')}?`;
}

/** Path and message in lines of at most 76 columns; of a long path the first and the last three steps are kept. */
export function mailComment(finding: LocatedFinding, context: Pick<ReportContext, 'display'>): readonly string[] {
  const lines: string[] = [...wrap(printable(asQuestion(finding.message)), WIDTH)];
  const steps = finding.trace;
  const kept = steps.length <= 4 ? steps : [...steps.slice(0, 1), ...steps.slice(-3)];
  if (kept.length > 0) {
    lines.push('');
    kept.forEach((step, index) => {
      const place = step.file === finding.file ? `line ${step.line}` : `${context.display(step.file)}:${step.line}`;
      const words = wrap(`${place}: ${printable(oneLine(step.message))}`, WIDTH - 4);
      lines.push(...words.map((word, at) => `${at === 0 ? '  - ' : '    '}${word}`));
      if (index === 0 && kept.length < steps.length) lines.push(`  - ... ${steps.length - kept.length} more`);
    });
  }
  lines.push('', ...wrap(`${SEVERITY_WORDS[finding.severity]} [${finding.rule}]`, WIDTH));
  return lines;
}

/** Report of `check` as one text: per finding the lines around it, quoted, and the comment below. */
export function reportMail(result: CheckResult, context: ReportContext): string {
  if (result.findings.length === 0) return context.isQuiet ? '' : `No findings in ${result.stats.files} files.\n`;
  const out: string[] = [];
  if (!context.isQuiet) out.push(...wrap(`${tally(result.findings)} in ${result.stats.files} files.`, WIDTH), '');
  let file = '';
  for (const finding of result.findings) {
    if (finding.file !== file) {
      file = finding.file;
      out.push(`> ${printable(context.display(file))}`, '[ ... ]');
    }
    const from = Math.max(1, finding.line - CONTEXT);
    for (let line = from; line <= finding.line; line++) out.push(quote(context.sourceLine(finding.file, line)));
    out.push('', ...mailComment(finding, context), '', '[ ... ]');
  }
  return `${out.join('\n')}\n`;
}

/** Columns that a quoted line takes on screen; tests hold comments, not quotes, to 80. */
export function columns(line: string): number {
  return expandTabs(line).length;
}
