/** Locks that a function's own declaration or comment asks of its callers. */
import { describe, expect, test } from 'vitest';
import { declaredLocks } from '../../server/src/flow/declared.js';
import type { FunctionDef } from '../../server/src/program/types.js';
import { analysisOf, folder, found, source } from './tree.js';

async function locksOf(head: string, params: string): Promise<readonly string[]> {
  const { program } = await analysisOf(`${head}\nvoid lumen_told(${params})\n{\n}\n`);
  const file = program.file(source);
  const fn: FunctionDef | undefined = file === undefined ? undefined : program.functionsIn(file).find((one) => one.name === 'lumen_told');
  return fn === undefined
    ? ['no function']
    : declaredLocks(fn, program).map(
        ({ need, isProse }) => `${need.ref}${need.mode === undefined ? '' : ` ${need.mode}`}${isProse ? '' : ' !'}`,
      );
}
const doc = (sentence: string): string => `/**\n * lumen_told - Does it\n * @r: the range\n *\n * ${sentence}\n */`;

describe('sentences that name a lock', () => {
  test.each([
    ['Context: The caller must hold vm->lock.', '0.vm->lock'],
    ['Caller must hold r->vm->lock.', '0.vm->lock'],
    ['Must be called with &lumen_vm.lock held.', ''],
    ['Must be called with @r->lock held, as the notifier does.', '0.lock'],
    ['Called with the vm->lock and r->lock held.', '0.vm->lock 0.lock'],
    ['Context: Process context, caller must hold vm->lock', '0.vm->lock'],
    ['The vm->lock must be held by the caller.', '0.vm->lock'],
    ['The caller must hold struct lumen_range::lock for write.', '0.lock write'],
  ])('%s_ok', async (sentence, expected) => {
    expect((await locksOf(doc(sentence), 'struct lumen_range *r')).join(' ')).toBe(expected);
  });

  test('the_mmap_lock_of_a_parameter_ok', async () => {
    expect(await locksOf(doc('The caller must hold the mmap lock for read.'), 'struct lumen_range *r, struct mm_struct *mm')).toEqual([
      '1.mmap_lock',
    ]);
    expect(await locksOf(doc('The caller must hold the notifier lock.'), 'struct drm_gpusvm *svm')).toEqual(['0.notifier_lock']);
  });
});

describe('sentences that can be read otherwise say nothing', () => {
  test.each([
    'The caller must not hold vm->lock.',
    'The caller must hold vm->lock or r->lock.',
    'The caller must hold vm->lock unless the range is new.',
    'If the caller holds vm->lock, it must hold r->lock too.',
    'The caller should hold vm->lock.',
    'The caller must hold a reference.',
    'The caller must hold seq.',
    'The caller must hold vm.lock.',
    'Takes vm->lock.',
    'Forcewake must be held by the caller.',
    'The caller must hold either vm->lock or the other one.',
    'Must be called without vm->lock held.',
    'The caller must hold q->lock.',
  ])('%s_ok', async (sentence) => {
    expect(await locksOf(doc(sentence), 'struct lumen_range *r')).toEqual([]);
  });

  test('a_name_that_two_parameters_have_ok', async () => {
    expect(await locksOf(doc('The caller must hold vm->lock.'), 'struct lumen_range *r, struct lumen_range *other')).toEqual([]);
  });
});

test('an_annotation_is_a_fact_ok', async () => {
  expect(await locksOf('', 'struct lumen_range *r) __must_hold(&r->vm->lock')).toEqual(['0.vm->lock !']);
});

describe('what a comment asks is looked at where the function is called', () => {
  const tables = {
    [`${folder}/gpusvm-contracts.json`]: JSON.stringify({
      version: 1,
      locks: [{ struct: 'struct lumen_vm', member: 'lock', role: 'driver' }],
    }),
  };
  const callee = `${doc('Context: The caller must hold vm->lock.')}\nstatic void lumen_told(struct lumen_range *r)\n{\n\tr->seq = 1;\n}\n`;
  const caller = (lines: string): string => `${callee}void lumen_call(struct lumen_range *r)\n{\n${lines}}\n`;
  const lock = '\tmutex_lock(&r->vm->lock);\n';
  const unlock = '\tmutex_unlock(&r->vm->lock);\n';

  test('called_after_the_lock_was_dropped_bad', async () => {
    expect(await found(caller(`${lock}${unlock}\tlumen_told(r);\n`), tables)).toEqual(['lumen_call driver-lock-missing']);
  });
  test('called_under_the_lock_ok', async () => {
    expect(await found(caller(`${lock}\tlumen_told(r);\n${unlock}`), tables)).toEqual([]);
  });
  test('a_comment_alone_makes_no_deadlock_ok', async () => {
    // The comment may be older than the code: that the function takes the lock itself is what counts.
    const stale = callee.replace('\tr->seq = 1;\n', `${lock}\tr->seq = 1;\n${unlock}`);
    expect(await found(`${stale}void lumen_call(struct lumen_range *r)\n{\n\tlumen_told(r);\n}\n`, tables)).toEqual([]);
  });
  test('an_edit_of_the_comment_alone_is_seen_bad', async () => {
    const before = caller(`${lock}${unlock}\tlumen_told(r);\n`);
    const analysis = await analysisOf(before.replace('Context: The caller must hold vm->lock.', 'Context: Any context.'), tables);
    const rules = (): readonly string[] => analysis.check([source]).findings.map((one) => one.rule);
    expect(rules()).toEqual([]);
    const text = analysis.program.file(source)?.text ?? '';
    analysis.setText(source, text.replace('Context: Any context.', 'Context: The caller must hold vm->lock.'));
    expect(rules()).toEqual(['driver-lock-missing']);
  });
});
