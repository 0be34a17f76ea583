/**
 * What functions outside of the drivers return, where nothing else of them matters here: no effect is told, so what they are given is still
 * lost to them. Facts from the kernel-doc of each function, and from how the tree's own callers look at the result.
 */
import type { ResultKind } from './schema.js';

const errorPointers = [
  'memdup_user',
  'memdup_user_nul',
  'memdup_array_user',
  'vmemdup_user',
  'vmemdup_array_user',
  'strndup_user',
  'anon_inode_getfile',
  'alloc_anon_inode',
  'dma_buf_get',
  'dma_buf_attach',
  'dma_buf_dynamic_attach',
  'dma_buf_export',
  'devm_request_free_mem_region',
  'request_free_mem_region',
  'devm_memremap',
  'devm_memremap_pages',
  'devm_ioremap_resource',
  'shmem_read_mapping_page',
  'shmem_read_mapping_page_gfp',
  'shmem_read_folio_gfp',
  'shmem_file_setup',
  'shmem_file_setup_with_mnt',
  'read_mapping_page',
  'filp_open',
  'mm_access',
  'kthread_create_worker',
  'kthread_run_worker',
  'drmm_alloc_ordered_workqueue',
] as const;

const errors = [
  'hmm_range_fault',
  'hmm_range_fault_unlocked_timeout',
  'migrate_vma_setup',
  'migrate_device_pfns',
  'dma_resv_reserve_fences',
  'devm_add_action_or_reset',
  'drmm_add_action_or_reset',
  'drmm_mutex_init',
  'get_unused_fd_flags',
  'drm_pagemap_acquire_owner',
  'drm_pagemap_reinit',
] as const;

const kinds: ReadonlyMap<string, ResultKind> = new Map<string, ResultKind>([
  ...errorPointers.map((name) => [name, 'errptr'] as const),
  ...errors.map((name) => [name, 'errno'] as const),
]);

/** What the result of such a function means: `errptr` is never NULL, and an `errno` must be looked at. */
export const resultKindOf = (name: string): ResultKind | undefined => kinds.get(name);

/** Functions outside of the drivers that surely look behind an argument, by its index. */
const looks: ReadonlyMap<string, number> = new Map([
  ['put_page', 0],
  ['get_page', 0],
  ['lock_page', 0],
  ['unlock_page', 0],
  ['set_page_dirty', 0],
  ['mark_page_accessed', 0],
  ['kmap_local_page', 0],
  ['memcpy_to_page', 0],
  ['memcpy_from_page', 1],
  ['folio_put', 0],
  ['dma_fence_wait', 0],
  ['dma_fence_get', 0],
  ['fput', 0],
  ['dma_buf_put', 0],
]);

/** True when a function of the kernel's core looks behind that argument, without asking whether it is an error. */
export const looksBehindArgument = (name: string, index: number): boolean => looks.get(name) === index;
