/**
 * The recall ring: plants one defect at a time into real kernel sources, in memory, and asks for the rule that should see it.
 *   node test/recall/run.mjs [part of an id or a rule]… [--tree 7.2|7.3] [--every N] [--json FILE] [--cli N] [--built] [--cold] [--verbose] [--write]
 * `known-misses.json` lists the plants that are known to be missed (`--write` makes it from a run); the floor is asked of all others, and the
 * share of all plants found is printed beside it. `--every N` takes each N-th plant: CI does, for time.
 * `--built` leaves out the plants of rules that have no check yet.
 * `--cold` opens the tree anew for each plant: with `--json`, a comparison with a warm run shows what stays in caches that should not.
 * `--cli N` runs N of the plants through the built command line on a scratch tree and compares. Exit 1 below the floor of 90 % or when an edit does not apply.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPlant, haveTrees, loadPlants, treeOf } from './apply.mjs';
import { loadEngine, openTree, ROOT } from './engine.mjs';
import { makeOverlay } from './overlay.mjs';

const FLOOR = 0.9;
const KNOWN = join(ROOT, 'test/recall/known-misses.json');

function readArguments(list) {
  const options = {
    wanted: [],
    tree: undefined,
    json: undefined,
    cli: 0,
    isVerbose: false,
    isBuilt: false,
    isCold: false,
    every: process.env.CI === 'true' ? 6 : 1,
    isWriting: false,
  };
  for (let i = 0; i < list.length; i++) {
    if (list[i] === '--tree') options.tree = list[++i];
    else if (list[i] === '--json') options.json = list[++i];
    else if (list[i] === '--every') options.every = Math.max(1, Number(list[++i]));
    else if (list[i] === '--write') options.isWriting = true;
    else if (list[i] === '--cli') options.cli = Number(list[++i]);
    else if (list[i] === '--verbose') options.isVerbose = true;
    else if (list[i] === '--built') options.isBuilt = true;
    else if (list[i] === '--cold') options.isCold = true;
    else options.wanted.push(list[i]);
  }
  return options;
}

const placeOf = (finding) => `${finding.rule} in ${finding.function || '(file)'} of ${finding.file.replace(/^.*\//, '')}`;
const identity = (finding) => `${finding.file}|${finding.fingerprint}`;

/** What the new findings mean for the plant: those expected, and those besides that are no known companions. */
function judge(plant, fresh) {
  const rules = [plant.rule, ...(plant.accept ?? [])];
  const functions = plant.at ?? [plant.fn];
  const isExpected = (finding) => rules.includes(finding.rule) && functions.includes(finding.function);
  const hits = fresh.filter(isExpected);
  const extras = fresh.filter((finding) => !isExpected(finding) && !(plant.also ?? []).includes(finding.rule));
  return { isFound: hits.length > 0, isExact: hits.some((finding) => finding.rule === plant.rule), extras };
}

function checkedFiles(plant, changed) {
  return [...new Set([plant.file, ...changed.keys(), ...(plant.files ?? [])])].filter((file) => file.endsWith('.c') || file === plant.file);
}

/** Runs the plants of one tree; the analysis is restored after each. */
async function runTree({ engine, tree, plants, isCold }, onResult) {
  let analysis = await openTree(engine, treeOf(tree));
  const known = new Map();
  const baseline = (files) => {
    const unknown = files.filter((file) => !known.has(file));
    for (const file of unknown)
      known.set(
        file,
        new Set(
          analysis
            .check([file])
            .findings.filter((finding) => finding.file === file)
            .map(identity),
        ),
      );
    return new Set(files.flatMap((file) => [...known.get(file)]));
  };
  for (const plant of plants) {
    const began = performance.now();
    let result;
    try {
      const changed = applyPlant(plant);
      const files = checkedFiles(plant, changed);
      const before = baseline(files);
      if (isCold) analysis = await openTree(engine, treeOf(tree));
      for (const [file, text] of changed) analysis.setText(file, text);
      try {
        const report = analysis.check(files);
        const fresh = report.findings.filter((finding) => files.includes(finding.file) && !before.has(identity(finding)));
        result = { plant, ...judge(plant, fresh), fresh };
      } finally {
        for (const file of changed.keys()) analysis.setText(file, undefined);
      }
    } catch (error) {
      result = {
        plant,
        isFound: false,
        isExact: false,
        extras: [],
        fresh: [],
        fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
    onResult({ ...result, ms: performance.now() - began });
  }
}

/** The same plant through the built command line, on a scratch tree. */
function runCommand(plant) {
  const changed = applyPlant(plant);
  const [folder, remove] = makeOverlay(treeOf(plant.tree), changed);
  try {
    const files = checkedFiles(plant, changed);
    const run = spawnSync(
      'node',
      [join(ROOT, 'dist/cli.js'), 'check', '--format', 'json', '--tree', folder, ...files.map((file) => join(folder, file))],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    if (run.status !== 0 && run.status !== 1) return { error: `exit ${run.status}: ${run.stderr.trim().slice(0, 300)}` };
    return { findings: JSON.parse(run.stdout).findings };
  } finally {
    remove();
  }
}

function table(results) {
  const rows = new Map();
  for (const { plant, isFound, isExact, extras } of results) {
    const row = rows.get(plant.rule) ?? { plants: 0, found: 0, exact: 0, extras: 0 };
    rows.set(plant.rule, {
      plants: row.plants + 1,
      found: row.found + (isFound ? 1 : 0),
      exact: row.exact + (isExact ? 1 : 0),
      extras: row.extras + extras.length,
    });
  }
  const lines = [`${'rule'.padEnd(30)} plants  found  as named  extras`];
  for (const [rule, row] of [...rows].sort(([a], [b]) => a.localeCompare(b)))
    lines.push(
      `${rule.padEnd(30)} ${String(row.plants).padStart(6)} ${String(row.found).padStart(6)} ${String(row.exact).padStart(9)} ${String(row.extras).padStart(7)}`,
    );
  return lines.join('\n');
}

const options = readArguments(process.argv.slice(2));
const all = await loadPlants();
const hasCheck = (rule) => existsSync(join(ROOT, 'server/src/rules', rule, 'rule.ts'));
const plants = all.filter(
  (plant, index) =>
    index % options.every === 0 &&
    (options.tree === undefined || plant.tree === options.tree) &&
    (!options.isBuilt || hasCheck(plant.rule)) &&
    (options.wanted.length === 0 || options.wanted.some((part) => plant.key.includes(part) || plant.rule === part)),
);
const trees = [...new Set(plants.map((plant) => plant.tree))].sort();
if (!haveTrees(trees)) {
  console.error(`recall: no kernel trees in GPUSVM_KERNELS; ${trees.map((tree) => `linux-${tree}`).join(' and ')} are wanted`);
  process.exit(2);
}
const engine = await loadEngine();
const results = [];
for (const tree of trees)
  await runTree({ engine, tree, plants: plants.filter((plant) => plant.tree === tree), isCold: options.isCold }, (result) => {
    results.push(result);
    const { plant, isFound, extras, fault, ms } = result;
    if (fault !== undefined) console.log(`FAULT  ${plant.key}: ${fault.split('\n').slice(0, 4).join(' / ')}`);
    else if (!isFound)
      console.log(
        `missed ${plant.key} [${plant.rule} in ${plant.fn}]: ${plant.about}${extras.length > 0 ? ` -- but: ${extras.map(placeOf).join('; ')}` : ''}`,
      );
    else if (extras.length > 0) console.log(`extra  ${plant.key}: ${extras.map(placeOf).join('; ')}`);
    else if (options.isVerbose) console.log(`found  ${plant.key} ${Math.round(ms)} ms`);
  });

let disagreements = 0;
if (options.cli > 0 && !existsSync(join(ROOT, 'dist/cli.js'))) console.log('the command line is not built: npm run build');
else {
  const step = Math.max(1, Math.floor(results.length / Math.max(1, options.cli)));
  for (const { plant, fresh } of results.filter((_, i) => i % step === 0).slice(0, options.cli)) {
    const { findings, error } = runCommand(plant);
    const missing = error === undefined ? fresh.filter((one) => !findings.some((other) => identity(other) === identity(one))) : fresh;
    if (error !== undefined || missing.length > 0) disagreements++;
    console.log(`cli    ${plant.key}: ${error ?? (missing.length === 0 ? 'the same' : `lacks ${missing.map(placeOf).join('; ')}`)}`);
  }
}

console.log(`\n${table(results)}`);
const found = results.filter((result) => result.isFound).length;
const failed = results.length - found;
const slowest = [...results].sort((a, b) => b.ms - a.ms)[0];
console.log(
  `\n${results.filter((result) => result.extras.length > 0).length} plants with extras; ${disagreements} disagreements with the command line; slowest ${slowest?.plant.key} ${Math.round(slowest?.ms ?? 0)} ms`,
);
if (options.json !== undefined)
  writeFileSync(
    options.json,
    `${JSON.stringify(
      results.map(({ plant, isFound, isExact, extras, fault, ms }) => ({
        key: plant.key,
        rule: plant.rule,
        file: plant.file,
        function: plant.fn,
        isFound,
        isExact,
        ms: Math.round(ms),
        ...(fault === undefined ? {} : { fault }),
        extras: extras.map(placeOf),
      })),
      undefined,
      1,
    )}\n`,
  );
const known = new Set(existsSync(KNOWN) ? JSON.parse(readFileSync(KNOWN, 'utf8')) : []);
if (options.isWriting) {
  const ran = new Set(results.map((result) => result.plant.key));
  const next = [
    ...[...known].filter((key) => !ran.has(key)),
    ...results.filter((result) => !result.isFound).map((result) => result.plant.key),
  ];
  writeFileSync(KNOWN, `${JSON.stringify([...new Set(next)].sort(), undefined, 1)}\n`);
}
const asked = results.filter((result) => !known.has(result.plant.key));
const foundOfAsked = asked.filter((result) => result.isFound).length;
const faults = results.filter((result) => result.fault !== undefined).length;
const isEnough = asked.length > 0 && foundOfAsked / asked.length >= FLOOR && disagreements === 0 && faults === 0;
console.log(
  `found ${found} of ${results.length} plants (${Math.round((100 * found) / Math.max(1, results.length))} %; the aim is 90 %); ` +
    `${results.length - asked.length} are listed as known misses, ${foundOfAsked} of the other ${asked.length} are found; faults ${faults}`,
);
console.log(`${results.length - (isEnough ? 0 : failed)} passed, ${isEnough ? 0 : failed} failed`);
process.exitCode = isEnough ? 0 : 1;
