import { describe, expect, test } from 'vitest';
import { type Lined, type LinedBefore, matchFindings, storeTarget } from '../../server/src/review/match.js';
import type { Finding } from '../../server/src/rules/finding.js';

const finding = (more: Partial<Finding>): Finding => ({
  rule: 'rule-a',
  severity: 'error',
  file: 'a.c',
  start: 0,
  end: 1,
  function: 'work',
  message: 'words',
  trace: [],
  fixes: [],
  fingerprint: '0',
  ...more,
});

const after = (line: number, more: Partial<Finding> = {}): Lined => ({
  finding: finding({ fingerprint: `after ${line}`, ...more }),
  line,
  target: '',
});
const before = (newLine: number | undefined, more: Partial<Finding> = {}): LinedBefore => ({
  finding: finding({ fingerprint: `before ${newLine}`, ...more }),
  line: 1,
  target: '',
  newFile: more.file ?? 'a.c',
  newLine,
});

describe('which finding before a patch is the one after it', () => {
  test('of_two_on_one_line_the_one_with_the_same_words_ok', () => {
    const old = [before(5, { message: 'one' }), before(5, { message: 'two' })];
    expect(matchFindings(old, [after(5, { message: 'two' })])).toEqual([1]);
  });

  test('the_fingerprint_tells_rewritten_lines_apart_ok', () => {
    const old = [before(undefined, { fingerprint: 'x' }), before(undefined, { fingerprint: 'y' })];
    expect(matchFindings(old, [after(7, { fingerprint: 'y' }), after(9, { fingerprint: 'x' })])).toEqual([1, 0]);
  });

  test('another_path_to_the_same_defect_is_the_same_ok', () => {
    expect(matchFindings([before(5)], [after(9)])).toEqual([0]);
  });

  test('another_defect_of_the_function_is_new_when_the_old_line_stands_ok', () => {
    expect(matchFindings([before(5, { message: 'one' })], [after(9, { message: 'two' })])).toEqual([undefined]);
  });

  test('a_renamed_function_ok', () => {
    expect(matchFindings([before(undefined)], [after(9, { function: 'renamed' })])).toEqual([0]);
  });

  test('another_function_of_the_same_kind_is_new_when_the_old_line_stands_ok', () => {
    expect(matchFindings([before(5)], [after(9, { function: 'other' })])).toEqual([undefined]);
  });

  test('a_store_to_another_path_is_another_defect_ok', () => {
    const old = { ...before(undefined), target: '.pages.flags.unmapped' };
    expect(matchFindings([old], [{ ...after(9), target: '.flags.unmapped' }])).toEqual([undefined]);
    expect(matchFindings([old], [{ ...after(9), target: '.pages.flags.unmapped' }])).toEqual([0]);
  });

  test('rules_and_files_do_not_mix_ok', () => {
    expect(matchFindings([before(5)], [after(5, { rule: 'rule-b' }), after(5, { file: 'b.c', function: 'other' })])).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('none_is_used_twice_ok', () => {
    expect(matchFindings([before(5)], [after(5), after(5), after(6)])).toEqual([0, undefined, undefined]);
  });

  test('thousands_are_quick_ok', () => {
    const began = performance.now();
    const count = 20_000;
    const matched = matchFindings(
      Array.from({ length: count }, (_, at) => before(at)),
      Array.from({ length: count }, (_, at) => after(count - at)),
    );
    expect(matched.filter((index) => index !== undefined)).toHaveLength(count);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('what a statement stores to', () => {
  const target = (text: string, span: string): string => {
    const start = text.indexOf(span);
    return storeTarget(text, { start, end: start + span.length });
  };
  test.each([
    ['\trange->flags.unmapped = true;', 'range->flags.unmapped', '.flags.unmapped'],
    ['\tr -> flags\n\t\t. unmapped |= 1;', 'r -> flags\n\t\t. unmapped', '.flags.unmapped'],
    ['\tpages[i + 1].flags.x = 0;', 'pages[i + 1].flags.x = 0', '.flags.x'],
    ['\ta->list[n].x <<= 2;', 'a->list[n].x', '.list[].x'],
    ['\tif (a->x == 1)', 'a->x', ''],
    ['\tif (a->x <= 1)', 'a->x', ''],
    ['\tcall(a->x);', 'call(a->x)', ''],
    ['\terr = call(a->x);', 'call(a->x)', ''],
    ['\terr = -EINVAL;', 'err = -EINVAL', ''],
    ['', '', ''],
  ])('of_%j_ok', (text, span, expected) => {
    expect(target(text, span)).toBe(expected);
  });
});
