/** A small driver of our own, as texts by path. */

const driver = 'drivers/gpu/drm/toy';

/** Texts of the toy tree. */
export const toyTree: Readonly<Record<string, string>> = {
  'include/drm/drm_gpusvm.h': `#ifndef GPUSVM_H
#define GPUSVM_H
#include <linux/kref.h>
#include <linux/notify.h>
struct drm_device;
struct drm_gpusvm_pages_flags { union { struct { u16 unmapped : 1; u16 has_devmem_pages : 1; }; u16 __flags; }; };
struct drm_gpusvm_range_flags { union { struct { u16 migrate_devmem : 1; u16 unmapped : 1; u16 partial_unmap : 1; }; u16 __flags; }; };
struct drm_gpusvm_pages { struct drm_device *drm; void *dma_addr; struct drm_gpusvm_pages_flags flags; };
struct drm_gpusvm_range { struct drm_gpusvm *gpusvm; struct kref refcount; struct drm_gpusvm_range_flags flags; };
struct drm_gpusvm_ops {
	struct drm_gpusvm_range *(*range_alloc)(struct drm_gpusvm *gpusvm);
	void (*range_free)(struct drm_gpusvm_range *range);
	void (*invalidate)(struct drm_gpusvm *gpusvm);
};
struct drm_gpusvm { const char *name; const struct drm_gpusvm_ops *ops; };
int drm_gpusvm_init(struct drm_gpusvm *gpusvm, const char *name, const struct drm_gpusvm_ops *ops);
bool drm_gpusvm_pages_valid(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *pages);
void drm_gpusvm_range_remove(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range);
void drm_gpusvm_range_set_unmapped(struct drm_gpusvm_range *range, struct drm_gpusvm_pages *pages,
				   unsigned int pages_count, const struct mmu_notifier_range *mmu_range);
int __must_check drm_gpusvm_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *pages);
void drm_gpusvm_free_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *pages);
static inline void drm_gpusvm_init_pages(struct drm_gpusvm_pages *pages, struct drm_device *drm)
{
	pages->drm = drm;
}
#define drm_gpusvm_notifier_lock(g__) down_read(&(g__)->lock)
#define drm_gpusvm_for_each_range(range__, start__) \\
	for ((range__) = first(start__); (range__); (range__) = next(range__))
#endif
`,
  'include/linux/kref.h': `#ifndef KREF_H
#define KREF_H
struct kref { int refs; };
static inline int kref_put(struct kref *k, void (*release)(struct kref *k))
{
	release(k);
	return 1;
}
#endif
`,
  'include/linux/notify.h': `#include <linux/deep.h>
enum mmu_notifier_event {
	MMU_NOTIFY_UNMAP = 0,
	MMU_NOTIFY_CLEAR,
	MMU_NOTIFY_LAST = 9,
};
struct work_struct { void (*func)(struct work_struct *work); };
`,
  'include/linux/deep.h': `struct deep_one { int depth; };
typedef struct deep_one deep_t;
typedef struct { int value; } counted_t;
`,
  'drivers/gpu/drm/drm_gpusvm.c': `#include <drm/drm_gpusvm.h>
static void __drm_gpusvm_unmap_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *pages)
{
}
void drm_gpusvm_range_remove(struct drm_gpusvm *gpusvm, struct drm_gpusvm_range *range)
{
	take_off(range);
}
int drm_gpusvm_get_pages(struct drm_gpusvm *gpusvm, struct drm_gpusvm_pages *pages)
{
	return 0;
}
`,
  [`${driver}/toy_types.h`]: `#ifndef TOY_TYPES_H
#define TOY_TYPES_H
#include <drm/drm_gpusvm.h>
#define TOY_LIMIT 16
#define TOY_MASK (TOY_LIMIT - 1)
#define TOY_FLAG BIT(3)
#define toy_current get_current()
enum toy_state { TOY_IDLE, TOY_BUSY = 4, TOY_DEAD };
/** struct toy_range - a range */
struct toy_range {
	struct drm_gpusvm_range base;
	struct drm_gpusvm_pages pages;
	struct list_head link;
	u8 present;
};
struct toy_userptr {
	struct drm_gpusvm_pages pages;
	unsigned long seq;
};
struct toy_vma {
	int id;
	struct toy_userptr userptr;
};
struct toy_many {
	struct drm_gpusvm_range base;
	unsigned int count;
	union {
		struct drm_gpusvm_pages one;
		struct drm_gpusvm_pages *many;
	};
};
struct toy_vm {
	struct {
		struct drm_gpusvm gpusvm;
		struct work_struct work;
	} svm;
	struct toy_inner { int depth; } inner;
	struct toy_hooks { void (*kill)(struct toy_vm *vm); } hooks;
};
#endif
`,
  [`${driver}/toy_svm.h`]: `#ifndef TOY_SVM_H
#define TOY_SVM_H
#include "toy_types.h"
#if IS_ENABLED(CONFIG_DRM_TOY_SVM)
int toy_svm_init(struct toy_vm *vm);
int toy_svm_fault(struct toy_vm *vm, unsigned long addr);
static inline bool toy_range_valid(struct toy_range *range)
{
	return drm_gpusvm_pages_valid(range->base.gpusvm, &range->pages);
}
#define toy_notifier_lock(vm__) drm_gpusvm_notifier_lock(&(vm__)->svm.gpusvm)
#else
static inline int toy_svm_init(struct toy_vm *vm)
{
	return 0;
}
static inline int toy_svm_fault(struct toy_vm *vm, unsigned long addr)
{
	return -EOPNOTSUPP;
}
static inline bool toy_range_valid(struct toy_range *range)
{
	return false;
}
#define toy_notifier_lock(vm__) do {} while (0)
#endif
#define for_each_toy(t__, vm__) list_for_each_entry(t__, &(vm__)->list, link)
#define toy_every(t__, vm__) for ((t__) = (vm__)->first; (t__); (t__) = (t__)->next)
#define toy_scope(vm__) scoped_guard(toy, vm__)
#define toy_when(cond__) if (cond__)
#define toy_done(vm__) do { stop(vm__); } while (0)
#define toy_sum(n__) for (int i = 0; i < (n__); i++) add(i);
#define toy_call(vm__) toy_kill(vm__)
void toy_kill(struct toy_vm *vm);
int toy_split(struct toy_vm *vm);
int __must_check toy_bind(struct toy_vm *vm, const struct toy_range *range);
#endif
`,
  [`${driver}/toy_svm.c`]: `// a driver of our own
#include "toy_svm.h"

static struct toy_range *to_toy_range(struct drm_gpusvm_range *range)
{
	return container_of(range, struct toy_range, base);
}

static struct drm_gpusvm_range *toy_range_alloc(struct drm_gpusvm *gpusvm)
{
	return 0;
}

static void toy_range_free(struct drm_gpusvm_range *range)
{
	drm_gpusvm_free_pages(range->gpusvm, &to_toy_range(range)->pages);
}

static void toy_invalidate(struct drm_gpusvm *gpusvm)
{
}

static const struct drm_gpusvm_ops toy_ops = {
	.range_alloc = toy_range_alloc,
	.range_free = toy_range_free,
	.invalidate = &toy_invalidate,
};

static void toy_collect(struct work_struct *work)
{
	/* toy_svm_fault() in a comment */
}

void toy_kill(struct toy_vm *vm)
{
}

int toy_svm_init(struct toy_vm *vm)
{
	INIT_WORK(&vm->svm.work, toy_collect);
	vm->hooks.kill = toy_kill;
	return drm_gpusvm_init(&vm->svm.gpusvm, "toy", &toy_ops);
}

int toy_svm_fault(struct toy_vm *vm, unsigned long addr)
{
	return toy_bind(vm, 0);
}
`,
  [`${driver}/toy_vm.c`]: `#include "toy_svm.h"

static int helper(struct toy_vm *vm)
{
	toy_call(vm);
	return toy_svm_fault(vm, 0);
}

int toy_bind(struct toy_vm *vm, const struct toy_range *range)
{
	register_handler(toy_svm_fault);
	return helper(vm);
}

static void toy_reset(struct toy_vm *vm) { }

static void toy_walk(struct toy_vm *vm, struct toy_vma *vma)
{
	toy_every(vma, vm) {
		if (vma->id)
			break;
	}
}

struct toy_command { const char *name; void (*run)(struct toy_vm *vm); };
static const struct toy_command commands[] = {
	{ "kill", toy_kill },
	{ .name = "reset", .run = toy_reset },
};
`,
  [`${driver}/toy_other.c`]: `int unrelated(void)
{
	return 1;
}

static int helper(int value)
{
	return value;
}

static int toy_split(struct toy_vm *vm)
{
	return 0;
}

int other_user(int value)
{
	return helper(value);
}
`,
};
