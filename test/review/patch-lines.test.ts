import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../server/src/review/apply-patch.js';
import { readSeries } from '../../server/src/review/index.js';
import { patchLines } from '../../server/src/review/patch-lines.js';
import { createTreeHistory } from '../../server/src/review/tree.js';
import { gitDiff, input, random, source } from './posts.js';

const path = 'drivers/gpu/drm/own/own.c';

async function maps(before: string, after: string, tree = before) {
  const { series } = await readSeries([input(gitDiff({ [path]: before }, { [path]: after }))]);
  const [patch] = series.patches;
  if (patch === undefined) throw new Error('no patch');
  const history = createTreeHistory((name) => (name === path ? tree : undefined));
  return { patch, lines: patchLines(applyPatch(patch, history)), text: history.read(path, 1) ?? '' };
}

describe('lines of the tree and of the patch', () => {
  test('every_line_is_found_again_ok', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed);
      const before = source(5)
        .split('\n')
        .map((line, at) => `${line} // ${at}`);
      const edited = [...before];
      for (let count = 0; count < 5; count++)
        edited.splice(Math.floor(next() * edited.length), Math.floor(next() * 3), `new ${count}`, `newer ${count}`);
      // The tree has lines above that the patch does not know of.
      const tree = ['above', 'above', ...before];
      const { patch, lines, text } = await maps(`${before.join('\n')}\n`, `${edited.join('\n')}\n`, `${tree.join('\n')}\n`);
      const result = text.split('\n');
      expect(result.slice(2, -1)).toEqual(edited);
      tree.forEach((line, at) => {
        const { line: moved } = lines.moved(path, at + 1);
        if (moved === undefined) expect(edited).not.toContain(line);
        else expect(result[moved - 1]).toBe(line);
        const spot = lines.before(path, at + 1);
        if (spot !== undefined) expect(patch.lines[spot.patchLine - 1]?.slice(1)).toBe(line);
        if (moved === undefined) expect(spot?.kind).toBe('removed');
      });
      result.forEach((line, at) => {
        const spot = lines.after(path, at + 1);
        if (spot !== undefined) expect(patch.lines[spot.patchLine - 1]?.slice(1)).toBe(line);
        if (line.startsWith('new')) expect(spot?.kind).toBe('added');
      });
    }
  });

  test('changed_lines_ascend_and_name_changes_only_ok', async () => {
    const before = source(3);
    const { patch, lines } = await maps(before, before.replace('\tstep(1, 5);\n', '').replace('step(2, 5)', 'other()'));
    expect(lines.changed(path).map(({ patchLine }) => patch.lines[patchLine - 1])).toEqual([
      '-\tstep(1, 5);',
      '-\tstep(2, 5);',
      '+\tother();',
    ]);
    expect(lines.all.map(({ text }) => text)).toEqual(['\tstep(1, 5);', '\tstep(2, 5);', '\tother();']);
  });

  test('a_file_that_stands_twice_in_a_patch_ok', async () => {
    const before = source(3);
    const middle = before.replace('step(2, 5)', 'second()');
    const after = middle.replace('\tstep(0, 5);\n', '\ta();\n\tb();\n\tc();\n');
    const { series } = await readSeries([
      input(gitDiff({ [path]: before }, { [path]: middle }) + gitDiff({ [path]: middle }, { [path]: after })),
    ]);
    const [patch] = series.patches;
    if (patch === undefined) throw new Error('no patch');
    const lines = patchLines(
      applyPatch(
        patch,
        createTreeHistory(() => before),
      ),
    );
    const at = after.split('\n').indexOf('\tsecond();') + 1;
    expect(patch.lines[(lines.after(path, at)?.patchLine ?? 0) - 1]).toBe('+\tsecond();');
    expect(lines.moved(path, at - 1)).toEqual({ file: path, line: at + 1 });
  });

  test('files_that_the_patch_does_not_touch_stay_ok', async () => {
    const { lines } = await maps(source(1), source(2));
    expect(lines.moved('other.c', 7)).toEqual({ file: 'other.c', line: 7 });
    expect(lines.after('other.c', 7)).toBeUndefined();
    expect(lines.changed('other.c')).toEqual([]);
  });
});
