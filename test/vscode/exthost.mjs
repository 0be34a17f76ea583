// Runs test/vscode/suite inside a real extension host; counts come from mocha's report, and a run without tests fails.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEditor } from './browser.mjs';
import { ensureModules, root } from './setup.mjs';
import { createSteps } from './steps.mjs';

/** Most that the suite may take, in milliseconds. */
const limit = 300_000;

/** Runs the suite; returns the counts. */
export async function runExthost() {
  const steps = createSteps('exthost');
  ensureModules();
  const folder = mkdtempSync(join(tmpdir(), 'suite-'));
  const report = join(folder, 'report.json');
  const editor = await openEditor({
    template: join(root, 'test/fixtures/kernel'),
    isAutomated: true,
    env: { REPORT: report },
    payload: [
      ['extensionDevelopmentPath', process.env.EXTENSION || root],
      ['extensionTestsPath', join(root, 'test/vscode/suite/index.cjs')],
    ],
  });
  try {
    const timer = new Promise((resolve) => setTimeout(() => resolve('timeout'), limit).unref());
    const code = await Promise.race([editor.exited, timer]);
    if (!existsSync(report)) {
      steps.fail(`no report, exit ${code}\n${editor.lines.slice(-15).join('\n')}`);
    } else {
      const { passes, failures } = JSON.parse(readFileSync(report, 'utf8'));
      for (const test of passes) await steps.step(test.fullTitle, () => undefined);
      for (const test of failures) steps.fail(`${test.fullTitle}: ${test.err.message}`);
      if (passes.length + failures.length === 0) steps.fail('no test ran');
    }
  } finally {
    await editor.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return steps.counts();
}

if (process.argv[1]?.endsWith('exthost.mjs')) {
  const { passed, failed } = await runExthost();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
