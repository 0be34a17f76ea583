/**
 * Names that moving a driver from pages in ranges to pages of its own needs beside those of `generations.ts`. Data only.
 * Sources: `include/drm/drm_gpusvm.h` and `drivers/gpu/drm/drm_gpusvm.c` of Linux 7.2 and 7.3.
 */
import { apiNames } from './api-names.js';
import { removedHelpers } from './generations.js';

/** Calls on pages, with the indices of their arguments. */
export const pagesCalls = {
  get: { name: 'drm_gpusvm_get_pages', gpusvm: 0, pages: 1 },
  unmap: { name: 'drm_gpusvm_unmap_pages', gpusvm: 0, pages: 1 },
  free: { name: 'drm_gpusvm_free_pages', gpusvm: 0, pages: 1 },
} as const;

/** Calls that used to unmap the pages of the ranges they remove. */
export const removingCalls = {
  range: { name: apiNames.rangeRemove, gpusvm: 0, range: 1 },
  all: { name: 'drm_gpusvm_fini', gpusvm: 0 },
} as const;

/** Loops over all of an address space, whose body may look at, and remove, each element. */
export const allLoops = {
  notifiers: { name: 'drm_gpusvm_for_each_notifier_safe', tag: 'struct drm_gpusvm_notifier' },
  ranges: { name: 'drm_gpusvm_for_each_range_safe', tag: 'struct drm_gpusvm_range' },
  first: '0',
  last: 'LONG_MAX',
} as const;

/** The context of a call on pages, and the member that tells that the notifier lock is held. */
export const pagesContext = { tag: 'struct drm_gpusvm_ctx', inNotifier: 'in_notifier' } as const;

/** Publishes a notifier of pages that have no range: from here on it may call. */
export const publishingCall = { name: 'mmu_interval_notifier_insert', notifier: 0 } as const;

/** Callbacks that make and free ranges. */
export const rangeCallbacks = { alloc: 'range_alloc', free: 'range_free' } as const;

/** The helper of the embedded generation that unmapped a range's pages. */
export const rangeUnmapHelper = removedHelpers.find((one) => one.instead === pagesCalls.unmap.name)?.name ?? '';

/** What code of the embedded generation mentions: a driver without any of these needs no move. */
export const portWords: readonly string[] = [
  apiNames.init,
  apiNames.setUnmapped,
  apiNames.rangeRemove,
  removingCalls.all.name,
  ...removedHelpers.map((one) => one.name),
  'pages',
];

/** The lock of flags and pages. */
export const scopedLocks = {
  /** Lock and unlock by name, with the guard class that stands for the pair, and how the guard's argument is made from the call's. */
  pairs: [
    { lock: 'down_read', unlock: 'up_read', guard: 'rwsem_read' },
    { lock: 'down_write', unlock: 'up_write', guard: 'rwsem_write' },
    { lock: 'mutex_lock', unlock: 'mutex_unlock', guard: 'mutex' },
    { lock: 'spin_lock', unlock: 'spin_unlock', guard: 'spinlock' },
  ],
  source: 'include/linux/{rwsem,mutex,spinlock}.h: DEFINE_GUARD',
} as const;
