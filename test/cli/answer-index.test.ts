/** Answers kept between runs: found again while nothing they were made from has changed, and by nobody else. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { indexFolder, openIndex } from '../../server/src/host/answer-index.js';
import { areStill, joinReadings, recordingHost } from '../../server/src/host/recording.js';
import type { FileHost } from '../../server/src/program/types.js';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'gpusvm-index-')), 'answers');

/** A disk in memory that a test may change. */
function memoryDisk(files: Record<string, string>): FileHost & { readonly files: Record<string, string> } {
  return {
    files,
    read: (path) => files[path],
    list: (folder) =>
      Object.keys(files)
        .filter((path) => path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/'))
        .map((path) => path.slice(folder.length + 1)),
  };
}

const question = { check: ['file a/x.c'] };
const start = (): Record<string, string> => ({ 'a/x.c': 'int f(void);', 'a/x.h': 'int g;', 'b/y.c': '' });

/** An index that holds one answer, made from a source, a header, a header that is absent and a folder. */
function keptOnce(folder = fresh(), build = 'one') {
  const disk = memoryDisk(start());
  const host = recordingHost(disk);
  for (const path of ['a/x.c', 'a/x.h', 'a/absent.h']) host.read(path);
  host.list('a');
  const index = openIndex({ folder, build });
  index.keep(question, host.readings(), { found: 1 });
  return { disk, index, folder };
}

describe('an answer that was kept', () => {
  test('is_found_while_all_is_the_same_ok', () => {
    const { disk, index } = keptOnce();
    expect(index.find(question, disk)).toEqual({ found: 1 });
    disk.files['b/y.c'] = 'nobody read this';
    expect(index.find(question, disk)).toEqual({ found: 1 });
  });

  test.each([
    ['a source that changed', (files: Record<string, string>) => Object.assign(files, { 'a/x.c': 'int f(int);' })],
    ['a header that changed', (files: Record<string, string>) => Object.assign(files, { 'a/x.h': 'long g;' })],
    ['a header that is there now', (files: Record<string, string>) => Object.assign(files, { 'a/absent.h': '' })],
    ['a new file in a folder that was listed', (files: Record<string, string>) => Object.assign(files, { 'a/new.c': 'int g;' })],
    ['a file that is gone', (files: Record<string, string>) => Reflect.deleteProperty(files, 'a/x.h')],
  ])('is_not_found_after_%s_ok', (_what, change) => {
    const { disk, index } = keptOnce();
    change(disk.files);
    expect(index.find(question, disk)).toBeUndefined();
  });

  test('is_not_found_by_another_program_or_for_another_question_ok', () => {
    const { disk, folder } = keptOnce();
    expect(openIndex({ folder, build: 'two' }).find(question, disk)).toBeUndefined();
    expect(openIndex({ folder, build: 'one' }).find({ check: ['file b/y.c'] }, disk)).toBeUndefined();
  });

  test('is_not_found_in_a_damaged_file_ok', () => {
    const { disk, index, folder } = keptOnce();
    const [name = ''] = readdirSync(folder);
    const whole = readFileSync(join(folder, name), 'utf8');
    for (const damaged of ['', 'x', whole.slice(0, -3), whole.replace('"found":1', '"found":2'), whole.slice(whole.indexOf('\n'))]) {
      writeFileSync(join(folder, name), damaged);
      expect(index.find(question, disk)).toBeUndefined();
    }
    writeFileSync(join(folder, name), whole);
    expect(index.find(question, disk)).toEqual({ found: 1 });
  });

  test('is_nobody_elses_business_ok', () => {
    const { folder } = keptOnce();
    const [name = ''] = readdirSync(folder);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });
});

describe('the folder', () => {
  test('is_bounded_and_the_least_recently_used_goes_first_ok', () => {
    const folder = fresh();
    const disk = memoryDisk(start());
    const index = openIndex({ folder, build: 'one', mostBytes: 2500 });
    for (let i = 0; i < 8; i++) {
      index.keep({ number: i }, [], 'x'.repeat(400));
      for (const name of readdirSync(folder)) {
        const { mtime } = statSync(join(folder, name));
        utimesSync(join(folder, name), mtime, new Date(mtime.getTime() - 10_000));
      }
      // Used each time, the first one stays.
      expect(index.find({ number: 0 }, disk)).toBeDefined();
    }
    expect(readdirSync(folder).length).toBeLessThan(6);
    expect(index.find({ number: 1 }, disk)).toBeUndefined();
    expect(index.find({ number: 7 }, disk)).toBeDefined();
  });

  test('that_cannot_be_written_is_passed_over_ok', () => {
    const folder = join(fresh(), 'below-a-file');
    const parent = join(folder, '..');
    keptOnce(parent);
    writeFileSync(folder, 'a file');
    const index = openIndex({ folder, build: 'one' });
    index.keep(question, [], 1);
    expect(index.find(question, memoryDisk({}))).toBeUndefined();
  });

  test('is_the_users_own_and_never_in_the_tree_ok', () => {
    expect(indexFolder({ XDG_CACHE_HOME: '/c', HOME: '/h' }, '/tree', 'linux')).toBe('/c/gpusvm-review/answers');
    expect(indexFolder({ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/tree', 'linux')).toBe('/h/.cache/gpusvm-review/answers');
    expect(indexFolder({ HOME: '/h' }, '/tree', 'darwin')).toBe('/h/Library/Caches/gpusvm-review/answers');
    expect(indexFolder({ HOME: '/tree/home' }, '/tree', 'linux')).toBeUndefined();
    expect(indexFolder({ HOME: '/h', GPUSVM_REVIEW_CACHE: 'off' }, '/tree', 'linux')).toBeUndefined();
    expect(existsSync('/c/gpusvm-review')).toBe(false);
  });
});

describe('readings', () => {
  test('the_latest_answer_counts_ok', () => {
    const disk = memoryDisk(start());
    const host = recordingHost(disk);
    host.read('a/x.c');
    disk.files['a/x.c'] = 'int later;';
    host.read('a/x.c');
    expect(areStill(host.readings(), disk)).toBe(true);
  });

  test('of_threads_that_saw_different_texts_are_not_joined_ok', () => {
    expect(joinReadings([[['a', '1']], [['b', null]]])).toEqual([
      ['a', '1'],
      ['b', null],
    ]);
    expect(joinReadings([[['a', '1']], [['a', '2']]])).toBeUndefined();
  });
});
