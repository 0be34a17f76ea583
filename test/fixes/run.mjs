/**
 * The ring of fixes: defects are made mechanically in many real functions (and the recall ring's plants are taken too), and each fix that is offered must hold there:
 * its finding is gone, nothing new appears, nothing stops being analysed, a second run has nothing to do, and the kernel's style check is silent on its lines.
 *   node test/fixes/run.mjs [rule]… [--most N] [--json FILE] [--verbose]
 * `--most N` places per rule, 24 when not said. Ends with `N passed, N failed`; exit 2 without the kernels.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { applyPlant, haveTrees, loadPlants, readTree, treeOf } from '../recall/apply.mjs';
import { loadEngine, openTree } from '../recall/engine.mjs';
import { generators, unmoved } from './places.mjs';
import { hasStyleCheck, styleOf } from './style.mjs';

const keyOf = (finding) => `${finding.rule} in ${finding.function} of ${finding.file}`;

function countOf(findings) {
  const counts = new Map();
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
  return counts;
}

function applyEdits(text, edits) {
  let out = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new Error('edits overlap');
    out += text.slice(at, edit.start) + edit.newText;
    at = edit.end;
  }
  return out + text.slice(at);
}

const diffOf = (path, before, after) =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 })
    .replace(/^=+\n/, '')
    .replace(/^(---|\+\+\+) (.*?)\t$/gm, '$1 $2');

/** Tries one fix on texts that hold its finding. The texts are set in the analysis, and are again afterwards. */
function tryFix({ analysis, files, textOf, report, finding, fix, baseline = new Map() }) {
  const problems = [];
  const byFile = new Map();
  for (const edit of fix.edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  const before = new Map([...byFile.keys()].map((file) => [file, textOf(file)]));
  const after = new Map([...byFile].map(([file, edits]) => [file, applyEdits(before.get(file), edits)]));
  const diff = [...after].map(([file, text]) => diffOf(file, before.get(file), text)).join('');
  for (const [file, text] of after) analysis.setText(file, text);
  const result = analysis.check(files);
  const [had, has] = [countOf(report.findings), countOf(result.findings)];
  if ((has.get(keyOf(finding)) ?? 0) !== had.get(keyOf(finding)) - 1) problems.push('the finding is not gone');
  // What the untouched tree has as well is hidden by the defect, not made by the fix.
  for (const [key, count] of has) if (count > Math.max(had.get(key) ?? 0, baseline.get(key) ?? 0)) problems.push(`new: ${key}`);
  if (result.limits.length > report.limits.length) problems.push('something is not analysed any more');
  // A second run has the other findings' fixes to offer, and no more.
  const offers = (findings) =>
    findings.filter((one) => one.rule === finding.rule && one.function === finding.function && one.fixes.length > 0).length;
  if (offers(result.findings) >= offers(report.findings)) problems.push('a second run has as much to do');
  if (hasStyleCheck) problems.push(...styleOf(diff).map((line) => `style: ${line}`));
  for (const [file, text] of before) analysis.setText(file, text);
  return { problems, diff };
}

/** One tree, opened, with the findings that its files have anyway. */
async function openRun(engine, version) {
  const analysis = await openTree(engine, treeOf(version));
  const known = new Map();
  return {
    analysis,
    version,
    baseline(files) {
      const missing = files.filter((file) => !known.has(file));
      for (const file of missing) known.set(file, countOf(analysis.check([file]).findings));
      return new Map(files.flatMap((file) => [...known.get(file)]));
    },
  };
}

/** The first finding of a rule that the tree has not without the change. */
function freshFinding(report, rule, baseline) {
  const counts = countOf(report.findings);
  return report.findings.find(
    (finding) => finding.rule === rule && (counts.get(keyOf(finding)) ?? 0) > (baseline.get(keyOf(finding)) ?? 0),
  );
}

/** Tries the fix on a changed tree. Undefined when the rule sees nothing new; `offered` tells whether there is a fix. */
function tryPlace(run, rule, changed) {
  const { analysis } = run;
  const files = [...changed.keys()].filter((file) => file.endsWith('.c'));
  if (files.length === 0) return undefined;
  const baseline = run.baseline(files);
  for (const [file, text] of changed) analysis.setText(file, text);
  try {
    const report = analysis.check(files);
    const finding = freshFinding(report, rule, baseline);
    if (finding === undefined) return undefined;
    const [fix] = finding.fixes;
    const place = `${finding.function} of ${finding.file.replace(/^.*\//, '')}@${run.version}`;
    if (fix === undefined) return { place, offered: false, problems: [], diff: '' };
    const textOf = (file) => changed.get(file) ?? readTree(run.version, file);
    return { place, offered: true, title: fix.title, ...tryFix({ analysis, files, textOf, report, finding, fix, baseline }) };
  } finally {
    for (const file of changed.keys()) analysis.setText(file, undefined);
  }
}

/** Changed trees for a rule: plants of the recall ring first, then what the generators make, spread over functions. */
function* placesFor(rule, runs, plants) {
  for (const plant of plants.filter((one) => one.rule === rule)) yield { run: runs.get(plant.tree), changed: () => applyPlant(plant) };
  const generator = generators[rule];
  if (generator === undefined) return;
  for (let turn = 0; turn < 3; turn++) {
    for (const tree of generator.trees) {
      const run = runs.get(tree);
      for (const path of generator.files) {
        if (!existsSync(join(treeOf(tree), path))) continue;
        const text = readTree(tree, path);
        const file = run.analysis.program.file(path);
        for (const fn of run.analysis.program.functionsIn(file)) {
          const own = text.slice(fn.item.start, fn.item.end);
          const next = generator.make(own)[turn];
          if (next !== undefined)
            yield { run, changed: () => new Map([[path, text.slice(0, fn.item.start) + next + text.slice(fn.item.end)]]) };
        }
      }
    }
  }
}

const options = { most: 24, wanted: [], json: undefined, isVerbose: false };
const words = process.argv.slice(2);
for (let i = 0; i < words.length; i++) {
  if (words[i] === '--most') options.most = Number(words[++i]);
  else if (words[i] === '--json') options.json = words[++i];
  else if (words[i] === '--verbose') options.isVerbose = true;
  else options.wanted.push(words[i]);
}
if (!haveTrees(['7.2', '7.3'])) {
  console.error('fixes: no kernel trees in GPUSVM_KERNELS; linux-7.2 and linux-7.3 are wanted');
  process.exit(2);
}
const engine = await loadEngine();
const { catalogue } = await loadEngine('server/src/rules/catalogue.ts');
const plants = await loadPlants();
const runs = new Map();
for (const version of ['7.2', '7.3']) runs.set(version, await openRun(engine, version));
const rules = [...new Set([...Object.keys(generators), ...unmoved.rules, ...plants.map((plant) => plant.rule)])]
  .filter((rule) => existsSync(new URL(`../../server/src/rules/${rule}/rule.ts`, import.meta.url)))
  .filter((rule) => catalogue.some((one) => one.id === rule && one.fix !== 'none'))
  .filter((rule) => options.wanted.length === 0 || options.wanted.includes(rule))
  .sort();
if (!hasStyleCheck) console.log('no full tree with scripts/checkpatch.pl: the style is not checked');

const rows = [];
for (const rule of rules) {
  const row = { rule, tried: 0, seen: 0, offered: 0, held: 0, failures: [], unoffered: [] };
  rows.push(row);
  const began = performance.now();
  const note = (result) => {
    row.tried++;
    if (result === undefined) return;
    row.seen++;
    if (!result.offered) {
      row.unoffered.push(result.place);
      if (options.isVerbose) console.log(`none   ${rule}: ${result.place}`);
      return;
    }
    row.offered++;
    if (result.problems.length === 0) row.held++;
    else {
      row.failures.push({ place: result.place, problems: result.problems });
      console.log(`failed ${rule}: ${result.place}: ${result.title}: ${result.problems.join('; ')}`);
    }
    if (options.isVerbose) console.log(result.diff);
  };
  if (unmoved.rules.includes(rule)) {
    const run = runs.get(unmoved.tree);
    const { analysis } = run;
    for (const file of unmoved.files) {
      const text = readTree(unmoved.from, file);
      analysis.setText(file, text);
      try {
        const report = analysis.check([file]);
        for (const finding of report.findings.filter((one) => one.rule === rule)) {
          if (row.offered >= options.most) break;
          const [fix] = finding.fixes;
          const place = `${finding.function} of ${file.replace(/^.*\//, '')}@${unmoved.from} on ${unmoved.tree}`;
          if (fix === undefined) note({ place, offered: false, problems: [], diff: '' });
          else
            note({
              place,
              offered: true,
              title: fix.title,
              ...tryFix({ analysis, files: [file], textOf: () => text, report, finding, fix }),
            });
        }
      } finally {
        analysis.setText(file, undefined);
      }
    }
  }
  for (const { run, changed } of placesFor(rule, runs, plants)) {
    if (row.offered >= options.most || performance.now() - began > 150_000) break;
    try {
      note(tryPlace(run, rule, changed()));
    } catch (error) {
      row.failures.push({ place: '?', problems: [String(error)] });
      console.log(`failed ${rule}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  console.log(
    `${rule}: ${row.tried} tried, ${row.seen} seen, ${row.offered} offered, ${row.held} hold, ${Math.round((performance.now() - began) / 1000)} s`,
  );
}

console.log(`\n${'rule'.padEnd(30)} places  seen  offered  hold`);
for (const row of rows)
  console.log(
    `${row.rule.padEnd(30)} ${String(row.tried).padStart(6)} ${String(row.seen).padStart(5)} ${String(row.offered).padStart(8)} ${String(row.held).padStart(5)}`,
  );
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 1)}\n`);
const held = rows.reduce((sum, row) => sum + row.held, 0);
const failed = rows.reduce((sum, row) => sum + row.failures.length, 0);
console.log(`${held} passed, ${failed} failed`);
process.exitCode = failed === 0 && held > 0 ? 0 : 1;
