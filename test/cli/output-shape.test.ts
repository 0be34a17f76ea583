/** Reports of a check and a review over the sample kernel, with the real engine, against the shapes that their readers ask for. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columns } from '../../server/src/cli/reporters/mail.js';
import { run } from '../../server/src/cli/run.js';
import type { Services } from '../../server/src/cli/services.js';
import { createAnalysis } from '../../server/src/features/session.js';
import { gitDiff, mail, mbox } from '../review/posts.js';
import { fakeIo } from './fake.js';
import { brokenReferences, sarifShape } from './sarif-shape.js';

const project = join(import.meta.dirname, '../..');
const tree = join(project, 'test/fixtures/kernel');
const modules = join(project, 'node_modules');
const services: Services = {
  createAnalysis,
  createHost: (root) => ({
    read: (path) =>
      existsSync(join(root, path)) && statSync(join(root, path)).isFile() ? readFileSync(join(root, path), 'utf8') : undefined,
    list: (path) =>
      existsSync(join(root, path))
        ? readdirSync(join(root, path), { withFileTypes: true }).map((one) => (one.isDirectory() ? `${one.name}/` : one.name))
        : [],
  }),
  findTree: () => tree,
  readWasm: () => ({
    runtime: readFileSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
  }),
};

const folder = mkdtempSync(join(tmpdir(), 'gpusvm-shape-'));
const series = join(folder, 'series.mbx');
const own = 'drivers/gpu/drm/sample/sample_more.c';

/** A patch that brings a leak of an error in a long line, one that mends it. */
beforeAll(() => {
  const body = (last: string): string =>
    `#include "sample_drv.h"\n\nint sample_more_with_a_rather_long_name(struct sample_vm *vm, struct sample_range *range)\n{\n\tint err;\n\n\tspin_lock(&vm->collector.lock);\n\tif (list_empty(&range->collect_link)) {\n${last}\t\treturn -ENOENT;\n\t}\n\tlist_del_init(&range->collect_link);\n\terr = 0;\n\tspin_unlock(&vm->collector.lock);\n\treturn err;\n}\n`;
  const [bad, good] = [{ [own]: body('') }, { [own]: body('\t\tspin_unlock(&vm->collector.lock);\n') }];
  const posts = [
    mail({ subject: '[PATCH 1/2] drm/sample: more', diff: gitDiff({}, bad), id: 'p1@x' }),
    mail({ subject: '[PATCH 2/2] drm/sample: mend', diff: gitDiff(bad, good), id: 'p2@x' }),
  ];
  writeFileSync(series, mbox(posts));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(...argv: string[]): Promise<string> {
  const io = fakeIo(tree);
  const code = await run(argv, io, services);
  expect(io.stderr()).toBe('');
  expect([0, 1]).toContain(code);
  return io.stdout();
}

const isSarif = new Ajv2020({ allErrors: true, strict: false }).compile(sarifShape);

describe('sarif', () => {
  test.each([
    ['check', ['check', '--format', 'sarif', '--tree', tree]],
    ['review', ['review', series, '--format', 'sarif', '--tree', tree]],
  ])('%s_has_the_shape_of_the_standard_ok', async (_name, argv) => {
    const log = JSON.parse(await report(...argv));
    isSarif(log);
    expect(isSarif.errors).toBeNull();
    expect(brokenReferences(log)).toEqual([]);
    expect(log.runs[0].results.length).toBeGreaterThan(0);
  });

  test('the_shape_refuses_what_the_standard_refuses_bad', async () => {
    const log = JSON.parse(await report('check', '--format', 'sarif', '--tree', tree));
    const [first] = log.runs[0].results;
    for (const spoil of [
      () => Reflect.set(first, 'level', 'information'),
      () => Reflect.set(first.locations[0].physicalLocation.region, 'startLine', 0),
      () => Reflect.set(first, 'severity', 'x'),
      () => Reflect.deleteProperty(first, 'message'),
    ]) {
      const kept = structuredClone(first);
      spoil();
      expect(isSarif(log)).toBe(false);
      Object.assign(first, kept);
      for (const key of Object.keys(first)) if (!(key in kept)) delete first[key];
      expect(isSarif(log)).toBe(true);
    }
    first.ruleIndex += 1;
    expect(brokenReferences(log)).toHaveLength(1);
  });
});

test('b4_gets_the_array_it_reads_ok', async () => {
  for (const argv of [
    ['check', '--format', 'b4', '--tree', tree],
    ['review', series, '--format', 'b4', '--tree', tree],
  ]) {
    const checks = JSON.parse(await report(...argv));
    expect(Array.isArray(checks)).toBe(true);
    for (const one of checks) {
      expect(Object.keys(one).filter((key) => !['tool', 'status', 'summary', 'details', 'url'].includes(key))).toEqual([]);
      expect(['pass', 'warn', 'fail']).toContain(one.status);
      expect([one.tool, one.summary].every((text) => typeof text === 'string' && text !== '' && !text.includes('\n'))).toBe(true);
      expect(typeof (one.details ?? '')).toBe('string');
    }
  }
});

describe('mail', () => {
  /** Lines that are ours: behind the headers, and no quotes. */
  const ours = (message: string): readonly string[] =>
    message
      .slice(message.indexOf('\n\n') + 2)
      .split('\n')
      .filter((line) => !line.startsWith('>'));

  test('what_is_ours_fits_80_columns_and_looks_like_no_patch_ok', async () => {
    const messages = (await report('review', series, '--format', 'mail', '--tree', tree)).split(/^(?=From gpusvm-review )/m);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join('')).toContain('[lock-left-held]');
    for (const line of messages.flatMap(ours)) {
      expect(columns(line), line).toBeLessThanOrEqual(80);
      expect(line).not.toMatch(/^(?:diff |Index: |--- |\+\+\+ |@@ |---$|From )/);
    }
  });

  const hasGit = spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0;
  test.skipIf(!hasGit)('git_splits_it_into_its_mails_and_finds_no_patch_in_them_ok', async () => {
    const box = join(folder, 'reply.mbx');
    const text = await report('review', series, '--format', 'mail', '--tree', tree);
    writeFileSync(box, text);
    const out = mkdtempSync(join(folder, 'split-'));
    const count = Number(execFileSync('git', ['mailsplit', `-o${out}`, box], { encoding: 'utf8' }));
    expect(count).toBe(text.match(/^From gpusvm-review /gm)?.length);
    for (const name of readdirSync(out)) {
      const [message, patch] = [join(folder, 'message'), join(folder, 'patch')];
      const info = execFileSync('git', ['mailinfo', message, patch], { input: readFileSync(join(out, name)), encoding: 'utf8' });
      expect(info).toMatch(/^Subject: .*drm\/sample: /m);
      expect(readFileSync(patch, 'utf8')).toBe('');
    }
  });
});
