/** The kernel's own style check, where a full tree is there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KERNELS } from '../recall/apply.mjs';

const script = join(KERNELS, 'linux-7.3-full/scripts/checkpatch.pl');

/** True when the style can be checked here. */
export const hasStyleCheck = existsSync(script) && spawnSync('perl', ['-v'], { stdio: 'ignore' }).status === 0;

/** What the check says of the lines that a diff adds; places of files and a missing message are no style. */
export function styleOf(diff) {
  const ignored = 'FILE_PATH_CHANGES,COMMIT_MESSAGE';
  const result = spawnSync('perl', [script, '--strict', '--no-signoff', '--no-tree', '--terse', '--ignore', ignored, '-'], {
    input: diff,
    encoding: 'utf8',
  });
  // Nothing to say is said by nothing.
  if (result.error !== undefined || (result.status !== 0 && result.stdout === ''))
    return [
      String(result.error ?? result.stderr)
        .trim()
        .split('\n')[0],
    ];
  return result.stdout
    .split('\n')
    .filter((line) => /(?:ERROR|WARNING|CHECK): /.test(line))
    .map((line) => line.replace(/^[^:]*:\d*:?\s*/, ''));
}
