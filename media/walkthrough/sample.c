// GPU SVM sample driver. SPDX-License-Identifier: MIT
/*
 * A small driver for the walkthrough of GPU SVM Review. It holds three true
 * defects; press F8 to go from one to the next. The functions whose name ends
 * in _right do the same without the defect.
 */
#include <linux/slab.h>
#include <drm/drm_gpusvm.h>

struct demo_range {
	struct drm_gpusvm_range base;
	struct drm_gpusvm_pages pages;
	struct list_head collect;
};

struct demo_vm {
	struct drm_gpusvm gpusvm;
	struct mutex lock;
	struct drm_device *drm;
};

static struct demo_range *to_demo_range(struct drm_gpusvm_range *range)
{
	return container_of(range, struct demo_range, base);
}

static struct demo_vm *to_demo_vm(struct drm_gpusvm *gpusvm)
{
	return container_of(gpusvm, struct demo_vm, gpusvm);
}

static struct drm_gpusvm_range *demo_range_alloc(struct drm_gpusvm *gpusvm)
{
	struct demo_range *range = kzalloc(sizeof(*range), GFP_KERNEL);

	if (!range)
		return NULL;

	drm_gpusvm_init_pages(&range->pages, to_demo_vm(gpusvm)->drm);
	INIT_LIST_HEAD(&range->collect);

	return &range->base;
}

static void demo_range_free(struct drm_gpusvm_range *base)
{
	struct demo_range *range = to_demo_range(base);

	drm_gpusvm_free_pages(base->gpusvm, &range->pages,
			      drm_gpusvm_range_size(base) >> PAGE_SHIFT);
	kfree(range);
}

static void demo_range_unmap(struct demo_vm *vm, struct demo_range *range,
			     bool in_notifier)
{
	struct drm_gpusvm_ctx ctx = { .in_notifier = in_notifier };

	drm_gpusvm_unmap_pages(&vm->gpusvm, &range->pages,
			       drm_gpusvm_range_size(&range->base) >> PAGE_SHIFT,
			       &ctx);
}

static void demo_invalidate(struct drm_gpusvm *gpusvm,
			    struct drm_gpusvm_notifier *notifier,
			    const struct mmu_notifier_range *mmu_range)
{
	struct drm_gpusvm_range *base = NULL;

	drm_gpusvm_for_each_range(base, notifier, mmu_range->start,
				  mmu_range->end)
		demo_range_unmap(to_demo_vm(gpusvm), to_demo_range(base), true);
}

static const struct drm_gpusvm_ops demo_ops = {
	.range_alloc = demo_range_alloc,
	.range_free = demo_range_free,
	.invalidate = demo_invalidate,
};

/* Defect: the range leaves the tree while its pages are still mapped. */
static void demo_collect(struct demo_vm *vm, struct demo_range *range)
{
	lockdep_assert_held(&vm->lock);

	drm_gpusvm_range_remove(&vm->gpusvm, &range->base);
}

static void demo_collect_right(struct demo_vm *vm, struct demo_range *range)
{
	lockdep_assert_held(&vm->lock);

	demo_range_unmap(vm, range, false);
	drm_gpusvm_range_remove(&vm->gpusvm, &range->base);
}

/* Defect: a failed mapping ends in the label that returns 0. */
static int demo_fault(struct demo_vm *vm, unsigned long addr)
{
	struct drm_gpusvm_ctx ctx = {};
	struct drm_gpusvm_range *base;
	struct demo_range *range;
	int err;

	mutex_lock(&vm->lock);
	base = drm_gpusvm_range_find_or_insert(&vm->gpusvm, addr, 0, ULONG_MAX,
					       &ctx);
	if (IS_ERR(base)) {
		err = PTR_ERR(base);
		goto unlock;
	}

	range = to_demo_range(base);
	err = drm_gpusvm_get_pages(&vm->gpusvm, &range->pages, vm->gpusvm.mm,
				   &base->notifier->notifier,
				   drm_gpusvm_range_start(base),
				   drm_gpusvm_range_end(base), &ctx);
	if (err)
		goto done;

	drm_gpusvm_notifier_lock(&vm->gpusvm);
	if (!drm_gpusvm_pages_valid(&vm->gpusvm, &range->pages))
		err = -EAGAIN;
	drm_gpusvm_notifier_unlock(&vm->gpusvm);
	if (err)
		goto unlock;
done:
	mutex_unlock(&vm->lock);
	return 0;

unlock:
	mutex_unlock(&vm->lock);
	return err;
}

/* Defect: the early return keeps the notifier lock. */
static bool demo_is_mapped(struct demo_vm *vm, struct demo_range *range)
{
	bool valid;

	drm_gpusvm_notifier_lock(&vm->gpusvm);
	if (READ_ONCE(range->base.flags.__flags) == 0)
		return false;
	valid = drm_gpusvm_pages_valid(&vm->gpusvm, &range->pages);
	drm_gpusvm_notifier_unlock(&vm->gpusvm);

	return valid;
}
