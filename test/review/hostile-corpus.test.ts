/** Hostile input through the whole command: a clear line each on the way out, in bounded time, and the tree and what lies around it as they were. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../server/src/cli/run.js';
import type { Services } from '../../server/src/cli/services.js';
import { type FakeRule, fakeIo, fakeServices, scratch, treeMark } from '../cli/fake.js';
import { gitDiff, mail, mbox, source } from './posts.js';

const rules: readonly FakeRule[] = [{ rule: 'flags-plain-write', severity: 'warning', word: 'racy' }];
const path = 'drivers/gpu/drm/own/own.c';
const base = source(4);
const next = base.replace('step(0, 5)', 'racy(0, 50)');
const good = gitDiff({ [path]: base }, { [path]: next });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, mark: readonly number[], isBig: boolean): Uint8Array => {
  const out = [...mark];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    out.push(...(isBig ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8]));
  }
  return Uint8Array.from(out);
};
const outside = (to: string): string =>
  `diff --git a/${to} b/${to}\nnew file mode 100644\n--- /dev/null\n+++ b/${to}\n@@ -0,0 +1 @@\n+owned\n`;

interface Case {
  readonly content: string | Uint8Array;
  /** One line of stderr holds this. Undefined: nothing is wrong with it, and the finding is told. */
  readonly says: RegExp | undefined;
}

const cases: Readonly<Record<string, Case>> = {
  truncated_mbox: { content: mbox([mail({ subject: '[PATCH] drm/own: x', diff: good })]).slice(0, -80), says: /ends inside the hunk/ },
  truncated_base64: {
    content: mail({
      subject: '[PATCH] drm/own: x',
      headers: ['MIME-Version: 1.0', 'Content-Transfer-Encoding: base64'],
      body: Buffer.from(`words\n---\n${good}`).toString('base64').slice(0, -90),
    }),
    says: /ends inside the hunk|no patch/,
  },
  utf16_little: { content: utf16(good, [0xff, 0xfe], false), says: undefined },
  utf16_big: { content: utf16(good, [0xfe, 0xff], true), says: undefined },
  utf16_without_mark: { content: utf16(good, [], false), says: /no patch/ },
  wrong_charset_label: {
    content: mail({ subject: '[PATCH] drm/own: x', headers: ['Content-Type: text/plain; charset=klingon'], diff: good }),
    says: undefined,
  },
  latin1_in_utf8: {
    content: Uint8Array.from([
      ...bytes('Subject: [PATCH] x\nContent-Type: text/plain; charset=utf-8\n\nJos'),
      0xe9,
      10,
      ...bytes(`---\n${good}`),
    ]),
    says: undefined,
  },
  nothing: { content: '', says: /empty/ },
  only_nul: { content: new Uint8Array(100_000), says: /no patch/ },
  path_up: { content: outside('../../escape.c'), says: /refused .*escape/ },
  path_up_inside: { content: outside('drivers/../../../escape.c'), says: /refused .*escape/ },
  path_absolute: { content: '--- /dev/null\n+++ /tmp/gpusvm-escape.c\n@@ -0,0 +1 @@\n+owned\n', says: /refused .*escape/ },
  path_of_git: { content: outside('.git/hooks/post-checkout'), says: /refused .*hooks/ },
  link: {
    content:
      'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n',
    says: /refused/,
  },
  binary: {
    content: `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 10\nRcmZQzWMXDvWn<^yWaj_?0ssI200000\n\n`,
    says: /a binary change, not applied/,
  },
  binary_named: {
    content: `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\nBinary files a/${path} and b/${path} differ\n`,
    says: /a binary change, not applied/,
  },
  files_not_in_the_tree: {
    content: gitDiff({ 'drivers/gpu/drm/none/none.c': base }, { 'drivers/gpu/drm/none/none.c': next }),
    says: /none\.c: not in the tree, its hunk is left out/,
  },
  another_text: {
    content: good.replace('step(0, 4)', 'stop(0, 4)').replace('step(0, 3)', 'stop(0, 3)').replace('step(0, 6)', 'stop(0, 6)'),
    says: /does not apply/,
  },
};

/** Every file below a folder with its text. */
function contents(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
      .map((file) => [relative(folder, file), readFileSync(file, 'utf8')]),
  );
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: readonly string[];
  readonly ms: number;
  readonly asked: readonly string[];
}

/** Runs `review` on a patch in a tree that has a neighbour, and holds that neither is changed and the neighbour is not read. */
async function review(content: string | Uint8Array, text = base): Promise<Ran> {
  const top = scratch({ 'escape.c': 'a neighbour\n', 'patch/x': content });
  const tree = join(top, 'tree');
  for (const [name, own] of Object.entries({ ...treeMark, [path]: text })) {
    mkdirSync(join(tree, name, '..'), { recursive: true });
    writeFileSync(join(tree, name), own);
  }
  const before = contents(top);
  const asked: string[] = [];
  const plain = fakeServices(rules);
  const services: Services = {
    ...plain,
    async createAnalysis(options) {
      const analysis = await plain.createAnalysis(options);
      return { ...analysis, program: { ...analysis.program, functionsIn: () => [] } };
    },
    createHost(root) {
      const host = plain.createHost(root);
      return {
        read: (name) => {
          asked.push(name);
          return host.read(name);
        },
        list: host.list,
      };
    },
  };
  const io = fakeIo(top);
  const began = performance.now();
  const code = await run(['review', join(top, 'patch/x'), '--tree', tree, '--format', 'json'], io, services);
  const ms = performance.now() - began;
  expect(contents(top)).toEqual(before);
  return {
    code,
    out: io.stdout(),
    err: io
      .stderr()
      .split('\n')
      .filter((line) => line !== ''),
    ms,
    asked,
  };
}

describe('hostile input through the command', () => {
  test.each(Object.entries(cases))('%s_bad', async (_name, { content, says }) => {
    const { code, err, ms, asked, out } = await review(content);
    expect(asked.filter((name) => name.startsWith('/') || name.includes('..') || name.includes('.git'))).toEqual([]);
    expect(ms).toBeLessThan(10_000);
    if (says === undefined) {
      expect(err).toEqual([]);
      expect(JSON.parse(out).patches[0].introduced).toHaveLength(1);
      expect(code).toBe(1);
      return;
    }
    expect(code).toBe(2);
    expect(
      err.filter((line) => says.test(line)),
      err.join('\n'),
    ).toHaveLength(1);
    for (const line of err) expect(line.length).toBeLessThan(500);
  });

  test('ten_thousand_hunks_and_a_mail_of_50_megabytes_ok', { timeout: 60_000 }, async () => {
    const many = source(10_000);
    const hunk = (fn: number): string => {
      const at = 4 + fn * 17 + 7;
      const line = (mark: string, step: number): string => `${mark}\tstep(${fn}, ${step});\n`;
      const around = (steps: readonly number[]): string => steps.map((step) => line(' ', step)).join('');
      return `@@ -${at - 3},7 +${at - 3},7 @@\n${around([2, 3, 4])}${line('-', 5)}+\tracy(${fn});\n${around([6, 7, 8])}`;
    };
    const hunks = Array.from({ length: 10_000 }, (_, fn) => hunk(fn)).join('');
    const diff = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks}`;
    const filler = `${'x'.repeat(72)}\n`.repeat(700_000);
    const memory = process.memoryUsage().heapUsed;
    const { code, err, ms, out } = await review(mail({ subject: '[PATCH] drm/own: big', body: filler, diff }), many);
    expect([code, err]).toEqual([1, []]);
    expect(JSON.parse(out).patches[0].introduced).toHaveLength(10_000);
    expect(ms).toBeLessThan(40_000);
    expect(process.memoryUsage().heapUsed - memory).toBeLessThan(1_500_000_000);
  });
});
