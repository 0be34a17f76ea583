// What a reviewer sees, in a real VS Code in a real browser, on the sample driver: squiggle, path, hover, lens, fix, views, keyboard.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEditor } from './browser.mjs';
import { root } from './setup.mjs';
import { check, createSteps, shots } from './steps.mjs';

/** A series of one patch that takes the unmap before a removal away. */
function dropsUnmap() {
  const path = `${driver}/sample_gc.c`;
  const lines = readFileSync(join(root, 'test/fixtures/kernel', path), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('drm_gpusvm_unmap_pages('));
  const hunk = [
    ...lines.slice(at - 3, at).map((line) => ` ${line}`),
    `-${lines[at]}`,
    ...lines.slice(at + 1, at + 4).map((line) => ` ${line}`),
  ];
  const mail = [
    'From: A Driver Author <author@example.org>',
    'Date: Mon, 1 Jan 2024 00:00:00 +0000',
    'Subject: [PATCH] drm/sample: Leave the unmap to the last put',
    '',
    'The last put unmaps what is left.',
    '---',
  ];
  const diff = [
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -${at - 2},7 +${at - 2},6 @@`,
    ...hunk,
    '--',
    '2.40.0',
    '',
  ];
  return [...mail, ...diff].join('\n');
}

const themes = { dark: 'Dark Modern', light: 'Light Modern', contrast: 'Dark High Contrast' };
const driver = 'drivers/gpu/drm/sample';

/** Runs the scenario; returns the counts. */
export async function runUi() {
  const vsix = process.env.VSIX || join(root, 'gpusvm-review.vsix');
  const steps = createSteps('ui');
  if (!existsSync(vsix)) {
    steps.fail('gpusvm-review.vsix is missing: npm run package');
    return steps.counts();
  }
  const file = `${driver}/sample_bad_flags.c`;
  const editor = await openEditor({
    template: join(root, 'test/fixtures/kernel'),
    vsix: [vsix],
    open: file,
    extra: { 'series.patch': dropsUnmap() },
  });
  const { page } = editor;
  page.setDefaultTimeout(15_000);
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`) });
  const step = (title, run) =>
    steps.step(title, async () => {
      // What an earlier step left open must not take this one's keys.
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      try {
        await run();
      } catch (error) {
        await shot(`fail-${title.replace(/\W+/g, '-').slice(0, 40)}`).catch(() => undefined);
        throw error;
      }
    });
  const command = async (title) => {
    await page.keyboard.press('F1');
    await page.waitForSelector('.quick-input-widget:not([style*="display: none"]) input');
    await page.keyboard.type(title, { delay: 5 });
    await page.waitForSelector(`.quick-input-list .monaco-list-row >> text=${title}`);
    await page.keyboard.press('Enter');
  };
  const quickOpen = async (name) => {
    // Through the explorer: "Go to File" asks ripgrep, which this installation has not got.
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
    await page.waitForSelector(`.tab.active >> text=${name}`);
  };
  const token = (text) => page.locator('.view-line span span', { hasText: new RegExp(`^\\s*${text}\\s*$`) }).first();
  const frame = async (selector) => {
    for (const end = Date.now() + 15_000; Date.now() < end; await page.waitForTimeout(100)) {
      for (const candidate of page.frames()) if ((await candidate.$(selector).catch(() => null)) !== null) return candidate;
    }
    throw new Error(`no webview shows ${selector}`);
  };

  try {
    await step('the finding is underlined', async () => {
      await page.waitForSelector('.monaco-editor .view-lines', { timeout: 30_000 });
      await page.waitForSelector('.squiggly-warning, .squiggly-error', { timeout: 20_000 });
    });
    await step('a lens says what the function does', async () => {
      await page.waitForSelector('.codelens-decoration >> text=GPU SVM:');
      await shot('01-squiggle-lens');
    });
    await step('the status item counts', async () => {
      await page.waitForSelector('.statusbar-item >> text=/GPU SVM: 0 errors, [1-9]/');
    });
    await step('the hover names the rule, says why, and links its page', async () => {
      await page.keyboard.press('F8');
      await page.waitForSelector('.peekview-widget, .marker-widget');
      await shot('02-next-problem');
      await page.keyboard.press('Escape');
      await token('unmapped').hover();
      await page.waitForSelector('.monaco-hover >> text=flags-plain-write');
      await page.waitForSelector('.monaco-hover >> text=lockless');
      await shot('03-hover');
    });
    await step('the problems panel shows the path', async () => {
      await page.keyboard.press('Escape');
      await command('Problems: Focus on Problems View');
      await page.waitForSelector('.markers-panel .monaco-list-row >> text=flags-plain-write');
      await shot('04-problems');
      await page.keyboard.press('Control+j');
    });
    await step('the quick fix applies and the finding is gone', async () => {
      await token('unmapped').click();
      // The editor asks for its bulb a moment after the cursor moved, and a later question takes back an earlier one.
      await page.waitForTimeout(1000);
      await page.keyboard.press('Control+.');
      await page.waitForSelector('.action-widget .monaco-list-row');
      await page.waitForTimeout(300);
      await shot('05-quick-fix');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.squiggly-warning', { state: 'detached' });
      await page.keyboard.press('Control+s');
      const path = join(editor.folder, file);
      for (const end = Date.now() + 5000; !readFileSync(path, 'utf8').includes('WRITE_ONCE'); await page.waitForTimeout(50)) {
        check(Date.now() < end, 'the fix was not saved');
      }
      await shot('06-fixed');
    });

    await step('a finding with a path: related places in another step', async () => {
      await quickOpen('sample_bad_lock.c');
      await page.waitForSelector('.squiggly-error');
      await page.keyboard.press('F8');
      await page.waitForSelector('.marker-widget .related-information, .marker-widget >> text=/taken|lock/');
      await shot('07-path');
      await page.keyboard.press('Escape');
    });
    await step('the lens opens the lifecycle view of a function with findings', async () => {
      await page.locator('.codelens-decoration a', { hasText: 'finding' }).first().click();
      const view = await frame('.strip .step');
      await view.waitForSelector('.step.on-path');
      await page.waitForTimeout(300);
      await shot('08-lifecycle-view');
      await view.locator('#next').click();
      await view.waitForSelector('.step.here');
      await view.locator('#next').click();
      await page.waitForTimeout(300);
      await shot('09-lifecycle-walk');
      const rows = await view.locator('.step:visible').count();
      await view.locator('#fold').click();
      await view.waitForSelector('.gap button');
      const folded = await view.locator('.step:visible').count();
      check(folded < rows, `${folded} of ${rows} steps are shown when folded`);
      check(
        (await view.locator('.step.on-path:visible').count()) === (await view.locator('.step.on-path').count()),
        'a step of the path is hidden',
      );
      await shot('09-lifecycle-folded');
      await view.locator('.gap button').first().click();
      check((await view.locator('.step:visible').count()) > folded, 'a gap does not open');
      await view.locator('#fold').click();
      check((await view.locator('.gap').count()) === 0, 'gaps are left');
    });
    await step('the lifecycle page opens at its anchor, with the roles of this tree', async () => {
      await command('GPU SVM: Open Lifecycle Page');
      const view = await frame('main h1, main h2');
      await view.waitForSelector('.played button');
      await page.waitForTimeout(300);
      await shot('10-lifecycle-page');
    });
    await step('the ownership map draws the driver and a box opens its code', async () => {
      await page.locator('.tab', { hasText: 'sample_bad_lock.c' }).first().click();
      await command('GPU SVM: Show Ownership Map');
      const view = await frame('#picture svg .node');
      await page.waitForTimeout(500);
      await shot('11-map');
      await view.locator('.node[tabindex]', { hasText: 'sample_range' }).first().click();
      await page.waitForSelector('.tab >> text=sample_drv.h');
    });
    await step('the ownership view lists structs and follows the editor', async () => {
      await page.locator('.tab', { hasText: 'sample_bad_flags.c' }).first().click();
      await page.keyboard.press('Control+s');
      await command('View: Close All Editors');
      await quickOpen('sample_svm.c');
      // The editor asks for lenses a moment after it got the focus, and not at all when it loses it before.
      await page.waitForSelector('.codelens-decoration >> text=GPU SVM: allocates ranges');
      await command('Explorer: Focus on GPU SVM Ownership View');
      await page.waitForSelector('.pane >> text=struct sample_range');
      await shot('12-ownership');
    });
    await step('a lens opens the lifecycle page at its anchor', async () => {
      await page.locator('.codelens-decoration a', { hasText: 'frees ranges (range_free)' }).click();
      const view = await frame('main .target');
      const y = await view.evaluate(() => document.querySelector('.target').getBoundingClientRect().y);
      check(y >= -5 && y < 400, `the heading stands at ${y}`);
      await view.waitForSelector('.played button >> text=sample_range_free');
      await page.waitForTimeout(300);
      await shot('19-lifecycle-anchor');
    });
    await step('a page of a rule opens from the palette by keyboard alone', async () => {
      await command('GPU SVM: Open Page of a Rule');
      await page.waitForSelector('.quick-input-widget input[placeholder="Which rule?"]');
      await page.keyboard.type('range-removed-while');
      await page.waitForTimeout(200);
      await page.keyboard.press('Enter');
      await frame('main h1');
      await page.waitForTimeout(300);
      await shot('13-rule-page');
    });
    await step('the status item lists what was not analysed', async () => {
      await page.locator('.tab', { hasText: 'sample_svm.c' }).first().click();
      await page.locator('.statusbar-item', { hasText: 'GPU SVM' }).first().click();
      await page.waitForSelector('.quick-input-list >> text=Views');
      await shot('14-status-list');
      await page.keyboard.press('Escape');
    });
    await step('the walkthrough opens the sample, which has findings without a tree', async () => {
      await command('View: Close All Editors');
      await command('GPU SVM: Open Sample Driver');
      await page.waitForSelector('.statusbar-item >> text=/GPU SVM: [1-9]/');
      await page.keyboard.press('F8');
      await page.waitForSelector('.squiggly-error');
      await page.keyboard.press('Escape');
      await page.waitForSelector('.codelens-decoration >> text=GPU SVM: removes ranges · 1 finding');
      await shot('15-sample');
    });
    await step('a patch series is reviewed, with its finding in a diff', async () => {
      await quickOpen('series.patch');
      await command('GPU SVM: Review Patch Series…');
      await page.waitForSelector('.quick-input-list .monaco-list-row >> text=This file');
      await page.keyboard.press('Enter');
      const view = await frame('section[data-patch] .finding');
      await view.waitForSelector('.finding.introduced >> text=range-removed-while-mapped');
      await view.locator('#next').click();
      await page.waitForSelector('.monaco-diff-editor .squiggly-error');
      await page.waitForTimeout(500);
      await shot('18-review');
    });
    for (const [name, theme] of Object.entries(themes)) {
      await step(`the views in the ${name} theme`, async () => {
        await page.keyboard.press('Control+k');
        await page.keyboard.press('Control+t');
        await page.waitForSelector('.quick-input-list .monaco-list-row');
        await page.keyboard.type(theme, { delay: 5 });
        await page.waitForTimeout(300);
        await page.keyboard.press('Enter');
        await page.waitForSelector(`.monaco-workbench.${name === 'contrast' ? 'hc-black' : name === 'dark' ? 'vs-dark' : 'vs'}`);
        await page.waitForTimeout(300);
        await page.locator('.tab', { hasText: 'Untitled-1' }).first().click();
        await command('GPU SVM: Show Ownership Map');
        await frame('#picture svg .node');
        await page.waitForTimeout(300);
        await shot(`16-map-${name}`);
        await page.locator('.codelens-decoration a', { hasText: 'removes ranges · 1 finding' }).click();
        await frame('.strip .step');
        await page.waitForTimeout(400);
        await shot(`17-lifecycle-${name}`);
      });
    }
    await step('no error toast, no request to any other host', async () => {
      const toasts = await page.locator('.notification-toast').allInnerTexts();
      check(toasts.length === 0, `toasts: ${toasts.join(' | ')}`);
      // A webview's own files have addresses that its service worker answers; nothing leaves the machine.
      const outside = [...editor.hosts].filter((host) => !host.endsWith('.vscode-resource.vscode-cdn.net'));
      check(outside.length === 0, `asked ${outside.join(', ')}`);
    });
    if (steps.counts().failed > 0) {
      await shot('99-end');
      console.log(editor.lines.slice(-15).join('\n'));
      console.log(editor.log().slice(-1500));
    }
  } finally {
    await editor.close();
  }
  return steps.counts();
}

if (process.argv[1]?.endsWith('ui.mjs')) {
  const { passed, failed } = await runUi();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
