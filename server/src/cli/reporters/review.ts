/** From the name of a format to the report of `review`. */
import { catalogue } from '../../rules/catalogue.js';
import type { FindingFormat } from '../arguments.js';
import type { LocatedFinding } from '../located.js';
import { introducedFindings, leftByTheSeries, type ReviewContext, type ReviewResult, subjectOf } from '../reviewed.js';
import { TOOL_NAME } from '../version.js';
import { b4Details, b4Report, b4Status } from './b4.js';
import { JSON_VERSION, roundedStats } from './json.js';
import { contextFor, reviewText } from './review-text.js';
import { oneLine, tally } from './words.js';

function json(result: ReviewResult): string {
  const report = {
    version: JSON_VERSION,
    tool: result.tool,
    tree: result.tree,
    facts: result.facts,
    findings: introducedFindings(result),
    limits: result.limits,
    stats: roundedStats(result.stats),
    patches: result.patches.map((reviewed) => ({
      index: reviewed.patch.index,
      subject: subjectOf(reviewed.patch),
      messageId: reviewed.patch.message.messageId,
      introduced: reviewed.introduced,
      fixed: reviewed.fixed,
      preExisting: reviewed.preExisting,
      problems: reviewed.problems,
    })),
    atEnd: result.atEnd.map((left) => left.finding),
    problems: result.problems,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function b4(result: ReviewResult, context: ReviewContext): string {
  // A cover letter, or a mail without a patch: nothing to say about it.
  if (result.patches.length === 0) return b4Report([]);
  const introduced = introducedFindings(result);
  const fixed = result.patches.flatMap((patch) => patch.fixed);
  const problems = result.patches.flatMap((patch) => patch.problems);
  const status = b4Status(introduced);
  const parts = [
    introduced.length === 0 ? 'introduces nothing' : `introduces ${tally(introduced)}`,
    ...(fixed.length === 0 ? [] : [`fixes ${fixed.length}`]),
    ...(problems.length === 0 ? [] : [`${problems.length} not applied`]),
  ];
  const details = result.patches.flatMap((reviewed) => {
    const lines = [
      ...reviewed.problems.map((problem) => `not applied: ${problem.where}: ${oneLine(problem.message)}`),
      ...reviewed.introduced.map((finding) => b4Details(finding, contextFor(finding, context))),
    ];
    return lines.length === 0 ? [] : [`${subjectOf(reviewed.patch)}`, ...lines, ''];
  });
  return b4Report([
    {
      tool: TOOL_NAME,
      // What could not be applied could not be judged either.
      status: status === 'pass' && problems.length > 0 ? 'warn' : status,
      summary: parts.join(', '),
      ...(details.length === 0 ? {} : { details: details.join('\n').trimEnd() }),
    },
  ]);
}

/** The report as text, with a trailing newline unless empty. */
export async function reportReview(format: FindingFormat, result: ReviewResult, context: ReviewContext): Promise<string> {
  const left = leftByTheSeries(result);
  const each = (render: (finding: LocatedFinding) => string): string => left.map(render).join('');
  switch (format) {
    case 'text':
      return reviewText(result, context);
    case 'json':
      return json(result);
    case 'mail':
      return (await import('./review-mail.js')).reviewMail(result, context);
    case 'b4':
      return b4(result, context);
    case 'gcc': {
      const { renderGcc } = await import('./gcc.js');
      return each((finding) => renderGcc(finding, contextFor(finding, context)));
    }
    case 'github': {
      const { renderGithub } = await import('./github.js');
      return each((finding) => renderGithub(finding, contextFor(finding, context)));
    }
    case 'gitlab': {
      const { gitlabReport } = await import('./gitlab.js');
      return gitlabReport(left, { ...context, sourceLine: () => '' });
    }
    case 'sarif': {
      const { sarifLog, sarifResult } = await import('./sarif.js');
      const fixed = result.patches.flatMap(({ patch, fixed: gone }) => gone.map((finding) => ({ finding, patch: patch.label })));
      const known = new Set(result.atEnd.map((entry) => entry.finding.fingerprint));
      return sarifLog({
        tool: result.tool,
        tree: result.tree,
        rules: catalogue,
        limits: result.limits,
        properties: { patches: result.patches.map(({ patch }) => ({ index: patch.index, subject: subjectOf(patch) })) },
        results: (ruleIndex) => [
          ...result.atEnd.map(({ finding, introducedBy }) =>
            sarifResult(finding, ruleIndex(finding.rule), {
              baselineState: introducedBy === undefined ? 'unchanged' : 'new',
              ...(introducedBy === undefined ? {} : { properties: { patch: introducedBy } }),
            }),
          ),
          ...fixed
            .filter(({ finding }) => !known.has(finding.fingerprint))
            .map(({ finding, patch }) =>
              sarifResult(finding, ruleIndex(finding.rule), { baselineState: 'absent', properties: { fixedBy: patch } }),
            ),
        ],
      });
    }
  }
}
