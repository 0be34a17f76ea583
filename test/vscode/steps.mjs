// Named checks that are counted, and screenshots that are kept for looking at.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** Screenshots; the folder is not under version control. */
export const shots = process.env.SHOTS || join(root, 'out', 'screenshots');

/** A counter of checks: a failed one is printed, and the next goes on unless it is told to stop. */
export function createSteps(name) {
  let passed = 0;
  let failed = 0;
  const started = Date.now();
  const stamp = () => `${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s`;
  mkdirSync(shots, { recursive: true });
  return {
    async step(title, run) {
      try {
        await run();
        passed += 1;
        console.log(`${stamp()} ok   ${name}: ${title}`);
        return true;
      } catch (error) {
        failed += 1;
        console.log(
          `${stamp()} FAIL ${name}: ${title}: ${String(error?.message ?? error)
            .split('\n')
            .slice(0, 6)
            .join('\n      ')}`,
        );
        return false;
      }
    },
    fail(title) {
      failed += 1;
      console.log(`${stamp()} FAIL ${name}: ${title}`);
    },
    add(counts) {
      passed += counts.passed;
      failed += counts.failed;
    },
    counts: () => ({ passed, failed }),
  };
}

/** Throws unless a condition holds. */
export function check(condition, message) {
  if (!condition) throw new Error(message);
}
