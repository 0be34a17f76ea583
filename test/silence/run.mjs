/**
 * The silence ring: checks all drivers of the real kernels and compares with the findings that a person has judged (`expected.json`).
 *   node test/silence/run.mjs [--tree 7.2|7.3] [--under FOLDER] [--list] [--write] [--warnings-only]
 * A finding that is not in the list fails the ring, and so does a listed one that is gone. `--list` prints every finding with its trace;
 * `--write` adds new findings to the list without a verdict (which still fails until a person fills it in).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { haveTrees, readTree, treeOf } from '../recall/apply.mjs';
import { loadEngine, openTree } from '../recall/engine.mjs';

const LIST = fileURLToPath(new URL('./expected.json', import.meta.url));
const VERDICTS = ['true', 'false'];

function value(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

const keyOf = ({ tree, rule, file, function: fn }) => `${tree} ${rule} ${file} ${fn}`;

function lineOf(tree, { file, start }) {
  return readTree(tree, file).slice(0, start).split('\n').length;
}

function show(tree, finding) {
  const step = (place) => `${place.file.replace(/^.*\//, '')}:${lineOf(tree, place)}`;
  console.log(`${tree} ${step(finding)} ${finding.severity} ${finding.rule} in ${finding.function || '(file)'}\n    ${finding.message}`);
  for (const part of finding.trace) console.log(`      ${step(part)}: ${part.message}`);
}

const trees = value('--tree') === undefined ? ['7.2', '7.3'] : [value('--tree')];
const under = value('--under') ?? 'drivers/gpu/drm';
if (!haveTrees(trees)) {
  console.error('silence: no kernel trees in GPUSVM_KERNELS');
  process.exit(2);
}
const judged = existsSync(LIST) ? JSON.parse(readFileSync(LIST, 'utf8')) : [];
const engine = await loadEngine();
const seen = new Map();
for (const tree of trees) {
  const began = performance.now();
  const analysis = await openTree(engine, treeOf(tree));
  const files = analysis.relevantFiles(under);
  const report = analysis.check(files);
  const { stats } = report;
  console.log(
    `${tree}: ${files.length} files that matter, ${stats.functions} functions, ${stats.lines} lines; parse ${Math.round(stats.parseMs)} ms, analysis ${Math.round(stats.analyseMs)} ms, ` +
      `all ${Math.round(performance.now() - began)} ms, ${Math.round(process.memoryUsage().rss / 1048576)} MB; ${report.findings.length} findings, ${report.limits.length} limits`,
  );
  for (const finding of report.findings) {
    if (process.argv.includes('--warnings-only') && finding.severity === 'information') continue;
    const key = keyOf({ tree, ...finding });
    seen.set(key, { tree, rule: finding.rule, file: finding.file, function: finding.function, count: (seen.get(key)?.count ?? 0) + 1 });
    if (process.argv.includes('--list')) show(tree, finding);
  }
}

const inScope = (entry) => trees.includes(entry.tree) && entry.file.startsWith(under === '' ? '' : under.replace(/\/$/, ''));
const byKey = new Map(judged.map((entry) => [keyOf(entry), entry]));
let failed = 0;
let passed = 0;
for (const [key, found] of seen) {
  const entry = byKey.get(key);
  if (entry === undefined) console.log(`new       ${key} (${found.count})`);
  else if (!VERDICTS.includes(entry.verdict)) console.log(`unjudged  ${key}`);
  else if (entry.verdict === 'false') {
    // A known wrong answer, asserted as such: it goes from the list with its cause.
    console.log(`FP        ${key}: ${entry.reason}`);
    passed++;
    continue;
  } else if (entry.count !== found.count) console.log(`count     ${key}: ${found.count}, judged ${entry.count}`);
  else {
    passed++;
    continue;
  }
  failed++;
}
for (const entry of judged.filter(inScope)) {
  if (seen.has(keyOf(entry)) || entry.verdict === 'false') continue;
  console.log(`gone      ${keyOf(entry)}`);
  failed++;
}
if (process.argv.includes('--write')) {
  const kept = judged.filter((entry) => !inScope(entry) || seen.has(keyOf(entry)) || entry.verdict === 'false');
  const added = [...seen].filter(([key]) => !byKey.has(key)).map(([, found]) => ({ ...found, verdict: '', reason: '' }));
  const all = [...kept, ...added].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  writeFileSync(LIST, `${JSON.stringify(all, undefined, 2)}\n`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
