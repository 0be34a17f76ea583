import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../server/src/cli/run.js';
import { type FakeRule, facts, fakeIo, fakeServices, scratch, treeMark } from './fake.js';

const leak: FakeRule = { rule: 'pages-not-freed', severity: 'error', word: 'leak', trace: true };
const racy: FakeRule = { rule: 'flags-plain-write', severity: 'warning', word: 'racy' };
const hint: FakeRule = { rule: 'unmapped-not-checked', severity: 'information', word: 'hint' };
const rules = [leak, racy, hint];

const tree = (): string =>
  scratch({
    ...treeMark,
    'drivers/gpu/drm/one/a.c': 'int f(void)\n{\n\tleak();\n\tracy();\n}\n',
    'drivers/gpu/drm/one/b.c': 'hint\n',
    'drivers/gpu/drm/two/c.c': 'fine\n',
  });

async function go(cwd: string, argv: readonly string[], services = fakeServices(rules)) {
  const io = fakeIo(cwd);
  const code = await run(argv, io, services);
  return { code, out: io.stdout(), err: io.stderr() };
}

async function report(cwd: string, argv: readonly string[]) {
  const { out, code } = await go(cwd, [...argv, '--format', 'json']);
  return { code, report: JSON.parse(out) };
}

describe('exit codes', () => {
  test('findings give 1, none give 0', async () => {
    const root = tree();
    expect((await go(root, ['check'])).code).toBe(1);
    expect((await go(root, ['check', 'drivers/gpu/drm/two'])).code).toBe(0);
  });

  test('findings below the threshold give 0 and are not printed', async () => {
    const root = tree();
    const { code, report: json } = await report(root, ['check', 'drivers/gpu/drm/one/b.c', '--min-severity', 'warning']);
    expect(code).toBe(0);
    expect(json.findings).toEqual([]);
    expect((await go(root, ['check', 'drivers/gpu/drm/one/b.c', '--min-severity', 'information'])).code).toBe(1);
    expect((await report(root, ['check', '--min-severity', 'error'])).report.findings).toHaveLength(1);
  });

  test.each([
    [['check', '--no-such-option'], "unknown option '--no-such-option'"],
    [['check', '--rule', 'pages-never-freed'], 'pages-never-freed: no such rule; did you mean pages-'],
    [['check', '--min-severity', 'fatal'], 'fatal'],
    [['check', '--format', 'xml'], '--format xml'],
    [['map', '--format', 'sarif'], '--format sarif'],
    [['check', '--tree', 'no/where'], '--tree no/where: no such file or folder'],
    [['check', '--update-baseline'], '--baseline FILE'],
    [['check', '--baseline', 'none.json'], '--baseline none.json: no such file or folder'],
    [['chekc'], "unknown command 'chekc'"],
    [[], 'no command given'],
    [['explain', 'no-such-rule'], 'no such rule'],
    [['check', 'missing.c'], 'missing.c: no such file or folder'],
  ])('%j is wrong use: 2 and one line', async (argv, words) => {
    const { code, out, err } = await go(tree(), argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(words);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toMatch(/^gpusvm-review: /);
  });

  test('no tree anywhere is wrong use', async () => {
    const { code, err } = await go(scratch({}), ['check']);
    expect(code).toBe(2);
    expect(err).toContain('include/drm/drm_gpusvm.h');
  });

  test('bad input is told and the others go on', async () => {
    const root = tree();
    const { code, out, err } = await go(root, ['check', 'missing.c', 'drivers/gpu/drm/one/a.c', '--format', 'json']);
    expect(code).toBe(2);
    expect(err).toBe('gpusvm-review: missing.c: no such file or folder\n');
    expect(JSON.parse(out).findings).toHaveLength(2);
  });

  test('a binary file is told, not analysed', async () => {
    const root = scratch({ ...treeMark, 'a.c': new Uint8Array([0, 1, 2, 0]), 'b.c': 'leak' });
    const { code, err, out } = await go(root, ['check', 'a.c', 'b.c', '--format', 'json']);
    expect(code).toBe(2);
    expect(err).toBe('gpusvm-review: a.c: not a text file\n');
    expect(JSON.parse(out).findings).toHaveLength(1);
  });

  test('a fault in one file gives 3, and the others go on', async () => {
    const root = tree();
    const { code, out, err } = await go(root, ['check', '--format', 'json'], fakeServices(rules, 'a.c'));
    expect(code).toBe(3);
    expect(err).toContain('drivers/gpu/drm/one/a.c: internal fault: engine broke');
    expect(JSON.parse(out).findings.map((finding: { rule: string }) => finding.rule)).toEqual(['unmapped-not-checked']);
  });
});

describe('inputs', () => {
  test('the tree is found upwards from the path, and files are relative to it', async () => {
    const root = tree();
    const { report: json } = await report(scratch({}), ['check', join(root, 'drivers/gpu/drm/one/a.c')]);
    expect(json.tree).toBe(root);
    expect(json.findings[0].file).toBe('drivers/gpu/drm/one/a.c');
  });

  test('the tree is found upwards from the current folder', async () => {
    const root = tree();
    const { report: json } = await report(join(root, 'drivers/gpu/drm/one'), ['check', 'a.c']);
    expect(json.findings.map((finding: { file: string }) => finding.file)).toEqual(['drivers/gpu/drm/one/a.c', 'drivers/gpu/drm/one/a.c']);
  });

  test('a path below --tree may be given from anywhere', async () => {
    const root = tree();
    const { report: json } = await report(scratch({}), ['check', '--tree', root, 'drivers/gpu/drm/one']);
    expect(json.stats.files).toBe(2);
  });

  test('a lone file has built-in facts', async () => {
    const root = scratch({ 'x/lone.c': 'leak' });
    const { report: json, code } = await report(root, ['check', 'x/lone.c']);
    expect(code).toBe(1);
    expect(json.facts.source).toBe('built-in');
    expect(json.findings[0].file).toBe('lone.c');
    expect((await go(root, ['check', 'x/lone.c', '--format', 'gcc'])).out).toMatch(/^x\/lone\.c:1:1: error: /);
  });

  test('a folder without the header may serve as --tree for files in it, aloud', async () => {
    const root = scratch({ 'drivers/x/a.c': 'leak' });
    const { code, out, err } = await go('/', ['check', '--tree', root, 'drivers/x', '--format', 'json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ facts: { source: 'built-in' }, findings: [{ file: 'drivers/x/a.c' }] });
    expect(err).toContain('has no include/drm/drm_gpusvm.h');
    expect((await go('/', ['check', '--tree', root])).code).toBe(2);
  });

  test('each format names files as its readers need', async () => {
    const root = tree();
    const file = 'drivers/gpu/drm/one/a.c';
    const from = async (cwd: string, format: string): Promise<string> =>
      (await go(cwd, ['check', '--tree', root, file, '--format', format])).out;
    expect(await from('/', 'gcc')).toContain(`${join(root, file).slice(1)}:3:2:`);
    expect(await from(root, 'gcc')).toMatch(/^drivers/);
    expect(await from(join(root, 'drivers'), 'github')).toContain('file=gpu/drm/one/a.c,');
    expect(await from(join(root, 'include'), 'github')).toContain(`file=${file},`);
    expect(await from(join(root, 'drivers'), 'mail')).toContain(`> ${file}\n`);
  });

  test('a file outside the tree is read by its absolute path', async () => {
    const root = tree();
    const other = scratch({ 'out.c': 'leak' });
    const { report: json } = await report(root, ['check', '--tree', root, join(other, 'out.c')]);
    expect(json.findings[0].file).toBe(join(other, 'out.c'));
  });

  test('two trees at once are refused for the second', async () => {
    const first = tree();
    const second = tree();
    const { code, err } = await go('/', ['check', join(first, 'drivers/gpu/drm/one/a.c'), join(second, 'drivers/gpu/drm/one/a.c')]);
    expect(code).toBe(2);
    expect(err).toContain('lies in another tree');
  });

  test('--rule may be repeated', async () => {
    const root = tree();
    const { report: json } = await report(root, ['check', '--rule', 'pages-not-freed', '--rule', 'flags-plain-write']);
    expect(json.findings).toHaveLength(2);
    expect((await report(root, ['check', '--rule', 'pages-not-freed'])).report.findings).toHaveLength(1);
  });
});

describe('json', () => {
  test('has the documented members, in lines and columns from 1', async () => {
    const root = tree();
    const { report: json } = await report(root, ['check', 'drivers/gpu/drm/one/a.c']);
    expect(Object.keys(json)).toEqual(['version', 'tool', 'tree', 'facts', 'findings', 'limits', 'stats']);
    expect(json.version).toBe(1);
    expect(json.facts).toEqual(facts);
    expect(json.findings[0]).toEqual({
      rule: 'pages-not-freed',
      severity: 'error',
      file: 'drivers/gpu/drm/one/a.c',
      line: 3,
      column: 2,
      endLine: 3,
      endColumn: 6,
      function: 'f',
      message: 'consequence of leak, because of a reason: do the remedy',
      trace: [{ file: 'drivers/gpu/drm/one/a.c', line: 1, column: 1, message: 'the start of it' }],
      fixes: [],
      fingerprint: 'leak-0',
    });
    expect(Object.keys(json.stats)).toEqual(['files', 'functions', 'lines', 'parseMs', 'analyseMs', 'peakRssMb']);
    expect(json.stats.peakRssMb).toBeGreaterThan(1);
    expect(json.stats.analyseMs).toBe(1.3);
  });
});

describe('baseline', () => {
  test('known findings are left out until a new one comes', async () => {
    const root = tree();
    const file = join(root, 'baseline.json');
    expect((await go(root, ['check', '--baseline', file, '--update-baseline'])).code).toBe(0);
    expect((await go(root, ['check', '--baseline', file])).code).toBe(0);
    writeFileSync(join(root, 'drivers/gpu/drm/two/c.c'), 'racy\nracy\n');
    const { code, report: json } = await report(root, ['check', '--baseline', file]);
    expect(code).toBe(1);
    expect(json.findings).toHaveLength(2);
    expect(json.baseline).toEqual({ known: ['leak-0', 'racy-0', 'hint-0'], gone: [] });
  });

  test('what is gone is told, and dropped on request only', async () => {
    const root = tree();
    const file = join(root, 'baseline.json');
    await go(root, ['check', '--baseline', file, '--update-baseline']);
    writeFileSync(join(root, 'drivers/gpu/drm/one/b.c'), 'fine\n');
    const { report: json } = await report(root, ['check', '--baseline', file]);
    expect(json.baseline.gone).toEqual(['hint-0']);
    expect(readFileSync(file, 'utf8')).toContain('hint-0');
    await go(root, ['check', '--baseline', file, '--prune-baseline']);
    expect(readFileSync(file, 'utf8')).not.toContain('hint-0');
    expect(readFileSync(file, 'utf8')).toContain('leak-0');
  });

  test('entries of files that were not checked stay', async () => {
    const root = tree();
    const file = join(root, 'baseline.json');
    await go(root, ['check', '--baseline', file, '--update-baseline']);
    writeFileSync(join(root, 'drivers/gpu/drm/one/a.c'), 'fine\n');
    await go(root, ['check', 'drivers/gpu/drm/one/a.c', '--baseline', file, '--update-baseline']);
    const kept = JSON.parse(readFileSync(file, 'utf8')).findings.map((finding: { fingerprint: string }) => finding.fingerprint);
    expect(kept).toEqual(['hint-0']);
  });

  test('a json report serves as a baseline, junk does not', async () => {
    const root = tree();
    writeFileSync(join(root, 'report.json'), (await go(root, ['check', '--format', 'json'])).out);
    expect((await go(root, ['check', '--baseline', 'report.json'])).code).toBe(0);
    writeFileSync(join(root, 'junk.json'), '{"findings": [1]}');
    const { code, err } = await go(root, ['check', '--baseline', 'junk.json']);
    expect(code).toBe(2);
    expect(err).toContain('--baseline junk.json: not a baseline');
  });
});

describe('terminal', () => {
  test('progress only on a terminal, and not with --quiet', async () => {
    const root = tree();
    const onTerminal = fakeIo(root, { stderrIsTerminal: true });
    await run(['check'], onTerminal, fakeServices(rules));
    expect(onTerminal.stderr()).toContain('checking');
    expect(onTerminal.stderr().endsWith('\r\u001b[K')).toBe(true);
    const quiet = fakeIo(root, { stderrIsTerminal: true });
    await run(['check', '--quiet'], quiet, fakeServices(rules));
    expect(quiet.stderr()).toBe('');
    expect((await go(root, ['check'])).err).toBe('');
  });

  test('colour as asked', async () => {
    const root = tree();
    expect((await go(root, ['check'])).out).not.toContain('\u001b[');
    expect((await go(root, ['check', '--color', 'always'])).out).toContain('\u001b[1;31m');
    const terminal = fakeIo(root, { stdoutIsTerminal: true, env: { NO_COLOR: '1' } });
    await run(['check'], terminal, fakeServices(rules));
    expect(terminal.stdout()).not.toContain('\u001b[');
  });

  test('options may stand before the command', async () => {
    const { out } = await go(tree(), ['--format', 'json', 'check']);
    expect(JSON.parse(out).version).toBe(1);
  });

  test('help and version', async () => {
    const help = await go('/', ['--help']);
    expect(help.code).toBe(0);
    for (const command of ['check', 'review', 'fix', 'map', 'explain', 'facts']) expect(help.out).toContain(command);
    expect((await go('/', ['check', '--help'])).out).toContain('--min-severity');
    expect((await go('/', ['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('facts as text and json', async () => {
    const root = tree();
    expect((await go(root, ['facts'])).out).toMatch(/^rangeHasPages +no /);
    expect(JSON.parse((await go(root, ['facts', '--format', 'json'])).out).facts).toEqual(facts);
    expect((await go(scratch({}), ['facts'])).code).toBe(2);
  });

  test('explain lists rules and prints pages', async () => {
    const list = await go('/', ['explain']);
    expect(list.out).toContain('range-removed-while-mapped');
    expect(list.out).toMatch(/Service messages\n\s+suppression\s+warning/);
    for (const id of ['suppression', 'contracts']) expect((await go('/', ['explain', id])).out).toMatch(new RegExp(`^# ${id}\n`));
    const page = await go('/', ['explain', 'range-removed-while-mapped']);
    expect(page.code).toBe(0);
    expect(page.out).toContain('# range-removed-while-mapped');
  });
});
