import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { root } from './sources.js';

test('generated_files_have_not_drifted_ok', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
