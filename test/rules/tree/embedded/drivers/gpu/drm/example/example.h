/* SPDX-License-Identifier: MIT */
/* What every example of the rule pages includes (embedded generation). */
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

#endif
