/** Memory, references and results: allocation, release, error pointers, the mm. Facts from `include/linux/{slab,err,sched/mm,kref}.h`. */
import type { Contract } from './schema.js';

const SLAB = 'include/linux/slab.h';

const alloc = (name: string, options: { zeroed?: boolean; array?: boolean; gfp?: number; releasedBy?: string; source?: string }): Contract => ({
  name,
  words: `Allocates${options.zeroed === true ? ' zeroed' : ''} memory; NULL when there is none.`,
  source: options.source ?? SLAB,
  result: 'null',
  ok: [{ op: 'acquire', ref: 'ret', family: 'memory', releasedBy: options.releasedBy ?? 'kfree', zeroed: options.zeroed === true, array: options.array === true }],
  does: ['alloc'],
  ...(options.gfp === undefined ? {} : { gfp: options.gfp }),
});
const free = (name: string, arg = 0): Contract => ({ name, words: 'Frees the memory; NULL is allowed.', source: SLAB, result: 'void', ops: [{ op: 'release', ref: String(arg), family: 'memory' }] });

/** Allocation and release. */
export const memoryContracts: readonly Contract[] = [
  alloc('kmalloc', { gfp: 1 }),
  alloc('kzalloc', { zeroed: true, gfp: 1 }),
  alloc('kmalloc_node', { gfp: 1 }),
  alloc('kzalloc_node', { zeroed: true, gfp: 1 }),
  alloc('kmalloc_array', { array: true, gfp: 2 }),
  alloc('kcalloc', { zeroed: true, array: true, gfp: 2 }),
  alloc('kvmalloc', { gfp: 1, releasedBy: 'kvfree' }),
  alloc('kvzalloc', { zeroed: true, gfp: 1, releasedBy: 'kvfree' }),
  alloc('kvmalloc_array', { array: true, gfp: 2, releasedBy: 'kvfree' }),
  alloc('kvcalloc', { zeroed: true, array: true, gfp: 2, releasedBy: 'kvfree' }),
  alloc('kmalloc_obj', {}),
  alloc('kzalloc_obj', { zeroed: true }),
  alloc('kmalloc_objs', { array: true }),
  alloc('kzalloc_objs', { zeroed: true, array: true }),
  alloc('kvmalloc_obj', { releasedBy: 'kvfree' }),
  alloc('kvzalloc_obj', { zeroed: true, releasedBy: 'kvfree' }),
  alloc('kvmalloc_objs', { array: true, releasedBy: 'kvfree' }),
  alloc('kvzalloc_objs', { zeroed: true, array: true, releasedBy: 'kvfree' }),
  alloc('kmemdup', { gfp: 2 }),
  alloc('kstrdup', { gfp: 1 }),
  alloc('vmalloc', { releasedBy: 'vfree', source: 'include/linux/vmalloc.h' }),
  alloc('vzalloc', { zeroed: true, releasedBy: 'vfree', source: 'include/linux/vmalloc.h' }),
  alloc('kmem_cache_alloc', { gfp: 1, releasedBy: 'kmem_cache_free' }),
  alloc('kmem_cache_zalloc', { zeroed: true, gfp: 1, releasedBy: 'kmem_cache_free' }),
  free('kfree'),
  free('kvfree'),
  free('vfree'),
  free('kfree_sensitive'),
  free('kmem_cache_free', 1),
  { name: 'kfree_rcu', words: 'Frees the memory after a grace period.', source: 'include/linux/rcupdate.h', result: 'void', ops: [{ op: 'release', ref: '0', family: 'memory' }] },
  { name: 'mmget_not_zero', words: 'Takes a reference on the address space; true when it did.', source: 'include/linux/sched/mm.h', result: 'bool', ok: [{ op: 'acquire', ref: '0', family: 'mm', releasedBy: 'mmput' }], fail: [], mustCheck: true },
  { name: 'mmget', words: 'Takes a reference on the address space.', source: 'include/linux/sched/mm.h', result: 'void', ops: [{ op: 'acquire', ref: '0', family: 'mm', releasedBy: 'mmput' }] },
  { name: 'get_task_mm', words: 'The task\'s address space with a reference, or NULL.', source: 'include/linux/sched/mm.h', result: 'null', ok: [{ op: 'acquire', ref: 'ret', family: 'mm', releasedBy: 'mmput' }] },
  { name: 'mmput', words: 'Drops a reference on the address space.', source: 'include/linux/sched/mm.h', result: 'void', ops: [{ op: 'release', ref: '0', family: 'mm' }], does: ['sleep'] },
  { name: 'mmput_async', words: 'Drops a reference on the address space from any context.', source: 'include/linux/sched/mm.h', result: 'void', ops: [{ op: 'release', ref: '0', family: 'mm' }] },
  { name: 'mmgrab', words: 'Pins the mm_struct.', source: 'include/linux/sched/mm.h', result: 'void', harmless: true },
  { name: 'mmdrop', words: 'Unpins the mm_struct.', source: 'include/linux/sched/mm.h', result: 'void', harmless: true },
  { name: 'kref_init', words: 'Starts the reference count of an object that is being made.', source: 'include/linux/kref.h', result: 'void', ops: [{ op: 'made', ref: '0' }] },
  { name: 'memset', words: 'Fills memory.', source: 'include/linux/string.h', result: 'valid', returns: 0, ops: [{ op: 'zero', ref: '0', when: 1 }] },
  { name: 'memcpy', words: 'Copies memory.', source: 'include/linux/string.h', result: 'valid', returns: 0 },
];

/** Error pointers and other result helpers: what the value means. The engine folds them into predicates. */
export const valueHelpers: Readonly<Record<string, 'is-err' | 'is-err-or-null' | 'ptr-err' | 'err-ptr' | 'err-cast' | 'ptr-err-or-zero' | 'same' | 'not' | 'read-once' | 'write-once' | 'warn' | 'true' | 'min' | 'max' | 'xchg'>> = {
  IS_ERR: 'is-err',
  IS_ERR_VALUE: 'is-err',
  IS_ERR_OR_NULL: 'is-err-or-null',
  PTR_ERR: 'ptr-err',
  ERR_PTR: 'err-ptr',
  ERR_CAST: 'err-cast',
  PTR_ERR_OR_ZERO: 'ptr-err-or-zero',
  likely: 'same',
  unlikely: 'same',
  READ_ONCE: 'read-once',
  WRITE_ONCE: 'write-once',
  smp_load_acquire: 'read-once',
  smp_store_release: 'write-once',
  rcu_dereference: 'same',
  rcu_access_pointer: 'same',
  WARN_ON: 'warn',
  WARN_ON_ONCE: 'warn',
  WARN: 'warn',
  WARN_ONCE: 'warn',
  drm_WARN_ON: 'warn',
  drm_WARN_ON_ONCE: 'warn',
  drm_WARN: 'warn',
  drm_WARN_ONCE: 'warn',
  XE_WARN_ON: 'warn',
  GEM_WARN_ON: 'warn',
  xe_gt_WARN_ON: 'warn',
  xchg: 'xchg',
};

/** Warning helpers whose condition is their second argument. */
export const conditionSecond: ReadonlySet<string> = new Set(['drm_WARN_ON', 'drm_WARN_ON_ONCE', 'drm_WARN', 'drm_WARN_ONCE', 'xe_gt_WARN_ON']);

/** Assertion macros: the condition at the index holds afterwards. */
export const assumptions: Readonly<Record<string, number>> = {
  xe_assert: 1,
  xe_assert_msg: 1,
  xe_tile_assert: 1,
  xe_gt_assert: 1,
  GEM_BUG_ON: -1,
  BUG_ON: -1,
  assert: 0,
};

/** Functions that change nothing tracked whatever they are given: logging, tracing, statistics, list and size queries. Prefixes end in `*`. */
export const harmlessNames: readonly string[] = [
  'drm_dbg*', 'drm_err*', 'drm_warn*', 'drm_info*', 'drm_notice*', 'drm_printf', 'drm_print*', 'dev_dbg*', 'dev_err*', 'dev_warn*', 'dev_info*', 'pr_*', 'printk*', 'trace_*', 'vm_dbg', 'vm_err', 'vm_warn', 'xe_gt_dbg', 'xe_gt_err', 'xe_gt_warn', 'xe_gt_info',
  'list_empty*', 'list_is_*', 'list_first_entry*', 'list_next_entry', 'list_prev_entry', 'list_last_entry', 'INIT_LIST_HEAD', 'list_del*', 'list_move*', 'init_waitqueue_head', 'kref_read', 'refcount_read', 'atomic_read', 'atomic64_read', 'atomic_long_read', 'atomic_set', 'atomic_inc*', 'atomic_dec*', 'atomic64_*', 'test_bit', 'set_bit', 'clear_bit', '__set_bit', '__clear_bit', 'test_and_set_bit', 'test_and_clear_bit',
  'snprintf', 'scnprintf', 'sprintf', 'seq_*', 'sysfs_emit*', 'strcmp', 'strlen', 'strscpy', 'mem_is_zero', 'memcmp', 'might_alloc', 'fs_reclaim_*', 'cond_resched', 'schedule*', 'msleep', 'udelay', 'usleep_range', 'ktime_*', 'jiffies*', 'time_after*', 'time_before*', 'mmu_interval_read_begin', 'mmu_interval_read_retry', 'mmu_interval_set_seq', 'mmu_interval_check_retry', 'mmu_notifier_range_blockable', 'hmm_pfn_*', 'page_*', 'folio_*', 'is_device_*', 'is_zone_device_page', 'pfn_to_page', 'page_to_pfn', 'virt_to_page', 'lockdep_*', 'rb_*', 'interval_tree_*', 'IS_ENABLED', 'IS_DGFX', 'BIT', 'BIT_ULL', 'GENMASK*', 'ARRAY_SIZE', 'ALIGN', 'ALIGN_DOWN', 'round_up', 'round_down', 'min', 'max', 'min_t', 'max_t', 'clamp*', 'swap', 'DIV_ROUND_UP', 'upper_32_bits', 'lower_32_bits', 'ilog2', 'roundup_pow_of_two', 'is_power_of_2', 'BUILD_BUG_ON*', 'queue_work', 'queue_delayed_work', 'mod_delayed_work', 'wake_up*', 'complete', 'complete_all', 'dma_fence_wait*', 'dma_fence_signal*', 'dma_fence_is_*', 'dma_resv_wait_timeout', 'dma_resv_iter_*', 'dma_fence_enable_signaling', 'kref_init', 'INIT_WORK', 'flush_work', 'cancel_work_sync', 'synchronize_*', 'rcu_read_lock', 'rcu_read_unlock', 'smp_mb*', 'smp_wmb', 'smp_rmb', 'wmb', 'rmb', 'barrier', 'range_debug', 'current', 'might_sleep*', 'mmdrop', 'mmgrab', 'put_page', 'get_page', 'unlock_page', 'lock_page', 'offsetof', 'ERR_OR_ZERO', 'to_pci_dev', 'dev_name', 'sg_dma_*', 'sg_next', 'sg_page', 'sg_is_last', 'for_each_*', 'offset_in_page', 'PAGE_ALIGN*', 'PFN_*', 'PHYS_PFN', 'hmm_range_fault*', 'vma_lookup', 'find_vma*', 'vma_is_*', 'is_vm_hugetlb_page', 'msecs_to_jiffies', 'READ_ONCE', 'xe_gt_stats_*', '__xe_*stats*', 'assert_*', 'ERR_PTR', 'static_assert', 'local_clock', 'sched_clock', 'capable', 'signal_pending*', 'fatal_signal_pending', 'need_resched', 'preempt_*', 'local_irq_*', 'in_interrupt', 'raw_smp_processor_id', 'smp_processor_id', 'dma_get_max_seg_size', 'dma_max_mapping_size', 'swiotlb_*', 'get_order', 'fls*', 'ffs*', '__ffs', 'hweight*', 'bitmap_*', 'find_*_bit', 'copy_from_user', 'copy_to_user', 'access_ok', 'u64_to_user_ptr',
];
