/* SPDX-License-Identifier: MIT */
/* cobalt: user pointers, pages with an interval notifier and no range. A driver of the rule pages' examples (split generation). */
#ifndef _COBALT_H
#define _COBALT_H

#include "example.h"

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

#endif
