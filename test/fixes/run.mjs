/**
 * The ring of fixes: defects are made mechanically in many real functions (and the recall ring's plants are taken too), and each fix that is offered must hold there:
 * its finding is gone, nothing new appears, nothing stops being analysed, a second run has nothing to do, and the kernel's style check is silent on its lines.
 *   node test/fixes/run.mjs [rule]… [--most N] [--sample | --update] [--json FILE] [--verbose]
 * In CI, or by `--sample`: the places of sample.json, which held when it was written (`--update`: written again, from what holds quickest). Else all that can be
 * made, `--most N` places per rule, 24 when not said. Ends with `N passed, N failed`; exit 2 without the kernels.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPlant, haveTrees, loadPlants, readTree, treeOf } from '../recall/apply.mjs';
import { loadEngine, openTree } from '../recall/engine.mjs';
import { generators, unmoved } from './places.mjs';
import { hasStyleCheck, styleOf } from './style.mjs';
import { createRun } from './try.mjs';

const options = {
  most: 24,
  seconds: 240,
  wanted: [],
  json: undefined,
  isVerbose: false,
  isUpdate: false,
  isSample: process.env.CI === 'true',
};
const words = process.argv.slice(2);
for (let i = 0; i < words.length; i++) {
  if (words[i] === '--most') options.most = Number(words[++i]);
  else if (words[i] === '--json') options.json = words[++i];
  else if (words[i] === '--verbose') options.isVerbose = true;
  else if (words[i] === '--sample') options.isSample = true;
  else if (words[i] === '--update') options.isUpdate = true;
  else options.wanted.push(words[i]);
}
if (!haveTrees(['7.2', '7.3'])) {
  console.error('fixes: no kernel trees in GPUSVM_KERNELS; linux-7.2 and linux-7.3 are wanted');
  process.exit(2);
}

const sampleFile = new URL('./sample.json', import.meta.url);
/** Places per rule in the sample. */
const SAMPLE = 3;

/** Rounds over all functions: in each a generator's next variant is taken. */
const TURNS = 12;

/** Changed trees of a rule: plants of the recall ring, code from before the split, then what the generator makes, spread over functions. */
function* placesFor(rule, runs, plants) {
  if (options.isSample) {
    yield* samplePlaces(rule, runs);
    return;
  }
  if (!options.isUpdate)
    for (const plant of plants.filter((one) => one.rule === rule)) yield { run: runs.get(plant.tree), changed: () => applyPlant(plant) };
  if (!options.isUpdate && unmoved.rules.includes(rule)) {
    for (const path of unmoved.files)
      yield {
        run: runs.get(unmoved.tree),
        changed: () => new Map([[path, readTree(unmoved.from, path)]]),
        how: { from: unmoved.from, most: 50, withOld: true },
      };
  }
  const generator = generators[rule];
  if (generator === undefined) return;
  for (let turn = 0; turn < TURNS; turn++) {
    let isAny = false;
    for (const tree of generator.trees) {
      const run = runs.get(tree);
      for (const path of typeof generator.files === 'function' ? generator.files() : generator.files) {
        if (!existsSync(join(treeOf(tree), path))) continue;
        const text = readTree(tree, path);
        const file = run.analysis.program.file(path);
        for (const fn of run.analysis.program.functionsIn(file)) {
          const own = text.slice(fn.item.start, fn.item.end);
          const next = generator.make(own)[turn];
          if (next === undefined) continue;
          isAny = true;
          yield { run, changed: () => changedBy(text, path, fn, next), key: { tree, path, function: fn.name, turn } };
        }
      }
    }
    if (!isAny) return;
  }
}

const changedBy = (text, path, fn, next) => new Map([[path, text.slice(0, fn.item.start) + next + text.slice(fn.item.end)]]);

/** The places that the sample names. One that is gone is a failure: the sample is to be written again. */
function* samplePlaces(rule, runs) {
  for (const { tree, path, function: name, turn } of JSON.parse(readFileSync(sampleFile, 'utf8'))[rule] ?? []) {
    const run = runs.get(tree);
    const text = readTree(tree, path);
    const fn = run.analysis.program.functionsIn(run.analysis.program.file(path)).find((one) => one.name === name);
    const next = fn === undefined ? undefined : generators[rule]?.make(text.slice(fn.item.start, fn.item.end))[turn];
    const changed = () => {
      if (next === undefined) throw new Error(`${rule}: ${name} of ${path} has no variant ${turn}: run with --update`);
      return changedBy(text, path, fn, next);
    };
    yield { run, changed, isSure: true };
  }
}

/** Tries a rule's fixes until enough were offered, the time is up, or there are no more places. */
function tryRule(rule, runs, plants) {
  const row = { rule, tried: 0, seen: 0, offered: 0, held: 0, failures: [], unoffered: [], sample: [] };
  const began = performance.now();
  const offered = [];
  for (const { run, changed, how, key, isSure } of placesFor(rule, runs, plants)) {
    if (!isSure && (offered.length >= options.most || (performance.now() - began > options.seconds * 1000 && offered.length > 0))) break;
    row.tried++;
    const started = performance.now();
    try {
      const results = run.tryChanged(rule, changed(), how);
      if (isSure && !results.some((result) => result.offered))
        row.failures.push({ place: JSON.stringify(results), problems: ['nothing is offered'] });
      for (const result of results) {
        row.seen++;
        if (result.offered) offered.push({ ...result, key, ms: performance.now() - started });
        else {
          row.unoffered.push({ place: result.place, refusals: result.refusals });
          if (options.isVerbose) console.log(`none   ${rule}: ${result.place}: ${result.refusals.join('; ') || 'no fix'}`);
        }
      }
    } catch (error) {
      row.failures.push({ place: '?', problems: [String(error)] });
      console.log(`failed ${rule}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  const styles = styleOf(offered.map(({ diff }) => diff));
  for (const [index, result] of offered.entries()) {
    const problems = [...result.problems, ...styles[index].map((line) => `style: ${line}`)];
    if (problems.length === 0) {
      row.held++;
      if (result.key !== undefined) row.sample.push({ ...result.key, ms: result.ms });
    } else {
      row.failures.push({ place: result.place, problems });
      console.log(`failed ${rule}: ${result.place}: ${result.title}: ${problems.join('; ')}`);
    }
    if (options.isVerbose) console.log(result.diff);
  }
  row.offered = offered.length;
  const seconds = Math.round((performance.now() - began) / 1000);
  const refused = row.unoffered.filter(({ refusals }) => refusals.length > 0).length;
  console.log(
    `${rule}: ${row.tried} tried, ${row.seen} seen, ${row.offered} offered, ${row.held} hold; ${row.unoffered.length} not offered (${refused} refused by the proof), ${seconds} s`,
  );
  return row;
}

const engine = await loadEngine();
const prove = await loadEngine('server/src/features/prove.ts');
const { catalogue } = await loadEngine('server/src/rules/catalogue.ts');
const plants = await loadPlants();
const runs = new Map();
for (const version of ['7.2', '7.3']) runs.set(version, createRun(await openTree(engine, treeOf(version)), prove, version));
const rules = catalogue
  .filter((rule) => rule.fix !== 'none' && (options.wanted.length === 0 || options.wanted.includes(rule.id)))
  .map((rule) => rule.id)
  .sort();
if (!hasStyleCheck) console.log('no full tree with scripts/checkpatch.pl: the style is not checked');

const rows = rules.map((rule) => tryRule(rule, runs, plants));
console.log(`\n${'rule'.padEnd(30)} tried  seen  offered  hold`);
for (const row of rows)
  console.log(
    `${row.rule.padEnd(30)} ${String(row.tried).padStart(5)} ${String(row.seen).padStart(5)} ${String(row.offered).padStart(8)} ${String(row.held).padStart(5)}`,
  );
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 1)}\n`);
if (options.isUpdate) {
  const old = existsSync(sampleFile) ? JSON.parse(readFileSync(sampleFile, 'utf8')) : {};
  for (const { rule, sample } of rows) {
    const quick = sample
      .sort((a, b) => a.ms - b.ms)
      .filter((one, index) => sample.findIndex((other) => other.function === one.function && other.tree === one.tree) === index);
    old[rule] = quick.slice(0, SAMPLE).map(({ ms: _ms, ...key }) => key);
  }
  writeFileSync(sampleFile, `${JSON.stringify(Object.fromEntries(Object.entries(old).sort()), undefined, 2)}\n`);
}
const held = rows.reduce((sum, row) => sum + row.held, 0);
// A rule whose fix is offered nowhere is no fix.
const failed = rows.reduce((sum, row) => sum + row.failures.length + (row.offered === 0 ? 1 : 0), 0);
console.log(`${held} passed, ${failed} failed`);
process.exitCode = failed === 0 && held > 0 ? 0 : 1;
