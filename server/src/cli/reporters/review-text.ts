/** The review for people: a section per patch, then what is left. */
import type { LocatedFinding, ReportContext } from '../located.js';
import { type ReviewContext, type ReviewedPatch, type ReviewResult, subjectOf } from '../reviewed.js';
import { createStyle, type Style } from '../style.js';
import { renderFinding, renderLimits } from './text.js';
import { counted, oneLine, printable, tally } from './words.js';

/** The context of one finding, for reporters that know only files and lines. */
export function contextFor(finding: LocatedFinding, context: ReviewContext): ReportContext {
  return { ...context, sourceLine: (file, line) => context.sourceLine(finding, file, line) };
}

function brief(finding: LocatedFinding, context: ReviewContext, style: Style): string {
  const name = finding.severity === 'information' ? 'info' : finding.severity;
  const place = `${printable(context.display(finding.file))}:${finding.line}`;
  const where = finding.function === '' ? '' : ` in ${finding.function}()`;
  return `  ${style.severity(finding.severity, `${name}[${finding.rule}]`)} ${place}${where}: ${printable(oneLine(finding.message))}`;
}

function section(reviewed: ReviewedPatch, context: ReviewContext, style: Style): readonly string[] {
  const { patch, introduced, indirect, fixed, preExisting, touched, problems, goneLater } = reviewed;
  if (context.isQuiet && introduced.length === 0) return [];
  const lines = [style.bold(`== ${printable(subjectOf(patch))}`), ''];
  for (const problem of problems) {
    const where = problem.patchLine === undefined ? '' : ` (line ${problem.patchLine} of the patch)`;
    lines.push(`  ${style.severity('warning', 'not applied')}: ${printable(problem.where)}: ${printable(problem.message)}${where}`);
  }
  if (problems.length > 0) lines.push('');
  for (const finding of introduced) {
    lines.push(renderFinding(finding, contextFor(finding, context), style));
    const notes = [
      ...(finding.patchLine === undefined ? [] : [`${indirect.has(finding) ? 'by ' : ''}line ${finding.patchLine} of the patch`]),
      ...(goneLater.has(finding.fingerprint) ? [`gone again with patch ${goneLater.get(finding.fingerprint) ?? ''}`] : []),
    ];
    if (notes.length > 0) lines.push(style.dim(`   = introduced here: ${notes.join('; ')}`));
    lines.push('');
  }
  if (introduced.length === 0) lines.push('  introduces nothing', '');
  if (fixed.length > 0) lines.push(style.added('  fixes:'), ...fixed.map((finding) => brief(finding, context, style)), '');
  const near = preExisting.filter((finding) => touched.has(finding));
  if (near.length > 0)
    lines.push('  there before, in functions that it changes or names:', ...near.map((finding) => brief(finding, context, style)), '');
  const far = preExisting.length - near.length;
  if (far > 0) lines.push(style.dim(`  there before, elsewhere in the files concerned: ${counted(far, 'finding')}`), '');
  return lines;
}

/** Report of `review` as text. */
export function reviewText(result: ReviewResult, context: ReviewContext): string {
  const style = createStyle(context.hasColor);
  const lines = result.patches.flatMap((patch) => section(patch, context, style));
  if (context.isQuiet) return lines.length === 0 ? '' : `${lines.join('\n').trimEnd()}\n`;
  const ours = result.atEnd.filter((left) => left.introducedBy !== undefined);
  const before = result.atEnd.length - ours.length;
  lines.push(style.bold(`== after ${counted(result.patches.length, 'patch')}`), '');
  for (const { finding, introducedBy } of ours)
    lines.push(`${brief(finding, context, style)} ${style.dim(`(since patch ${introducedBy ?? ''})`)}`);
  if (ours.length > 0) lines.push('');
  const left = ours.length === 0 ? 'nothing' : tally(ours.map((entry) => entry.finding));
  lines.push(
    style.bold(
      `the series leaves ${left}; ${before === 0 ? 'nothing' : counted(before, 'finding')} from before is left in the files concerned`,
    ),
  );
  const limits = renderLimits(result);
  if (limits !== '') lines.push(limits);
  return `${lines.join('\n')}\n`;
}
