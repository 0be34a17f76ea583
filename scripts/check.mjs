// `npm run check`: all that must hold before a commit. Every step runs, so that one failure does not hide the next.
//   node scripts/check.mjs [--without-tests]      the last line is `N passed, N failed`, counting steps
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run, setup } from './setup.mjs';

/** Upper bounds of the bundles, in bytes: growth is to be seen, not to be discovered in the VSIX. */
const bundleLimits = { 'client.js': 600_000, 'server.js': 200_000, 'worker.js': 1_300_000, 'cli.js': 1_150_000 };

function checkBundleSizes() {
  let failures = 0;
  for (const [name, limit] of Object.entries(bundleLimits)) {
    const file = join(root, 'dist', name);
    if (!existsSync(file)) {
      console.log(`dist/${name} is missing`);
      failures += 1;
      continue;
    }
    const { size } = statSync(file);
    console.log(`dist/${name} ${Math.round(size / 1024)} KiB of ${Math.round(limit / 1024)} KiB`);
    if (size > limit) failures += 1;
  }
  return failures;
}

const withoutTests = process.argv.includes('--without-tests');
const steps = [
  ['format, lint', () => run(bin('biome'), ['check', '--error-on-warnings', '.'])],
  ['types', () => run(bin('tsc'), ['-p', 'tsconfig.json'])],
  ['generated files', () => run(process.execPath, ['scripts/generate.mjs', '--check'])],
  ...(withoutTests ? [] : [['tests', () => run(bin('vitest'), ['run', '--reporter=dot'])]]),
  ['bundle size', checkBundleSizes],
];

await setup();
const results = [];
for (const [name, step] of steps) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  results.push({ name, code: await step(), seconds: (Date.now() - started) / 1000 });
}
console.log('');
for (const { name, code, seconds } of results) console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
const failed = results.filter((result) => result.code !== 0).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
