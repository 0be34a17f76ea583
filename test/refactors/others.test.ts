import { describe, expect, test } from 'vitest';
import { drivers, findings, kernel, refactor } from './tree.js';

const squeezed = (text: string | undefined): string => (text ?? '').replace(/\s+/g, ' ');
const head =
  '#include <linux/cleanup.h>\n#include <linux/compiler.h>\n#include <linux/lockdep.h>\n#include <linux/rwsem.h>\n#include <drm/drm_gpusvm.h>\n\nstruct wisp_vm {\n\tstruct drm_gpusvm svm;\n\tint count;\n};\n\n';
const path = 'drivers/gpu/drm/wisp/wisp.c';

async function run(id: string, code: string): Promise<{ readonly code: string; readonly notes: readonly string[] }> {
  const { texts, notes } = await refactor(id, { ...kernel('split'), [path]: head + code });
  return { code: (texts[path] ?? '').slice(head.length), notes };
}

describe('pages-per-device', () => {
  const ported = async (name: 'ember' | 'sample') => (await refactor('driver-owned-pages', { ...kernel('split'), ...drivers[name] })).texts;
  const lifecycle = /^(?:pages-|range-removed|notifier-leaves|memory-leak|outdated-api|pages-count)/;

  for (const name of ['ember', 'sample'] as const) {
    test(`${name}: nothing is reported that was not before_ok`, async () => {
      const before = await ported(name);
      const known = new Set(await findings(before));
      const { texts } = await refactor('pages-per-device', before);
      expect((await findings(texts)).filter((one) => !known.has(one) && lifecycle.test(one))).toEqual([]);
    });
  }

  test('the member becomes a union beside its count, with a way to the first entry', async () => {
    const { texts } = await refactor('pages-per-device', await ported('ember'));
    const header = squeezed(texts['drivers/gpu/drm/ember/ember.h']);
    expect(header).toContain('unsigned int num_pages; union { struct drm_gpusvm_pages inline_pages; struct drm_gpusvm_pages *pages; };');
    expect(header).toContain('return range->num_pages > 1 ? range->pages : &range->inline_pages;');
    expect(header).toContain('* @inline_pages:');
  });

  test('entries are allocated zeroed, initialised, and freed with their array', async () => {
    const { texts } = await refactor('pages-per-device', await ported('ember'));
    const code = squeezed(texts['drivers/gpu/drm/ember/ember.c']);
    expect(code).toContain(
      'er->pages = kcalloc(er->num_pages, sizeof(*er->pages), GFP_KERNEL); if (!er->pages) { kfree(er); return NULL; }',
    );
    expect(code).toContain(
      'for (unsigned int i = 0; i < er->num_pages; i++) drm_gpusvm_init_pages(&ember_range_pages(er)[i], ember_space_device(space_of(gpusvm), i));',
    );
    expect(code).toContain('if (to_ember_range(range)->num_pages > 1) kfree(to_ember_range(range)->pages);');
  });

  test('a result ends the loop at the first error', async () => {
    const { texts } = await refactor('pages-per-device', await ported('ember'));
    expect(squeezed(texts['drivers/gpu/drm/ember/ember.c'])).toMatch(
      /int err = drm_gpusvm_get_pages\([^;]*\); if \(err\) return err; \} return 0;/,
    );
    const sample = await refactor('pages-per-device', await ported('sample'));
    expect(squeezed(sample.texts['drivers/gpu/drm/sample/sample_svm.c'])).toMatch(
      /err = drm_gpusvm_get_pages\([^;]*\[i\][^;]*\); if \(err\) break; \}/,
    );
  });

  test('the mark is given the array and its count', async () => {
    const { texts } = await refactor('pages-per-device', await ported('sample'));
    expect(squeezed(texts['drivers/gpu/drm/sample/sample_gc.c'])).toContain(
      'drm_gpusvm_range_set_unmapped(&range->base, sample_range_pages(range), range->num_pages, mmu_range);',
    );
  });

  test('what reads one entry is told', async () => {
    const { notes } = await refactor('pages-per-device', await ported('sample'));
    expect(notes.some((note) => note.includes('first device'))).toBe(true);
  });

  test('a driver that has an array already is left alone', async () => {
    const { texts } = await refactor('pages-per-device', await ported('ember'));
    expect((await refactor('pages-per-device', texts)).edits).toBe(0);
  });
});

describe('scoped-notifier-lock', () => {
  test('to the end of the function by a guard', async () => {
    const { code } = await run(
      'scoped-notifier-lock',
      'int wisp_count(struct wisp_vm *vm)\n{\n\tint count;\n\n\tdrm_gpusvm_notifier_lock(&vm->svm);\n\tcount = vm->count;\n\tdrm_gpusvm_notifier_unlock(&vm->svm);\n\n\treturn count;\n}\n',
    );
    expect(code).toBe(
      'int wisp_count(struct wisp_vm *vm)\n{\n\tint count;\n\n\tguard(rwsem_read)(&vm->svm.notifier_lock);\n\tcount = vm->count;\n\n\treturn count;\n}\n',
    );
  });

  test('a part of it by a block', async () => {
    const { code } = await run(
      'scoped-notifier-lock',
      'void wisp_add(struct wisp_vm *vm)\n{\n\tdown_write(&vm->svm.notifier_lock);\n\tvm->count++;\n\tvm->count++;\n\tup_write(&vm->svm.notifier_lock);\n\twisp_done(vm);\n}\n',
    );
    expect(code).toContain(
      '\tscoped_guard(rwsem_write, &vm->svm.notifier_lock) {\n\t\tvm->count++;\n\t\tvm->count++;\n\t}\n\twisp_done(vm);\n',
    );
  });

  test('a section that is left in its middle stays', async () => {
    const text =
      'int wisp_take(struct wisp_vm *vm)\n{\n\tdown_read(&vm->svm.notifier_lock);\n\tif (!vm->count) {\n\t\tup_read(&vm->svm.notifier_lock);\n\t\treturn -ENOENT;\n\t}\n\tup_read(&vm->svm.notifier_lock);\n\treturn 0;\n}\n';
    const { code, notes } = await run('scoped-notifier-lock', text);
    expect(code).toBe(text);
    expect(notes.join()).toContain('left as it is');
  });

  test('a value that is read after the unlock does not come under the lock', async () => {
    const text =
      'int wisp_sum(struct wisp_vm *vm)\n{\n\tdown_read(&vm->svm.notifier_lock);\n\tvm->count++;\n\tup_read(&vm->svm.notifier_lock);\n\n\treturn wisp_slow(vm);\n}\n';
    expect((await run('scoped-notifier-lock', text)).code).toContain(
      'scoped_guard(rwsem_read, &vm->svm.notifier_lock)\n\t\tvm->count++;\n\n\treturn wisp_slow(vm);',
    );
  });

  test('a wrapper with an empty twin stays', async () => {
    const text =
      '#ifdef CONFIG_WISP\n#define wisp_lock(vm__) drm_gpusvm_notifier_lock(&(vm__)->svm)\n#define wisp_unlock(vm__) drm_gpusvm_notifier_unlock(&(vm__)->svm)\n#else\n#define wisp_lock(vm__) do { } while (0)\n#define wisp_unlock(vm__) do { } while (0)\n#endif\nvoid wisp_add(struct wisp_vm *vm)\n{\n\twisp_lock(vm);\n\tvm->count++;\n\twisp_unlock(vm);\n}\n';
    const { code, notes } = await run('scoped-notifier-lock', text);
    expect(code).toBe(text);
    expect(notes.join()).toContain('wisp_lock');
  });

  test('other locks are none of its business', async () => {
    const text =
      'void wisp_add(struct wisp_vm *vm, struct rw_semaphore *sem)\n{\n\tdown_write(sem);\n\tvm->count++;\n\tup_write(sem);\n}\n';
    expect((await run('scoped-notifier-lock', text)).code).toBe(text);
  });
});

describe('split-error-label', () => {
  const body = (cleanup: string): string =>
    `int wisp_map(struct wisp_vm *vm);\nvoid wisp_stats(struct wisp_vm *vm);\n\nint wisp_fault(struct wisp_vm *vm)\n{\n\tint err;\n\n\tif (vm->count)\n\t\tgoto out;\n\n\terr = drm_gpusvm_get_pages(&vm->svm, NULL, NULL, NULL, 0, 0, NULL);\n\tif (err) {\n\t\tvm->count = 0;\n\t\tgoto out;\n\t}\n\tvm->count = 1;\n\nout:\n${cleanup}\treturn 0;\n}\n`;

  test('errors go to a label of their own, with the same clean-up', async () => {
    expect(await findings({ ...kernel('split'), [path]: head + body('\twisp_stats(vm);\n') })).toContain('error-swallowed in wisp_fault');
    const { code } = await run('split-error-label', body('\twisp_stats(vm);\n'));
    expect(code).toContain('\t\tvm->count = 0;\n\t\tgoto err_out;\n');
    expect(code).toContain('out:\n\twisp_stats(vm);\n\treturn 0;\n\nerr_out:\n\twisp_stats(vm);\n\treturn err;\n}');
    expect(code).toContain('if (vm->count)\n\t\tgoto out;');
  });

  test('without a clean-up they return', async () => {
    const { code } = await run('split-error-label', body(''));
    expect(code).toContain('\t\tvm->count = 0;\n\t\treturn err;\n');
  });
});

describe('read-flags-once', () => {
  const reader = (locks: string): string =>
    `bool wisp_wants(struct wisp_vm *vm, struct drm_gpusvm_range *range)\n{\n${locks}\tif (range->flags.migrate_devmem)\n\t\treturn true;\n\n\treturn range->flags.unmapped;\n}\n`;

  test('each statement that reads without the lock takes the word whole', async () => {
    const text = reader('\tlockdep_assert_not_held(&range->gpusvm->notifier_lock);\n\n');
    expect(await findings({ ...kernel('split'), [path]: head + text })).toContain('flags-plain-read in wisp_wants');
    const { code } = await run('read-flags-once', text);
    expect(squeezed(code)).toContain('flags.__flags = READ_ONCE(range->flags.__flags); if (flags.migrate_devmem)');
    expect(squeezed(code)).toContain('flags.__flags = READ_ONCE(range->flags.__flags); return flags.unmapped;');
  });

  test('nothing changes under the lock_ok', async () => {
    const text = reader('\tlockdep_assert_held(&range->gpusvm->notifier_lock);\n\n');
    expect((await run('read-flags-once', text)).code).toBe(text);
  });
});
