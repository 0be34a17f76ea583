/* SPDX-License-Identifier: MIT */
/* aurora: one device, one pages object beside each range, a garbage collector, rw semaphore as driver lock. A driver of the rule pages' examples (embedded generation). */
#ifndef _AURORA_H
#define _AURORA_H

#include "example.h"

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

#endif
