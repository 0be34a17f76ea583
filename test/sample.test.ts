import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const split = join(root, 'test/fixtures/kernel');
const embedded = join(root, 'test/fixtures/kernel-embedded');
const cli = join(root, 'dist/cli.js');

interface Located {
  readonly file: string;
  readonly function: string;
}
interface Report {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly findings: readonly (Located & { readonly rule: string })[];
  readonly limits: readonly unknown[];
}
interface Expected {
  readonly findings: readonly (Located & { readonly rule: string })[];
  readonly lookAlikes: readonly (Located & { readonly like: string })[];
}

const expected = JSON.parse(readFileSync(join(root, 'test/fixtures/kernel.expected.json'), 'utf8')) as Expected;

/** Runs the built command line on a tree. */
function check(tree: string): { readonly code: number | null; readonly report: Report } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'check', '--tree', tree, '--format', 'json'], { encoding: 'utf8' });
  try {
    return { code: status, report: JSON.parse(stdout) as Report };
  } catch {
    throw new Error(`exit ${status}, no JSON: ${stdout.slice(0, 300)} ${stderr.slice(0, 600)}`);
  }
}

const keyOf = (finding: Located & { readonly rule: string }): string => `${finding.file} ${finding.function} ${finding.rule}`;

describe('sample kernel, by the built command line', () => {
  test('each_defect_and_nothing_else_bad', () => {
    const { code, report } = check(split);
    expect(report.findings.map(keyOf).toSorted()).toEqual(expected.findings.map(keyOf).toSorted());
    expect(report.limits).toEqual([]);
    expect(code).toBe(1);
  });

  test('driver_of_the_embedded_generation_ok', () => {
    const { code, report } = check(embedded);
    expect(report.facts).toMatchObject({ rangeHasPages: true, gpusvmHasDrm: true, hasInitPages: false, setUnmappedParams: 2 });
    expect(report.findings.map(keyOf)).toEqual([]);
    expect(report.limits).toEqual([]);
    expect(code).toBe(0);
  });

  test('every_look_alike_is_in_the_tree_ok', () => {
    const missing = expected.lookAlikes.filter(({ file, function: name }) => {
      const path = join(split, file);
      return !existsSync(path) || !new RegExp(`^[^\\t#].*\\b${name}\\(`, 'm').test(readFileSync(path, 'utf8'));
    });
    expect(missing).toEqual([]);
    expect(expected.lookAlikes.length).toBeGreaterThanOrEqual(2 * expected.findings.length);
  });
});
