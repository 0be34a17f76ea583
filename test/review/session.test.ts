import { describe, expect, test } from 'vitest';
import { type ReviewSession, readSeries, reviewSeries, reviewSession } from '../../server/src/review/index.js';
import { fakeAnalysis } from './fake.js';
import { type Files, gitDiff, input, mail, mbox, source } from './posts.js';

const path = 'drivers/gpu/drm/own/own.c';
const clean = source(6);
const put = (text: string, fn: number, at: number, statement: string): string => text.replace(`\tstep(${fn}, ${at});`, `\t${statement}`);

async function session(states: readonly Files[], on = states[0] ?? {}): Promise<ReviewSession> {
  const total = states.length - 1;
  const mails = states.slice(1).map((after, at) =>
    mail({
      subject: `[PATCH v2 ${at + 1}/${total}] drm/own: step ${at + 1}`,
      diff: gitDiff(states[at] ?? {}, after),
      id: `p${at + 1}@x`,
    }),
  );
  const { series, problems } = await readSeries([input(mbox(mails))]);
  const { analysis, host } = fakeAnalysis(on);
  return reviewSession(await reviewSeries({ analysis, host, series, problems }));
}

const withOld = put(clean, 1, 9, 'bad(old);');
const states = [
  { [path]: withOld },
  { [path]: put(put(put(withOld, 1, 5, 'bad(one);'), 1, 4, 'cause(1);'), 4, 2, 'bad(two);') },
  { [path]: put(put(withOld, 1, 5, 'fine();'), 4, 2, 'bad(two);') },
];

describe('a review for the editor', () => {
  test('lists_ok', async () => {
    const { view } = await session(states);
    expect(view.patches.map((patch) => `${patch.label} ${patch.title} ${patch.messageId}`)).toEqual([
      '1/2 drm/own: step 1 p1@x',
      '2/2 drm/own: step 2 p2@x',
    ]);
    expect(
      view.patches.map((patch) =>
        patch.findings.map((one) => `${one.verdict} ${one.function} ${one.introducedBy ?? ''}>${one.fixedBy ?? ''}`),
      ),
    ).toEqual([
      ['introduced work_1 >2/2', 'introduced work_4 >', 'pre-existing work_1 >'],
      ['fixed work_1 1/2>', 'pre-existing work_1 >', 'elsewhere work_4 1/2>'],
    ]);
    expect(view.patches[0]?.files).toEqual([{ change: 'modified', oldPath: path, newPath: path, hunks: 2, failed: 0 }]);
    expect(view.left).toEqual({ ofSeries: 1, other: 1 });
    const ids = view.patches.flatMap((patch) => patch.findings.map((finding) => finding.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.parse(JSON.stringify(view))).toMatchObject({ title: 'drm/own: step 1', version: 2 });
  });

  test('offsets_are_into_the_text_of_their_side_ok', async () => {
    const { view, text } = await session(states);
    for (const patch of view.patches) {
      for (const finding of patch.findings) {
        const own = text(patch.index, finding.side, finding.file) ?? '';
        expect(own.slice(finding.start, finding.end)).toBe('bad');
        expect(own.split('\n')[finding.line - 1]).toContain('bad(');
      }
    }
    expect(text(1, 'before', path)).toBe(states[0]?.[path]);
    expect(text(1, 'after', path)).toBe(states[1]?.[path]);
    expect(text(2, 'after', path)).toBe(states[2]?.[path]);
    expect(text(3, 'after', path)).toBeUndefined();
  });

  test('hunks_that_fail_are_counted_bad', async () => {
    const { view } = await session(states.slice(0, 2), { [path]: put(withOld, 4, 2, 'drifted();') });
    expect(view.patches[0]?.files[0]?.failed).toBe(1);
    expect(view.patches[0]?.problems[0]).toContain('does not apply');
  });
});

describe('a reply', () => {
  test('quotes_and_comments_ok', async () => {
    const { reply } = await session(states);
    const text = reply(1) ?? '';
    const lines = text.split('\n');
    const under = (quote: string): string => lines.slice(lines.indexOf(quote) + 1).find((line) => line !== '') ?? '';
    expect(under('> +\tbad(one);')).toBe('bad of `one`');
    expect(under('> +\tbad(two);')).toBe('bad of `two`');
    expect(text).toContain('  - line 27: caused here');
    expect(text).toContain('This is gone again with 2/2; could that change move here?');
    expect(text.indexOf('There before this patch')).toBeGreaterThan(text.indexOf('bad of `two`'));
    expect(lines.filter((line) => line === '> +\tbad(one);')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('> @@'))).toHaveLength(2);
    expect(lines.filter((line) => !line.startsWith('>')).every((line) => line.length <= 80)).toBe(true);
    expect(text).not.toMatch(/\n\n\n/);
  });

  test('what_an_earlier_patch_brought_is_not_called_fixed_ok', async () => {
    const { reply } = await session(states);
    expect(reply(2)).toContain('No findings in this patch.');
    expect(reply(2)).not.toContain('Fixed by this patch');
    expect(reply(3)).toBeUndefined();
  });

  test('steering_characters_of_the_patch_are_not_passed_on_ok', async () => {
    const { reply } = await session([{ [path]: clean }, { [path]: put(clean, 1, 5, 'bad("\u001b[2J");') }]);
    expect(reply(1)).toContain('bad("');
    expect(reply(1)).not.toContain('\u001b');
  });
});
