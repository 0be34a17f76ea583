// `npm start`: reviews the sample kernel and says how to see the same in an editor.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, setup } from './setup.mjs';

const sample = 'test/fixtures/kernel';

await setup();
if (!existsSync(join(root, 'dist/cli.js'))) {
  console.error('start: dist/cli.js was not built');
  process.exit(1);
}
console.log(`Reviewing the sample kernel in ${sample}: a small driver of our own with a few true defects.\n`);
const code = run(process.execPath, ['dist/cli.js', 'check', '--tree', sample, ...process.argv.slice(2)]);
// 1 says that there are findings, which is what the demonstration is for.
if (code > 1) process.exit(code);

console.log(`
See the same in VS Code:
  1. code .                     open this folder
  2. press F5                   "Client and server": opens ${sample} with the extension loaded
  3. open drivers/gpu/drm/sample/sample_bad_collect.c
Or install it:  npm run package  &&  code --install-extension gpusvm-review.vsix
On a kernel:    node dist/cli.js check --tree PATH/TO/linux drivers/gpu/drm/xe`);
