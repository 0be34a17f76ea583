import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../server/src/review/apply-patch.js';
import { type ReviewProblem, readSeries } from '../../server/src/review/index.js';
import { createTreeHistory } from '../../server/src/review/tree.js';
import { type Files, gitDiff, input, mail, mbox, random, source } from './posts.js';

const path = 'drivers/gpu/drm/own/own.c';

interface Played {
  readonly problems: readonly ReviewProblem[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly ms: number;
  readonly patches: number;
}

/** Reads and applies; keeps every path that was asked of the tree. */
async function play(content: string | Uint8Array, files: Files = {}): Promise<Played> {
  const began = performance.now();
  const { series, problems } = await readSeries([input(content, 'x')]);
  const reads: string[] = [];
  const tree = createTreeHistory((name) => {
    reads.push(name);
    return files[name];
  });
  const all = [...problems, ...series.patches.flatMap((patch) => applyPatch(patch, tree).problems)];
  return { problems: all, reads, writes: tree.paths(), ms: performance.now() - began, patches: series.patches.length };
}

const oneLine = (problem: ReviewProblem): boolean => !/[\n\r]/.test(problem.message) && problem.message.length < 400;

describe('paths that lead outside', () => {
  const plain = (old: string, fresh: string): string => `--- ${old}\n+++ ${fresh}\n@@ -0,0 +1 @@\n+owned\n`;
  const git = (old: string, fresh: string, more = ''): string =>
    `diff --git ${old} ${fresh}\nnew file mode 100644\n${more}${plain('/dev/null', fresh)}`;
  test.each([
    ['up', git('a/../../etc/passwd', 'b/../../etc/passwd')],
    ['up_inside', git('a/drivers/../../../etc/passwd', 'b/drivers/../../../etc/passwd')],
    ['absolute', plain('/etc/passwd', '/etc/passwd')],
    ['absolute_behind_prefix', plain('a//etc/passwd', 'b//etc/../../passwd')],
    ['windows', plain('a/x', 'C:\\Windows\\x.c')],
    ['backslashes', plain('a/x', 'b/..\\..\\x.c')],
    ['repository', git('a/.git/hooks/post-checkout', 'b/.git/hooks/post-checkout')],
    ['quoted', git('"a/..\\057..\\057etc/x"', '"b/..\\057..\\057etc/x"')],
    ['control', git('"a/x\\n../y"', '"b/x\\n../y"')],
    ['rename', 'diff --git a/own.c b/own.c\nsimilarity index 100%\nrename from own.c\nrename to ../../own.c\n'],
    ['rename_from', 'diff --git a/own.c b/own.c\nsimilarity index 100%\ncopy from ../../secret\ncopy to own.c\n'],
    [
      'link',
      `diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n`,
    ],
    ['submodule', `diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n+Subproject commit 1\n`],
  ])('%s_bad', async (_name, diff) => {
    const { problems, reads, writes } = await play(diff, { 'own.c': 'x\n' });
    expect(writes).toEqual([]);
    expect(reads.filter((name) => name !== 'own.c')).toEqual([]);
    expect(problems.some((problem) => problem.message.startsWith('refused '))).toBe(true);
    expect(problems.every(oneLine)).toBe(true);
  });

  test('the_other_files_of_such_a_patch_apply_ok', async () => {
    const { writes } = await play(git('a/../x', 'b/../x') + gitDiff({ 'own.c': 'x\n' }, { 'own.c': 'y\n' }), { 'own.c': 'x\n' });
    expect(writes).toEqual(['own.c']);
  });
});

describe('broken input', () => {
  const base = source(4);
  const diff = gitDiff({ [path]: base }, { [path]: base.replace('step(0, 5)', 'step(0, 50)').replace('step(3, 5)', 'step(3, 50)') });
  const post = mail({ subject: '[PATCH] drm/own: x', diff });

  test('cut_anywhere_bad', async () => {
    const whole = mbox([post]);
    for (let at = 1; at < whole.length; at += 7) {
      const { problems, writes } = await play(whole.slice(0, at), { [path]: base });
      expect(problems.every(oneLine)).toBe(true);
      expect(writes.every((name) => name === path)).toBe(true);
    }
    const inside = whole.indexOf('+\tstep(3, 50)');
    const { problems, writes } = await play(whole.slice(0, inside), { [path]: base });
    expect(problems.map((problem) => problem.message).join()).toContain('the patch ends inside the hunk');
    expect(writes).toEqual([path]);
  });

  test('wrapped_by_a_mailer_bad', async () => {
    const { problems, writes } = await play(post.replace('+\tstep(0, 50);', '+\tstep(0,\n50);'), { [path]: base });
    expect(problems.map((problem) => problem.message).join()).toContain('wrapped by a mailer?');
    expect(writes).toEqual([path]);
  });

  test('odd_headers_bad', async () => {
    const texts = [
      '@@ -1 +1 @@\n-x\n+y\n',
      'diff --git\n@@ -1 +1 @@\n-x\n+y\n',
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,99999999999999999999 +1 @@\n-x\n',
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,999999999 +1,999999999 @@\n-x\n',
      'diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n++x\n',
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -5,2 +5,2 @@\n x\n-y\n+z\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n',
    ];
    for (const text of texts) {
      const { problems } = await play(text, { x: 'x\ny\n' });
      expect(problems.length, text).toBeGreaterThan(0);
      expect(problems.every(oneLine)).toBe(true);
    }
  });

  test('random_damage_is_survived_ok', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const bytes = new TextEncoder().encode(mbox([post, post]));
      for (let count = 0; count < 20; count++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      const { problems } = await play(bytes, { [path]: base });
      expect(problems.every(oneLine), `seed ${seed}`).toBe(true);
    }
  });

  test('random_bytes_are_survived_ok', async () => {
    const next = random(7);
    for (let round = 0; round < 20; round++) {
      const { patches } = await play(Uint8Array.from({ length: 4000 }, () => Math.floor(next() * 256)));
      expect(patches).toBe(0);
    }
  });
});

describe('much input', () => {
  // Generous: a slow machine under load. What is quadratic takes minutes.
  const LIMIT = 10_000;

  test('a_mail_of_50_megabytes_ok', async () => {
    const filler = `${'x'.repeat(72)}\n`.repeat(700_000);
    const base = source(2);
    const diff = gitDiff({ [path]: base }, { [path]: base.replace('step(0, 5)', 'step(0, 50)') });
    const { ms, writes } = await play(mail({ subject: '[PATCH] drm/own: big', body: filler, diff }), { [path]: base });
    expect(writes).toEqual([path]);
    expect(ms).toBeLessThan(LIMIT);
  });

  test('a_base64_mail_of_20_megabytes_ok', async () => {
    const text = mail({
      subject: '[PATCH] x',
      headers: ['Content-Transfer-Encoding: base64'],
      body: `${'QUFB'.repeat(19)}\n`.repeat(260_000),
    });
    expect((await play(text)).ms).toBeLessThan(LIMIT);
  });

  test('an_input_beyond_the_limit_bad', async () => {
    const { problems } = await play(new Uint8Array(65 * 1024 * 1024));
    expect(problems.map((problem) => problem.message)).toEqual(['larger than 64 MiB: not read']);
  });

  test('one_line_of_40_megabytes_ok', async () => {
    for (const start of ['', 'From ', 'diff --git a/', '@@ -1 +1 @@', 'Subject: [', '--- a\n+++ ', 'From: x @ ', 'Subject: x\n\n> > ']) {
      const { ms } = await play(start + ' a'.repeat(5_000_000));
      expect(ms, start).toBeLessThan(LIMIT);
    }
  });

  test('ten_thousand_hunks_ok', async () => {
    const base = source(10_000);
    const after = base.replace(/step\((\d+), 5\)/g, 'step($1, 50)');
    const lines: string[] = [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`];
    for (let fn = 0; fn < 10_000; fn++) {
      const at = 4 + fn * 17 + 7;
      lines.push(
        `@@ -${at - 3},7 +${at - 3},7 @@`,
        ` \tstep(${fn}, 2);`,
        ` \tstep(${fn}, 3);`,
        ` \tstep(${fn}, 4);`,
        `-\tstep(${fn}, 5);`,
        `+\tstep(${fn}, 50);`,
        ` \tstep(${fn}, 6);`,
        ` \tstep(${fn}, 7);`,
        ` \tstep(${fn}, 8);`,
      );
    }
    const diff = `${lines.join('\n')}\n`;
    const good = await play(diff, { [path]: base });
    expect(good.problems).toEqual([]);
    expect(good.ms).toBeLessThan(LIMIT);
    // On another file none applies: told briefly.
    const bad = await play(diff, { [path]: after.replaceAll('step', 'stop') });
    expect(bad.problems.length).toBeLessThan(30);
    expect(bad.problems.at(-1)?.message).toContain('more parts of it do not apply');
    expect(bad.ms).toBeLessThan(LIMIT);
  });

  test('texts_that_repeat_themselves_are_given_up_bad', async () => {
    // No line of a hunk is rare in the file, and every place fails only at its end.
    const same = `${'\t}\n'.repeat(40)}\t{\n`.repeat(3000);
    const hunk = (at: number): string =>
      `@@ -${at * 50 + 1},46 +${at * 50 + 1},46 @@\n${' \t}\n'.repeat(39)}-\t}\n+\tx\n${' \t}\n'.repeat(6)}`;
    const hunks = Array.from({ length: 2000 }, (_, at) => hunk(at));
    const { ms, problems } = await play(`--- a/${path}\n+++ b/${path}\n${hunks.join('')}`, { [path]: same });
    expect(problems.map((problem) => problem.message).join()).toContain('given up');
    expect(problems.length).toBeGreaterThan(0);
    expect(ms).toBeLessThan(LIMIT);
  });

  test('many_messages_and_parts_ok', async () => {
    const many = await play(mbox(Array.from({ length: 3_200 }, (_, at) => mail({ subject: `Re: [PATCH ${at}/9999] x`, body: 'no\n' }))));
    expect(many.problems.map((problem) => problem.message)).toContain('3200 messages: only the first 3000 are read');
    const parts = Array.from({ length: 5_000 }, () => '--b\nContent-Type: text/plain\n\nx\n').join('');
    const mime = await play(`Subject: [PATCH] x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts}--b--\n`);
    const deep = await play(
      `Subject: [PATCH] x\nMIME-Version: 1.0\n${Array.from({ length: 500 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`).join('')}`,
    );
    expect(Math.max(many.ms, mime.ms, deep.ms)).toBeLessThan(LIMIT);
  });

  test('many_headers_and_long_subjects_ok', async () => {
    const headers = Array.from({ length: 100_000 }, (_, at) => `X-${at}: ${'('.repeat(20)}`);
    const { ms } = await play(`Subject: ${'[PATCH '.repeat(50_000)}\n${headers.join('\n')}\n\nwords\n`);
    expect(ms).toBeLessThan(LIMIT);
  });
});
