// The same on a real kernel: a file of Linux 7.3's xe with one statement taken out. Left out, aloud, where no tree is at hand.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEditor } from './browser.mjs';
import { root } from './setup.mjs';
import { check, createSteps, shots } from './steps.mjs';

const kernels = process.env.GPUSVM_KERNELS || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gpusvm-kernels');
const file = 'drivers/gpu/drm/xe/xe_svm.c';

/** A tree of links around a copy of the driver, so that nothing is changed in the kernel's own. */
function scratchTree(kernel) {
  const tree = mkdtempSync(join(tmpdir(), 'kernel-'));
  mkdirSync(join(tree, 'drivers/gpu/drm'), { recursive: true });
  symlinkSync(join(kernel, 'include'), join(tree, 'include'));
  for (const name of ['drm_gpusvm.c', 'drm_pagemap.c'])
    symlinkSync(join(kernel, 'drivers/gpu/drm', name), join(tree, 'drivers/gpu/drm', name));
  cpSync(join(kernel, 'drivers/gpu/drm/xe'), join(tree, 'drivers/gpu/drm/xe'), { recursive: true });
  return tree;
}

/** Takes the unmap out of the collector: the statement before the removal of a range, from its name to its semicolon. */
function plant(tree) {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  const removal = text.indexOf('drm_gpusvm_range_remove(');
  const start = text.lastIndexOf('drm_gpusvm_unmap_pages(', removal);
  const end = text.indexOf(';', start) + 1;
  check(removal > 0 && start > 0 && end < removal, 'the collector of this tree unmaps before it removes');
  writeFileSync(path, text.slice(0, start) + text.slice(end));
  return text.slice(0, start).split('\n').length;
}

/** Runs the scenario; returns the counts. */
export async function runKernelUi() {
  const steps = createSteps('kernel-ui');
  const kernel = join(kernels, 'linux-7.3');
  if (!existsSync(join(kernel, file))) {
    console.log('kernel-ui: no Linux 7.3 here, left out');
    return steps.counts();
  }
  const tree = scratchTree(kernel);
  let editor;
  try {
    const line = plant(tree);
    const vsix = process.env.VSIX || join(root, 'gpusvm-review.vsix');
    editor = await openEditor({ template: tree, vsix: [vsix], open: file });
    const { page } = editor;
    page.setDefaultTimeout(120_000);
    const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
    const opened = Date.now();
    await steps.step('the planted defect is counted', async () => {
      await page.waitForSelector('.statusbar-item >> text=/GPU SVM: [1-9]/');
      console.log(`        ${Date.now() - opened} ms from the opening of the page`);
    });
    await steps.step('the next problem is the removal of a mapped range, with its path', async () => {
      await page.waitForSelector('.monaco-editor .view-lines');
      await page.locator('.monaco-editor .view-lines').first().click();
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press('F8');
        await page.waitForSelector('.marker-widget');
        if ((await page.locator('.marker-widget').first().textContent()).includes('range-removed-while-mapped')) break;
      }
      await page.waitForSelector('.marker-widget >> text=range-removed-while-mapped');
      await page.waitForSelector(`.line-numbers >> text="${line}"`);
      await shot('20-kernel-defect');
      await page.keyboard.press('Escape');
    });
    await steps.step('lenses name the parts of the driver', async () => {
      // It stands above the function, which may have been scrolled out of sight.
      await page.waitForSelector('.codelens-decoration >> text=/removes ranges · \\d finding/', { state: 'attached' });
      await shot('21-kernel-lens');
    });
  } catch (error) {
    steps.fail(String(error?.stack ?? error));
  } finally {
    await editor?.close();
    rmSync(tree, { recursive: true, force: true });
  }
  return steps.counts();
}

if (process.argv[1]?.endsWith('kernel-ui.mjs')) {
  const { passed, failed } = await runKernelUi();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
