/** The bundled programs with an index: what is found again, and what must not be. A kept answer is known by a mark written into it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { startServer } from './server-client.js';

const file = 'drivers/gpu/drm/sample/sample_bad_collect.c';
const mark = 'KEPT';
let tree = '';
let cache = '';

const env = (): NodeJS.ProcessEnv => ({ ...process.env, XDG_CACHE_HOME: cache, GPUSVM_REVIEW_CACHE: '' });
const folder = (): string => join(cache, 'gpusvm-review/answers');

function check(more: readonly string[] = [], cli = resolve('dist/cli.js')): { readonly isMarked: boolean; readonly findings: string } {
  const done = spawnSync(process.execPath, [cli, 'check', '--tree', tree, '--format', 'json', ...more, join(tree, file)], {
    encoding: 'utf8',
    env: env(),
  });
  const report = JSON.parse(done.stdout) as { readonly findings: readonly { readonly message: string }[] };
  return { isMarked: report.findings.some((one) => one.message.includes(mark)), findings: JSON.stringify(report.findings) };
}

/** Marks the messages of every kept answer. */
function markAll(): number {
  const names = readdirSync(folder());
  for (const name of names) {
    const path = join(folder(), name);
    const body = readFileSync(path, 'utf8').split('\n').slice(1).join('\n').replaceAll('"message":"', `"message":"${mark} `);
    writeFileSync(path, `${createHash('sha1').update(body).digest('base64')}\n${body}`);
  }
  return names.length;
}

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'gpusvm-kept-'));
  tree = join(root, 'tree');
  cache = join(root, 'cache');
  cpSync(resolve('test/fixtures/kernel'), tree, { recursive: true });
});

describe('check, a second time', () => {
  test('takes_the_kept_answer_and_says_the_same_ok', () => {
    const cold = check();
    expect(cold.findings).not.toBe('[]');
    expect(check()).toEqual(cold);
    expect(markAll()).toBe(1);
    expect(check().isMarked).toBe(true);
    expect(check(['--no-cache'])).toEqual(cold);
    rmSync(folder(), { recursive: true });
    expect(check()).toEqual(cold);
  });

  test.each([
    ['a_header_changed', () => appendFileSync(join(tree, 'drivers/gpu/drm/sample/sample_drv.h'), '\n#define SAMPLE_NEW 1\n')],
    ['a_new_file_may_define_a_name', () => writeFileSync(join(tree, 'drivers/gpu/drm/sample/sample_new.c'), 'int sample_new;\n')],
    ['another_source_of_the_driver_changed', () => appendFileSync(join(tree, 'drivers/gpu/drm/sample/sample_gc.c'), '\nint sample_x;\n')],
    ['a_header_went', () => rmSync(join(tree, 'include/drm/drm_pagemap.h'))],
  ])('looks_anew_when_%s_ok', (_name, change) => {
    check();
    markAll();
    change();
    expect(check().isMarked).toBe(false);
  });

  test('looks_anew_with_another_program_ok', () => {
    check();
    markAll();
    const dist = join(cache, 'dist');
    cpSync(resolve('dist'), dist, { recursive: true });
    expect(check([], join(dist, 'cli.js')).isMarked).toBe(true);
    appendFileSync(join(dist, 'cli.js'), '\n// another program\n');
    expect(check([], join(dist, 'cli.js')).isMarked).toBe(false);
  });

  test('writes_nothing_when_told_so_and_never_into_the_tree_ok', () => {
    spawnSync(process.execPath, [resolve('dist/cli.js'), 'check', '--tree', tree, join(tree, file)], {
      env: { ...env(), GPUSVM_REVIEW_CACHE: 'off' },
    });
    expect(existsSync(cache)).toBe(false);
    cache = join(tree, 'cache');
    check();
    expect(existsSync(cache)).toBe(false);
  });
});

describe('the server, a second time', () => {
  const pull = async (text: string): Promise<{ readonly messages: string; readonly later: string }> => {
    const uri = pathToFileURL(join(tree, file)).href;
    const server = startServer({ env: env() });
    await server.initialize();
    await server.open(uri, text);
    const ask = async (): Promise<string> =>
      JSON.stringify(await server.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } }));
    const messages = await ask();
    // The answer is worked out again while nobody asks, and kept when it is the disk's.
    await new Promise((done) => setTimeout(done, 4000));
    const later = await ask();
    await server.stop();
    return { messages, later };
  };

  test('shows_the_kept_answer_first_and_then_what_it_finds_itself_ok', { retry: 1 }, async () => {
    const text = readFileSync(join(tree, file), 'utf8');
    const cold = await pull(text);
    expect(markAll()).toBe(1);
    const warm = await pull(text);
    expect(warm.messages).toContain(mark);
    expect(warm.later).toBe(cold.later);
  });

  test('does_not_take_it_for_a_text_that_was_never_saved_ok', async () => {
    const text = readFileSync(join(tree, file), 'utf8');
    await pull(text);
    markAll();
    const warm = await pull(`/* new */\n${text}`);
    expect(warm.messages).not.toContain(mark);
    expect(readdirSync(folder()).length).toBe(1);
  });
});
