import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../server/src/review/apply-patch.js';
import { type ReviewProblem, readSeries } from '../../server/src/review/index.js';
import { createTreeHistory } from '../../server/src/review/tree.js';
import { type Files, gitDiff, input, random, source } from './posts.js';

const path = 'drivers/gpu/drm/own/own.c';

interface Applied {
  readonly files: Files;
  readonly problems: readonly ReviewProblem[];
  readonly offsets: readonly string[];
}

/** Applies a bare diff to files in memory. */
async function apply(diff: string, files: Files): Promise<Applied> {
  const { series, problems } = await readSeries([input(diff)]);
  const tree = createTreeHistory((name) => files[name]);
  const result: Record<string, string> = { ...files };
  const all: ReviewProblem[] = [...problems];
  const offsets: string[] = [];
  for (const patch of series.patches) {
    const outcome = applyPatch(patch, tree);
    all.push(...outcome.problems);
    for (const file of outcome.files) for (const hunk of file.hunks) offsets.push(hunk.isApplied ? `${hunk.offset}~${hunk.fuzz}` : 'no');
    for (const name of tree.changed(patch.index)) {
      const text = tree.read(name, patch.index);
      if (text === undefined) delete result[name];
      else result[name] = text;
    }
  }
  return { files: result, problems: all, offsets };
}

const messages = (applied: Applied): readonly string[] => applied.problems.map((problem) => problem.message);

/** What git makes of the same diff; undefined when it refuses. */
function gitApply(diff: string, files: Files): Files | undefined {
  const root = mkdtempSync(join(tmpdir(), 'gpusvm-apply-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    try {
      execFileSync('git', ['-c', 'core.autocrlf=false', 'apply', '--whitespace=nowarn', '-'], { cwd: root, input: diff, stdio: 'pipe' });
    } catch {
      return undefined;
    }
    const names = new Set([
      ...Object.keys(files),
      ...[...diff.matchAll(/^(?:\+\+\+ b\/|rename to |copy to )(.*)$/gm)].map((match) => match[1] ?? ''),
    ]);
    return Object.fromEntries(
      [...names].flatMap((name) => (existsSync(join(root, name)) ? [[name, readFileSync(join(root, name), 'utf8')]] : [])),
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const base = source(12);
const changed = base.replace('step(3, 6)', 'step(3, 60)').replace('\tstep(9, 2);\n', '');

describe('applying', () => {
  test('as_written_ok', async () => {
    const applied = await apply(gitDiff({ [path]: base }, { [path]: changed }), { [path]: base });
    expect(applied.files).toEqual({ [path]: changed });
    expect(applied.offsets).toEqual(['0~0', '0~0']);
    expect(applied.problems).toEqual([]);
  });

  test('with_an_offset_down_and_up_ok', async () => {
    const diff = gitDiff({ [path]: base }, { [path]: changed });
    const longer = `/* line */\n/* line */\n${base}`;
    expect(await apply(diff, { [path]: longer })).toMatchObject({
      files: { [path]: `/* line */\n/* line */\n${changed}` },
      offsets: ['2~0', '2~0'],
      problems: [],
    });
    const shorter = base.split('\n').slice(2).join('\n');
    expect(await apply(diff, { [path]: shorter })).toMatchObject({
      files: { [path]: changed.split('\n').slice(2).join('\n') },
      offsets: ['-2~0', '-2~0'],
    });
  });

  test('the_nearest_of_equal_places_is_taken_ok', async () => {
    const repeated = source(12, (_fn, at) => `\tsame(${at});`);
    const fresh = repeated.split('\n');
    fresh[fresh.indexOf('static int work_6(struct thing *thing)') + 8] = '\tother();';
    const diff = gitDiff({ [path]: repeated }, { [path]: fresh.join('\n') });
    expect((await apply(diff, { [path]: `/* line */\n${repeated}` })).files[path]).toBe(`/* line */\n${fresh.join('\n')}`);
    const shorter = repeated.split('\n').slice(1).join('\n');
    expect((await apply(diff, { [path]: shorter })).files[path]).toBe(fresh.slice(1).join('\n'));
  });

  test('with_fuzz_ok', async () => {
    const diff = gitDiff({ [path]: base }, { [path]: base.replace('step(3, 6)', 'step(3, 60)') });
    const near = (old: string, fresh: string): string => base.replace(old, fresh);
    const one = await apply(diff, { [path]: near('step(3, 3)', 'drifted()') });
    expect(one.offsets).toEqual(['0~1']);
    expect(one.files[path]).toBe(near('step(3, 3)', 'drifted()').replace('step(3, 6)', 'step(3, 60)'));
    const two = await apply(diff, { [path]: near('step(3, 4)', 'drifted()') });
    expect(two.offsets).toEqual(['0~2']);
    expect(two.files[path]).toBe(near('step(3, 4)', 'drifted()').replace('step(3, 6)', 'step(3, 60)'));
  });

  test('changed_neighbours_do_not_apply_and_the_rest_goes_on_bad', async () => {
    const other = base.replace('step(3, 5)', 'drifted()');
    const applied = await apply(gitDiff({ [path]: base }, { [path]: changed }), { [path]: other });
    expect(applied.offsets).toEqual(['no', '0~0']);
    expect(applied.files[path]).toBe(other.replace('\tstep(9, 2);\n', ''));
    expect(messages(applied)).toEqual([
      `${path}: hunk 1 of 2 does not apply: line 62 of the tree is "drifted();", the hunk expects "step(3, 5);"`,
    ]);
  });

  test('a_change_that_is_there_already_is_told_bad', async () => {
    const applied = await apply(gitDiff({ [path]: base }, { [path]: changed }), { [path]: changed });
    expect(applied.files[path]).toBe(changed);
    expect(messages(applied)).toEqual([1, 2].map((hunk) => `${path}: hunk ${hunk} of 2 does not apply: the tree has this change already`));
  });

  test('new_and_deleted_files_ok', async () => {
    const diff = gitDiff({ 'a.c': base, 'keep.c': 'k\n' }, { 'keep.c': 'k\n', 'drivers/new.c': 'int x;\n', 'drivers/open.c': 'int y;' });
    const applied = await apply(diff, { 'a.c': base, 'keep.c': 'k\n' });
    expect(applied.files).toEqual({ 'keep.c': 'k\n', 'drivers/new.c': 'int x;\n', 'drivers/open.c': 'int y;' });
    expect(applied.problems).toEqual([]);
  });

  test('a_new_file_over_an_old_one_bad', async () => {
    const diff = gitDiff({}, { 'a.c': 'int x;\n' });
    expect(messages(await apply(diff, { 'a.c': 'int other;\n' }))).toEqual(['a.c: the new file exists in the tree: left as it is']);
    expect(messages(await apply(diff, { 'a.c': 'int x;\n' }))).toEqual(['a.c: the tree has this new file already']);
  });

  test('deleting_a_file_that_differs_bad', async () => {
    const applied = await apply(gitDiff({ 'a.c': 'int x;\n' }, {}), { 'a.c': 'int other;\n' });
    expect(applied.files).toEqual({ 'a.c': 'int other;\n' });
    expect(messages(applied)).toHaveLength(2);
  });

  const rename = (how: 'rename' | 'copy'): string =>
    [
      'diff --git a/own/old name.c b/own/new name.c',
      'similarity index 97%',
      `${how} from own/old name.c`,
      `${how} to own/new name.c`,
      'index 1111111..2222222 100644',
      '--- a/own/old name.c',
      '+++ b/own/new name.c',
      '@@ -1,2 +1,2 @@',
      ' one',
      '-two',
      '+2',
      '',
    ].join('\n');

  test('rename_and_copy_ok', async () => {
    const files = { 'own/old name.c': 'one\ntwo\n' };
    for (const how of ['rename', 'copy'] as const) {
      const { files: mine, problems } = await apply(rename(how), files);
      expect(mine).toEqual(gitApply(rename(how), files));
      expect(mine['own/new name.c']).toBe('one\n2\n');
      expect('own/old name.c' in mine).toBe(how === 'copy');
      expect(problems).toEqual([]);
    }
  });

  test('rename_onto_an_existing_file_bad', async () => {
    const applied = await apply(rename('rename'), { 'own/old name.c': 'one\ntwo\n', 'own/new name.c': 'x\n' });
    expect(messages(applied)).toEqual(['own/new name.c: exists in the tree, so own/old name.c is not renamed to it']);
  });

  test('mode_change_alone_ok', async () => {
    const diff = 'diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n';
    expect(await apply(diff, { 'run.sh': 'x\n' })).toMatchObject({ files: { 'run.sh': 'x\n' }, problems: [] });
  });

  test('binary_files_are_noted_bad', async () => {
    const diff = [
      'diff --git a/logo.png b/logo.png',
      'index 1111111..2222222 100644',
      'GIT binary patch',
      'literal 6',
      'NcmZQzU|?i`U|?c!VgLXD00aO40ssI2',
      '--- a/etc/passwd',
      '+++ b/etc/passwd',
      '',
      'diff --git a/x.bin b/x.bin',
      'Binary files a/x.bin and b/x.bin differ',
      '',
    ].join('\n');
    expect(messages(await apply(diff, {}))).toEqual(['logo.png: a binary change, not applied', 'x.bin: a binary change, not applied']);
  });

  test('files_not_in_the_tree_bad', async () => {
    const diff = gitDiff({ [path]: base, 'b.c': 'x\n' }, { [path]: changed, 'b.c': 'y\n' });
    const applied = await apply(diff, { 'b.c': 'x\n' });
    expect(applied.files).toEqual({ 'b.c': 'y\n' });
    expect(messages(applied)).toEqual([`${path}: not in the tree, its 2 hunks are left out`]);
  });

  test('without_prefix_and_with_other_prefixes_ok', async () => {
    const diff = gitDiff({ [path]: base }, { [path]: changed });
    const files = { [path]: base };
    for (const [a, b] of [
      ['', ''],
      ['i/', 'w/'],
      ['linux.orig/', 'linux/'],
    ]) {
      const other = diff.replaceAll(` a/${path}`, ` ${a}${path}`).replaceAll(` b/${path}`, ` ${b}${path}`);
      expect((await apply(other, files)).files).toEqual({ [path]: changed });
    }
    const plain = diff
      .split('\n')
      .slice(2)
      .join('\n')
      .replace(/^(---|\+\+\+) (.*)$/gm, '$1 $2\t2025-03-03 10:00:00 +0100');
    expect((await apply(plain, files)).files).toEqual({ [path]: changed });
  });

  test('the_new_side_names_the_file_ok', async () => {
    const diff = gitDiff({ [path]: base }, { [path]: changed })
      .split('\n')
      .slice(2)
      .join('\n')
      .replace(`a/${path}`, `a/${path}.orig`);
    expect((await apply(diff, { [path]: base })).files).toEqual({ [path]: changed });
  });

  test('new_files_beside_other_prefixes_ok', async () => {
    const diff = gitDiff({ [path]: base }, { [path]: changed, 'drivers/new.c': 'x\n' });
    const both = { [path]: changed, 'drivers/new.c': 'x\n' };
    const trees = diff.replaceAll(' a/', ' linux.orig/').replaceAll(' b/', ' linux/');
    expect((await apply(trees, { [path]: base })).files).toEqual(both);
    const bare = diff.replaceAll(' a/', ' ').replaceAll(' b/', ' ');
    expect((await apply(bare, { [path]: base })).files).toEqual(both);
  });

  test('quoted_paths_ok', async () => {
    const diff =
      'diff --git "a/own/\\303\\244 \\"b\\".c" "b/own/\\303\\244 \\"b\\".c"\n--- "a/own/\\303\\244 \\"b\\".c"\n+++ "b/own/\\303\\244 \\"b\\".c"\n@@ -1 +1 @@\n-x\n+y\n';
    expect((await apply(diff, { 'own/\u00e4 "b".c': 'x\n' })).files).toEqual({ 'own/\u00e4 "b".c': 'y\n' });
  });

  test('line_ends_of_the_file_are_kept_ok', async () => {
    const crlf = base.replace(/\n/g, '\r\n');
    const diff = gitDiff({ [path]: base }, { [path]: changed });
    expect((await apply(diff, { [path]: crlf })).files[path]).toBe(changed.replace(/\n/g, '\r\n'));
    const withCr = diff.replace(/^([ +-](?!-- |\+\+ ).*)$/gm, '$1\r');
    expect((await apply(withCr, { [path]: crlf })).files[path]).toBe(changed.replace(/\n/g, '\r\n'));
    expect((await apply(diff.replace(/\n/g, '\r\n'), { [path]: base })).files[path]).toBe(changed);
  });

  test('line_ends_that_a_patch_brings_are_kept_ok', async () => {
    const diff = '--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,3 @@\n one\n+between\r\n two\n';
    const files = { 'a.c': 'one\ntwo\n' };
    expect((await apply(diff, files)).files).toEqual({ 'a.c': 'one\nbetween\r\ntwo\n' });
    expect(gitApply(diff, files)).toEqual({ 'a.c': 'one\nbetween\r\ntwo\n' });
  });

  test('without_context_ok', async () => {
    const diff = `diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -2,0 +3 @@ x\n+between\n@@ -4 +4,0 @@\n-four\n`;
    expect((await apply(diff, { 'a.c': 'one\ntwo\nthree\nfour\n' })).files).toEqual({ 'a.c': 'one\ntwo\nbetween\nthree\n' });
  });

  test('removing_a_last_line_without_line_end_ok', async () => {
    const files = { 'a.c': 'one\ntwo\nthree' };
    expect((await apply(gitDiff(files, { 'a.c': 'one\ntwo\n' }), files)).files).toEqual({ 'a.c': 'one\ntwo\n' });
    expect((await apply(gitDiff(files, { 'a.c': 'ONE\ntwo\nthree' }), files)).files).toEqual({ 'a.c': 'ONE\ntwo\nthree' });
  });

  test('one_file_twice_in_a_patch_ok', async () => {
    const middle = base.replace('step(3, 6)', 'step(3, 60)');
    const diff = gitDiff({ [path]: base }, { [path]: middle }) + gitDiff({ [path]: middle }, { [path]: changed });
    expect((await apply(diff, { [path]: base })).files[path]).toBe(changed);
  });
});

describe('random edits', () => {
  const edit = (text: string, next: () => number): string => {
    const lines = text.split('\n');
    for (let count = 1 + Math.floor(next() * 6); count > 0; count--) {
      const at = Math.floor(next() * lines.length);
      const kind = next();
      if (kind < 0.35) lines.splice(at, 1 + Math.floor(next() * 3));
      else if (kind < 0.7) lines.splice(at, 0, `\tinserted_${Math.floor(next() * 9)}();`, ...(next() < 0.3 ? [''] : []));
      else lines[at] = `\treplaced_${Math.floor(next() * 9)}();`;
    }
    return lines.join('\n').slice(0, next() < 0.2 ? -1 : undefined);
  };

  test('give_the_edited_text_ok', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const next = random(seed);
      const repeats = 1 + Math.floor(next() * 12);
      const before = source(6, (fn, at) => `\tstep(${fn % repeats}, ${at % 5});`).slice(0, next() < 0.3 ? -1 : undefined);
      const after = edit(before, next);
      if (before === after) continue;

      const applied = await apply(gitDiff({ [path]: before }, { [path]: after }), { [path]: before });
      expect(applied.files[path], `seed ${seed}`).toBe(after);
      expect(applied.problems).toEqual([]);
    }
  });

  test('on_a_tree_that_moved_on_agree_with_git_ok', async () => {
    let compared = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed + 1000);
      const before = source(8);
      const diff = gitDiff({ [path]: before }, { [path]: edit(before, next) });
      const moved = { [path]: edit(before, next) };
      const git = gitApply(diff, moved);
      if (git === undefined) continue;
      compared += 1;
      expect((await apply(diff, moved)).files, `seed ${seed}`).toEqual(git);
    }
    expect(compared).toBeGreaterThan(15);
  });
});
