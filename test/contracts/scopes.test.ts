/** What a tree's tables change in the findings of its driver, and where they count. */
import { describe, expect, test } from 'vitest';
import { analysisOf, folder, found, source } from './tree.js';

const inDriver = (text: object): Readonly<Record<string, string>> => ({
  [`${folder}/gpusvm-contracts.json`]: JSON.stringify({ version: 1, ...text }),
});
const lockTables = {
  locks: [
    { struct: 'struct lumen_vm', member: 'lock', role: 'driver' },
    { struct: 'struct lumen_range', member: 'lock', role: 'notifier' },
  ],
};
const unlink = { name: 'lumen_unlink', words: 'Takes a range off the list.', needs: [{ need: 'held', ref: '0.vm->lock' }] };
const body = 'static void lumen_unlink(struct lumen_range *r)\n{\n\tr->link.next = 0;\n}\n';

describe('a lock that callers must hold', () => {
  const late = `${body}void lumen_drop(struct lumen_range *r)\n{\n\tlumen_unlink(r);\n\tmutex_lock(&r->vm->lock);\n\tr->seq++;\n\tmutex_unlock(&r->vm->lock);\n}\n`;
  const right = `${body}void lumen_drop(struct lumen_range *r)\n{\n\tmutex_lock(&r->vm->lock);\n\tlumen_unlink(r);\n\tmutex_unlock(&r->vm->lock);\n}\n`;
  const other = right.replaceAll('&r->vm->lock', '&r->lock');

  test('called_before_it_is_taken_bad', async () => {
    expect(await found(late, inDriver({ ...lockTables, functions: [unlink] }))).toEqual(['lumen_drop driver-lock-missing']);
  });
  test('called_under_it_ok', async () => {
    expect(await found(right, inDriver({ ...lockTables, functions: [unlink] }))).toEqual([]);
  });
  test('nothing_is_said_without_the_tables_ok', async () => {
    expect(await found(late)).toEqual([]);
  });
  test('a_lock_of_the_same_name_is_another_one_ok', async () => {
    // Nobody says that the other lock is free: the caller may hold it.
    expect(await found(other, inDriver({ ...lockTables, functions: [unlink] }))).toEqual([]);
  });
  test('the_tables_of_another_driver_do_not_count_ok', async () => {
    const elsewhere = { 'drivers/gpu/drm/other/gpusvm-contracts.json': JSON.stringify({ version: 1, ...lockTables, functions: [unlink] }) };
    expect(await found(late, elsewhere)).toEqual([]);
  });
  test('the_tables_in_the_root_count_bad', async () => {
    const root = { 'gpusvm-contracts.json': JSON.stringify({ version: 1, ...lockTables, functions: [unlink] }) };
    expect(await found(late, root)).toEqual(['lumen_drop driver-lock-missing']);
  });
  test('included_tables_count_bad', async () => {
    const files = {
      'gpusvm-contracts.json': JSON.stringify({ version: 1, include: ['tables/lumen.gpusvm-contracts.json'] }),
      'tables/lumen.gpusvm-contracts.json': JSON.stringify({ version: 1, ...lockTables, functions: [unlink] }),
    };
    expect(await found(late, files)).toEqual(['lumen_drop driver-lock-missing']);
  });
});

describe('orders, guarded members, wrappers', () => {
  const pair = (first: string, second: string): string =>
    `void lumen_both(struct lumen_range *r)\n{\n\tmutex_lock(&${first});\n\tmutex_lock(&${second});\n\tr->seq++;\n\tmutex_unlock(&${second});\n\tmutex_unlock(&${first});\n}\n`;
  const orders = { ...lockTables, orders: [['struct lumen_vm.lock', 'struct lumen_range.lock']] };

  test('locks_taken_against_their_order_bad', async () => {
    expect(await found(pair('r->lock', 'r->vm->lock'), inDriver(orders))).toEqual(['lumen_both lock-order']);
  });
  test('locks_taken_in_their_order_ok', async () => {
    expect(await found(pair('r->vm->lock', 'r->lock'), inDriver(orders))).toEqual([]);
  });

  const guarded = { ...lockTables, guarded: [{ struct: 'struct lumen_range', member: 'address', lock: 'struct lumen_range.lock' }] };
  const reads = (lines: string): string => `u64 lumen_read(struct lumen_range *r)\n{\n\tu64 a;\n\n${lines}\treturn a;\n}\n`;
  test('a_guarded_member_read_after_the_lock_was_dropped_bad', async () => {
    expect(await found(reads('\tmutex_lock(&r->lock);\n\tmutex_unlock(&r->lock);\n\ta = r->address;\n'), inDriver(guarded))).toEqual([
      'lumen_read notifier-lock-missing',
    ]);
  });
  test('a_guarded_member_read_under_the_lock_ok', async () => {
    expect(await found(reads('\tmutex_lock(&r->lock);\n\ta = r->address;\n\tmutex_unlock(&r->lock);\n'), inDriver(guarded))).toEqual([]);
  });
  test('a_guarded_member_of_which_only_callers_know_ok', async () => {
    expect(await found(reads('\ta = r->address;\n'), inDriver(guarded))).toEqual([]);
  });

  test('a_wrapper_takes_the_lock_bad', async () => {
    const wrappers = [
      { name: 'lumen_lock', of: 'mutex_lock', arguments: ['0.lock'] },
      { name: 'lumen_unlock', of: 'mutex_unlock', arguments: ['0.lock'] },
    ];
    const code =
      'void lumen_lock(struct lumen_range *r);\nvoid lumen_unlock(struct lumen_range *r);\nint lumen_try(struct lumen_range *r)\n{\n\tlumen_lock(r);\n\tif (r->seq)\n\t\treturn -EAGAIN;\n\tlumen_unlock(r);\n\treturn 0;\n}\n';
    expect(await found(code, inDriver({ ...lockTables, wrappers }))).toEqual(['lumen_try lock-left-held']);
    expect(await found(code)).toEqual([]);
  });
});

test('what_is_wrong_with_the_tables_is_told_with_the_sources_below_bad', async () => {
  const code = 'void lumen_nothing(void)\n{\n}\n';
  expect(await found(code, inDriver({ functions: [{ name: 'x' }] }))).toEqual([
    `${folder}/gpusvm-contracts.json: functions[0]: has no "words"`,
  ]);
  expect(await found(code, { 'gpusvm-contracts.json': '{' })).toEqual(['gpusvm-contracts.json: expected a property name in double quotes']);
  const loop = JSON.stringify({ version: 1, include: ['gpusvm-contracts.json'] });
  expect(await found(code, { 'gpusvm-contracts.json': loop })).toEqual(['gpusvm-contracts.json: gpusvm-contracts.json includes itself']);
});

test('a_struct_that_owns_makes_files_matter_ok', async () => {
  const other = { [`${folder}/lumen_debug.c`]: 'struct lumen_range;\nvoid lumen_show(struct lumen_range *r);\n' };
  const owners = inDriver({ owners: [{ struct: 'struct lumen_range', owns: 'addresses' }] });
  expect((await analysisOf('', other)).relevantFiles('')).not.toContain(`${folder}/lumen_debug.c`);
  expect((await analysisOf('', { ...other, ...owners })).relevantFiles('')).toContain(`${folder}/lumen_debug.c`);
  expect((await analysisOf('', owners)).relevantFiles('')).toContain(source);
});
