// `npm run package`: builds and packs gpusvm-review.vsix, then checks what went in.
//   node scripts/package.mjs [--count]      with --count the last line is `N passed, N failed`
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run, setup } from './setup.mjs';

/** Upper bound of the VSIX, in bytes. */
const limit = 1_500_000;
const output = 'gpusvm-review.vsix';

/** Packs; returns what is wrong, nothing when all is well. */
async function pack() {
  await setup({ needsBuild: false });
  const { build, missingBundles } = await import('./build.mjs');
  await build();
  const missing = missingBundles();
  if (missing.length > 0) return [`cannot pack without ${missing.map((bundle) => bundle.entry).join(', ')}`];
  rmSync(join(root, output), { force: true });
  const code = run(bin('vsce'), [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--skip-license',
    '--no-rewrite-relative-links',
    '--out',
    output,
  ]);
  if (code !== 0 || !existsSync(join(root, output))) return ['vsce failed'];
  const { size } = statSync(join(root, output));
  console.log(`package: ${output} ${Math.round(size / 1000)} kB of ${limit / 1000} kB`);
  return size > limit ? ['the package is too large'] : [];
}

const problems = await pack();
for (const problem of problems) console.error(`package: ${problem}`);
if (process.argv.includes('--count')) console.log(problems.length > 0 ? '0 passed, 1 failed' : '1 passed, 0 failed');
process.exit(problems.length > 0 ? 1 : 0);
