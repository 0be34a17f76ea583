/** The bundled command line as a process: what only a real process shows. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

const cli = resolve('dist/cli.js');
const sample = resolve('test/fixtures/kernel');

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function go(
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string | Uint8Array; readonly env?: NodeJS.ProcessEnv } = {},
): Outcome {
  const done = spawnSync(process.execPath, [cli, ...args], {
    cwd: options.cwd ?? process.cwd(),
    input: options.input ?? '',
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '', ...options.env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function scratch(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'gpusvm-bundled-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const collector = [
  '#include <drm/drm_gpusvm.h>',
  'struct aur_range { struct drm_gpusvm_range base; struct drm_gpusvm_pages pages; };',
  'void aur_drop(struct drm_gpusvm *gpusvm, struct aur_range *range)',
  '{',
  '\tdrm_gpusvm_range_remove(gpusvm, &range->base);',
  '}',
  '',
].join('\n');

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is not built: npm run build');
});

describe('the sample tree', () => {
  test('check finds its defects and ends with 1', () => {
    const { code, out, err } = go(['check', '--tree', sample, '--format', 'json']);
    expect(err).toBe('');
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report.findings.map((finding: { rule: string }) => finding.rule)).toContain('range-removed-while-mapped');
    expect(report.stats.peakRssMb).toBeGreaterThan(10);
    expect(report.tree).toBe(sample);
  });

  test('the same input gives the same report, whatever the order of paths', () => {
    const files = ['sample_bad_collect.c', 'sample_bad_fault.c', 'sample_bad_lock.c'].map((name) =>
      join(sample, 'drivers/gpu/drm/sample', name),
    );
    const findings = (paths: readonly string[]): string =>
      JSON.stringify(JSON.parse(go(['check', '--format', 'json', ...paths]).out).findings);
    expect(findings([...files].reverse())).toBe(findings(files));
    expect(findings(files)).not.toBe('[]');
  });

  test('facts, map and explain', () => {
    expect(go(['facts', '--tree', sample]).out).toMatch(/^rangeHasPages +no/m);
    const map = JSON.parse(go(['map', '--tree', sample, '--format', 'json']).out);
    expect(map.drivers.map((driver: { name: string }) => driver.name)).toEqual(['sample']);
    expect(go(['map', '--tree', sample, '--format', 'svg']).out).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(go(['map', '--tree', sample, '--format', 'dot']).out).toMatch(/^digraph ownership \{/);
    expect(go(['explain', 'range-removed-while-mapped']).out).toMatch(/^# range-removed-while-mapped/);
    expect(go(['explain', '--guide']).out).toContain('## Contracts by function');
  });

  test('every format ends with 1 and prints something', () => {
    for (const format of ['text', 'gcc', 'json', 'sarif', 'github', 'gitlab', 'b4', 'mail']) {
      const { code, out, err } = go(['check', '--tree', sample, '--format', format]);
      expect([format, code, err]).toEqual([format, 1, '']);
      expect(out).toContain('sample_bad_collect.c');
      if (['json', 'sarif', 'gitlab', 'b4'].includes(format)) expect(() => JSON.parse(out)).not.toThrow();
    }
  });
});

describe('input', () => {
  test('a lone file with no tree', () => {
    const root = scratch({ 'aur.c': collector });
    const { code, out } = go(['check', 'aur.c', '--format', 'json'], { cwd: root });
    const report = JSON.parse(out);
    expect(report.facts.source).toBe('built-in');
    expect(report.findings.map((finding: { rule: string; line: number }) => [finding.rule, finding.line])).toEqual([
      ['range-removed-while-mapped', 5],
    ]);
    expect(code).toBe(1);
  });

  test('bytes that are not UTF-8, CRLF, a byte order mark, an empty file, null bytes, a line of a megabyte', () => {
    const root = scratch({
      'latin.c': Buffer.concat([Buffer.from('/* caf'), Buffer.from([0xe9, 0xff, 0xfe]), Buffer.from(' */\n'), Buffer.from(collector)]),
      'crlf.c': collector.replaceAll('\n', '\r\n'),
      'mark.c': `\ufeff${collector}`,
      'empty.c': '',
      'null.c': new Uint8Array(4096),
      'long.c': `int a[] = { ${'1, '.repeat(400_000)} };\n${collector}`,
    });
    const { code, out, err } = go(['check', '.', '--format', 'gcc'], { cwd: root });
    expect(err).toBe('gpusvm-review: null.c: not a text file\n');
    expect(code).toBe(2);
    for (const [file, line] of [
      ['latin.c', 6],
      ['crlf.c', 5],
      ['mark.c', 5],
      ['long.c', 6],
    ] as const) {
      expect(out).toMatch(new RegExp(`^${file.replace('.', '\\.')}:${line}:2: error: .*\\[range-removed-while-mapped\\]$`, 'm'));
    }
  });

  test('--write keeps bytes that are not UTF-8', () => {
    const head = Buffer.concat([Buffer.from('/* caf'), Buffer.from([0xe9]), Buffer.from(' */\r\n')]);
    const code = [
      '#include <drm/drm_gpusvm.h>',
      'int aur_init(struct drm_gpusvm *svm, struct drm_device *drm)',
      '{',
      '\treturn drm_gpusvm_init(svm, "aurora", drm, NULL, 0, 0, 0, NULL, NULL, 0);',
      '}',
      '',
    ].join('\r\n');
    const root = scratch({
      'include/drm/drm_gpusvm.h': readFileSync(join(sample, 'include/drm/drm_gpusvm.h')),
      'drivers/gpu/drm/aur/aur.c': Buffer.concat([head, Buffer.from(code)]),
    });
    const { err } = go(['fix', '--tree', root, '--write', '--suggested']);
    const after = readFileSync(join(root, 'drivers/gpu/drm/aur/aur.c'));
    expect(after.subarray(0, head.length)).toEqual(head);
    expect(after.toString('latin1')).toContain('(svm, "aurora", NULL,');
    expect(after.toString('latin1').match(/[^\r]\n/)).toBeNull();
    expect(err).toContain('1 fix applied, wrote 1 file, 0 findings left');
  });

  test('links in circles and dangling links are passed over', () => {
    const root = scratch({ 'include/drm/drm_gpusvm.h': '', 'drivers/gpu/drm/aur/aur.c': collector });
    symlinkSync('..', join(root, 'drivers/gpu/drm/aur/loop'));
    symlinkSync('nowhere.c', join(root, 'drivers/gpu/drm/aur/gone.c'));
    const { code, err, out } = go(['check', '--tree', root, '--format', 'gcc']);
    expect(err).toBe('');
    expect(code).toBe(1);
    expect(
      out
        .trimEnd()
        .split('\n')
        .filter((line) => line.includes(': error: ')),
    ).toHaveLength(1);
  });

  test.runIf(process.getuid?.() !== 0)('an unreadable file is told, the others go on', () => {
    const root = scratch({ 'a.c': collector, 'b.c': collector });
    chmodSync(join(root, 'a.c'), 0);
    const { code, err, out } = go(['check', 'a.c', 'b.c', '--format', 'gcc'], { cwd: root });
    expect(code).toBe(2);
    expect(err).toBe('gpusvm-review: a.c: permission denied\n');
    expect(out).toContain('b.c:5');
  });
});

test('several threads give the report of one', () => {
  const files: Record<string, string> = { 'include/drm/drm_gpusvm.h': readFileSync(join(sample, 'include/drm/drm_gpusvm.h'), 'utf8') };
  for (let index = 0; index < 105; index++) {
    files[`drivers/gpu/drm/d${index % 7}/f${index}.c`] = collector.replaceAll('aur_', `d${index % 7}_f${index}_`);
  }
  const root = scratch(files);
  const findings = (threads: string): readonly object[] => {
    const { code, out, err } = go(['check', '--tree', root, '--format', 'json'], { env: { GPUSVM_REVIEW_THREADS: threads } });
    expect([code, err]).toEqual([1, '']);
    return JSON.parse(out).findings;
  };
  const one = findings('1');
  expect(one).toHaveLength(105);
  expect(findings('3')).toEqual(one);
});

describe('the process', () => {
  test('a reader that goes away is no fault', () => {
    const shell = spawnSync(
      'bash',
      ['-c', `set -o pipefail; "${process.execPath}" "${cli}" check --tree "${sample}" --format json | head -c 20`],
      { encoding: 'utf8' },
    );
    expect(shell.stderr).toBe('');
    expect(shell.stdout).toHaveLength(20);
    expect([0, 1]).toContain(shell.status);
  });

  test('stdout carries the report only, and all of it through a slow pipe', () => {
    const shell = spawnSync('bash', ['-c', `"${process.execPath}" "${cli}" explain --guide | (sleep 1; wc -c)`], { encoding: 'utf8' });
    expect(Number(shell.stdout)).toBeGreaterThan(20_000);
  });

  test('wrong use: 2, one line on stderr, nothing on stdout', () => {
    for (const args of [
      ['check', '--tree', '/no/such'],
      ['check', '--bogus'],
      ['frobnicate'],
      ['review', '--tree', sample],
      ['explain', 'bogus'],
    ]) {
      const { code, out, err } = go(args);
      expect([args, code, out]).toEqual([args, 2, '']);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  test('the program is executable by itself', () => {
    expect(readFileSync(cli, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(spawnSync(cli, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('review', () => {
  const tree = (): string =>
    scratch({
      'include/drm/drm_gpusvm.h': readFileSync(join(sample, 'include/drm/drm_gpusvm.h')),
      'drivers/gpu/drm/aur/aur.c': '#include <drm/drm_gpusvm.h>\n',
    });
  const patch = (path: string): string =>
    [
      'From: A <a@example.org>',
      'Subject: [PATCH 1/1] drm/aur: collect',
      'Message-ID: <one@example.org>',
      'Date: Mon, 3 Mar 2025 10:00:00 +0100',
      '',
      'Words.',
      '---',
      `diff --git a/${path} b/${path}`,
      `--- a/${path}`,
      `+++ b/${path}`,
      '@@ -1 +1,6 @@',
      ' #include <drm/drm_gpusvm.h>',
      ...collector
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => `+${line}`),
      '',
    ].join('\n');

  test('a patch on stdin: introduced, with its line in the patch', () => {
    const { code, out, err } = go(['review', '-', '--tree', tree(), '--format', 'json'], { input: patch('drivers/gpu/drm/aur/aur.c') });
    expect(err).toBe('');
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report.patches).toHaveLength(1);
    expect(report.patches[0].introduced).toMatchObject([{ rule: 'range-removed-while-mapped', line: 5, patchLine: 16 }]);
    expect(report.atEnd).toHaveLength(1);
  });

  test('as a mail, quoted under its line', () => {
    const { out } = go(['review', '-', '--tree', tree(), '--format', 'mail'], { input: patch('drivers/gpu/drm/aur/aur.c') });
    expect(out).toContain('In-Reply-To: <one@example.org>');
    expect(out).toMatch(/> \+\tdrm_gpusvm_range_remove\(gpusvm, &range->base\);\n\n\S/);
  });

  test('nothing outside the tree is read or written', () => {
    const outside = scratch({ 'victim.c': 'int x;\n' });
    const root = tree();
    const way = `../${outside.split('/').at(-1) ?? ''}/victim.c`;
    const { code, err } = go(['review', '-', '--tree', root], { input: patch(way) });
    expect(code).toBe(2);
    expect(err).toContain('victim.c');
    expect(readFileSync(join(outside, 'victim.c'), 'utf8')).toBe('int x;\n');
  });

  test('a cover letter is an empty list for b4', () => {
    const { code, out } = go(['review', '-', '--tree', tree(), '--format', 'b4'], {
      input: 'From: A <a@example.org>\nSubject: [PATCH 0/2] words\n\nHello\n',
    });
    expect(out).toBe('[]\n');
    expect(code).toBe(0);
  });

  test('a git range', () => {
    const root = tree();
    const git = (...args: string[]): void => {
      spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: root });
    };
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'base');
    writeFileSync(join(root, 'drivers/gpu/drm/aur/aur.c'), collector);
    git('commit', '-qam', 'drm/aur: collect');
    const { code, out, err } = go(['review', 'HEAD~1..HEAD', '--tree', root, '--format', 'json']);
    expect(err).toBe('');
    expect(code).toBe(1);
    expect(JSON.parse(out).patches[0].introduced).toMatchObject([{ rule: 'range-removed-while-mapped', line: 5 }]);
  });

  test('a maildir', () => {
    const root = tree();
    const path = 'drivers/gpu/drm/aur/aur.c';
    const mail = patch(path);
    const box = scratch({ 'cur/1:2,S': mail, 'new/.keep': '', 'tmp/2': 'half' });
    expect(JSON.parse(go(['review', box, '--tree', root, '--format', 'json']).out).patches).toHaveLength(1);
  });

  test('base-commit is honoured when git has it, whatever is on disk', () => {
    const root = tree();
    const git = (...args: string[]): string =>
      spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: root, encoding: 'utf8' }).stdout.trim();
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'base');
    const base = git('rev-parse', 'HEAD');
    writeFileSync(join(root, 'drivers/gpu/drm/aur/aur.c'), 'int something_else;\n');
    git('commit', '-qam', 'later');
    const mail = patch('drivers/gpu/drm/aur/aur.c');
    expect(go(['review', '-', '--tree', root], { input: mail }).code).toBe(2);
    const { code, err, out } = go(['review', '-', '--tree', root, '--format', 'json'], { input: `${mail}\nbase-commit: ${base}\n` });
    expect(err).toBe('');
    expect(code).toBe(1);
    expect(JSON.parse(out).patches[0].introduced).toHaveLength(1);
  });

  test('a hunk that does not apply: its reason and its line, and 2', () => {
    const root = tree();
    writeFileSync(join(root, 'drivers/gpu/drm/aur/aur.c'), 'int something_else;\n');
    const { code, err, out } = go(['review', '-', '--tree', root, '--format', 'text'], { input: patch('drivers/gpu/drm/aur/aur.c') });
    expect(code).toBe(2);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toMatch(/drivers\/gpu\/drm\/aur\/aur\.c.*line \d+/);
    expect(out).toContain('not applied');
  });

  test('a baseline leaves out what it lists', () => {
    const root = tree();
    const args = ['review', '-', '--tree', root, '--format', 'json'];
    const input = patch('drivers/gpu/drm/aur/aur.c');
    writeFileSync(join(root, 'known.json'), go(args, { input }).out);
    const { code, out } = go([...args, '--baseline', join(root, 'known.json')], { input });
    expect(code).toBe(0);
    expect(JSON.parse(out).patches[0].introduced).toEqual([]);
  });
});
