/** Rules about the interface's generations on a file without a tree: the newest generation is the measure, types are known by name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';

const modules = join(import.meta.dirname, '../../node_modules');
const wasm = {
  runtime: readFileSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
};

async function found(text: string): Promise<string[]> {
  const host = { read: (path: string) => (path === 'lone.c' ? text : undefined), list: () => [] };
  const analysis = await createAnalysis({ host, hasTree: false, wasm });
  return analysis.check(['lone.c']).findings.map((finding) => `${text.slice(0, finding.start).split('\n').length} ${finding.rule}`);
}

const include = '#include <drm/drm_gpusvm.h>\n';

it('code_for_the_embedded_generation_is_reported_by_name_bad', async () => {
  expect(
    await found(`${include}
int tin_map(struct drm_gpusvm *svm, struct drm_gpusvm_range *r, struct drm_gpusvm_ctx *ctx)
{
	if (r->pages.dma_addr)
		return 0;
	pr_debug("%p\\n", svm->drm);
	return drm_gpusvm_range_get_pages(svm, r, ctx);
}

void tin_mark(struct drm_gpusvm_range *r, const struct mmu_notifier_range *mmu_range)
{
	lockdep_assert_held_write(&r->gpusvm->notifier_lock);
	drm_gpusvm_range_set_unmapped(r, mmu_range);
}
`),
  ).toEqual(['5 pages-through-range', '7 device-through-gpusvm', '8 removed-range-helper', '14 outdated-api-call']);
});

it('code_for_the_newest_generation_is_silent_ok', async () => {
  expect(
    await found(`${include}
struct tin_range {
	struct drm_gpusvm_range base;
	struct drm_gpusvm_pages pages;
};

void tin_mark(struct tin_range *range, const struct mmu_notifier_range *mmu_range)
{
	lockdep_assert_held_write(&range->base.gpusvm->notifier_lock);
	drm_gpusvm_range_set_unmapped(&range->base, &range->pages, 1, mmu_range);
}
`),
  ).toEqual([]);
});
