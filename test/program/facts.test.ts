import { describe, expect, test } from 'vitest';
import { builtInFacts } from '../../server/src/program/facts.js';
import type { ApiFacts } from '../../server/src/program/types.js';
import { programOf } from './memory.js';

/** Which of the five steps between the generations a header has taken. */
interface Steps {
  readonly rangeFlags: boolean;
  readonly deviceInPages: boolean;
  readonly driverPages: boolean;
  readonly removeUnmaps: boolean;
  readonly setUnmappedTakesPages: boolean;
}

/** A header of our own, in the state after these steps. */
const header = (steps: Steps): string => `
struct drm_device;
struct drm_gpusvm_pages_flags {
	union {
		struct {
			${steps.rangeFlags ? '' : 'u16 migrate_devmem : 1;'}
			u16 unmapped : 1;
			${steps.rangeFlags ? '' : 'u16 partial_unmap : 1;'}
		};
		u16 __flags;
	};
};
struct drm_gpusvm_pages {
	${steps.deviceInPages ? 'struct drm_device *drm;' : ''}
	struct drm_gpusvm_pages_flags flags;
};
${
  steps.rangeFlags
    ? 'struct drm_gpusvm_range_flags { union { struct { u16 migrate_devmem : 1; u16 partial_unmap : 1; }; u16 __flags; }; };'
    : ''
}
struct drm_gpusvm_range {
	struct kref refcount;
	${steps.driverPages ? '' : 'struct drm_gpusvm_pages pages;'}
	${steps.rangeFlags ? 'struct drm_gpusvm_range_flags flags;' : ''}
};
struct drm_gpusvm {
	const char *name;
	${steps.deviceInPages ? '' : 'struct drm_device *drm;'}
};
int drm_gpusvm_init(struct drm_gpusvm *gpusvm, const char *name,
		    ${steps.deviceInPages ? '' : 'struct drm_device *drm, '}struct mm_struct *mm);
void drm_gpusvm_range_remove(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range);
${
  steps.driverPages
    ? 'bool drm_gpusvm_pages_valid(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *pages);'
    : 'int drm_gpusvm_range_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range);'
}
${steps.deviceInPages ? 'static inline void drm_gpusvm_init_pages(struct drm_gpusvm_pages *pages, struct drm_device *drm)\n{\n\tpages->drm = drm;\n}' : ''}
void drm_gpusvm_range_set_unmapped(struct drm_gpusvm_range *range,
				   ${steps.setUnmappedTakesPages ? 'struct drm_gpusvm_pages *pages, unsigned int pages_count,' : ''}
				   const struct mmu_notifier_range *mmu_range);
`;

const core = (steps: Steps): string => `
static void __drm_gpusvm_unmap_pages(struct drm_gpusvm *gpusvm, void *pages)
{
}
static void detach(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range)
{
	${steps.removeUnmaps ? '__drm_gpusvm_unmap_pages(gpusvm, range);' : ''}
	rb_erase(range);
}
void drm_gpusvm_range_remove(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range)
{
	/* __drm_gpusvm_unmap_pages() was here */
	detach(gpusvm, range);
}
`;

const embedded: Steps = { rangeFlags: false, deviceInPages: false, driverPages: false, removeUnmaps: true, setUnmappedTakesPages: false };

const factsOf = async (steps: Steps, withCore = true): Promise<ApiFacts> => {
  const texts: Record<string, string> = { 'include/drm/drm_gpusvm.h': header(steps) };
  if (withCore) texts['drivers/gpu/drm/drm_gpusvm.c'] = core(steps);
  return (await programOf(texts)).program.facts;
};

describe('API facts', () => {
  test('embedded_ok', async () => {
    expect(await factsOf(embedded)).toEqual({
      rangeHasPages: true,
      rangeHasFlags: false,
      migrateDevmemOnRange: false,
      partialUnmapOnRange: false,
      pagesHasDrm: false,
      gpusvmHasDrm: true,
      initTakesDrm: true,
      hasInitPages: false,
      pagesValidExported: false,
      hasRangePageHelpers: true,
      setUnmappedParams: 2,
      removeUnmapsPages: true,
      source: 'include/drm/drm_gpusvm.h',
    });
  });
  test('each_step_turns_its_own_switches_ok', async () => {
    const base = await factsOf(embedded);
    const after = async (step: Partial<Steps>): Promise<Partial<ApiFacts>> => {
      const facts = await factsOf({ ...embedded, ...step });
      return Object.fromEntries(Object.entries(facts).filter(([name, value]) => base[name as keyof ApiFacts] !== value));
    };
    expect(await after({ rangeFlags: true })).toEqual({ rangeHasFlags: true, migrateDevmemOnRange: true, partialUnmapOnRange: true });
    expect(await after({ deviceInPages: true })).toEqual({
      pagesHasDrm: true,
      gpusvmHasDrm: false,
      initTakesDrm: false,
      hasInitPages: true,
    });
    expect(await after({ driverPages: true })).toEqual({ rangeHasPages: false, pagesValidExported: true, hasRangePageHelpers: false });
    expect(await after({ removeUnmaps: false })).toEqual({ removeUnmapsPages: false });
    expect(await after({ setUnmappedTakesPages: true })).toEqual({ setUnmappedParams: 4 });
  });
  test('split_equals_the_built_in_facts_ok', async () => {
    const split: Steps = { rangeFlags: true, deviceInPages: true, driverPages: true, removeUnmaps: false, setUnmappedTakesPages: true };
    expect(await factsOf(split)).toEqual({ ...builtInFacts, source: 'include/drm/drm_gpusvm.h' });
  });
  test('without_the_core_the_header_decides_ok', async () => {
    expect((await factsOf({ ...embedded, removeUnmaps: false }, false)).removeUnmapsPages).toBe(true);
    expect((await factsOf({ ...embedded, driverPages: true }, false)).removeUnmapsPages).toBe(false);
  });
  test('a_lone_file_has_the_newest_ok', async () => {
    const { program } = await programOf({ 'x.c': 'int f(void) { return 0; }' }, { hasTree: false });
    expect(program.facts).toEqual(builtInFacts);
  });
  test('follow_an_edit_of_the_header_ok', async () => {
    const { program } = await programOf({ 'include/drm/drm_gpusvm.h': header(embedded) });
    expect(program.facts.rangeHasFlags).toBe(false);
    program.setText('include/drm/drm_gpusvm.h', header({ ...embedded, rangeFlags: true }));
    expect(program.facts.rangeHasFlags).toBe(true);
    program.setText('include/drm/drm_gpusvm.h', undefined);
    expect(program.facts.rangeHasFlags).toBe(false);
  });
});
