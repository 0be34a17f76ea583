import { describe, expect, test } from 'vitest';
import {
  hunkAt,
  type PatchReview,
  quotePatch,
  type ReviewFinding,
  type ReviewOptions,
  type ReviewReport,
  readSeries,
  replyHeaders,
  reviewSeries,
} from '../../server/src/review/index.js';
import { type FakeAnalysis, fakeAnalysis } from './fake.js';
import { type Files, gitDiff, input, mail, mbox, source } from './posts.js';

const path = 'drivers/gpu/drm/own/own.c';
const other = 'drivers/gpu/drm/own/other.c';
const foreign = 'drivers/gpu/drm/foreign/foreign.c';
const clean = source(6);

interface Reviewed extends FakeAnalysis {
  readonly report: ReviewReport;
  /** By patch: `class rule@kind: patch line`. */
  readonly told: readonly (readonly string[])[];
}

const line = (review: PatchReview, finding: ReviewFinding): string =>
  finding.patchLine === undefined ? '-' : (review.patch.lines[finding.patchLine - 1] ?? '?').trim();

function tell(review: PatchReview): readonly string[] {
  const one = (word: string) => (finding: ReviewFinding) =>
    `${word} ${finding.function} ${finding.patchLineKind ?? 'none'}: ${line(review, finding)}${
      finding.introducedIn === undefined || word === '+' ? '' : ` from ${finding.introducedIn}`
    }${finding.fixedIn === undefined ? '' : ` until ${finding.fixedIn}`}${finding.isUncertain ? ' ?' : ''}`;
  return [
    ...review.introduced.map(one('+')),
    ...review.fixed.map(one('-')),
    ...review.preExisting.map(one('=')),
    ...review.preExistingElsewhere.map(one('~')),
  ];
}

/** Reviews the steps of a tree from state to state. */
async function review(states: readonly Files[], more: Partial<ReviewOptions> & { readonly on?: Files } = {}): Promise<Reviewed> {
  const total = states.length - 1;
  const mails = states
    .slice(1)
    .map((after, at) =>
      mail({ subject: `[PATCH ${at + 1}/${total}] drm/own: step ${at + 1}`, diff: gitDiff(states[at] ?? {}, after), id: `p${at + 1}@x` }),
    );
  const { series, problems } = await readSeries([input(mbox(mails))]);
  expect(series.patches).toHaveLength(total);
  const fake = fakeAnalysis(more.on ?? states[0] ?? {});
  const report = await reviewSeries({ analysis: fake.analysis, host: fake.host, series, problems, ...more });
  return { ...fake, report, told: report.patches.map(tell) };
}

const put = (text: string, fn: number, at: number, statement: string): string => text.replace(`\tstep(${fn}, ${at});`, `\t${statement}`);

describe('classes', () => {
  test('introduced_and_fixed_ok', async () => {
    const bad = put(clean, 1, 5, 'bad(1);');
    const { told, report } = await review([{ [path]: clean }, { [path]: bad }, { [path]: clean }]);
    expect(told).toEqual([['+ work_1 exact: +\tbad(1); until 2'], ['- work_1 exact: -\tbad(1); from 1']]);
    expect(report.atEnd).toEqual([]);
    expect(report.atStart).toEqual([]);
    expect(report.problems).toEqual([]);
  });

  test('pre_existing_in_touched_functions_and_elsewhere_ok', async () => {
    const base = put(put(put(clean, 1, 5, 'bad(1);'), 1, 11, 'bad(11);'), 4, 5, 'bad(4);');
    const { told, report } = await review(
      [
        { [path]: base, [other]: put(clean, 2, 2, 'bad(9);') },
        { [path]: put(base, 1, 4, 'fine();'), [other]: put(clean, 2, 2, 'bad(9);') },
      ],
      { scope: ['drivers/gpu/drm/own'] },
    );
    expect(told).toEqual([['= work_1 exact: bad(1);', '= work_1 near: -\tstep(1, 4);', '~ work_2 none: -', '~ work_4 none: -']]);
    expect(report.atEnd.map((finding) => finding.function)).toEqual(['work_2', 'work_1', 'work_1', 'work_4']);
  });

  test('a_function_that_a_changed_line_names_ok', async () => {
    const base = put(clean, 4, 5, 'bad(4);');
    const called = await review([{ [path]: base }, { [path]: put(base, 1, 4, 'work_4(thing);') }]);
    expect(called.told).toEqual([['= work_4 near: +\twork_4(thing);']]);
    const inComment = await review([{ [path]: base }, { [path]: put(base, 1, 4, '/* work_4 is another matter */') }]);
    expect(inComment.told).toEqual([['~ work_4 none: -']]);
  });

  test('moved_lines_stay_pre_existing_ok', async () => {
    const base = put(clean, 4, 5, 'bad(4);');
    const { told } = await review([{ [path]: base }, { [path]: put(base, 1, 4, 'one();\n\ttwo();\n\tthree();') }]);
    expect(told).toEqual([['~ work_4 none: -']]);
  });

  test('a_rewritten_statement_stays_pre_existing_ok', async () => {
    const base = put(clean, 4, 5, 'bad(old->drm);');
    const { told } = await review([{ [path]: base }, { [path]: put(clean, 4, 5, 'bad(fresh->drm);') }]);
    expect(told).toEqual([['= work_4 exact: +\tbad(fresh->drm);']]);
  });

  test('a_store_that_moves_to_another_word_is_new_ok', async () => {
    const store = (where: string): string => put(clean, 4, 5, `bad(4)->${where}flags = 1;`);
    const { told } = await review([{ [path]: store('pages.') }, { [path]: store('') }]);
    expect(told).toEqual([['+ work_4 exact: +\tbad(4)->flags = 1;', '- work_4 exact: -\tbad(4)->pages.flags = 1;']]);
  });

  test('one_mended_and_another_made_in_the_same_function_ok', async () => {
    // The old statement stays as it is but for its fault, and a new fault comes on a new line.
    const base = put(clean, 4, 2, 'bad(1);');
    const { told } = await review([{ [path]: base }, { [path]: put(put(clean, 4, 2, 'good(1);'), 3, 9, 'bad(2);') }]);
    expect(told).toEqual([['+ work_3 exact: +\tbad(2);', '- work_4 exact: -\tbad(1);']]);
  });

  test('the_first_of_two_equal_statements_mended_ok', async () => {
    const base = put(put(clean, 4, 2, 'bad(1);'), 4, 9, 'bad(1);');
    const { told } = await review([{ [path]: base }, { [path]: put(put(clean, 4, 2, 'good(1);'), 4, 9, 'bad(1);') }]);
    expect(told).toEqual([['- work_4 exact: -\tbad(1);', '= work_4 near: -\tbad(1);']]);
  });

  test('a_function_moved_to_another_file_stays_pre_existing_ok', async () => {
    const moving = 'static int moving(void)\n{\n\tbad(3);\n}\n';
    const { told } = await review([
      { [path]: `${clean}${moving}`, [other]: clean },
      { [path]: clean, [other]: `${clean}${moving}` },
    ]);
    expect(told).toEqual([['= moving exact: +\tbad(3);']]);
  });

  test('a_renamed_file_keeps_its_findings_ok', async () => {
    const base = put(clean, 4, 5, 'bad(4);');
    const diff = `diff --git a/${path} b/${other}\nsimilarity index 100%\nrename from ${path}\nrename to ${other}\n`;
    const { series } = await readSeries([input(diff)]);
    const { analysis, host, overlay } = fakeAnalysis({ [path]: base });
    const report = await reviewSeries({ analysis, host, series });
    expect(report.patches.map(tell)).toEqual([['~ work_4 none: -']]);
    expect(report.atEnd.map((finding) => finding.file)).toEqual([other]);
    expect(overlay.size).toBe(0);
  });

  test('a_deleted_function_takes_its_finding_along_ok', async () => {
    const extra = 'static int extra(void)\n{\n\tbad(3);\n}\n';
    const { told } = await review([{ [path]: `${clean}${extra}` }, { [path]: clean }]);
    expect(told).toEqual([['- extra exact: -\tbad(3);']]);
  });
});

describe('causes away from the finding', () => {
  test('a_changed_line_of_the_path_names_the_place_ok', async () => {
    // The cause stands in the patch, the consequence far below it.
    const base =
      'static int far(void)\n{\n\ta();\n\tb();\n\tc();\n\td();\n\te();\n\tf();\n\tg();\n\th();\n\tquiet(1);\n\ti();\n\tj();\n\tk();\n\tl();\n\tm();\n\touter(1);\n}\n';
    const header = 'int outer(int x);\n';
    const { told } = await review([
      { [path]: base, 'include/own.h': header },
      { [path]: base.replace('\ta();', '\tcause();'), 'include/own.h': `${header}extern bad;\n` },
    ]);
    expect(told).toEqual([['+ far cause: +\tcause();']]);
  });

  test('a_header_that_makes_findings_in_untouched_drivers_ok', async () => {
    const caller = put(clean, 2, 2, 'outer(7);');
    const header = 'int outer(int x);\n';
    const { told, report } = await review([
      { [path]: clean, [foreign]: caller, 'include/own.h': header },
      { [path]: clean, [foreign]: caller, 'include/own.h': `${header.replace('int x', 'long x')}extern bad;\n` },
    ]);
    expect(report.checked).toEqual([foreign, 'include/own.h']);
    expect(told).toEqual([['+ work_2 near: -int outer(int x);']]);
  });

  const user = put(clean, 1, 1, 'helper(3);');
  const helper = (body: string): string => `${clean}int helper(int x)\n{\n\t${body}\n}\n`;

  test('files_that_use_what_changes_are_checked_ok', async () => {
    const files = { [path]: helper('old();'), [other]: user, 'drivers/gpu/drm/own/third.c': clean, [foreign]: user };
    const { report } = await review([files, { ...files, [path]: helper('fresh();') }]);
    // Names are not shared between drivers.
    expect(report.checked).toEqual([other, path]);
    const { report: inside } = await review([files, { ...files, [path]: put(helper('old();'), 1, 1, 'x();') }]);
    expect(inside.checked).toEqual([path]);
  });

  test('a_shared_header_concerns_all_drivers_that_use_what_changes_ok', async () => {
    const header = (more: string): string => `struct same {\n\tint x;\n};\n${more}`;
    const files = { [other]: clean, [foreign]: user, 'include/own.h': header('int helper(int x);\n') };
    const { report } = await review([files, { ...files, 'include/own.h': header('int helper(long x);\n') }]);
    expect(report.checked).toEqual([foreign, 'include/own.h']);
    const { report: same } = await review([files, { ...files, 'include/own.h': header('/* words */\nint helper(int x);\n') }]);
    expect(same.checked).toEqual(['include/own.h']);
  });

  test('a_change_in_the_function_that_the_message_names_is_the_place_ok', async () => {
    const caller = put(clean, 2, 2, 'outer(helper);');
    const header = 'int outer(int x);\n';
    const files = { [path]: helper('old();'), [other]: caller, 'include/own.h': header };
    const { told } = await review([files, { ...files, [path]: helper('fresh();'), 'include/own.h': `${header}extern bad;\n` }]);
    expect(told).toEqual([['+ work_2 near: -\told();']]);
  });

  test('what_the_message_names_is_the_place_when_nothing_else_is_ok', async () => {
    const caller = put(clean, 2, 2, 'outer(cause_of_it);');
    const header = 'int outer(int x);\nint first;\nint second;\n';
    const files = { [foreign]: caller, 'include/own.h': header };
    const after = 'int outer(int x);\n/* cause_of_it */\nint one;\nint cause_of_it;\nextern bad;\nint first;\nint second;\n';
    const { told } = await review([files, { ...files, 'include/own.h': after }]);
    expect(told).toEqual([['+ work_2 near: +int cause_of_it;']]);
  });

  test('scope_narrows_ok', async () => {
    const files = { [path]: clean, [foreign]: clean, 'include/own.h': 'x\n' };
    const { report } = await review([files, { ...files, 'include/own.h': 'y\n' }], { scope: ['drivers/gpu/drm/foreign'] });
    expect(report.checked).toEqual([foreign, 'include/own.h']);
  });
});

describe('trees that differ from the base', () => {
  test('lines_of_the_patch_are_right_at_an_offset_ok', async () => {
    const bad = put(clean, 1, 5, 'bad(1);');
    const { told } = await review([{ [path]: clean }, { [path]: bad }], { on: { [path]: `\n\n\n\n${clean}` } });
    expect(told).toEqual([['+ work_1 exact: +\tbad(1);']]);
  });

  test('after_a_hunk_that_fails_findings_are_uncertain_bad', async () => {
    const bad = put(put(clean, 1, 5, 'bad(1);'), 4, 5, 'fine();');
    const { told, report } = await review([{ [path]: clean }, { [path]: bad }], { on: { [path]: put(clean, 4, 5, 'drifted();') } });
    expect(told).toEqual([['+ work_1 exact: +\tbad(1); ?']]);
    expect(report.problems.map((problem) => [problem.where, problem.patch, problem.message])).toEqual([
      ['drm/own: step 1', 1, `${path}: hunk 2 of 2 does not apply: line 79 of the tree is "drifted();", the hunk expects "step(4, 5);"`],
    ]);
  });

  test('changes_that_the_tree_has_already_leave_no_doubt_ok', async () => {
    const bad = put(put(clean, 1, 5, 'bad(1);'), 4, 5, 'fine();');
    const { told } = await review([{ [path]: clean }, { [path]: bad }], { on: { [path]: put(clean, 4, 5, 'fine();') } });
    expect(told).toEqual([['+ work_1 exact: +\tbad(1);']]);
  });
});

describe('conduct', () => {
  test('the_analysis_is_left_as_it_was_ok', async () => {
    const { overlay } = await review([{ [path]: clean }, { [path]: put(clean, 1, 1, 'x();') }, { [other]: clean }]);
    expect([...overlay]).toEqual([]);
  });

  test('unsaved_text_of_the_editor_is_the_base_ok', async () => {
    const unsaved = `/* typing */\n${clean}`;
    const { series } = await readSeries([input(gitDiff({ [path]: clean }, { [path]: put(clean, 1, 5, 'bad(1);') }))]);
    const { analysis, host, overlay } = fakeAnalysis({ [path]: clean });
    analysis.setText(path, unsaved);
    const report = await reviewSeries({ analysis, host, series });
    expect(report.patches[0]?.after(path)).toBe(put(unsaved, 1, 5, 'bad(1);'));
    expect([...overlay]).toEqual([[path, unsaved]]);
  });

  test('a_fault_in_one_file_leaves_the_others_bad', async () => {
    const { told, report } = await review(
      [
        { [path]: clean, [other]: put(clean, 2, 2, 'bad_fatal(1);') },
        { [path]: put(clean, 1, 5, 'bad(1);'), [other]: put(clean, 2, 2, 'bad_fatal(1);') },
      ],
      { scope: ['drivers/gpu/drm/own'] },
    );
    expect(told).toEqual([['+ work_1 exact: +\tbad(1);']]);
    expect(report.problems.map((problem) => `${problem.where}: ${problem.message}`)).toEqual([
      `${other}: not analysed: internal fault: the engine fell over`,
    ]);
  });

  test('it_can_be_stopped_ok', async () => {
    let checks = 0;
    const states = [clean, put(clean, 1, 1, 'a();'), put(clean, 1, 1, 'b();'), put(clean, 1, 1, 'c();')].map((text) => ({ [path]: text }));
    const { report, overlay } = await review(states, { isCancelled: () => ++checks > 1 });
    expect(report.patches).toHaveLength(1);
    expect(report.isCancelled).toBe(true);
    expect(overlay.size).toBe(0);
  });

  test('progress_and_pauses_ok', async () => {
    const told: string[] = [];
    const states = [clean, put(clean, 1, 1, 'a();'), put(clean, 1, 1, 'b();')].map((text) => ({ [path]: text }));
    await review(states, {
      onProgress: (done, total, next) => told.push(`${done}/${total} ${next}`),
      pause: async () => void told.push('pause'),
    });
    expect(told).toEqual(['0/2 the tree before the series', 'pause', '0/2 drm/own: step 1', 'pause', '1/2 drm/own: step 2']);
  });

  test('a_series_without_code_ok', async () => {
    const { report } = await review([{ 'Documentation/a.rst': 'a\n' }, { 'Documentation/a.rst': 'b\n' }]);
    expect(report.checked).toEqual([]);
    expect(report.problems).toEqual([]);
  });
});

describe('pieces for replies', () => {
  test('hunk_quote_and_headers_ok', async () => {
    const bad = put(put(clean, 1, 5, 'bad(1);'), 4, 5, 'bad(4);');
    const { report } = await review([{ [path]: clean }, { [path]: bad }]);
    const one = report.patches[0];
    const finding = one?.introduced[1];
    expect(one).toBeDefined();
    if (one === undefined || finding?.patchLine === undefined) throw new Error('no finding');
    expect(hunkAt(one.patch, finding.patchLine)?.hunk).toBe(one.patch.files[0]?.hunks[1]);
    expect(hunkAt(one.patch, 1)).toBeUndefined();
    const quote = quotePatch(one.patch, [finding.patchLine], 2, 1);
    expect(quote?.fileLines).toEqual([`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`]);
    expect(quote?.hunkLine).toMatch(/^@@ -\d+,7 \+\d+,7 @@/);
    expect(quote?.lines.map((entry) => entry.text)).toEqual([' \tstep(4, 4);', '-\tstep(4, 5);', '+\tbad(4);', ' \tstep(4, 6);']);
    expect(quote?.isCutAbove).toBe(true);
    expect(quote?.isCutBelow).toBe(true);
    expect(replyHeaders(one.patch)).toEqual({
      subject: 'Re: [PATCH 1/1] drm/own: step 1',
      to: 'A Developer <dev@example.org>',
      inReplyTo: '<p1@x>',
      references: '<p1@x>',
      attribution: 'On Mon, 3 Mar 2025 10:00:00 +0100, A Developer wrote:',
    });
  });
});
