// `npm run package`: builds and packs gpusvm-review.vsix, then checks what went in.
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run, setup } from './setup.mjs';

/** Upper bound of the VSIX, in bytes. */
const limit = 1_500_000;
const output = 'gpusvm-review.vsix';

await setup({ needsBuild: false });
const { build, missingBundles } = await import('./build.mjs');
await build();
const missing = missingBundles();
if (missing.length > 0) {
  console.error(`package: cannot pack without ${missing.map((bundle) => bundle.entry).join(', ')}`);
  process.exit(1);
}
rmSync(join(root, output), { force: true });
const code = run(bin('vsce'), ['package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', output]);
if (code !== 0 || !existsSync(join(root, output))) process.exit(code || 1);
const { size } = statSync(join(root, output));
console.log(`package: ${output} ${Math.round(size / 1000)} kB of ${limit / 1000} kB`);
process.exit(size > limit ? 1 : 0);
