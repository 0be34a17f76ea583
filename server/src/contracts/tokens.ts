/** Which text makes a file worth a look, and which structs and calls the program's lookups know by name. Data only. */

/** What kind of work a token tells of. */
export type Domain = 'svm' | 'dma' | 'gem';

/** A piece of text: a file that holds it matters. Matched as plain text, so that a prefix stands for a family of names. */
export interface ApiToken {
  readonly text: string;
  readonly domain: Domain;
}

/** Tokens of the API and of what it stands on. */
export const apiTokens: readonly ApiToken[] = [
  { text: 'drm_gpusvm', domain: 'svm' },
  { text: 'drm_pagemap', domain: 'svm' },
  { text: 'mmu_interval_notifier', domain: 'svm' },
  { text: 'mmu_interval_read_', domain: 'svm' },
  { text: 'hmm_range_fault', domain: 'svm' },
  { text: 'migrate_vma', domain: 'svm' },
  { text: 'migrate_device_', domain: 'svm' },
  { text: 'svm_range_', domain: 'svm' },
  { text: 'dma_map_', domain: 'dma' },
  { text: 'dma_unmap_', domain: 'dma' },
  { text: 'dma_iova_', domain: 'dma' },
  { text: 'dma_alloc_', domain: 'dma' },
  { text: 'dma_mapping_error', domain: 'dma' },
  { text: 'dma_buf_map_attachment', domain: 'dma' },
  { text: 'i915_gem_gtt_prepare_pages', domain: 'gem' },
  { text: 'i915_gem_gtt_finish_pages', domain: 'gem' },
  { text: 'drm_i915_gem_object_ops', domain: 'gem' },
  { text: 'i915_vma_ops', domain: 'gem' },
  { text: 'vma_ops.bind_vma', domain: 'gem' },
  { text: '__i915_gem_object_set_pages', domain: 'gem' },
  { text: '__i915_gem_object_unset_pages', domain: 'gem' },
  { text: 'ttm_tt_populate', domain: 'gem' },
  { text: 'ttm_tt_unpopulate', domain: 'gem' },
  { text: 'ttm_device_funcs', domain: 'gem' },
  { text: 'dma_buf_ops', domain: 'gem' },
  { text: 'drm_gem_shmem_get_pages', domain: 'gem' },
];

/** API structs whose embedder owns something: files that name such an embedder matter as well. */
export const ownedStructs: readonly string[] = [
  'struct drm_gpusvm_range',
  'struct drm_gpusvm_pages',
  'struct drm_gpusvm_notifier',
  'struct drm_pagemap',
];

/** Calls that hand a function over: which argument it is, and which member of which struct it stands for. */
export interface Registrar {
  readonly name: string;
  readonly argument: number;
  readonly structTag: string;
  readonly member: string;
}

/** Known registrars. Sources: include/linux/workqueue.h, timer.h, kref.h, rcupdate.h, dma-fence.h. */
export const registrars: readonly Registrar[] = [
  { name: 'INIT_WORK', argument: 1, structTag: 'struct work_struct', member: 'func' },
  { name: 'INIT_WORK_ONSTACK', argument: 1, structTag: 'struct work_struct', member: 'func' },
  { name: 'INIT_DELAYED_WORK', argument: 1, structTag: 'struct work_struct', member: 'func' },
  { name: 'INIT_RCU_WORK', argument: 1, structTag: 'struct work_struct', member: 'func' },
  { name: 'timer_setup', argument: 1, structTag: 'struct timer_list', member: 'function' },
  { name: 'kref_put', argument: 1, structTag: 'struct kref', member: 'release' },
  { name: 'kref_put_mutex', argument: 1, structTag: 'struct kref', member: 'release' },
  { name: 'kref_put_lock', argument: 1, structTag: 'struct kref', member: 'release' },
  { name: 'call_rcu', argument: 1, structTag: 'struct rcu_head', member: 'func' },
  { name: 'dma_fence_add_callback', argument: 2, structTag: 'struct dma_fence_cb', member: 'func' },
  { name: 'drmm_add_action', argument: 1, structTag: 'struct drmres', member: 'release' },
  { name: 'drmm_add_action_or_reset', argument: 1, structTag: 'struct drmres', member: 'release' },
  { name: 'devm_add_action', argument: 1, structTag: 'struct devres', member: 'release' },
  { name: 'devm_add_action_or_reset', argument: 1, structTag: 'struct devres', member: 'release' },
];

/**
 * What the first parameter of every callback points to that the contract tables tell about; `void` where there is none. A function with
 * another first parameter stands in none of these tables, and no file is read to look. Sources: the structs of those tables.
 */
export const callbackSubjects: Readonly<Record<string, readonly string[]>> = {
  'struct drm_gpusvm_ops': ['struct drm_gpusvm', 'struct drm_gpusvm_range', 'struct drm_gpusvm_notifier', 'void'],
  'struct drm_pagemap_ops': ['struct drm_pagemap'],
  'struct mmu_interval_notifier_ops': ['struct mmu_interval_notifier', 'struct mmu_interval_notifier_finish'],
  'struct work_struct': ['struct work_struct'],
  work_struct: ['struct work_struct'],
  'struct file_operations': ['struct file'],
  'struct drm_ioctl_desc': ['struct drm_device'],
  'struct drm_i915_gem_object_ops': ['struct drm_i915_gem_object'],
  'struct i915_vma_ops': ['struct i915_address_space', 'struct i915_vma'],
};
