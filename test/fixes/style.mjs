/** The kernel's own style check, where a full tree is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KERNELS } from '../recall/apply.mjs';

const script = join(KERNELS, 'linux-7.3-full/scripts/checkpatch.pl');

/** True when the style can be checked here. */
export const hasStyleCheck = existsSync(script) && spawnSync('perl', ['-v'], { stdio: 'ignore' }).status === 0;

/** What the check says of the lines that each of some diffs adds, all asked in one run; places of files and a missing message are no style. */
export function styleOf(diffs) {
  if (!hasStyleCheck || diffs.length === 0) return diffs.map(() => []);
  const folder = mkdtempSync(join(tmpdir(), 'fixes-style-'));
  try {
    const names = diffs.map((diff, index) => {
      writeFileSync(join(folder, `${index}.patch`), diff);
      return `${index}.patch`;
    });
    const ignored = 'FILE_PATH_CHANGES,COMMIT_MESSAGE';
    const options = ['--strict', '--no-signoff', '--no-tree', '--terse', '--ignore', ignored];
    const result = spawnSync('perl', [script, ...options, ...names], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
    // Nothing to say is said by nothing.
    if (result.error !== undefined || (result.status !== 0 && result.stdout === ''))
      throw new Error(`the style check failed: ${result.error ?? result.stderr}`);
    const said = diffs.map(() => []);
    for (const line of result.stdout.split('\n')) {
      const found = /^(\d+)\.patch:\d+:\s*((?:ERROR|WARNING|CHECK): .*)$/.exec(line);
      if (found !== null) said[Number(found[1])].push(found[2]);
    }
    return said;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
