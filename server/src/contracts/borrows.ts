/** Functions that write and read what they are given, and keep and free nothing of it. Facts from their sources in `mm`, `lib` and `include/linux`. */

/** By name; `struct tag.member` for calls through a table. */
export const borrowing: ReadonlySet<string> = new Set([
  'migrate_vma_setup',
  'migrate_vma_pages',
  'migrate_vma_finalize',
  'migrate_device_pfns',
  'migrate_device_range',
  'migrate_device_pages',
  'migrate_device_finalize',
  'pin_user_pages_fast',
  'get_user_pages_fast',
  'unpin_user_pages',
  'unpin_user_pages_dirty_lock',
  'sg_set_page',
  'sg_set_folio',
  'sg_init_table',
  'sg_mark_end',
  '__sg_next',
  'init_completion',
  'mutex_init',
  'xa_init_flags',
  'memchr_inv',
  'struct drm_pagemap_devmem_ops.populate_devmem_pfn',
  'struct drm_pagemap_devmem_ops.copy_to_ram',
  'struct drm_pagemap_devmem_ops.copy_to_devmem',
  'struct drm_pagemap_ops.populate_mm',
]);
