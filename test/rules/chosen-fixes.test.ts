/** Which fix is chosen where several would take the finding away: the one that a maintainer would write. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';
import { examplePath, treeHost } from './tree.js';

const modules = join(import.meta.dirname, '../../node_modules');
const wasm = {
  runtime: readFileSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
};

async function titles(rule: string, code: string): Promise<readonly (readonly string[])[]> {
  const analysis = await createAnalysis({ host: treeHost('split', code), hasTree: true, wasm });
  return analysis
    .check([examplePath])
    .findings.filter((finding) => finding.rule === rule)
    .map((finding) => finding.fixes.map((fix) => fix.title));
}

it('a_jump_leads_to_the_label_of_failures_and_never_back_to_a_retry_bad', async () => {
  const code = `int aur_range_again(struct aur_vm *vm, struct aur_range *range, const struct drm_gpusvm_ctx *ctx)
{
	int err;

	aur_assert_locked(vm);

retry:
	err = aur_gc(vm);
	if (err)
		return err;

	err = drm_gpusvm_get_pages(&vm->svm, &range->pages, vm->svm.mm, &range->base.notifier->notifier,
				   drm_gpusvm_range_start(&range->base), drm_gpusvm_range_end(&range->base), ctx);
	if (err) {
		drm_dbg(&vm->aur->drm, "no pages\\n");
		goto out;
	}

	err = aur_pt_bind(vm, range);
	if (err)
		goto err_out;

out:
	WRITE_ONCE(range->stale, 0);
	return 0;

err_out:
	if (err == -EAGAIN)
		goto retry;

	return err;
}
`;
  expect(await titles('error-swallowed', code)).toEqual([['Jump to `err_out`, which returns `err`']]);
});

it('an_early_return_becomes_a_jump_to_the_label_that_unlocks_bad', async () => {
  const code = `int aur_range_zap(struct aur_vm *vm, struct aur_range *range)
{
	int err = 0;

	aur_notifier_lock(vm);
	if (!range->bound)
		goto unlock;
	if (range->stale)
		return -EAGAIN;
	aur_pt_zap(vm, drm_gpusvm_range_start(&range->base), drm_gpusvm_range_end(&range->base));

unlock:
	aur_notifier_unlock(vm);
	return err;
}
`;
  const [fixes] = await titles('lock-left-held', code);
  expect(fixes?.[0]).toBe('Release the lock: jump to `unlock`');
});
