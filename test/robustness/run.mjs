/**
 * The robustness ring: random edits on the sample kernel, and on real sources where a kernel tree is here. After each edit the answer of the
 * session that followed all of them is compared with a fresh session's, and its time with the budget. Nothing may crash.
 *   node test/robustness/run.mjs [--edits N] [--seed N] [--tree DIR] [--wild-only] [--verbose]
 * A difference is printed with the seed and the number of the edit that show it. Last line: `N passed, N failed`.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { folderHost, loadEngine, openTree, ROOT } from '../recall/engine.mjs';
import { randomOf, tame, wild } from './edits.mjs';

const options = { edits: process.env.CI === 'true' ? 40 : 120, seed: 1, tree: undefined, isWildOnly: false, isVerbose: false };
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i];
  if (name === '--edits') options.edits = Number(process.argv[++i]);
  else if (name === '--seed') options.seed = Number(process.argv[++i]);
  else if (name === '--tree') options.tree = process.argv[++i];
  else if (name === '--wild-only') options.isWildOnly = true;
  else if (name === '--verbose') options.isVerbose = true;
  else throw new Error(`unknown argument ${name}`);
}

/** CPU milliseconds an answer may take, whatever was edited: enough for a cold answer of the largest file on a slow machine. */
const BUDGET = 30_000;

const kernels = process.env.GPUSVM_KERNELS ?? join(homedir(), '.cache/gpusvm-kernels');
const sample = join(ROOT, 'test/fixtures/kernel');
const real =
  options.tree ??
  ['linux-7.3', 'linux-7.2'].map((name) => join(kernels, name)).find((folder) => existsSync(join(folder, 'include/drm/drm_gpusvm.h')));

const engine = await loadEngine();
const counts = { passed: 0, failed: 0 };
const view = (report) => JSON.stringify([report.findings, report.limits]);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const fail = (line) => {
  counts.failed++;
  console.log(`FAILED ${line}`);
};

/** Plays edits on some files of a tree. */
async function play({ name, folder, files, edits, seed, kinds, coldEvery }) {
  const random = randomOf(seed);
  const base = folderHost(folder);
  const texts = new Map();
  const open = (host) => openTree({ createAnalysis: (o) => engine.createAnalysis({ ...o, host }) }, folder);
  const warm = await open(base);
  warm.check(files);
  const names = Object.keys(kinds);
  let slowest = 0;
  for (let i = 0; i < edits; i++) {
    const path = files[random(files.length)];
    const kind = names[random(names.length)];
    const isBack = random(5) === 0;
    const text = isBack ? base.read(path) : kinds[kind](texts.get(path) ?? base.read(path), random);
    const what = `${name}, seed ${seed}, edit ${i}: ${isBack ? 'undone' : kind} in ${path}`;
    texts.set(path, text);
    try {
      const began = cpu();
      warm.setText(path, text);
      const answer = warm.check(files);
      const took = cpu() - began;
      slowest = Math.max(slowest, took);
      if (took > BUDGET) fail(`${what}: ${Math.round(took)} ms`);
      else if (i % coldEvery !== 0) counts.passed++;
      else {
        const cold = await open({ list: base.list, read: (one) => texts.get(one) ?? base.read(one) });
        if (view(cold.check(files)) === view(answer)) counts.passed++;
        else fail(`${what}: the answer differs from a cold one`);
      }
      if (options.isVerbose) console.log(`${what}: ${Math.round(took)} ms, ${answer.findings.length} findings`);
    } catch (error) {
      fail(`${what}: ${error instanceof Error ? error.stack : error}`);
    }
    // A text that stays broken would hide what later edits do.
    if (kinds === wild && random(3) === 0) {
      texts.delete(path);
      warm.setText(path, undefined);
    }
  }
  console.log(`${name}: ${edits} edits, slowest answer ${Math.round(slowest)} ms of CPU time`);
}

const drivers = 'drivers/gpu/drm';
const inSample = folderHost(sample)
  .list(`${drivers}/sample`)
  .filter((one) => one.endsWith('.c'))
  .map((one) => `${drivers}/sample/${one}`);
const sampleFiles = [`${drivers}/drm_gpusvm.c`, ...inSample];
if (!options.isWildOnly)
  await play({
    name: 'sample, tame',
    folder: sample,
    files: sampleFiles,
    edits: options.edits,
    seed: options.seed,
    kinds: tame,
    coldEvery: 1,
  });
await play({
  name: 'sample, wild',
  folder: sample,
  files: sampleFiles,
  edits: options.edits,
  seed: options.seed + 1,
  kinds: wild,
  coldEvery: 2,
});
if (real === undefined) console.log('no kernel tree here: real sources left out');
else {
  const files = [`${drivers}/xe/xe_userptr.c`, `${drivers}/drm_gpusvm.c`].filter((one) => existsSync(join(real, one)));
  const edits = Math.ceil(options.edits / 4);
  if (!options.isWildOnly)
    await play({ name: 'real, tame', folder: real, files, edits, seed: options.seed + 2, kinds: tame, coldEvery: 2 });
  await play({ name: 'real, wild', folder: real, files, edits: Math.ceil(edits / 4), seed: options.seed + 3, kinds: wild, coldEvery: 4 });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
