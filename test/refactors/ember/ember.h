/* SPDX-License-Identifier: MIT */
/* A driver of the embedded model that does things its own way: no helper to its range, macros, pages of its own memory. */
#ifndef _EMBER_H_
#define _EMBER_H_

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <drm/drm_device.h>
#include <drm/drm_gpusvm.h>
#include <drm/drm_pagemap.h>
#include <drm/drm_print.h>

struct ember_device {
	int id;
	struct drm_device base;
};

struct ember_space {
	struct ember_device *edev;
	struct {
		struct drm_gpusvm mirror;
		struct rw_semaphore lock;
	} svm;
	bool dying;
};

/**
 * struct ember_range - A range as the device sees it
 * @list: entry of a list that somebody collects
 * @base: the range
 * @mapped: set while the device may reach it
 */
struct ember_range {
	struct list_head list;
	struct drm_gpusvm_range base;
	bool mapped;
};

struct ember_buffer {
	struct ember_space *space;
	struct mmu_interval_notifier watch;
	struct drm_gpusvm_pages mem;
	unsigned long start;
	unsigned long size;
};

#define ember_range_addr(r__)	((r__)->base.pages.dma_addr)

#define ember_range_say(r__, what__)					\
	drm_dbg(&space_of((r__)->base.gpusvm)->edev->base,		\
		"%s: seq %lu at %lx\n", (what__),			\
		(r__)->base.pages.notifier_seq,				\
		drm_gpusvm_range_start(&(r__)->base))

static inline struct ember_space *space_of(struct drm_gpusvm *gpusvm)
{
	return container_of(gpusvm, struct ember_space, svm.mirror);
}

void ember_hw_write(struct ember_space *space, unsigned long start, const struct drm_pagemap_addr *addr);
void ember_hw_clear(struct ember_space *space, unsigned long start, unsigned long end);

#endif
