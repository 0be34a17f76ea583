import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../server/src/cli/run.js';
import type { Fix } from '../../server/src/rules/finding.js';
import { type FakeRule, fakeIo, fakeServices, scratch, treeMark } from './fake.js';

const replaceBy =
  (newText: string, safety: Fix['safety'] = 'safe') =>
  (file: string, start: number, end: number): readonly Fix[] => [
    { title: `write ${newText}`, safety, edits: [{ file, start, end, newText }] },
  ];

const repair: FakeRule = { rule: 'flags-plain-write', severity: 'warning', word: 'racy', fix: replaceBy('calm') };
const look: FakeRule = { rule: 'pages-not-freed', severity: 'error', word: 'leak', fix: replaceBy('freed', 'suggested') };
const useless: FakeRule = { rule: 'lock-left-held', severity: 'error', word: 'held', fix: replaceBy('held ') };
const worse: FakeRule = { rule: 'self-deadlock', severity: 'error', word: 'dead', fix: replaceBy('racy') };
const overlap: FakeRule = {
  rule: 'lock-order',
  severity: 'warning',
  word: 'pair',
  fix: (file, start, end, text) => [
    { title: 'cut', safety: 'safe', edits: [{ file, start: 0, end, newText: `${text.slice(0, start)}ok` }] },
  ],
};
const rules = [repair, look, useless, worse, overlap];

async function go(root: string, argv: readonly string[]) {
  const io = fakeIo(root);
  const code = await run(['fix', ...argv], io, fakeServices(rules));
  return { code, out: io.stdout(), err: io.stderr() };
}

describe('fix', () => {
  test('prints a diff that patch takes, and touches nothing', async () => {
    const root = scratch({ ...treeMark, 'd/a.c': 'one\nracy\nthree\n' });
    const { code, out } = await go(root, ['d/a.c']);
    expect(code).toBe(0);
    expect(out).toBe('--- a/d/a.c\n+++ b/d/a.c\n@@ -1,3 +1,3 @@\n one\n-racy\n+calm\n three\n');
    expect(readFileSync(join(root, 'd/a.c'), 'utf8')).toBe('one\nracy\nthree\n');
    execFileSync('patch', ['-p1', '-s'], { cwd: root, input: out });
    expect(readFileSync(join(root, 'd/a.c'), 'utf8')).toBe('one\ncalm\nthree\n');
  });

  test('--write writes, keeps line ends and bytes that are not UTF-8', async () => {
    const root = scratch({ ...treeMark, 'a.c': Buffer.from('caf\u00e9\r\nracy\r\n', 'utf8') });
    const { code, out } = await go(root, ['a.c', '--write']);
    expect(code).toBe(0);
    expect(out).toBe('a.c\n');
    expect(readFileSync(join(root, 'a.c'), 'utf8')).toBe('caf\u00e9\r\ncalm\r\n');
  });

  test('suggested fixes only on request', async () => {
    const root = scratch({ ...treeMark, 'a.c': 'leak\n' });
    const without = await go(root, ['a.c']);
    expect(without.out).toBe('');
    expect(without.code).toBe(1);
    const with_ = await go(root, ['a.c', '--suggested']);
    expect(with_.out).toContain('+freed');
    expect(with_.code).toBe(0);
  });

  test('a fix that leaves its finding, or causes another, is left out and told', async () => {
    const root = scratch({ ...treeMark, 'a.c': 'held\nracy\ndead\n' });
    const { out, err, code } = await go(root, ['a.c']);
    expect(code).toBe(1);
    expect(out).toContain('-racy\n+calm');
    expect(out).toContain(' held\n');
    expect(out).toContain(' dead\n');
    expect(err).toContain('a.c:1: [lock-left-held] fix left out: the finding would still be there');
    expect(err).toContain('[self-deadlock] fix left out: it would cause flags-plain-write');
  });

  test('overlapping fixes are applied one after the other', async () => {
    const root = scratch({ ...treeMark, 'a.c': 'pair pair pair\n' });
    const { out, code } = await go(root, ['a.c']);
    expect(out).toContain('+ok ok ok');
    expect(code).toBe(0);
  });

  test('--rule limits what is repaired', async () => {
    const root = scratch({ ...treeMark, 'a.c': 'racy leak\n' });
    const { out, code } = await go(root, ['a.c', '--suggested', '--rule', 'flags-plain-write']);
    expect(out).toContain('+calm leak');
    expect(code).toBe(0);
  });

  test('a link that leads out of the tree is not written', async () => {
    const outside = scratch({ 'real.c': 'racy\n' });
    const root = scratch({ ...treeMark, 'a.c': 'fine\n' });
    mkdirSync(join(root, 'd'));
    symlinkSync(join(outside, 'real.c'), join(root, 'd/link.c'));
    const { code, err } = await go(root, ['d/link.c', '--write']);
    expect(code).toBe(2);
    expect(err).toContain('d/link.c: not written: it is a link that leads out of the tree');
    expect(readFileSync(join(outside, 'real.c'), 'utf8')).toBe('racy\n');
  });

  test('json says what was applied and what was left out', async () => {
    const root = scratch({ ...treeMark, 'a.c': 'held\nracy\n' });
    const json = JSON.parse((await go(root, ['a.c', '--format', 'json'])).out);
    expect(json.applied).toMatchObject([{ rule: 'flags-plain-write', safety: 'safe' }]);
    expect(json.rejected).toMatchObject([{ rule: 'lock-left-held', reason: 'the finding would still be there' }]);
    expect(json.left).toBe(1);
    expect(json.written).toBe(false);
  });

  test('an unknown refactor is wrong use', async () => {
    const root = scratch({ ...treeMark, 'a.c': 'x\n' });
    writeFileSync(join(root, 'b.c'), '');
    const { code, err } = await go(root, ['--refactor', 'no-such']);
    expect(code).toBe(2);
    expect(err).toContain('--refactor no-such: no such refactor');
  });
});
