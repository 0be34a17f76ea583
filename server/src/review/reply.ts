/**
 * The body of a reply to a patch, as lists expect it: plain text, the hunk quoted and the rest snipped, each comment under its line,
 * 80 columns. For the editor's "copy as mail"; the command line has a format of its own on top of the same quotes.
 */
import type { Severity } from '../rules/finding.js';
import { lineTable } from '../syntax/lines.js';
import { quotePatch, replyHeaders } from './quote.js';
import type { PatchReview, ReviewFinding, ReviewReport } from './report.js';

const WIDTH = 76;
const SNIP = '[ ... ]';
const STEPS = 4;

const reasons: Readonly<Record<Severity, string>> = {
  error: 'Severity: error (memory, lock or mapping state goes wrong on a reachable path)',
  warning: 'Severity: warning (wrong under a race, a failure or another configuration)',
  information: 'Severity: information (worth a look, may be intended)',
};

function wrap(text: string, first = '', next = ''): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.replace(/\p{Cc}+/gu, ' ').split(' ')) {
    if (word === '') continue;
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      [line, isEmpty] = [next, true];
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  lines.push(line);
  return lines;
}

const quoted = (line: string): string => (line === '' ? '>' : `> ${line.replace(/(?!\t)\p{Cc}/gu, '\ufffd').slice(0, 400)}`);

function comment(finding: ReviewFinding, review: PatchReview): readonly string[] {
  const out = [...wrap(finding.message)];
  const { trace } = finding;
  const kept = trace.length <= STEPS ? trace : [...trace.slice(0, 1), ...trace.slice(1 - STEPS)];
  if (kept.length > 0) out.push('');
  kept.forEach((step, at) => {
    const line = lineTable(review.after(step.file) ?? '').locate(step.start).line + 1;
    const place = step.file === finding.file ? `line ${line}` : `${step.file}:${line}`;
    out.push(...wrap(`${place}: ${step.message}`, '  - ', '    '));
    if (at === 0 && kept.length < trace.length) out.push(`  - ... ${trace.length - kept.length} more`);
  });
  const [fix] = finding.fixes;
  if (fix !== undefined) out.push('', ...wrap(`Perhaps: ${fix.title}?`));
  out.push('', ...wrap(`${reasons[finding.severity]} [${finding.rule}]`));
  if (finding.isUncertain) out.push('', ...wrap('Parts of the series did not apply here, so this may be an artefact of that.'));
  return out;
}

function brief(finding: ReviewFinding, text: string | undefined): readonly string[] {
  const line = lineTable(text ?? '').locate(finding.start).line + 1;
  const where = finding.function === '' ? '' : `, ${finding.function}()`;
  return wrap(`${finding.file}:${line}${where}: ${finding.message} [${finding.rule}]`, '- ', '  ');
}

/** Findings by the hunk line that they are told under, in the order of the patch; those that lie in no hunk last. */
function underLines(review: PatchReview): ReadonlyMap<number, readonly ReviewFinding[]> {
  const byLine = new Map<number, ReviewFinding[]>();
  const last = Number.POSITIVE_INFINITY;
  for (const finding of review.introduced) {
    const line = finding.patchLine !== undefined && quotePatch(review.patch, [finding.patchLine]) !== undefined ? finding.patchLine : last;
    byLine.set(line, [...(byLine.get(line) ?? []), finding]);
  }
  return new Map([...byLine].sort(([a], [b]) => a - b));
}

/** The reply's body, ending in a line end. Without findings it says so in one line. */
export function replyText(report: ReviewReport, review: PatchReview): string {
  const { patch } = review;
  const { attribution } = replyHeaders(patch);
  const out: string[] = attribution === '' ? [] : [...wrap(attribution), ''];
  let shown = 0;
  let file = '';
  for (const [line, findings] of underLines(review)) {
    const quote = quotePatch(patch, [line]);
    if (quote !== undefined) {
      const start = quote.fileLines.join('\n');
      if (start !== file) out.push(SNIP, ...quote.fileLines.map(quoted));
      file = start;
      const fresh = quote.lines.filter((one) => one.patchLine > shown);
      if ((fresh[0]?.patchLine ?? 0) > shown + 1) out.push(...(shown === 0 ? [] : [SNIP]), quoted(quote.hunkLine));
      out.push(...fresh.map((one) => quoted(one.text)));
      shown = line;
    } else out.push(SNIP, '', 'Not in the lines of this patch, but caused by it:');
    for (const finding of findings) {
      if (quote === undefined) out.push('', ...brief(finding, review.after(finding.file)));
      out.push('', ...comment(finding, review));
      const later = report.series.patches.find((other) => other.index === finding.fixedIn);
      if (later !== undefined) out.push('', ...wrap(`This is gone again with ${later.label}; could that change move here?`));
    }
    out.push('');
  }
  const problems = report.problems.filter((problem) => problem.patch === patch.index);
  for (const problem of problems) out.push(...wrap(`This did not apply here: ${problem.message}.`), '');
  if (review.introduced.length === 0 && problems.length === 0) out.push('No findings in this patch.', '');
  const fixed = review.fixed.filter((finding) => finding.introducedIn === undefined);
  if (fixed.length > 0)
    out.push('Fixed by this patch:', '', ...fixed.flatMap((finding) => brief(finding, review.before(finding.file))), '');
  if (review.preExisting.length > 0) {
    out.push('There before this patch, in functions that it changes or names:', '');
    out.push(...review.preExisting.flatMap((finding) => brief(finding, review.after(finding.file))), '');
  }
  return `${out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}
