// SPDX-License-Identifier: MIT
/* The ember driver, before its pages are its own. */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include "ember.h"

static const unsigned long ember_chunks[] = { SZ_2M, SZ_64K, SZ_4K };

static struct drm_gpusvm_range *ember_range_alloc(struct drm_gpusvm *gpusvm)
{
	struct ember_range *er = kzalloc(sizeof(*er), GFP_KERNEL);

	if (!er)
		return NULL;

	return &er->base;
}

static void ember_range_free(struct drm_gpusvm_range *range)
{
	kfree(container_of(range, struct ember_range, base));
}

/* Unmaps with drm_gpusvm_range_unmap_pages(), so that er->base.pages.dma_addr is nobody's. */
static void ember_invalidate(struct drm_gpusvm *gpusvm, struct drm_gpusvm_notifier *notifier,
			     const struct mmu_notifier_range *mmu_range)
{
	struct drm_gpusvm_ctx ctx = { .in_notifier = true };
	struct drm_gpusvm_range *range = NULL;

	lockdep_assert_held_write(&gpusvm->notifier_lock);

	drm_gpusvm_for_each_range(range, notifier, mmu_range->start, mmu_range->end) {
		ember_hw_clear(space_of(gpusvm), drm_gpusvm_range_start(range),
			       drm_gpusvm_range_end(range));
		drm_gpusvm_range_unmap_pages(gpusvm, range, &ctx);
		if (mmu_range->event == MMU_NOTIFY_UNMAP)
			drm_gpusvm_range_set_unmapped(range, mmu_range);
	}
}

static const struct drm_gpusvm_ops ember_ops = {
	.range_alloc = ember_range_alloc,
	.range_free = ember_range_free,
	.invalidate = ember_invalidate,
};

int ember_space_init(struct ember_space *space, struct ember_device *edev, struct mm_struct *mm)
{
	struct drm_device *drm = &edev->base;
	int err;

	space->edev = edev;
	init_rwsem(&space->svm.lock);
	err = drm_gpusvm_init(&space->svm.mirror, "ember",
			      drm, mm, 0, 1UL << 40, SZ_512M, &ember_ops,
			      ember_chunks, ARRAY_SIZE(ember_chunks));
	if (err)
		return err;
	drm_gpusvm_driver_set_lock(&space->svm.mirror, &space->svm.lock);

	return 0;
}

void ember_space_fini(struct ember_space *space)
{
	down_write(&space->svm.lock);
	if (space->dying)
		drm_gpusvm_fini(&space->svm.mirror);
	up_write(&space->svm.lock);
}

/* Reads two words at once: one of the pages, one of the range. */
bool ember_range_is_local(struct ember_range *er)
{
	struct drm_gpusvm_pages_flags flags = {
		.__flags = READ_ONCE(er->base.pages.flags.__flags),
	};

	return flags.migrate_devmem && flags.has_devmem_pages;
}

/* A guess: nothing is held. */
int ember_range_wants(struct ember_space *space, struct ember_range *er, bool force)
{
	lockdep_assert_held(&space->svm.lock);
	lockdep_assert_not_held(&space->svm.mirror.notifier_lock);

	if (!er->mapped) {
		if (force || er->base.pages.flags.migrate_devmem)
			return 1;
	}

	return 0;
}

int ember_range_collect(struct ember_space *space, struct ember_range *er, bool gone)
{
	lockdep_assert_held_write(&space->svm.lock);

	ember_range_say(er, "collect");
	if (gone)
		drm_gpusvm_range_remove(&space->svm.mirror, &er->base);
	else
		ember_hw_clear(space, drm_gpusvm_range_start(&er->base),
			       drm_gpusvm_range_end(&er->base));

	return 0;
}

static int ember_range_map(struct ember_space *space, struct ember_range *er,
			   const struct drm_gpusvm_ctx *ctx)
{
	return drm_gpusvm_range_get_pages(er->base.gpusvm, &er->base, ctx);
}

int ember_range_bind(struct ember_space *space, struct ember_range *er,
		     const struct drm_gpusvm_ctx *ctx)
{
	int err;

	lockdep_assert_held_write(&space->svm.lock);

	err = ember_range_map(space, er, ctx);
	if (err)
		return err;

	down_read(&space->svm.mirror.notifier_lock);
	if (drm_gpusvm_range_pages_valid(&space->svm.mirror, &er->base)) {
		ember_hw_write(space, drm_gpusvm_range_start(&er->base), ember_range_addr(er));
		er->mapped = true;
	} else {
		err = -EAGAIN;
	}
	up_read(&space->svm.mirror.notifier_lock);

	return err;
}

static bool ember_buffer_invalidate(struct mmu_interval_notifier *watch,
				    const struct mmu_notifier_range *mmu_range,
				    unsigned long seq)
{
	struct ember_buffer *buffer = container_of(watch, struct ember_buffer, watch);
	struct ember_space *space = buffer->space;
	struct drm_gpusvm_ctx ctx = { .in_notifier = true };

	down_write(&space->svm.mirror.notifier_lock);
	mmu_interval_set_seq(watch, seq);
	ember_hw_clear(space, buffer->start, buffer->start + buffer->size);
	drm_gpusvm_unmap_pages(&space->svm.mirror, &buffer->mem, buffer->size >> PAGE_SHIFT,
			       &ctx);
	up_write(&space->svm.mirror.notifier_lock);

	return true;
}

static const struct mmu_interval_notifier_ops ember_buffer_ops = {
	.invalidate = ember_buffer_invalidate,
};

int ember_buffer_watch(struct ember_buffer *buffer, struct mm_struct *mm)
{
	int err;

	err = mmu_interval_notifier_insert(&buffer->watch, mm, buffer->start, buffer->size,
					   &ember_buffer_ops);
	if (err)
		return err;

	buffer->mem.notifier_seq = LONG_MAX;

	return 0;
}

void ember_buffer_forget(struct ember_buffer *buffer)
{
	drm_gpusvm_free_pages(&buffer->space->svm.mirror, &buffer->mem,
			      buffer->size >> PAGE_SHIFT);
	mmu_interval_notifier_remove(&buffer->watch);
}
