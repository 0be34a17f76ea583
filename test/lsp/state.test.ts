/** States in words at places of the sample driver, as hovers and the lifecycle view show them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeContracts } from '../../server/src/contracts/index.js';
import type { Analysis, StateAt } from '../../server/src/features/analysis.js';
import { hintsIn } from '../../server/src/features/hints.js';
import { lifecycleView } from '../../server/src/features/lifecycle-view.js';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';
import { createNodeHost } from '../../server/src/host/node-host.js';

const tree = resolve('test/fixtures/kernel');
const path = 'drivers/gpu/drm/sample/sample_svm.c';
const text = readFileSync(join(tree, path), 'utf8');
let analysis: Analysis;
beforeAll(async () => {
  analysis = await createAnalysis({ host: createNodeHost(tree), hasTree: true, wasm: readWasm() });
});

/** State before the statement that holds the n-th occurrence of a word inside a function. */
function before(fn: string, word: string): StateAt | undefined {
  const start = text.indexOf(`${fn}(`, text.search(new RegExp(`^\\w[^;{]*\\b${fn}\\([^;]*\\n\\{`, 'm')));
  return analysis.stateAt(path, text.indexOf(word, text.indexOf('\n{', start)));
}

describe('state before a statement', () => {
  test('a_wrapped_lock_is_held_after_it_and_not_before_ok', () => {
    expect(before('sample_range_commit', 'sample_notifier_lock')?.locks).toEqual([]);
    expect(before('sample_range_commit', 'drm_gpusvm_pages_valid')?.locks).toEqual([
      { name: 'vm->svm.notifier_lock', mode: 'held for read' },
    ]);
    expect(before('sample_range_commit', 'return err')?.locks).toEqual([]);
  });

  test('pages_that_are_valid_are_mapped_on_one_side_of_the_branch_ok', () => {
    expect(before('sample_range_commit', 'goto unlock')?.objects).toContainEqual({ name: 'range->pages', state: 'unmapped' });
    expect(before('sample_range_commit', 'sample_for_each_engine')?.objects).toContainEqual({ name: 'range->pages', state: 'mapped' });
    expect(before('sample_range_commit', 'sample_notifier_unlock')?.objects).toContainEqual({
      name: 'range->pages',
      state: 'mapped or unmapped',
    });
  });

  test('outside_functions_nothing_is_known_ok', () => {
    expect(analysis.stateAt(path, 0)).toBeUndefined();
    expect(analysis.stateAt('none.c', 0)).toBeUndefined();
  });
});

test('the_lifecycle_view_shows_what_changes_and_marks_it_ok', () => {
  const offset = text.search(/drm_gpusvm_pages_valid/);
  const view = lifecycleView(analysis, makeContracts(), path, offset, []);
  const lock = view?.steps.findIndex((step) => step.text.includes('sample_notifier_lock')) ?? -1;
  expect(lock).toBeGreaterThanOrEqual(0);
  expect(view?.steps[lock + 1]?.locks).toContainEqual(expect.objectContaining({ mode: 'held for read', isChanged: true }));
  expect(view?.steps.some((step) => step.kind === 'return')).toBe(true);
});

test('inlay_hints_say_the_lock_after_a_call_that_takes_it_ok', () => {
  const hints = hintsIn({
    analysis,
    path,
    range: { start: 0, end: text.length },
    withState: true,
    withLocks: true,
  });
  expect(hints.some((hint) => hint.kind === 'state' && /mapped|initialised|freed|unmapped/.test(hint.text))).toBe(true);
  expect(hints.some((hint) => hint.kind === 'locks' && hint.text === 'held: vm->svm.notifier_lock held for read')).toBe(true);
  for (const hint of hints) expect(text.slice(0, hint.offset)).toMatch(/;$/);
});
