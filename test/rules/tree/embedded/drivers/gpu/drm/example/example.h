/* SPDX-License-Identifier: MIT */
/* The drivers of the rule pages' examples: types and helpers that every example may use (embedded generation). */
#ifndef _EXAMPLE_H
#define _EXAMPLE_H

#include <drm/drm_gpusvm.h>
#include <drm/drm_pagemap.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

/* aurora: one device, one pages object beside each range, a garbage collector, rw semaphore as driver lock */

struct aur_device {
	struct drm_device drm;
	struct drm_pagemap *vram;
	struct workqueue_struct *wq;
};

struct aur_vm {
	struct aur_device *aur;
	struct drm_gpusvm svm;
	/* The driver lock: given to drm_gpusvm_driver_set_lock(). */
	struct rw_semaphore lock;
	struct dma_resv *resv;
	struct {
		spinlock_t lock;
		struct list_head ranges;
		struct work_struct work;
	} gc;
	u64 size;
	bool closed;
};

struct aur_range {
	struct drm_gpusvm_range base;
	struct list_head gc_link;
	u8 bound;
	u8 stale;
};

static inline struct aur_range *to_aur_range(struct drm_gpusvm_range *r)
{
	return container_of(r, struct aur_range, base);
}

static inline struct aur_vm *svm_to_aur_vm(struct drm_gpusvm *svm)
{
	return container_of(svm, struct aur_vm, svm);
}

static inline unsigned long aur_range_npages(struct aur_range *range)
{
	return drm_gpusvm_range_size(&range->base) >> PAGE_SHIFT;
}

#define aur_notifier_lock(vm__) drm_gpusvm_notifier_lock(&(vm__)->svm)
#define aur_notifier_unlock(vm__) drm_gpusvm_notifier_unlock(&(vm__)->svm)
#define aur_assert_in_notifier(vm__) \
	lockdep_assert_held_write(&(vm__)->svm.notifier_lock)
#define aur_assert_locked(vm__) lockdep_assert_held_write(&(vm__)->lock)

/* Page tables: addresses go in, nothing keeps a pointer. */
int aur_pt_write(struct aur_vm *vm, u64 start, u64 end, const struct drm_pagemap_addr *addr);
int aur_pt_unbind(struct aur_vm *vm, u64 start, u64 end);
void aur_pt_zap(struct aur_vm *vm, u64 start, u64 end);
void aur_tlb_flush(struct aur_vm *vm, u64 start, u64 end);
void aur_vm_kill(struct aur_vm *vm);
struct aur_vm *aur_vm_get(struct aur_vm *vm);
void aur_vm_put(struct aur_vm *vm);

/* Callbacks defined in another file of the driver. */
struct drm_gpusvm_range *aur_core_range_alloc(struct drm_gpusvm *svm);
void aur_core_range_free(struct drm_gpusvm_range *range);
void aur_core_invalidate(struct drm_gpusvm *svm, struct drm_gpusvm_notifier *notifier,
			 const struct mmu_notifier_range *mmu_range);

/* cobalt: user pointers, pages with an interval notifier and no range */

struct cob_vm {
	struct drm_device *drm;
	struct drm_gpusvm svm;
	struct rw_semaphore lock;
	struct dma_resv *resv;
};

struct cob_userptr {
	struct cob_vm *vm;
	struct mmu_interval_notifier notifier;
	struct drm_gpusvm_pages pages;
	u64 start;
	u64 size;
	bool read_only;
};

void cob_userptr_zap(struct cob_vm *vm, u64 start, u64 size);

/* dalton: GEM objects whose backing pages live in get_pages and put_pages */

struct dal_object;

struct dal_object_ops {
	int (*get_pages)(struct dal_object *obj);
	void (*put_pages)(struct dal_object *obj, struct sg_table *pages);
};

struct dal_object {
	struct drm_gem_object base;
	const struct dal_object_ops *ops;
	struct {
		struct mutex lock;
		struct sg_table *pages;
		int pages_pin_count;
		bool dirty;
	} mm;
	struct page **pvec;
	unsigned int npages;
	bool readonly;
};

struct dal_vma {
	struct dal_object *obj;
	struct dal_vm *vm;
	u64 offset;
	struct list_head link;
};

int dal_pte_insert(struct dal_vm *vm, u64 offset, const struct sg_table *pages);
void dal_pte_clear(struct dal_vm *vm, u64 offset, u64 size);

static inline struct device *dal_dev(const struct dal_object *obj)
{
	return obj->base.dev->dev;
}

#endif
