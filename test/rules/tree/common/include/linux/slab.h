/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/types.h>
#include <linux/cleanup.h>

#define GFP_KERNEL ((gfp_t)0x01)
#define GFP_ATOMIC ((gfp_t)0x02)
#define GFP_NOWAIT ((gfp_t)0x04)
#define __GFP_ZERO ((gfp_t)0x10)
#define __GFP_NOWARN ((gfp_t)0x20)

void *kmalloc(size_t size, gfp_t gfp);
void *kzalloc(size_t size, gfp_t gfp);
void *kcalloc(size_t n, size_t size, gfp_t gfp);
void *kmalloc_array(size_t n, size_t size, gfp_t gfp);
void *krealloc(const void *p, size_t size, gfp_t gfp);
void *kvmalloc(size_t size, gfp_t gfp);
void *kvzalloc(size_t size, gfp_t gfp);
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp);
void *kvcalloc(size_t n, size_t size, gfp_t gfp);
void kfree(const void *p);
void kvfree(const void *p);

#define kmalloc_obj(obj) ((typeof(obj) *)kmalloc(sizeof(obj), GFP_KERNEL))
#define kzalloc_obj(obj) ((typeof(obj) *)kzalloc(sizeof(obj), GFP_KERNEL))
#define kmalloc_objs(obj, n) \
	((typeof(obj) *)kmalloc_array(n, sizeof(obj), GFP_KERNEL))
#define kzalloc_objs(obj, n) \
	((typeof(obj) *)kcalloc(n, sizeof(obj), GFP_KERNEL))

struct kmem_cache;
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *obj);

DEFINE_FREE(kfree, void *, if (_T) kfree(_T))
DEFINE_FREE(kvfree, void *, if (_T) kvfree(_T))

#endif
