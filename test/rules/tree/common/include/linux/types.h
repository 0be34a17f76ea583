/* SPDX-License-Identifier: MIT */
/* Base types and helpers of the examples' small kernel: real names, our own minimal definitions. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#define NULL ((void *)0)

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef unsigned long size_t;
typedef unsigned int gfp_t;
typedef u64 dma_addr_t;
typedef u64 phys_addr_t;
typedef u64 resource_size_t;
typedef _Bool bool;

#define true 1
#define false 0

#define LONG_MAX 0x7fffffffffffffffL
#define ULONG_MAX (~0UL)
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define SZ_4K 0x1000
#define SZ_64K 0x10000
#define SZ_2M 0x200000
#define SZ_512M 0x20000000

#define BIT(n) (1UL << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, val) \
	do { \
		*(volatile typeof(x) *)&(x) = (val); \
	} while (0)

#define __must_check __attribute__((__warn_unused_result__))

#define WARN_ON(cond) (!!(cond))
#define WARN_ON_ONCE(cond) (!!(cond))
#define IS_ENABLED(option) 1

#define EPERM 1
#define ENOENT 2
#define EIO 5
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#define EOPNOTSUPP 95

struct rb_node {
	unsigned long parent_color;
	struct rb_node *right;
	struct rb_node *left;
};

struct rb_root_cached {
	struct rb_node *node;
	struct rb_node *leftmost;
};

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start;
	unsigned long last;
};

struct kref {
	int refcount;
};

void kref_init(struct kref *kref);
void kref_get(struct kref *kref);
int kref_put(struct kref *kref, void (*release)(struct kref *kref));

void *memset(void *s, int c, size_t n);

struct completion {
	unsigned int done;
};

struct module;

#endif
