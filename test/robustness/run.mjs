/**
 * The robustness ring: random edits on the sample kernel, and on real sources where a kernel tree is here. After each edit the answer of the
 * session that followed all of them is compared with a fresh session's, and its time with the budget. Nothing may crash. Then a short run of the
 * protocol fuzzer on the bundled server. Longer runs by hand: `long.mjs`, `protocol.mjs`, `whole-tree.mjs`.
 *   node test/robustness/run.mjs [--edits N] [--seed N] [--tree DIR] [--wild-only] [--verbose]
 * A difference is printed with the seed and the number of the edit that show it. Last line: `N passed, N failed`.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { folderHost, loadEngine, openTree, ROOT } from '../recall/engine.mjs';
import { randomOf, tame, wild } from './edits.mjs';
import { fuzz } from './protocol.mjs';

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
const counts = { passed: 0, failed: 0, left: 0, edits: 0 };
const view = (report) => JSON.stringify([report.findings, report.limits]);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const fail = (line) => {
  counts.failed++;
  console.log(`FAILED ${line}`);
};

/** Checks, left and taken up again as a newer edit would have it, when `isLeft` is set: the answer is the same. */
function answerOf(analysis, files) {
  for (;;) {
    try {
      return analysis.check(files);
    } catch (error) {
      if (error?.message !== 'interrupted') throw error;
      counts.left++;
    }
  }
}

/** Plays edits on some files of a tree. */
async function play({ name, folder, files, headers = [], edits, seed, kinds, coldEvery }) {
  const random = randomOf(seed);
  const base = folderHost(folder);
  const texts = new Map();
  const open = (host, more = {}) => openTree({ createAnalysis: (o) => engine.createAnalysis({ ...o, ...more, host }) }, folder);
  // A generator of its own: what is left does not move what is edited.
  const chance = randomOf(seed + 1000);
  const warm = await open(base, { isInterrupted: () => chance(40) === 0 });
  answerOf(warm, files);
  const edited = [...files, ...headers];
  const names = Object.keys(kinds);
  let slowest = 0;
  for (let i = 0; i < edits; i++) {
    const path = edited[random(edited.length)];
    const kind = names[random(names.length)];
    const isBack = random(5) === 0;
    const text = isBack ? base.read(path) : kinds[kind](texts.get(path) ?? base.read(path), random);
    counts.edits++;
    const what = `${name}, seed ${seed}, edit ${i}: ${isBack ? 'undone' : kind} in ${path}`;
    texts.set(path, text);
    try {
      const began = cpu();
      warm.setText(path, text);
      const answer = answerOf(warm, files);
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

/** Takes away one statement after the other, each put back before the next: what a function no longer does is felt in those that call it. */
async function eachAway({ name, folder, files, from, every }) {
  const base = folderHost(folder);
  const warm = await openTree(engine, folder);
  warm.check(files);
  let edits = 0;
  let felt = 0;
  const before = view(warm.check(files));
  for (const path of from) {
    const lines = base.read(path).split('\n');
    for (let at = 0, seen = 0; at < lines.length; at++) {
      if (!/^\t+[a-z_].*;$/.test(lines[at]) || /^\t+(?:struct|int|bool|unsigned|u64|void|enum)\b/.test(lines[at]) || seen++ % every !== 0)
        continue;
      const text = [...lines.slice(0, at), ...lines.slice(at + 1)].join('\n');
      edits++;
      warm.setText(path, text);
      const answer = view(warm.check(files));
      const cold = await openTree(
        {
          createAnalysis: (o) =>
            engine.createAnalysis({ ...o, host: { list: base.list, read: (one) => (one === path ? text : base.read(one)) } }),
        },
        folder,
      );
      if (answer !== before) felt++;
      if (answer === view(cold.check(files))) counts.passed++;
      else fail(`${name}: ${path}:${at + 1} taken away: the answer differs from a cold one`);
      warm.setText(path, undefined);
    }
  }
  if (view(warm.check(files)) === before) counts.passed++;
  else fail(`${name}: all put back: the answer differs from the first`);
  console.log(`${name}: ${edits} statements taken away, ${felt} of them felt`);
}

const drivers = 'drivers/gpu/drm';
const inSample = folderHost(sample)
  .list(`${drivers}/sample`)
  .filter((one) => one.endsWith('.c'))
  .map((one) => `${drivers}/sample/${one}`);
// Wrappers of locks and accessors: what is edited here is felt in other files.
const headers = [`${drivers}/sample/sample_drv.h`, `${drivers}/sample/sample_drv.h`];
const sampleFiles = [`${drivers}/drm_gpusvm.c`, ...inSample];
if (!options.isWildOnly)
  await play({
    name: 'sample, tame',
    folder: sample,
    files: sampleFiles,
    headers,
    edits: options.edits,
    seed: options.seed,
    kinds: tame,
    coldEvery: 1,
  });
await play({
  name: 'sample, wild',
  folder: sample,
  files: sampleFiles,
  headers,
  edits: options.edits,
  seed: options.seed + 1,
  kinds: wild,
  coldEvery: 2,
});
const away = [`${drivers}/sample/sample_svm.c`, `${drivers}/sample/sample_gc.c`, `${drivers}/sample/sample_drv.h`];
await eachAway({ name: 'sample, away', folder: sample, files: sampleFiles, from: away, every: process.env.CI === 'true' ? 2 : 1 });
if (real === undefined) console.log('no kernel tree here: real sources left out');
else {
  const files = [`${drivers}/xe/xe_userptr.c`, `${drivers}/drm_gpusvm.c`].filter((one) => existsSync(join(real, one)));
  const edits = Math.ceil(options.edits / 4);
  if (!options.isWildOnly)
    await play({ name: 'real, tame', folder: real, files, edits, seed: options.seed + 2, kinds: tame, coldEvery: 2 });
  await play({ name: 'real, wild', folder: real, files, edits: Math.ceil(edits / 4), seed: options.seed + 3, kinds: wild, coldEvery: 4 });
}
if (existsSync(join(ROOT, 'dist/server.js'))) {
  const { passed, failed } = await fuzz({ seed: options.seed, messages: 300, sessions: 2 });
  counts.passed += passed;
  counts.failed += failed;
} else fail('protocol: dist/ is not built: npm run build');
console.log(`${counts.edits} edits, ${counts.left} checks left half way and taken up again`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
