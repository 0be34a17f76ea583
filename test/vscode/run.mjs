// The ring of real VS Code: the suite in the extension host, then the user interface in a browser. Ends with `N passed, N failed`.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser, ensureModules, ensureVscode, root } from './setup.mjs';

let passed = 0;
let failed = 0;
const add = (counts) => {
  passed += counts.passed;
  failed += counts.failed;
};
try {
  ensureModules();
  ensureBrowser();
  ensureVscode();
  if (!existsSync(join(root, 'gpusvm-review.vsix'))) spawnSync(process.execPath, [join(root, 'scripts/package.mjs')], { stdio: 'inherit' });
  const { runExthost } = await import('./exthost.mjs');
  add(await runExthost());
  const { runUi } = await import('./ui.mjs');
  add(await runUi());
  const { runFirstInstall } = await import('./first-install.mjs');
  add(await runFirstInstall());
  const { runPictures } = await import('./pictures.mjs');
  add(await runPictures());
  const { runKernelUi } = await import('./kernel-ui.mjs');
  add(await runKernelUi());
} catch (error) {
  console.log(`FAIL vscode: ${error?.stack ?? error}`);
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
