import { describe, expect, test } from 'vitest';
import { applySuppressions, suppressionsOf } from '../../server/src/features/suppressions.js';
import type { Finding } from '../../server/src/rules/finding.js';
import { outline } from '../../server/src/syntax/outline.js';

const fileOf = (text: string): Parameters<typeof suppressionsOf>[0] => ({
  path: 'a.c',
  text,
  outline: outline(text, { isEnabled: () => undefined }),
});

/** A finding of a rule at the first occurrence of a word. */
function at(text: string, word: string, rule = 'error-swallowed'): Finding {
  const start = text.indexOf(word);
  return {
    rule,
    severity: 'error',
    file: 'a.c',
    start,
    end: start + word.length,
    function: 'f',
    message: 'm',
    trace: [],
    fixes: [],
    fingerprint: 'f',
  };
}
const rest = (text: string, findings: readonly Finding[], isWhole = true): readonly string[] =>
  applySuppressions(fileOf(text), findings, isWhole).map((finding) => finding.rule);

const include = '#include "a.h"\n\n';

describe('what a suppression covers', () => {
  test.each([
    ['line', `${include}int f(void)\n{\n\tbad(); /* gpusvm-ignore(error-swallowed): known */\n\tbad2();\n}\n`],
    ['next', `${include}int f(void)\n{\n\t/* gpusvm-ignore(error-swallowed): known */\n\tbad(a,\n\t    b);\n\tbad2();\n}\n`],
    ['function', `${include}/* gpusvm-ignore(error-swallowed): known */\nint f(void)\n{\n\tbad();\n}\n\nint g(void)\n{\n\tbad2();\n}\n`],
  ])('its_%s_only_ok', (scope, text) => {
    expect(suppressionsOf(fileOf(text)).map((one) => one.scope)).toEqual([scope]);
    expect(rest(text, [at(text, 'bad(')])).toEqual([]);
    expect(rest(text, [at(text, 'bad('), at(text, 'bad2(')])).toEqual(['error-swallowed']);
  });

  test('the_file_when_it_stands_first_ok', () => {
    const text = `/* gpusvm-ignore(error-swallowed): generated code */\n${include}int f(void)\n{\n\tbad();\n}\n`;
    expect(suppressionsOf(fileOf(text))[0]?.scope).toBe('file');
    expect(rest(text, [at(text, 'bad(')])).toEqual([]);
  });

  test('other_rules_and_other_files_stay_bad', () => {
    const text = `${include}int f(void)\n{\n\tbad(); /* gpusvm-ignore(error-swallowed): known */\n}\n`;
    expect(rest(text, [at(text, 'bad('), at(text, 'bad(', 'result-ignored')])).toEqual(['result-ignored']);
    expect(rest(text, [at(text, 'bad('), { ...at(text, 'bad('), file: 'b.h' }])).toEqual(['error-swallowed']);
  });

  test('several_rules_in_one_ok', () => {
    const text = `${include}int f(void)\n{\n\tbad(); /* gpusvm-ignore(error-swallowed, result-ignored): known */\n}\n`;
    expect(rest(text, [at(text, 'bad('), at(text, 'bad(', 'result-ignored')])).toEqual([]);
  });
});

describe('misuse is reported', () => {
  const one = (comment: string): { readonly text: string; readonly found: readonly Finding[] } => {
    const text = `${include}int f(void)\n{\n\t${comment}\n\tbad();\n}\n`;
    return { text, found: applySuppressions(fileOf(text), [], true) };
  };
  test('without_effect_it_is_reported_and_the_fix_takes_its_line_away_bad', () => {
    const { text, found } = one('/* gpusvm-ignore(error-swallowed): known */');
    expect(found.map((finding) => finding.message)).toEqual([expect.stringContaining('no error-swallowed is reported here')]);
    const edit = found[0]?.fixes[0]?.edits[0];
    expect(edit === undefined ? '' : text.slice(0, edit.start) + edit.newText + text.slice(edit.end)).toBe(
      `${include}int f(void)\n{\n\tbad();\n}\n`,
    );
  });
  test('unknown_rule_bad', () =>
    expect(one('/* gpusvm-ignore(no-such-rule): x */').found[0]?.message).toContain('no-such-rule is no rule'));
  test('no_rule_bad', () => expect(one('/* gpusvm-ignore(): x */').found[0]?.message).toContain('no rule is named'));
  test('no_reason_bad', () => {
    const text = `${include}int f(void)\n{\n\tbad(); /* gpusvm-ignore(error-swallowed) */\n}\n`;
    expect(applySuppressions(fileOf(text), [at(text, 'bad(')], true).map((finding) => finding.message)).toEqual([
      expect.stringContaining('no reason'),
    ]);
  });
  test('with_some_rules_only_nothing_is_said_of_use_ok', () => {
    const text = `${include}int f(void)\n{\n\tbad(); /* gpusvm-ignore(error-swallowed): known */\n}\n`;
    expect(rest(text, [], false)).toEqual([]);
  });
  test('prose_about_suppressions_is_none_ok', () => expect(one('/* write gpusvm-ignore to hide it */').found).toEqual([]));
});
