/**
 * Benchmarks on a real kernel tree: one command, JSON out. Times are CPU milliseconds (user and system, all threads) and, beside them,
 * multiples of a calibration loop timed in the same run: those are what `floor.json` bounds, since machines differ and are shared.
 *   node test/bench/run.mjs [--tree DIR] [--rounds N] [--large] [--json FILE] [--write]
 * `--large` adds all drivers; `--write` makes `floor.json` from this run with half as much again. Last line: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { folderHost, loadEngine, openTree, ROOT } from '../recall/engine.mjs';

const options = { tree: undefined, rounds: 12, isLarge: false, json: undefined, isWriting: false };
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i];
  if (name === '--tree') options.tree = process.argv[++i];
  else if (name === '--rounds') options.rounds = Math.max(2, Number(process.argv[++i]));
  else if (name === '--large') options.isLarge = true;
  else if (name === '--json') options.json = process.argv[++i];
  else if (name === '--write') options.isWriting = true;
  else throw new Error(`unknown argument ${name}`);
}

const kernels = process.env.GPUSVM_KERNELS ?? join(homedir(), '.cache/gpusvm-kernels');
const tree =
  options.tree ??
  ['linux-7.3', 'linux-7.2'].map((name) => join(kernels, name)).find((folder) => existsSync(join(folder, 'include/drm/drm_gpusvm.h')));
if (tree === undefined) {
  console.log('no kernel tree here: see CONTRIBUTING.md');
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const cpuOf = (usage) => (usage.user + usage.system) / 1000;
const cpu = () => cpuOf(process.cpuUsage());
const timed = (work) => {
  const began = cpu();
  work();
  return cpu() - began;
};
const sorted = (list) => [...list].sort((a, b) => a - b);
const at = (list, share) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
const round = (value) => Math.round(value * 100) / 100;

/** A fixed amount of work like ours: strings made, looked up in maps and compared. Milliseconds of CPU time. */
function calibrate() {
  const work = () => {
    const map = new Map();
    let sum = 0;
    for (let i = 0; i < 400_000; i++) {
      const key = `k${i % 5000}.${i % 7}`;
      const old = map.get(key);
      map.set(key, (old ?? 0) + key.length);
      sum += old ?? 0;
    }
    return sum;
  };
  work();
  return Math.min(...[0, 1, 2, 3, 4].map(() => timed(work)));
}

const drivers = 'drivers/gpu/drm';
const svm = `${drivers}/xe/xe_svm.c`;
const results = [];
const calibration = calibrate();
const note = (name, values, more = {}) => {
  const median = at(values, 0.5);
  results.push({
    name,
    medianMs: round(median),
    p95Ms: round(at(values, 0.95)),
    runs: values.length,
    ratio: round(median / calibration),
    ...more,
  });
};

/** A whole process of the bundled command line. */
function command(name, args, runs) {
  const times = [];
  let rss = 0;
  for (let i = 0; i < runs; i++) {
    const began = process.hrtime.bigint();
    const done = spawnSync(process.execPath, [join(ROOT, 'dist/cli.js'), ...args, '--format', 'json'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, GPUSVM_REVIEW_THREADS: '1', GPUSVM_REVIEW_CACHE: 'off' },
    });
    const wall = Number(process.hrtime.bigint() - began) / 1e6;
    try {
      rss = Math.max(rss, JSON.parse(done.stdout).stats.peakRssMb);
      times.push(wall);
    } catch {
      results.push({ name, error: (done.stderr || done.stdout).slice(0, 300) });
      return;
    }
  }
  note(name, times, { peakRssMb: Math.round(rss), isWall: true });
}

const engine = await loadEngine();

async function cold(name, files, runs) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    const began = cpu();
    const analysis = await openTree(engine, tree);
    analysis.check(files);
    times.push(cpu() - began);
  }
  note(name, times);
}

/** Edits in one function of a file, each answered. */
async function edits(name, file, functionName, kinds) {
  const text = folderHost(tree).read(file);
  if (text === undefined) return;
  const start = text.indexOf('{', text.search(new RegExp(`\\b${functionName}\\(`))) + 1;
  if (start === 0) return;
  const analysis = await openTree(engine, tree);
  analysis.check([file]);
  for (const [kind, insert] of Object.entries(kinds)) {
    const times = [];
    for (let i = 0; i < options.rounds + 2; i++) {
      const next = i % 2 === 0 ? text.slice(0, start) + insert + text.slice(start) : text;
      const took = timed(() => {
        analysis.setText(file, next);
        analysis.check([file]);
      });
      // The first two bring in what the file's other functions never asked for.
      if (i > 1) times.push(took);
    }
    note(`edit: ${kind}, ${name}`, times);
  }
  note(`memory after edits, ${name}`, [process.memoryUsage().heapUsed / 1e6], { isMemory: true });
}

await cold('cold: xe_svm.c', [svm], 3);
await cold('cold: drm_gpusvm.c', [`${drivers}/drm_gpusvm.c`], 3);
const kinds = { comment: '\n\t/* a note */', statement: '\n\tcond_resched();' };
await edits('a leaf of xe_svm.c', svm, 'xe_svm_range_free', kinds);
await edits('the fault handler of xe_svm.c', svm, '__xe_svm_handle_pagefault', kinds);
await edits('xe_vm.c', `${drivers}/xe/xe_vm.c`, 'xe_vm_close', kinds);
await edits('drm_gpusvm.c', `${drivers}/drm_gpusvm.c`, 'drm_gpusvm_range_find', kinds);
if (existsSync(join(ROOT, 'dist/cli.js'))) {
  const four = ['xe/xe_svm.c', 'xe/xe_userptr.c', 'drm_gpusvm.c', 'drm_pagemap.c'].map((one) => join(tree, drivers, one));
  command('process: four files', ['check', '--tree', tree, ...four], 3);
  command('process: xe', ['check', '--tree', tree, join(tree, drivers, 'xe')], 1);
  if (options.isLarge) command('process: all drivers', ['check', '--tree', tree], 1);
}

const floorFile = join(ROOT, 'test/bench/floor.json');
const measured = results.filter((one) => one.error === undefined && one.isMemory !== true);
if (options.isWriting) {
  const floor = Object.fromEntries(measured.map((one) => [one.name, Math.ceil(one.ratio * 1.5 * 10) / 10]));
  writeFileSync(floorFile, `${JSON.stringify(floor, null, 2)}\n`);
}
const floor = existsSync(floorFile) ? JSON.parse(readFileSync(floorFile, 'utf8')) : {};
let passed = 0;
const slow = [];
for (const one of results) {
  if (one.error !== undefined) slow.push(`${one.name}: ${one.error}`);
  else if (floor[one.name] !== undefined && one.ratio > floor[one.name])
    slow.push(`${one.name}: ${one.ratio} times the calibration loop, at most ${floor[one.name]}`);
  else passed++;
}
const report = JSON.stringify({ calibrationMs: round(calibration), node: process.version, results }, null, 2);
if (options.json !== undefined) writeFileSync(options.json, `${report}\n`);
console.log(report);
for (const line of slow) console.log(`SLOW ${line}`);
console.log(`${passed} passed, ${slow.length} failed`);
process.exitCode = slow.length > 0 ? 1 : 0;
