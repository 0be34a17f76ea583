/* SPDX-License-Identifier: MIT */
/* dalton: GEM objects whose backing pages live in get_pages and put_pages. A driver of the rule pages' examples (split generation). */
#ifndef _DALTON_H
#define _DALTON_H

#include "example.h"

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
