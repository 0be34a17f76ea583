// The pictures of the README, in the light and the dark theme: a finding with its path, on the sample driver. The ring checks that they can be made and keeps
// them among its screenshots; `node test/vscode/pictures.mjs --write` puts them into docs/pictures.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEditor } from './browser.mjs';
import { root } from './setup.mjs';
import { check, createSteps, shots } from './steps.mjs';

const themes = { light: 'Light Modern', dark: 'Dark Modern' };
const file = 'drivers/gpu/drm/sample/sample_bad_collect.c';

/** Makes the pictures; returns the counts. */
export async function runPictures({ isWriting = false } = {}) {
  const steps = createSteps('pictures');
  const vsix = process.env.VSIX || join(root, 'gpusvm-review.vsix');
  if (!existsSync(vsix)) {
    steps.fail('gpusvm-review.vsix is missing: npm run package');
    return steps.counts();
  }
  for (const [name, theme] of Object.entries(themes)) {
    const editor = await openEditor({
      template: join(root, 'test/fixtures/kernel'),
      vsix: [vsix],
      open: file,
      settings: {
        'workbench.activityBar.location': 'hidden',
        'breadcrumbs.enabled': false,
        'editor.fontSize': 15,
        'editor.stickyScroll.enabled': false,
        'editor.lineHeight': 22,
        'explorer.openEditors.visible': 0,
      },
    });
    const { page } = editor;
    page.setDefaultTimeout(30_000);
    try {
      await steps.step(`a finding with its path, ${name}`, async () => {
        await page.setViewportSize({ width: 1180, height: 640 });
        await page.waitForSelector('.squiggly-error');
        await page.waitForSelector('.codelens-decoration >> text=GPU SVM:');
        await page.locator('.monaco-editor .view-lines').first().click();
        await page.keyboard.press('Control+k');
        await page.keyboard.press('Control+t');
        await page.waitForSelector('.quick-input-list .monaco-list-row');
        await page.keyboard.type(theme, { delay: 5 });
        await page.waitForTimeout(400);
        await page.keyboard.press('Enter');
        await page.waitForSelector(`.monaco-workbench.${name === 'dark' ? 'vs-dark' : 'vs'}`);
        await page.keyboard.press('Control+Home');
        await page.keyboard.press('F1');
        await page.waitForSelector('.quick-input-widget:not([style*="display: none"]) input');
        await page.keyboard.type('View: Toggle Primary Side Bar Visibility', { delay: 5 });
        await page.keyboard.press('Enter');
        await page.waitForTimeout(400);
        const word = page.locator('.view-line span span', { hasText: /^\s*drm_gpusvm_range_remove\s*$/ }).first();
        await word.hover();
        await page.waitForSelector('.monaco-hover >> text=range-removed-while-mapped');
        await page.waitForTimeout(700);
        const picture = await page.screenshot({ path: join(shots, `readme-${name}.png`) });
        check(picture.length > 20_000, 'the picture is empty');
        if (isWriting) writeFileSync(join(root, 'docs/pictures', `editor-${name}.png`), picture);
      });
    } finally {
      await editor.close();
    }
  }
  return steps.counts();
}

if (process.argv[1]?.endsWith('pictures.mjs')) {
  const { passed, failed } = await runPictures({ isWriting: process.argv.includes('--write') });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
