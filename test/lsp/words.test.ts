/** The tables of words against what they speak of: anchors of the lifecycle page, and the contracts. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { makeContracts } from '../../server/src/contracts/index.js';
import { functionWords, lives, memberWords, pairs, roleWords, stagePhrases, typeWords } from '../../server/src/contracts/words.js';
import { defaultSettings, readSettings, settingRows } from '../../server/src/features/settings.js';
import { statePictures } from '../../server/src/features/state-pictures.js';
import { catalogue } from '../../server/src/rules/catalogue.js';

const page = readFileSync(resolve('docs/lifecycle.md'), 'utf8');

test('every_anchor_that_lenses_and_hovers_open_is_on_the_page_ok', () => {
  const anchors = [
    ...Object.values(functionWords).map((words) => words.anchor),
    ...Object.values(typeWords).map((words) => words.anchor),
    ...Object.values(memberWords).map((entry) => entry.words.anchor),
    ...Object.values(roleWords).map((words) => words.anchor),
    ...Object.values(lives).map((life) => life.anchor),
    ...catalogue.map((rule) => rule.lifecycle),
  ];
  expect(anchors.length).toBeGreaterThan(60);
  expect([...new Set(anchors)].filter((anchor) => !page.includes(`id="${anchor}"`))).toEqual([]);
});

test('every_stage_has_a_phrase_and_no_name_stands_on_both_sides_of_a_pair_ok', () => {
  expect(Object.values(functionWords).filter((words) => stagePhrases[words.stage] === undefined)).toEqual([]);
  expect(pairs.filter(([begin, end]) => begin.some((name) => end.includes(name)))).toEqual([]);
});

test('pictures_name_a_call_for_every_state_that_is_reached_ok', () => {
  for (const picture of statePictures(makeContracts())) {
    expect(picture.graph.edges.filter((edge) => edge.label === '').map((edge) => `${picture.name}: ${edge.from} to ${edge.to}`)).toEqual(
      [],
    );
  }
});

test('settings_are_read_nested_and_flat_and_wrong_values_are_named_bad', () => {
  expect(readSettings({ diagnostics: { scope: 'tree' } }).settings.scope).toBe('tree');
  expect(readSettings({ 'diagnostics.scope': 'tree' }).settings.scope).toBe('tree');
  expect(readSettings({ diagnostics: { scope: 'all' } })).toEqual({
    settings: defaultSettings,
    problems: ['gpusvm.diagnostics.scope: "all" is not one of its values'],
  });
  expect(readSettings({ rules: { 'error-swallowed': 'loud' } }).problems).toHaveLength(1);
  expect(readSettings('nonsense')).toEqual({ settings: defaultSettings, problems: [] });
  for (const row of settingRows) expect(row.isValid(row.default)).toBe(true);
  expect(settingRows.length).toBeLessThan(20);
});
