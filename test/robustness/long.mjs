/**
 * Random edits by the ten thousand, by hand and in the background: differences from cold sessions, crashes and overruns counted, memory watched.
 *   nice node --expose-gc test/robustness/long.mjs [--edits N] [--seed N] [--wild-share PERCENT] [--cold-every N] [--budget MS] [--tree DIR]
 * Edits come in rounds of fifty from the files as they are. Every line of a failure names the seed and the edit: `--seed S --from ROUND --edits 50`
 * plays that round again, alone. Last line: `N passed, N failed`.
 */
import { join } from 'node:path';
import { folderHost, loadEngine, openTree, ROOT } from '../recall/engine.mjs';
import { randomOf, tame, wild } from './edits.mjs';

const options = { edits: 50_000, seed: 1, from: 0, wildShare: 4, coldEvery: 25, budget: 2_000, tree: undefined };
const names = {
  '--edits': 'edits',
  '--seed': 'seed',
  '--from': 'from',
  '--wild-share': 'wildShare',
  '--cold-every': 'coldEvery',
  '--budget': 'budget',
};
for (let i = 2; i < process.argv.length; i += 2) {
  const [name, value] = [process.argv[i], process.argv[i + 1]];
  if (name === '--tree') options.tree = value;
  else if (names[name] !== undefined) options[names[name]] = Number(value);
  else throw new Error(`unknown argument ${name}`);
}

const ROUND = 50;
const drivers = 'drivers/gpu/drm';
const folder = options.tree ?? join(ROOT, 'test/fixtures/kernel');
const base = folderHost(folder);
const own = base.list(`${drivers}/sample`).filter((one) => one.endsWith('.c'));
const files =
  options.tree === undefined
    ? [`${drivers}/drm_gpusvm.c`, ...own.map((one) => `${drivers}/sample/${one}`)]
    : [`${drivers}/xe/xe_svm.c`, `${drivers}/xe/xe_userptr.c`, `${drivers}/drm_gpusvm.c`];
const edited = options.tree === undefined ? [...files, `${drivers}/sample/sample_drv.h`] : files;

const engine = await loadEngine();
const open = (host, more = {}) => openTree({ createAnalysis: (o) => engine.createAnalysis({ ...o, ...more, host }) }, folder);
const view = (report) => JSON.stringify([report.findings, report.limits]);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const counts = { edits: 0, compared: 0, differences: 0, crashes: 0, overruns: 0, left: 0 };
const times = [];
const memory = [];
const fail = (kind, line) => {
  counts[kind]++;
  console.log(`${kind.toUpperCase()} seed ${options.seed} ${line}`);
};

let chance = randomOf(1);
const warm = await open(base, { isInterrupted: () => chance(60) === 0 });
const check = () => {
  for (;;) {
    try {
      return warm.check(files);
    } catch (error) {
      if (error?.message !== 'interrupted') throw error;
      counts.left++;
    }
  }
};
check();
for (let round = options.from; counts.edits < options.edits; round++) {
  // A round is its seed's and its number's, whatever went before.
  const random = randomOf(options.seed * 100_003 + round + 1);
  chance = randomOf(options.seed * 7 + round + 1);
  const texts = new Map();
  for (let i = 0; i < ROUND && counts.edits < options.edits; i++) {
    const path = edited[random(edited.length)];
    const kinds = random(100) < options.wildShare ? wild : tame;
    const kind = Object.keys(kinds)[random(Object.keys(kinds).length)];
    const isBack = random(5) === 0;
    const isCompared = random(options.coldEvery) === 0;
    const text = isBack ? base.read(path) : kinds[kind](texts.get(path) ?? base.read(path), random);
    const what = `round ${round} edit ${i}: ${isBack ? 'undone' : kind} in ${path}`;
    texts.set(path, text);
    counts.edits++;
    try {
      const began = cpu();
      warm.setText(path, text);
      const answer = check();
      const took = cpu() - began;
      times.push(took);
      if (took > options.budget) fail('overruns', `${what}: ${Math.round(took)} ms`);
      if (isCompared) {
        counts.compared++;
        const cold = await open({ list: base.list, read: (one) => texts.get(one) ?? base.read(one) });
        if (view(cold.check(files)) !== view(answer)) fail('differences', what);
      }
    } catch (error) {
      fail('crashes', `${what}: ${error instanceof Error ? error.stack : error}`);
    }
    if (kinds === wild) {
      texts.delete(path);
      warm.setText(path, undefined);
    }
  }
  for (const path of texts.keys()) warm.setText(path, undefined);
  if ((round + 1) % 20 === 0) {
    globalThis.gc?.();
    const used = Math.round(process.memoryUsage().heapUsed / 1e5) / 10;
    memory.push([counts.edits, used]);
    console.log(`${counts.edits} edits, ${counts.compared} compared, heap ${used} MB, ${Math.round(cpu() / 1000)} s of CPU time`);
  }
}
times.sort((a, b) => a - b);
const at = (share) => Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10) / 10;
console.log(JSON.stringify({ ...counts, medianMs: at(0.5), p95Ms: at(0.95), slowestMs: at(1), heapMb: memory }));
// Flat: the end is no higher than the middle, but for what a collection leaves.
const middle = memory[Math.floor(memory.length / 2)]?.[1] ?? 0;
const isFlat = memory.length < 8 || (memory.at(-1)?.[1] ?? 0) < middle * 1.15 + 5;
if (!isFlat) console.log(`memory grows: ${middle} MB half way, ${memory.at(-1)?.[1]} MB at the end`);
const failed = counts.differences + counts.crashes + counts.overruns + (isFlat ? 0 : 1);
console.log(`${counts.edits - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
