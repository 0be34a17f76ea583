/* SPDX-License-Identifier: MIT */
#ifndef _DRM_DEVICE_H
#define _DRM_DEVICE_H

#include <linux/err.h>

struct device {
	void *parent;
};

struct drm_device {
	struct device *dev;
	const char *unique;
};

struct drm_gem_object {
	struct kref refcount;
	struct drm_device *dev;
	size_t size;
	struct dma_resv *resv;
};

struct dma_resv;
struct dma_fence;

enum dma_resv_usage {
	DMA_RESV_USAGE_KERNEL,
	DMA_RESV_USAGE_WRITE,
	DMA_RESV_USAGE_READ,
	DMA_RESV_USAGE_BOOKKEEP,
};

#define MAX_SCHEDULE_TIMEOUT LONG_MAX

struct ww_acquire_ctx;

int dma_resv_lock(struct dma_resv *resv, struct ww_acquire_ctx *ctx);
void dma_resv_unlock(struct dma_resv *resv);
long dma_resv_wait_timeout(struct dma_resv *resv, enum dma_resv_usage usage,
			   bool intr, unsigned long timeout);
long dma_fence_wait(struct dma_fence *fence, bool intr);
void dma_fence_put(struct dma_fence *fence);

void drm_dbg(const struct drm_device *drm, const char *fmt, ...);
void drm_warn(const struct drm_device *drm, const char *fmt, ...);
void drm_err(const struct drm_device *drm, const char *fmt, ...);
bool drm_WARN_ON(const struct drm_device *drm, bool cond);

#endif
