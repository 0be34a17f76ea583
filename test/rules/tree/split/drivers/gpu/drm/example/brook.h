/* SPDX-License-Identifier: MIT */
/* brook: several devices share an address space, one pages object per device in one array, mutex as driver lock. A driver of the rule pages' examples (split generation). */
#ifndef _BROOK_H
#define _BROOK_H

#include "example.h"

#define BRK_MAX_DEVICES 4

struct brk_vm {
	struct drm_gpusvm gpusvm;
	/* The driver lock. */
	struct mutex svm_mutex;
	unsigned int num_devices;
	struct drm_device *devices[BRK_MAX_DEVICES];
	spinlock_t dead_lock;
	struct list_head dead;
};

struct brk_range {
	struct list_head dead_link;
	struct drm_gpusvm_range base;
	unsigned int num_pages;
	union {
		struct drm_gpusvm_pages inline_pages;
		struct drm_gpusvm_pages *pages;
	};
};

#define to_brk_range(r__) container_of(r__, struct brk_range, base)
#define to_brk_vm(svm__) container_of(svm__, struct brk_vm, gpusvm)

static inline struct drm_gpusvm_pages *brk_range_pages(struct brk_range *range)
{
	return range->num_pages > 1 ? range->pages : &range->inline_pages;
}

void brk_core_invalidate(struct drm_gpusvm *svm, struct drm_gpusvm_notifier *notifier,
			 const struct mmu_notifier_range *mmu_range);

#endif
