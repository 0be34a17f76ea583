/** drm_pagemap: references and migration. Facts read from `drivers/gpu/drm/drm_pagemap.c` and its headers. */
import type { CallbackContract, Contract } from './schema.js';

const CORE = 'drivers/gpu/drm/drm_pagemap.c';

/** Contracts of drm_pagemap. */
export const pagemapContracts: readonly Contract[] = [
  { name: 'drm_pagemap_get', words: 'Takes a reference; NULL is allowed.', source: 'include/drm/drm_pagemap.h: drm_pagemap_get', result: 'value', returns: 0, ops: [{ op: 'acquire', ref: '0', family: 'pagemap', releasedBy: 'drm_pagemap_put' }], lifecycle: 'pagemap-reference' },
  { name: 'drm_pagemap_put', words: 'Drops a reference; NULL is allowed.', source: `${CORE}: drm_pagemap_put`, result: 'void', ops: [{ op: 'release', ref: '0', family: 'pagemap' }], lifecycle: 'pagemap-reference' },
  { name: 'drm_pagemap_get_unless_zero', words: 'Takes a reference unless the last one is gone; the pagemap, or NULL.', source: 'include/drm/drm_pagemap.h: drm_pagemap_get_unless_zero', result: 'null', returns: 0, fail: [], ok: [{ op: 'acquire', ref: '0', family: 'pagemap', releasedBy: 'drm_pagemap_put' }], lifecycle: 'pagemap-reference' },
  { name: 'drm_pagemap_init', words: 'Initialises an embedded pagemap with one reference.', source: `${CORE}: drm_pagemap_init`, result: 'errno', mustCheck: true, ok: [{ op: 'acquire', ref: '0', family: 'pagemap', releasedBy: 'drm_pagemap_put' }], fail: [], does: ['sleep', 'alloc'], lifecycle: 'pagemap-reference' },
  { name: 'drm_pagemap_create', words: 'Makes a pagemap with one reference, or an error pointer.', source: `${CORE}: drm_pagemap_create`, result: 'errptr', ok: [{ op: 'acquire', ref: 'ret', family: 'pagemap', releasedBy: 'drm_pagemap_put' }], does: ['sleep', 'alloc'], lifecycle: 'pagemap-reference' },
  { name: 'drm_pagemap_populate_mm', words: 'Migrates an address range to device memory; sleeps.', source: `${CORE}: drm_pagemap_populate_mm`, result: 'errno', mustCheck: true, does: ['sleep', 'mmap-lock', 'alloc', 'fault'], lifecycle: 'migrate' },
  { name: 'drm_pagemap_migrate_to_devmem', words: 'Migrates to the allocation and consumes its reference, also on failure.', source: `${CORE}: drm_pagemap_migrate_to_devmem`, result: 'errno', mustCheck: true, does: ['sleep', 'alloc', 'fault'], lifecycle: 'migrate' },
  { name: 'drm_pagemap_evict_to_ram', words: 'Migrates device memory back to the system; sleeps.', source: `${CORE}: drm_pagemap_evict_to_ram`, result: 'errno', mustCheck: true, does: ['sleep', 'mmap-lock', 'alloc', 'fault'], lifecycle: 'evict' },
  { name: 'drm_pagemap_devmem_init', words: 'Initialises a device memory allocation.', source: `${CORE}: drm_pagemap_devmem_init`, result: 'void', lifecycle: 'migrate' },
  { name: 'drm_pagemap_page_to_dpagemap', words: 'The pagemap of a device page; borrowed.', source: `${CORE}: drm_pagemap_page_to_dpagemap`, result: 'value', pure: true, harmless: true },
  { name: 'drm_pagemap_addr_encode', words: 'Packs a device address.', source: 'include/drm/drm_pagemap.h: drm_pagemap_addr_encode', result: 'value', returns: 0 },
  { name: 'drm_pagemap_page_zone_device_data', words: 'Zone device data of a page.', source: 'include/drm/drm_pagemap.h', result: 'value', harmless: true },
];

/** Callback tables of drm_pagemap. */
export const pagemapCallbacks: readonly CallbackContract[] = [
  { structTag: 'struct drm_pagemap_ops', member: 'device_map', words: 'Maps a device page for another device.', source: 'include/drm/drm_pagemap.h: struct drm_pagemap_ops', call: { name: 'device_map', words: 'Maps a device page for another device; the address must be checked with dma_mapping_error.', source: 'include/drm/drm_pagemap.h: struct drm_pagemap_ops', result: 'value', ops: [{ op: 'dma-map', handle: 'ret', device: '1', direction: '4', checkedBy: 'dma-check' }], mustCheck: true, lifecycle: 'dma-mappings' } },
  { structTag: 'struct drm_pagemap_ops', member: 'device_unmap', words: 'Drops what `device_map` mapped.', source: 'include/drm/drm_pagemap.h: struct drm_pagemap_ops', call: { name: 'device_unmap', words: 'Drops what `device_map` mapped.', source: 'include/drm/drm_pagemap.h: struct drm_pagemap_ops', result: 'void', ops: [{ op: 'dma-unmap', handle: '*2.addr', device: '1' }], lifecycle: 'dma-mappings' } },
  { structTag: 'struct drm_pagemap_ops', member: 'populate_mm', words: 'Migrates an address range to this memory.', source: 'include/drm/drm_pagemap.h: struct drm_pagemap_ops', result: 'errno' },
  { structTag: 'struct drm_pagemap_ops', member: 'destroy', words: 'Frees the pagemap after its last reference.', source: 'include/drm/drm_pagemap.h: struct drm_pagemap_ops', result: 'void' },
];
