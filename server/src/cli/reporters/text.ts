/** The report for people: severity, message, source line with a marker, the path that leads there, fixes. */
import type { CheckResult, LocatedFinding, ReportContext } from '../located.js';
import { createStyle, type Style } from '../style.js';
import { counted, expandTabs, oneLine, printable, sortedFixes, tally } from './words.js';

const CONTEXT_LIMIT = 160;

/** A source line for display: tabs expanded, control characters out, cut when very long. Also the display columns of a range of it. */
function excerpt(source: string, column: number, endColumn: number): { readonly text: string; readonly marker: string } {
  const start = expandTabs(source.slice(0, column - 1)).length;
  const end = Math.max(start + 1, expandTabs(source.slice(0, endColumn - 1)).length);
  const text = printable(expandTabs(source));
  // A line of a megabyte must not fill the screen: show the part around the marker.
  const from = text.length <= CONTEXT_LIMIT ? 0 : Math.max(0, start - CONTEXT_LIMIT / 2);
  const shown = text.slice(from, from + CONTEXT_LIMIT);
  const width = Math.min(end - start, CONTEXT_LIMIT - Math.min(start - from, CONTEXT_LIMIT - 1));
  return { text: shown, marker: `${' '.repeat(start - from)}^${'~'.repeat(Math.max(0, width - 1))}` };
}

/** One finding as text, without a trailing blank line. */
export function renderFinding(finding: LocatedFinding, context: ReportContext, style: Style = createStyle(context.hasColor)): string {
  const numbers = [finding.line, ...finding.trace.map((step) => step.line)];
  const gutter = ' '.repeat(Math.max(...numbers.map((number) => String(number).length)));
  const numbered = (line: number): string => style.place(`${String(line).padStart(gutter.length)} |`);
  const bar = style.place(`${gutter} |`);
  const name = finding.severity === 'information' ? 'info' : finding.severity;
  const lines: string[] = [];
  lines.push(`${style.severity(finding.severity, `${name}[${finding.rule}]`)}${style.bold(`: ${printable(oneLine(finding.message))}`)}`);
  const where = finding.function === '' ? '' : style.dim(`  in ${finding.function}()`);
  lines.push(`${gutter}${style.place('-->')} ${printable(context.display(finding.file))}:${finding.line}:${finding.column}${where}`);
  const source = context.sourceLine(finding.file, finding.line);
  if (source.trim() !== '') {
    const endColumn = finding.endLine === finding.line ? finding.endColumn : source.length + 1;
    const shown = excerpt(source, finding.column, endColumn);
    lines.push(`${numbered(finding.line)} ${shown.text}`, `${bar} ${style.severity(finding.severity, shown.marker)}`);
  }
  if (finding.trace.length > 0) {
    lines.push(`${gutter} ${style.dim('= path:')}`);
    finding.trace.forEach((step, index) => {
      const place = `${step.file === finding.file ? '' : `${printable(context.display(step.file))}:`}${step.line}:${step.column}`;
      lines.push(`${gutter}   ${index + 1}. ${style.place(place)} ${printable(oneLine(step.message))}`);
      const at = context.sourceLine(step.file, step.line);
      if (at.trim() !== '') lines.push(`${gutter}      ${style.dim(excerpt(at.trim(), 1, 1).text)}`);
    });
  }
  for (const fix of sortedFixes(finding)) lines.push(`${gutter} ${style.dim(`= fix (${fix.safety}):`)} ${printable(oneLine(fix.title))}`);
  return lines.join('\n');
}

/** What was not looked at, in one line; empty when everything was. */
export function renderLimits(result: Pick<CheckResult, 'limits'>): string {
  if (result.limits.length === 0) return '';
  return `${counted(result.limits.length, 'function')} not or not wholly analysed (\`--format json\` lists them under "limits")`;
}

/** Report of `check` as text. */
export function reportText(result: CheckResult, context: ReportContext): string {
  const style = createStyle(context.hasColor);
  const blocks = result.findings.map((finding) => `${renderFinding(finding, context, style)}\n\n`);
  if (context.isQuiet) return blocks.join('').replace(/\n\n$/, '\n');
  const summary: string[] = [];
  const scope = `${counted(result.stats.files, 'file')}, ${counted(result.stats.functions, 'function')}`;
  summary.push(result.findings.length === 0 ? `no findings in ${scope}` : `${tally(result.findings)} in ${scope}`);
  if (result.known.length > 0) summary.push(`${counted(result.known.length, 'finding')} known from the baseline`);
  if (result.gone.length > 0) {
    summary.push(`${result.gone.length} of the baseline gone (--update-baseline drops them)`);
  }
  const limits = renderLimits(result);
  if (limits !== '') summary.push(limits);
  return `${blocks.join('')}${style.bold(summary.join('\n'))}\n`;
}
