import { describe, expect, test } from 'vitest';
import { refactors } from '../../server/src/features/refactors/index.js';
import { drivers, findings, kernel, open, refactor } from './tree.js';

const ID = 'driver-owned-pages';
const ember = { ...kernel('split'), ...drivers.ember };
const source = 'drivers/gpu/drm/ember/ember.c';
const header = 'drivers/gpu/drm/ember/ember.h';
const generations =
  /pages-through-range|flag-on-wrong-owner|removed-range-helper|outdated-api-call|device-through-gpusvm|range-removed-while-mapped|pages-not-initialised|pages-not-freed/;

/** White space squeezed, for comparisons that are not about style. */
const squeezed = (text: string | undefined): string => (text ?? '').replace(/\s+/g, ' ');

async function moved(
  change: (text: string) => string = (text) => text,
): Promise<{ readonly code: string; readonly head: string; readonly notes: readonly string[] }> {
  const before = ember[source] ?? '';
  const { texts, notes } = await refactor(ID, { ...ember, [source]: change(before) });
  return { code: texts[source] ?? '', head: texts[header] ?? '', notes };
}

describe('a driver of the embedded model', () => {
  test('is reported before the move, on a tree of the split one_bad', async () => {
    const found = await findings(ember);
    for (const rule of ['pages-through-range', 'removed-range-helper', 'outdated-api-call'])
      expect(found.some((one) => one.startsWith(rule))).toBe(true);
  });

  test('has none of these findings after it_ok', async () => {
    const { texts } = await refactor(ID, ember);
    expect((await findings(texts)).filter((one) => generations.test(one))).toEqual([]);
  });

  test('the sample driver too_ok', async () => {
    const before = { ...kernel('split'), ...drivers.sample };
    expect((await findings(before)).some((one) => generations.test(one))).toBe(true);
    const { texts } = await refactor(ID, before);
    expect((await findings(texts)).filter((one) => generations.test(one))).toEqual([]);
  });

  test('a second run changes nothing', async () => {
    const { texts } = await refactor(ID, ember);
    expect((await refactor(ID, texts)).edits).toBe(0);
  });
});

describe('the member', () => {
  test('stands behind the base, told of where the others are', async () => {
    const { head } = await moved();
    expect(head).toContain('\tstruct drm_gpusvm_range base;\n\tstruct drm_gpusvm_pages pages;\n');
    expect(head).toMatch(/ \* @base: the range\n \* @pages: .*\n \* @mapped/);
  });

  test('has a comment of its own where the others have', async () => {
    const { texts } = await refactor(ID, { ...kernel('split'), ...drivers.sample });
    expect(texts['drivers/gpu/drm/sample/sample_drv.h']).toMatch(/base;\n\t\/\*\* @pages: .* \*\/\n\tstruct drm_gpusvm_pages pages;\n/);
  });

  test('gets a helper that leads to it, where the driver has none', async () => {
    const { head, code } = await moved();
    expect(squeezed(head)).toContain(
      'static inline struct ember_range *to_ember_range(struct drm_gpusvm_range *range) { return container_of(range, struct ember_range, base); }',
    );
    expect(code).toContain('&to_ember_range(range)->pages');
    const { texts } = await refactor(ID, { ...kernel('split'), ...drivers.sample });
    expect(texts['drivers/gpu/drm/sample/sample_drv.h']?.match(/to_sample_range\(struct/g)).toHaveLength(1);
  });

  test('macros go through it, their backslashes in place', async () => {
    // Wide enough for the shorter text to end before another tab stop.
    const wide = (ember[header] ?? '').replace('notifier_seq,\t\t\t\t\\', 'notifier_seq + 0,\t\t\t\\');
    const { texts } = await refactor(ID, { ...ember, [header]: wide });
    const head = texts[header] ?? '';
    expect(head).toContain('(r__)->pages.notifier_seq + 0,');
    expect(head).toContain('#define ember_range_addr(r__)\t((r__)->pages.dma_addr)');
    const columns = (head.match(/#define ember_range_say[\s\S]*?\n\n/)?.[0] ?? '').split('\n').filter((line) => line.endsWith('\\'));
    const width = (line: string): number => [...line].reduce((at, c) => (c === '\t' ? at + 8 - (at % 8) : at + 1), 0);
    expect(new Set(columns.map(width)).size).toBe(1);
  });
});

describe('the life of the pages', () => {
  test('begins behind the allocation and its check, with the device of the address space', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain(
      'if (!er) return NULL; drm_gpusvm_init_pages(&er->pages, &space_of(gpusvm)->edev->base); return &er->base;',
    );
  });

  test('the device comes from a local of that name', async () => {
    const { code } = await moved((text) =>
      text.replace('struct ember_range *er = kzalloc', 'struct ember_space *space = space_of(gpusvm);\n\tstruct ember_range *er = kzalloc'),
    );
    expect(code).toContain('drm_gpusvm_init_pages(&er->pages, &space->edev->base);');
  });

  test('ends first thing in range_free', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain(
      'ember_range_free(struct drm_gpusvm_range *range) { drm_gpusvm_free_pages(range->gpusvm, &to_ember_range(range)->pages, drm_gpusvm_range_size(range) >> PAGE_SHIFT); kfree(',
    );
  });

  test('the container is freed through its own pointer', async () => {
    const { code } = await moved((text) => text.replace('kfree(container_of(range, struct ember_range, base));', 'kfree(range);'));
    expect(code).toContain('kfree(to_ember_range(range));');
  });

  test('pages are unmapped before their range goes, with braces on both arms', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain(
      'if (gone) { drm_gpusvm_unmap_pages(&space->svm.mirror, &er->pages, drm_gpusvm_range_size(&er->base) >> PAGE_SHIFT, &ctx); drm_gpusvm_range_remove(&space->svm.mirror, &er->base); } else {',
    );
  });

  test('not twice, where the driver unmaps already', async () => {
    const { code } = await moved((text) =>
      text
        .replace(
          'if (gone)\n\t\tdrm_gpusvm_range_remove(&space->svm.mirror, &er->base);\n\telse\n\t\tember_hw_clear(space, drm_gpusvm_range_start(&er->base),\n\t\t\t       drm_gpusvm_range_end(&er->base));',
          'drm_gpusvm_range_unmap_pages(&space->svm.mirror, &er->base, ctx);\n\tdrm_gpusvm_range_remove(&space->svm.mirror, &er->base);',
        )
        .replace('struct ember_range *er, bool gone)', 'struct ember_range *er, const struct drm_gpusvm_ctx *ctx)'),
    );
    const collect = /ember_range_collect[\s\S]*?\n\}/.exec(code)?.[0] ?? '';
    expect(collect.match(/drm_gpusvm_unmap_pages/g)).toHaveLength(1);
  });

  test('all of them before the address space goes', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toMatch(
      /if \(space->dying\) \{ drm_gpusvm_for_each_notifier_safe\(notifier, next, &space->svm\.mirror, 0, LONG_MAX\) \{.*drm_gpusvm_unmap_pages\(.*\} drm_gpusvm_fini\(&space->svm\.mirror\); \}/,
    );
  });

  test('not once more, where a function of the driver does so', async () => {
    const { code } = await moved((text) =>
      text.replace(
        'void ember_space_fini(struct ember_space *space)\n{',
        'static void ember_space_unmap(struct ember_space *space)\n{\n\tstruct drm_gpusvm_ctx ctx = { .in_notifier = false };\n\tstruct drm_gpusvm_notifier *notifier, *next;\n\tstruct drm_gpusvm_range *range, *after;\n\n\tdrm_gpusvm_for_each_notifier_safe(notifier, next, &space->svm.mirror, 0, LONG_MAX)\n\t\tdrm_gpusvm_for_each_range_safe(range, after, notifier, 0, LONG_MAX)\n\t\t\tdrm_gpusvm_range_unmap_pages(&space->svm.mirror, range, &ctx);\n}\n\nvoid ember_space_fini(struct ember_space *space)\n{\n\tember_space_unmap(space);',
      ),
    );
    expect(code.match(/for_each_notifier_safe/g)).toHaveLength(1);
  });

  test('pages of a buffer are initialised before their notifier is inserted, not by hand behind it', async () => {
    const { code } = await moved();
    const watch = /ember_buffer_watch[\s\S]*?\n\}/.exec(code)?.[0] ?? '';
    expect(squeezed(watch)).toContain(
      'struct ember_space *owner = buffer->space; int err; drm_gpusvm_init_pages(&buffer->mem, &owner->edev->base); err = mmu_interval_notifier_insert(',
    );
    expect(watch).not.toContain('LONG_MAX');
    expect(watch).not.toMatch(/\n\n\n/);
  });
});

describe('calls and flags', () => {
  test('a helper becomes the call on pages with what it knew', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain(
      'return drm_gpusvm_get_pages(er->base.gpusvm, &er->pages, er->base.gpusvm->mm, &er->base.notifier->notifier, drm_gpusvm_range_start(&er->base), drm_gpusvm_range_end(&er->base), ctx);',
    );
    expect(squeezed(code)).toContain('drm_gpusvm_range_set_unmapped(range, &to_ember_range(range)->pages, 1, mmu_range);');
  });

  test('the address space is made without a device, and the local that named it goes', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain('drm_gpusvm_init(&space->svm.mirror, "ember", mm, 0, 1UL << 40,');
    expect(code).not.toContain('struct drm_device *drm');
  });

  test('a local that names the device for others too stays', async () => {
    const { code } = await moved((text) => text.replace('\tspace->edev = edev;', '\tdrm_dbg(drm, "ember\\n");\n\tspace->edev = edev;'));
    expect(code).toContain('struct drm_device *drm = &edev->base;');
  });

  test('a read that nothing locks takes the word whole', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain('flags.__flags = READ_ONCE(er->base.flags.__flags); if (force || flags.migrate_devmem)');
  });

  test('a read under the lock stays plain', async () => {
    const { texts } = await refactor(ID, { ...kernel('split'), ...drivers.sample });
    expect(texts['drivers/gpu/drm/sample/sample_flags.c']).toContain('is_gone = range->base.flags.unmapped;');
  });

  test('a read that its own test makes safe is not moved before it', async () => {
    const { code, notes } = await moved((text) => text.replace('force || er->base.pages', 'er && er->base.pages'));
    expect(code).toContain('if (er && er->base.flags.migrate_devmem)');
    expect(notes.some((note) => note.includes('READ_ONCE'))).toBe(true);
  });

  test('a copy with flags of both owners is given a twin', async () => {
    const { code } = await moved();
    expect(squeezed(code)).toContain(
      '.__flags = READ_ONCE(er->pages.flags.__flags), }; struct drm_gpusvm_range_flags range_flags = { .__flags = READ_ONCE(er->base.flags.__flags), };',
    );
    expect(code).toContain('range_flags.migrate_devmem && flags.has_devmem_pages');
  });

  test('a copy with flags of the range alone changes its type, and so does what is written back', async () => {
    const { texts } = await refactor(ID, { ...kernel('split'), ...drivers.sample });
    expect(squeezed(texts['drivers/gpu/drm/sample/sample_flags.c'])).toContain(
      'struct drm_gpusvm_range_flags flags; lockdep_assert_held_write(&range->base.gpusvm->notifier_lock); flags.__flags = range->base.flags.__flags; flags.partial_unmap = true; WRITE_ONCE(range->base.flags.__flags, flags.__flags);',
    );
  });

  test('comments name things as they are called now', async () => {
    const { code } = await moved();
    expect(code).toContain("/* Unmaps with drm_gpusvm_unmap_pages(), so that er->pages.dma_addr is nobody's. */");
  });

  test('what stands in for the range where the feature is off changes with it', async () => {
    const head = (ember[header] ?? '').replace(
      '\n#endif\n',
      `\n#if IS_ENABLED(CONFIG_DRM_EMBER)\n#else\nstruct ember_range {\n\tstruct {\n\t\tstruct list_head link;\n\t\tstruct {\n\t\t\tconst void *dma_addr;\n\t\t} pages;\n\t} base;\n};\n#endif\n\n#endif\n`,
    );
    const { texts } = await refactor(ID, { ...ember, [header]: head });
    expect(texts[header]).toContain(
      '\tstruct {\n\t\tstruct list_head link;\n\t} base;\n\tstruct {\n\t\tconst void *dma_addr;\n\t} pages;\n};',
    );
  });
});

describe('what is left alone', () => {
  test('a driver that owns its pages', async () => {
    const { edits } = await refactor(ID, { ...kernel('split'), ...drivers.split });
    expect(edits).toBe(0);
  });

  test('a tree whose ranges own pages, with a word why', async () => {
    const { edits, notes } = await refactor(ID, { ...kernel('embedded'), ...drivers.sample });
    expect(edits).toBe(0);
    expect(notes.join()).toContain('nothing to move to');
  });

  test('a driver without a struct of its own, with a word why', async () => {
    const bare = '#include <drm/drm_gpusvm.h>\nvoid bare_fini(struct drm_gpusvm *svm)\n{\n\tdrm_gpusvm_fini(svm);\n}\n';
    const { edits, notes } = await refactor(ID, { ...kernel('split'), 'drivers/gpu/drm/bare/bare.c': bare });
    expect(edits).toBe(0);
    expect(notes.join()).toContain('no struct of this driver embeds');
  });

  test('the analysis: texts are as they were', async () => {
    const analysis = await open(ember);
    const overlay = `/* typed */\n${ember[source] ?? ''}`;
    analysis.setText(source, overlay);
    const run = () => refactors.find((one) => one.id === ID)?.run(analysis, [source]);
    const first = run();
    expect(analysis.program.file(source)?.text).toBe(overlay);
    expect(run()).toEqual(first);
  });
});
