/**
 * The lifecycle in words: what hovers, lenses and the lifecycle view say of the API's names, where one sentence of a contract
 * is not enough. The engine does not read these tables; a test holds their anchors against docs/lifecycle.md.
 * Sources: include/drm/drm_gpusvm.h, drivers/gpu/drm/drm_gpusvm.c, include/drm/drm_pagemap.h, drivers/gpu/drm/drm_pagemap.c.
 */

/** What part a call plays in a lifecycle. */
export type Stage =
  | 'set up'
  | 'tear down'
  | 'insert'
  | 'remove'
  | 'reference'
  | 'release'
  | 'init pages'
  | 'map'
  | 'unmap'
  | 'free pages'
  | 'validate'
  | 'mark unmapped'
  | 'migrate'
  | 'evict'
  | 'lock'
  | 'unlock'
  | 'iterate'
  | 'look up'
  | 'dma map'
  | 'dma unmap'
  | 'subscribe'
  | 'unsubscribe';

/** A kernel function or macro in words. */
export interface FunctionWords {
  readonly stage: Stage;
  /** Anchor in docs/lifecycle.md. */
  readonly anchor: string;
  /** What the caller must have done or hold. */
  readonly before?: string;
  readonly does: string;
  readonly caution?: string;
  /** Only true where ranges own no pages (the split generation). */
  readonly splitOnly?: string;
}

/** Words by function name. */
export const functionWords: Readonly<Record<string, FunctionWords>> = {
  drm_gpusvm_init: {
    stage: 'set up',
    anchor: 'address-space',
    before: 'With an `mm`: ops with `invalidate`, and chunk sizes. Without one: none of them (pages only).',
    does: 'Prepares the address space and its notifier lock.',
    caution: 'Can fail; give the driver lock with `drm_gpusvm_driver_set_lock` before the first range.',
  },
  drm_gpusvm_fini: {
    stage: 'tear down',
    anchor: 'address-space',
    before: 'No new faults; the driver lock is held.',
    does: 'Removes every range and notifier of the address space.',
    splitOnly: 'The pages of every range must be unmapped first: this call does not do it.',
  },
  drm_gpusvm_driver_set_lock: {
    stage: 'set up',
    anchor: 'driver-lock',
    does: 'Names the lock that serialises insertion, removal and walks of ranges, for lockdep.',
    caution: 'Once per address space.',
  },
  drm_gpusvm_range_find_or_insert: {
    stage: 'insert',
    anchor: 'range-life',
    before: 'Driver lock held; notifier lock not held; may sleep.',
    does: 'Returns the range that covers the address, allocated with `range_alloc` and put in the tree when there was none.',
    caution: 'Returns an error pointer on failure, never NULL.',
  },
  drm_gpusvm_range_remove: {
    stage: 'remove',
    anchor: 'range-removal',
    before: 'Driver lock held; notifier lock not held.',
    does: "Takes the range off its notifier's tree and drops the tree's reference, which may free it.",
    splitOnly: 'Its pages must be unmapped first: afterwards no notifier finds this range, and the device would still reach the memory.',
    caution: 'The range is dead afterwards unless the caller holds a reference of its own.',
  },
  drm_gpusvm_range_get: {
    stage: 'reference',
    anchor: 'range-references',
    does: 'Takes a reference on the range.',
    caution: 'A reference keeps memory alive, not the mapping and not the place in the tree.',
  },
  drm_gpusvm_range_put: {
    stage: 'release',
    anchor: 'range-references',
    does: "Drops a reference; the last one calls the driver's `range_free`.",
    caution: 'May run `range_free`: do not touch the range afterwards.',
  },
  drm_gpusvm_init_pages: {
    stage: 'init pages',
    anchor: 'pages-init',
    before: 'Once, on fresh memory, before a notifier or another thread can see it.',
    does: 'Zeroes the pages object, binds its device, and sets a sequence number that no notifier has.',
    caution: 'On a live object it forgets the mappings.',
  },
  drm_gpusvm_get_pages: {
    stage: 'map',
    anchor: 'pages-map',
    before: 'Pages initialised; neither notifier lock nor mmap lock held; sleeps.',
    does: 'Collects the CPU pages and maps them for the device; takes the notifier lock for read itself. Returns early when they are valid already.',
    caution:
      '`-EOPNOTSUPP`: mixed placement, evict and retry. `-EFAULT`, `-EPERM`: the CPU mapping changed, retry. Success is not the end: check `drm_gpusvm_pages_valid` under the lock before committing.',
  },
  drm_gpusvm_range_get_pages: {
    stage: 'map',
    anchor: 'generations',
    before: 'Neither notifier lock nor mmap lock held; sleeps.',
    does: "Maps the range's own pages. Only where ranges own pages; newer trees call `drm_gpusvm_get_pages` on the driver's pages.",
  },
  drm_gpusvm_unmap_pages: {
    stage: 'unmap',
    anchor: 'invalidation',
    before: '`ctx->in_notifier` true exactly where the notifier lock is held for write; otherwise the call takes it for read itself.',
    does: 'Drops the device mappings and the reference on the pagemap.',
    caution: 'Must run for every range that an invalidation covers: the IOMMU must not reach pages that the CPU gave up.',
  },
  drm_gpusvm_range_unmap_pages: {
    stage: 'unmap',
    anchor: 'generations',
    before: '`ctx->in_notifier` true exactly where the notifier lock is held for write.',
    does: "Unmaps the range's own pages. Only where ranges own pages.",
  },
  drm_gpusvm_free_pages: {
    stage: 'free pages',
    anchor: 'pages-free',
    before: 'Notifier lock not held.',
    does: 'Unmaps what is left and frees the array of device addresses.',
    caution: 'From `range_free` it is a backstop, not the normal unmap; it runs before the memory that embeds the pages is freed.',
  },
  drm_gpusvm_pages_valid: {
    stage: 'validate',
    anchor: 'commit',
    before: 'Notifier lock held, for read or write.',
    does: 'Says whether the mapping still stands.',
    caution: 'The last step before committing a GPU binding, under the same hold of the lock.',
  },
  drm_gpusvm_range_pages_valid: {
    stage: 'validate',
    anchor: 'generations',
    before: 'Notifier lock held, for read or write.',
    does: "Says whether the mapping of the range's own pages still stands. Only where ranges own pages.",
  },
  drm_gpusvm_range_set_unmapped: {
    stage: 'mark unmapped',
    anchor: 'unmap-event',
    before: 'Notifier lock held for write.',
    does: 'Marks the range, and each of its pages entries, as gone from the CPU address space.',
    caution: 'On `MMU_NOTIFY_UNMAP`, before the range is queued for collection.',
  },
  drm_gpusvm_range_evict: {
    stage: 'evict',
    anchor: 'retries',
    before: 'Neither notifier lock nor mmap lock held; sleeps.',
    does: 'Moves the memory of the range back to system RAM.',
    caution: 'Its result is often ignored by design: the retry finds out.',
  },
  drm_gpusvm_scan_mm: {
    stage: 'look up',
    anchor: 'migration',
    before: 'Neither notifier lock nor mmap lock held; sleeps.',
    does: 'Says where the memory behind the range lives now.',
  },
  drm_gpusvm_has_mapping: {
    stage: 'look up',
    anchor: 'range-life',
    does: 'Says whether any range in the interval has a device mapping.',
  },
  drm_gpusvm_range_find: {
    stage: 'look up',
    anchor: 'iteration',
    before: 'Driver lock or notifier lock held.',
    does: 'Finds the first range in the interval; takes no reference.',
  },
  drm_gpusvm_notifier_find: {
    stage: 'look up',
    anchor: 'iteration',
    before: 'Driver lock or notifier lock held.',
    does: 'Finds the first notifier in the interval.',
  },
  drm_gpusvm_for_each_range: {
    stage: 'iterate',
    anchor: 'iteration',
    before: 'Driver lock or notifier lock held.',
    does: 'Walks the ranges of a notifier.',
    caution: 'Where the body removes ranges, the `_safe` form.',
  },
  drm_gpusvm_for_each_range_safe: {
    stage: 'iterate',
    anchor: 'iteration',
    before: 'Driver lock or notifier lock held.',
    does: 'Walks the ranges of a notifier; the body may remove the present one.',
  },
  drm_gpusvm_for_each_notifier: {
    stage: 'iterate',
    anchor: 'iteration',
    before: 'Driver lock or notifier lock held.',
    does: 'Walks the notifiers of an address space.',
    caution: 'Where the body removes ranges, the `_safe` form: the last range takes its notifier along.',
  },
  drm_gpusvm_for_each_notifier_safe: {
    stage: 'iterate',
    anchor: 'iteration',
    before: 'Driver lock or notifier lock held.',
    does: 'Walks the notifiers of an address space; the body may remove the present one.',
  },
  drm_gpusvm_notifier_lock: {
    stage: 'lock',
    anchor: 'notifier-lock',
    before: 'Not taken by this thread already; after the driver lock, the mmap lock and dma-resv.',
    does: 'Takes the notifier lock for read: no invalidation runs meanwhile.',
    caution: 'The lock is taken in reclaim: nothing under it may allocate with GFP_KERNEL or fault.',
  },
  drm_gpusvm_notifier_unlock: {
    stage: 'unlock',
    anchor: 'notifier-lock',
    does: 'Drops the notifier lock taken for read.',
  },
  drm_pagemap_get: {
    stage: 'reference',
    anchor: 'pagemap-reference',
    does: 'Takes a reference on the pagemap; NULL is allowed.',
    caution: 'A stored pointer carries a reference.',
  },
  drm_pagemap_get_unless_zero: {
    stage: 'reference',
    anchor: 'pagemap-reference',
    does: 'Takes a reference on the pagemap unless its last one is gone; NULL then.',
  },
  drm_pagemap_put: {
    stage: 'release',
    anchor: 'pagemap-reference',
    does: 'Drops a reference on the pagemap; NULL is allowed.',
  },
  drm_pagemap_populate_mm: {
    stage: 'migrate',
    anchor: 'migration',
    before: 'Neither notifier lock nor mmap lock held; sleeps.',
    does: "Moves memory of an address space to the pagemap's device.",
  },
  drm_pagemap_devmem_init: {
    stage: 'migrate',
    anchor: 'migration',
    does: 'Prepares an allocation of device memory for a migration.',
  },
  drm_pagemap_migrate_to_devmem: {
    stage: 'migrate',
    anchor: 'migration',
    before: 'mmap lock held; allocation prepared with `drm_pagemap_devmem_init`.',
    does: 'Moves pages into the allocation.',
    caution: "Consumes the allocation's reference, on failure too.",
  },
  drm_pagemap_evict_to_ram: {
    stage: 'evict',
    anchor: 'migration',
    before: 'Neither notifier lock nor mmap lock held; sleeps.',
    does: 'Moves an allocation back to system RAM.',
  },
  mmu_interval_notifier_insert: {
    stage: 'subscribe',
    anchor: 'userptr',
    before: 'Everything that the callback reads is initialised.',
    does: 'From here on the callback may run, on any CPU.',
  },
  mmu_interval_notifier_remove: {
    stage: 'unsubscribe',
    anchor: 'userptr',
    before: 'No lock held that the callback takes.',
    does: 'Waits for running callbacks; afterwards none runs.',
  },
  dma_map_page: {
    stage: 'dma map',
    anchor: 'dma-check',
    does: 'Maps a page for the device.',
    caution: 'Check the result with `dma_mapping_error` before use.',
  },
  dma_map_single: {
    stage: 'dma map',
    anchor: 'dma-check',
    does: 'Maps a buffer for the device.',
    caution: 'Check the result with `dma_mapping_error` before use.',
  },
  dma_map_resource: {
    stage: 'dma map',
    anchor: 'dma-check',
    does: 'Maps a resource for the device.',
    caution: 'Check the result with `dma_mapping_error` before use.',
  },
  dma_map_sg: {
    stage: 'dma map',
    anchor: 'dma-check',
    does: 'Maps a scatterlist for the device.',
    caution: 'Returns 0 on failure, never a negative number.',
  },
  dma_map_sgtable: {
    stage: 'dma map',
    anchor: 'dma-check',
    does: 'Maps a scatter table for the device.',
    caution: 'Returns 0 or a negative errno.',
  },
  dma_unmap_page: { stage: 'dma unmap', anchor: 'dma-unmap', does: 'Unmaps a page; device, size and direction are those of the mapping.' },
  dma_unmap_single: {
    stage: 'dma unmap',
    anchor: 'dma-unmap',
    does: 'Unmaps a buffer; device, size and direction are those of the mapping.',
  },
  dma_unmap_sg: { stage: 'dma unmap', anchor: 'dma-unmap', does: 'Unmaps a scatterlist, with the number of entries given to the mapping.' },
  dma_unmap_sgtable: {
    stage: 'dma unmap',
    anchor: 'dma-unmap',
    does: 'Unmaps a scatter table; device and direction are those of the mapping.',
  },
  dma_iova_try_alloc: {
    stage: 'dma map',
    anchor: 'dma-lifetime',
    does: 'Reserves I/O virtual addresses; false when the device has none to reserve.',
  },
  dma_iova_link: { stage: 'dma map', anchor: 'dma-lifetime', does: 'Maps a physical range into reserved I/O virtual addresses.' },
  dma_iova_destroy: {
    stage: 'dma unmap',
    anchor: 'teardown-order',
    does: 'Unmaps the linked part and gives the reservation back.',
    caution: 'Reads the linked length and the direction: both must have been recorded by then.',
  },
};

/** A kernel type in words. */
export interface TypeWords {
  readonly anchor: string;
  readonly what: string;
  readonly owns: string;
  readonly livesUntil: string;
}

/** Words by struct tag (without `struct`). */
export const typeWords: Readonly<Record<string, TypeWords>> = {
  drm_gpusvm: {
    anchor: 'address-space',
    what: 'One mirrored address space (an `mm`).',
    owns: 'Its notifiers and the notifier lock.',
    livesUntil: '`drm_gpusvm_fini`.',
  },
  drm_gpusvm_notifier: {
    anchor: 'range-life',
    what: 'One MMU interval notifier over a large, aligned piece of the address space.',
    owns: 'A tree and a list of ranges.',
    livesUntil: 'Its last range is removed.',
  },
  drm_gpusvm_range: {
    anchor: 'range-and-pages',
    what: 'A range of virtual addresses; its MM state.',
    owns: "Its place in the notifier's tree, by a reference count.",
    livesUntil: 'The last `drm_gpusvm_range_put`, then `range_free`.',
  },
  drm_gpusvm_pages: {
    anchor: 'range-and-pages',
    what: 'The device state behind a range or a userptr, for one device.',
    owns: 'The DMA mappings, the array `dma_addr`, one reference on `dpagemap`.',
    livesUntil: '`drm_gpusvm_free_pages`, called by whoever embeds it.',
  },
  drm_pagemap: {
    anchor: 'pagemap-reference',
    what: 'Device-private memory of one device.',
    owns: 'Its zone device data.',
    livesUntil: 'The last `drm_pagemap_put`.',
  },
  drm_pagemap_devmem: {
    anchor: 'migration',
    what: 'One allocation of device memory that takes part in a migration.',
    owns: 'The device memory behind the migrated pages.',
    livesUntil: 'Its `devmem_release`, once no page uses it.',
  },
  drm_gpusvm_ctx: {
    anchor: 'invalidation',
    what: 'How one operation is to run.',
    owns: 'Nothing.',
    livesUntil: 'The call returns.',
  },
  drm_gpusvm_ops: { anchor: 'range-life', what: "The driver's callbacks.", owns: 'Nothing.', livesUntil: 'The module is gone.' },
  mmu_interval_notifier: {
    anchor: 'userptr',
    what: 'A subscription to changes of one interval of an address space.',
    owns: 'Its place in the subscription tree.',
    livesUntil: '`mmu_interval_notifier_remove`.',
  },
};

/** A member in words. */
export interface MemberWords {
  readonly anchor: string;
  readonly text: string;
}

/** Words by member name; the struct is checked by the caller. */
export const memberWords: Readonly<Record<string, { readonly owners: readonly string[]; readonly words: MemberWords }>> = {
  in_notifier: {
    owners: ['drm_gpusvm_ctx'],
    words: { anchor: 'invalidation', text: 'True exactly where the notifier lock is held for write, which is inside an invalidation.' },
  },
  migrate_devmem: {
    owners: ['drm_gpusvm_range_flags', 'drm_gpusvm_pages_flags'],
    words: { anchor: 'flags', text: 'Set when the range is made: its memory may move to the device.' },
  },
  unmapped: {
    owners: ['drm_gpusvm_range_flags', 'drm_gpusvm_pages_flags'],
    words: {
      anchor: 'flags',
      text: 'The CPU mapping is gone. Written under the notifier lock for write; read under the lock, or once with `READ_ONCE` on the whole word.',
    },
  },
  partial_unmap: {
    owners: ['drm_gpusvm_range_flags', 'drm_gpusvm_pages_flags'],
    words: { anchor: 'flags', text: 'Part of the CPU mapping is gone. Written under the notifier lock for write.' },
  },
  has_devmem_pages: {
    owners: ['drm_gpusvm_pages_flags'],
    words: { anchor: 'flags', text: 'The mapping holds device memory. Written under the notifier lock.' },
  },
  has_dma_mapping: {
    owners: ['drm_gpusvm_pages_flags'],
    words: { anchor: 'flags', text: 'Device mappings exist; the teardown reads it. Written under the notifier lock.' },
  },
  __flags: {
    owners: ['drm_gpusvm_range_flags', 'drm_gpusvm_pages_flags'],
    words: {
      anchor: 'flags',
      text: 'The whole word: read once with `READ_ONCE`, written once with `WRITE_ONCE`, never bit by bit where others read without the lock.',
    },
  },
  notifier_seq: {
    owners: ['drm_gpusvm_pages'],
    words: { anchor: 'commit', text: 'Sequence number of the mapping; valid only against the notifier, under the notifier lock.' },
  },
  dma_addr: {
    owners: ['drm_gpusvm_pages'],
    words: { anchor: 'pages-map', text: 'Device addresses. Protected by the notifier lock; freed by `drm_gpusvm_free_pages`.' },
  },
  dpagemap: {
    owners: ['drm_gpusvm_pages', 'drm_pagemap_devmem'],
    words: { anchor: 'pagemap-reference', text: 'The pagemap behind a device-memory mapping; a stored pointer carries a reference.' },
  },
  notifier_lock: {
    owners: ['drm_gpusvm'],
    words: {
      anchor: 'notifier-lock',
      text: 'Held for write in invalidations, for read where validity, addresses and flags must not change. Taken in reclaim.',
    },
  },
};

/** What a callback does, by the role that its contract names. */
export const roleWords: Readonly<Record<string, { readonly title: string; readonly anchor: string }>> = {
  invalidate: { title: 'invalidates ranges', anchor: 'invalidation' },
  'range-free': { title: 'frees ranges', anchor: 'range-release' },
  'range-alloc': { title: 'allocates ranges', anchor: 'range-life' },
  'notifier-invalidate': { title: 'invalidates a userptr', anchor: 'userptr' },
  'pages-get': { title: 'gets backing pages', anchor: 'dma-lifetime' },
  'pages-put': { title: 'puts backing pages', anchor: 'dma-lifetime' },
  bind: { title: 'binds', anchor: 'dma-lifetime' },
  unbind: { title: 'unbinds', anchor: 'dma-lifetime' },
  entry: { title: 'entry point', anchor: 'range-life' },
};

/** Calls that undo each other: the first of a pair acquires, the second releases. Names may stand in several pairs. */
export const pairs: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['drm_gpusvm_init'], ['drm_gpusvm_fini']],
  [['drm_gpusvm_range_find_or_insert'], ['drm_gpusvm_range_remove']],
  [['drm_gpusvm_range_get'], ['drm_gpusvm_range_put']],
  [['drm_gpusvm_init_pages'], ['drm_gpusvm_free_pages']],
  [
    ['drm_gpusvm_get_pages', 'drm_gpusvm_range_get_pages'],
    ['drm_gpusvm_unmap_pages', 'drm_gpusvm_range_unmap_pages', 'drm_gpusvm_free_pages'],
  ],
  [['drm_gpusvm_notifier_lock'], ['drm_gpusvm_notifier_unlock']],
  [['drm_pagemap_get', 'drm_pagemap_get_unless_zero'], ['drm_pagemap_put']],
  [['mmu_interval_notifier_insert', 'mmu_interval_notifier_insert_locked'], ['mmu_interval_notifier_remove']],
  [['dma_map_page'], ['dma_unmap_page']],
  [['dma_map_single'], ['dma_unmap_single']],
  [['dma_map_sg'], ['dma_unmap_sg']],
  [['dma_map_sgtable'], ['dma_unmap_sgtable']],
  [['dma_map_resource'], ['dma_unmap_resource']],
  [
    ['dma_iova_try_alloc', 'dma_iova_link'],
    ['dma_iova_destroy', 'dma_iova_free', 'dma_iova_unlink'],
  ],
  [['down_read', 'down_read_interruptible', 'down_read_killable', 'down_read_trylock'], ['up_read']],
  [
    ['down_write', 'down_write_killable', 'down_write_trylock'],
    ['up_write', 'downgrade_write'],
  ],
  [['mutex_lock', 'mutex_lock_interruptible', 'mutex_lock_killable', 'mutex_trylock'], ['mutex_unlock']],
  [['spin_lock', 'spin_trylock'], ['spin_unlock']],
  [['spin_lock_irq'], ['spin_unlock_irq']],
  [['spin_lock_irqsave'], ['spin_unlock_irqrestore']],
  [['mmap_read_lock', 'mmap_read_trylock'], ['mmap_read_unlock']],
  [['mmap_write_lock', 'mmap_write_lock_killable'], ['mmap_write_unlock']],
  [['dma_resv_lock', 'dma_resv_lock_interruptible', 'dma_resv_trylock'], ['dma_resv_unlock']],
  [
    ['mmget', 'mmget_not_zero'],
    ['mmput', 'mmput_async'],
  ],
  [['kref_get', 'kref_get_unless_zero'], ['kref_put']],
  [
    ['kzalloc', 'kmalloc', 'kcalloc', 'kmalloc_array', 'kzalloc_obj', 'kmalloc_obj', 'kzalloc_objs', 'kmalloc_objs', 'kmemdup', 'krealloc'],
    ['kfree', 'kfree_rcu'],
  ],
  [['kvmalloc', 'kvzalloc', 'kvcalloc', 'kvmalloc_array', 'kvmalloc_objs', 'kvzalloc_objs'], ['kvfree']],
];

/** Types whose embedding makes a struct part of a lifecycle, with what the embedding means. */
export const embeddingWords: Readonly<Record<string, string>> = {
  drm_gpusvm: 'owns the address space',
  drm_gpusvm_range: 'extends a range',
  drm_gpusvm_pages: 'owns pages',
  drm_gpusvm_notifier: 'extends a notifier',
  drm_pagemap: 'owns a pagemap',
  drm_pagemap_devmem: 'owns device memory',
  mmu_interval_notifier: 'owns a notifier',
};

/** What a function does that has a call of the stage, as a verb phrase. */
export const stagePhrases: Readonly<Record<Stage, string>> = {
  'set up': 'sets up the address space',
  'tear down': 'tears the address space down',
  insert: 'finds or inserts a range',
  remove: 'removes ranges',
  reference: 'takes references',
  release: 'drops references',
  'init pages': 'initialises pages',
  map: 'maps pages',
  unmap: 'unmaps pages',
  'free pages': 'frees pages',
  validate: 'checks validity',
  'mark unmapped': 'marks ranges unmapped',
  migrate: 'migrates',
  evict: 'evicts',
  lock: 'takes the notifier lock',
  unlock: 'drops the notifier lock',
  iterate: 'walks ranges',
  'look up': 'looks ranges up',
  'dma map': 'maps for DMA',
  'dma unmap': 'unmaps DMA',
  subscribe: 'inserts a notifier',
  unsubscribe: 'removes a notifier',
};

/** The states of a life in order, and from which a state is rightly reached. The calls that lead there are the contracts' own. */
export interface Life {
  readonly title: string;
  /** Anchor in docs/lifecycle.md where the picture stands. */
  readonly anchor: string;
  readonly states: readonly { readonly name: string; readonly words: string; readonly from: readonly string[] }[];
}

/** The lives that have a picture. State names are those of the operations in the contracts. */
export const lives: Readonly<Record<'pages' | 'range', Life>> = {
  pages: {
    title: 'The life of pages',
    anchor: 'range-and-pages',
    states: [
      { name: 'fresh', words: 'zeroed memory', from: [] },
      { name: 'initialised', words: 'bound to a device', from: ['fresh'] },
      { name: 'mapped', words: 'the device reaches the memory', from: ['initialised', 'unmapped'] },
      { name: 'unmapped', words: 'no mapping, no pagemap reference', from: ['mapped'] },
      { name: 'freed', words: 'the container may go', from: ['unmapped', 'initialised'] },
    ],
  },
  range: {
    title: 'The life of a range',
    anchor: 'range-life',
    states: [
      { name: 'in tree', words: 'notifiers find it', from: [] },
      { name: 'marked', words: 'unmapped by the CPU', from: ['in tree'] },
      { name: 'removed', words: 'no notifier finds it', from: ['in tree', 'marked'] },
      { name: 'released', words: 'after the last put', from: ['removed'] },
    ],
  },
};
