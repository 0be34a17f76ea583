// Runs one ring of tests and ends with its counts: `N passed, N failed` alone on the last line.
//   node scripts/ring.mjs npm-test          the rings of `npm test`, by that very command
//   node scripts/ring.mjs test/<ring>       its run.sh, run.mjs (which print the counts themselves) or *.test.ts
// Exit: 0 all passed, 1 something failed, 75 the ring is not written yet.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, root } from './setup.mjs';

// A ring shows what the code does, not what an earlier run kept.
process.env.GPUSVM_REVIEW_CACHE = 'off';

/** A command with counts taken from the JSON report that vitest writes. */
function runVitest(command, args) {
  const folder = mkdtempSync(join(tmpdir(), 'ring-'));
  const report = join(folder, 'report.json');
  try {
    const { status } = spawnSync(command, [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    // A file that dies before its first test has no failed test to count.
    const deadFiles = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    );
    const failed = numFailedTests + deadFiles.length;
    return { passed: numPassedTests, failed: status === 0 || failed > 0 ? failed : 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A command that prints `N passed, N failed` itself; the last such line counts. */
function runCounting(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  process.stdout.write(stdout ?? '');
  const last = [...(stdout ?? '').matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  if (!last) {
    console.log(`ring: ${args.at(-1)} printed no counts (exit ${status})`);
    return { passed: 0, failed: 1 };
  }
  const [passed, failed] = [Number(last[1]), Number(last[2])];
  return { passed, failed: status === 0 || failed > 0 ? failed : 1 };
}

function hasTests(folder) {
  return readdirSync(folder, { recursive: true }).some((name) => /^(?!.*node_modules).*\.test\.ts$/.test(String(name)));
}

function runRing(ring) {
  if (ring === 'npm-test') return runVitest('npm', ['test', '--']);
  const folder = join(root, ring);
  if (existsSync(join(folder, 'run.sh'))) return runCounting('bash', [join(ring, 'run.sh')]);
  if (existsSync(join(folder, 'run.mjs'))) return runCounting(process.execPath, [join(ring, 'run.mjs')]);
  if (existsSync(folder) && hasTests(folder)) return runVitest(bin('vitest'), ['run', '--config', 'vitest.outer.config.mts', `${ring}/`]);
  return undefined;
}

const counts = runRing(process.argv[2] ?? '');
if (!counts) process.exit(75);
// A ring in which nothing ran has shown nothing.
const failed = counts.passed + counts.failed === 0 ? 1 : counts.failed;
console.log(`${counts.passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
