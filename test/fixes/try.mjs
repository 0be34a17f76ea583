/** Tries fixes on changed trees: what the product offers there, and whether it holds. */
import { createTwoFilesPatch } from 'diff';
import { readTree } from '../recall/apply.mjs';

const keyOf = (finding) => `${finding.rule} in ${finding.function} of ${finding.file}`;

/** Findings by rule and function: fingerprints carry a counter that shifts when a twin goes away, these do not. */
export function countOf(findings) {
  const counts = new Map();
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
  return counts;
}

const diffOf = (path, before, after) =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 })
    .replace(/^=+\n/, '')
    .replace(/^(---|\+\+\+) (.*?)\t$/gm, '$1 $2');

/** What is wrong with texts that a fix made, judged apart from the product's own proof. */
function judge(report, after, finding) {
  const problems = [];
  const [had, has] = [countOf(report.findings), countOf(after.findings)];
  if ((has.get(keyOf(finding)) ?? 0) > had.get(keyOf(finding)) - 1) problems.push('the finding is not gone');
  for (const [key, count] of has) if (count > (had.get(key) ?? 0)) problems.push(`new: ${key}`);
  if (after.limits.length > report.limits.length) problems.push('something is not analysed any more');
  // A second run has the other findings' fixes to offer, and no more.
  const offers = (findings) =>
    findings.filter((one) => one.rule === finding.rule && one.function === finding.function && one.fixes.length > 0).length;
  if (offers(after.findings) >= offers(report.findings)) problems.push('a second run has as much to do');
  return problems;
}

/** The fix that the product offers for a finding: the first that it proves. The analysis has the changed texts before and after. */
function offer({ analysis, prove, files, textOf, report, finding }) {
  const refusals = [];
  for (const fix of finding.fixes) {
    const trial = { analysis, files, before: report, textOf, overlayOf: textOf };
    const proof = prove.attempt(trial, [{ finding, fix }]);
    if (typeof proof === 'string') {
      refusals.push(`${fix.title}: ${proof}`);
      continue;
    }
    const problems = judge(report, proof.after, finding);
    const diff = [...proof.texts].map(([file, text]) => diffOf(file, textOf(file), text)).join('');
    for (const file of proof.texts.keys()) analysis.setText(file, textOf(file));
    return { offered: true, title: fix.title, problems, diff, refusals };
  }
  return { offered: false, problems: [], diff: '', refusals };
}

/** One tree, opened, with the findings that its files have anyway. */
export function createRun(analysis, prove, version) {
  const known = new Map();
  const baseline = (files) => {
    for (const file of files) if (!known.has(file)) known.set(file, countOf(analysis.check([file]).findings));
    return new Map(files.flatMap((file) => [...known.get(file)]));
  };
  /** The findings of a rule that the changed tree has and the tree has not, each with what is offered for it. */
  const tryChanged = (rule, changed, { from = version, most = 1, withOld = false } = {}) => {
    const files = [...changed.keys()].filter((file) => file.endsWith('.c'));
    if (files.length === 0) return [];
    const before = withOld ? new Map() : baseline(files);
    for (const [file, text] of changed) analysis.setText(file, text);
    try {
      const report = analysis.check(files);
      const counts = countOf(report.findings);
      const fresh = report.findings.filter(
        (finding) => finding.rule === rule && (counts.get(keyOf(finding)) ?? 0) > (before.get(keyOf(finding)) ?? 0),
      );
      const textOf = (file) => changed.get(file) ?? readTree(version, file);
      return fresh.slice(0, most).map((finding) => ({
        place: `${finding.function} of ${finding.file.replace(/^.*\//, '')}@${from}${from === version ? '' : ` on ${version}`}`,
        ...offer({ analysis, prove, files, textOf, report, finding }),
      }));
    } finally {
      for (const file of changed.keys()) analysis.setText(file, undefined);
    }
  };
  return { analysis, version, tryChanged };
}
