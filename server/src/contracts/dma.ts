/** DMA mappings: who makes, checks and drops them. Facts from `include/linux/dma-mapping.h` and `Documentation/core-api/dma-api.rst`. */
import type { CallbackContract, Contract } from './schema.js';

const DMA = 'include/linux/dma-mapping.h';

const map = (name: string, words: string): Contract => ({ name, words, source: DMA, result: 'value', ops: [{ op: 'dma-map', handle: 'ret', device: '0', size: name === 'dma_map_page' || name === 'dma_map_page_attrs' ? '3' : '2', direction: name === 'dma_map_page' || name === 'dma_map_page_attrs' ? '4' : '3', checkedBy: 'dma-check' }], mustCheck: true, lifecycle: 'dma-mappings' });
const unmap = (name: string, handle: string, size: string, direction: string): Contract => ({ name, words: 'Drops the mapping; device, size and direction as it was made.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle, device: '0', size, direction }], lifecycle: 'dma-mappings' });

/** Contracts of the DMA API. */
export const dmaContracts: readonly Contract[] = [
  map('dma_map_page', 'Maps a page; the address must be checked with dma_mapping_error.'),
  map('dma_map_page_attrs', 'Maps a page; the address must be checked with dma_mapping_error.'),
  map('dma_map_single', 'Maps memory; the address must be checked with dma_mapping_error.'),
  map('dma_map_single_attrs', 'Maps memory; the address must be checked with dma_mapping_error.'),
  map('dma_map_resource', 'Maps a resource; the address must be checked with dma_mapping_error.'),
  { name: 'dma_mapping_error', words: 'Tells whether a mapping failed.', source: DMA, result: 'errno', ops: [{ op: 'dma-check', handle: '1' }], pure: true, lifecycle: 'dma-mappings' },
  unmap('dma_unmap_page', '1', '2', '3'),
  unmap('dma_unmap_page_attrs', '1', '2', '3'),
  unmap('dma_unmap_single', '1', '2', '3'),
  unmap('dma_unmap_single_attrs', '1', '2', '3'),
  unmap('dma_unmap_resource', '1', '2', '3'),
  { name: 'dma_map_sg', words: 'Maps a scatterlist; 0 on failure.', source: DMA, result: 'count', ok: [{ op: 'dma-map', handle: '1', device: '0', size: '2', direction: '3', checkedBy: 'zero' }], fail: [{ op: 'unlooked' }], mustCheck: true, lifecycle: 'dma-mappings' },
  { name: 'dma_map_sg_attrs', words: 'Maps a scatterlist; 0 on failure.', source: DMA, result: 'count', ok: [{ op: 'dma-map', handle: '1', device: '0', size: '2', direction: '3', checkedBy: 'zero' }], fail: [{ op: 'unlooked' }], mustCheck: true, lifecycle: 'dma-mappings' },
  { name: 'dma_map_sgtable', words: 'Maps a scatter table; 0 or an errno.', source: DMA, result: 'errno', ok: [{ op: 'dma-map', handle: '1', device: '0', direction: '2', checkedBy: 'errno' }], fail: [{ op: 'unlooked' }], mustCheck: true, lifecycle: 'dma-mappings' },
  { name: 'dma_unmap_sg', words: 'Drops a scatterlist mapping.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0', size: '2', direction: '3' }], lifecycle: 'dma-mappings' },
  { name: 'dma_unmap_sg_attrs', words: 'Drops a scatterlist mapping.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0', size: '2', direction: '3' }], lifecycle: 'dma-mappings' },
  { name: 'dma_unmap_sgtable', words: 'Drops a scatter table mapping.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0', direction: '2' }], lifecycle: 'dma-mappings' },
  { name: 'i915_gem_gtt_prepare_pages', words: 'Maps the object\'s scatter table; 0 or an errno.', source: 'drivers/gpu/drm/i915/i915_gem_gtt.c: i915_gem_gtt_prepare_pages', result: 'errno', ok: [{ op: 'dma-map', handle: '1', device: '0', checkedBy: 'errno' }], fail: [{ op: 'unlooked' }], mustCheck: true, does: ['sleep', 'alloc'], lifecycle: 'gem-dma' },
  { name: 'i915_gem_gtt_finish_pages', words: 'Drops the mapping of the object\'s scatter table.', source: 'drivers/gpu/drm/i915/i915_gem_gtt.c: i915_gem_gtt_finish_pages', result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0' }], does: ['sleep'], lifecycle: 'gem-dma' },
  { name: 'dma_buf_map_attachment', words: 'Maps the attachment; a table, or an error pointer.', source: 'drivers/dma-buf/dma-buf.c: dma_buf_map_attachment', result: 'errptr', mustCheck: true, ok: [{ op: 'dma-map', handle: 'ret', device: '0', direction: '1', checkedBy: 'errno' }], fail: [], does: ['sleep'], lifecycle: 'gem-dma' },
  { name: 'dma_buf_map_attachment_unlocked', words: 'Maps the attachment under its reservation; a table, or an error pointer.', source: 'drivers/dma-buf/dma-buf.c: dma_buf_map_attachment_unlocked', result: 'errptr', mustCheck: true, ok: [{ op: 'dma-map', handle: 'ret', device: '0', direction: '1', checkedBy: 'errno' }], fail: [], does: ['sleep'], lifecycle: 'gem-dma' },
  { name: 'dma_buf_unmap_attachment', words: 'Drops the attachment\'s mapping; direction as it was made.', source: 'drivers/dma-buf/dma-buf.c: dma_buf_unmap_attachment', result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0', direction: '2' }], does: ['sleep'], lifecycle: 'gem-dma' },
  { name: 'dma_buf_unmap_attachment_unlocked', words: 'Drops the attachment\'s mapping under its reservation.', source: 'drivers/dma-buf/dma-buf.c: dma_buf_unmap_attachment_unlocked', result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0', direction: '2' }], does: ['sleep'], lifecycle: 'gem-dma' },
  { name: 'dma_alloc_coherent', words: 'Allocates memory that the device and the CPU share; NULL when there is none.', source: DMA, result: 'null', ok: [{ op: 'acquire', ref: 'ret', family: 'memory', releasedBy: 'dma_free_coherent', zeroed: true }], does: ['alloc'], gfp: 3, lifecycle: 'dma-mappings' },
  { name: 'dma_free_coherent', words: 'Frees what `dma_alloc_coherent` gave.', source: DMA, result: 'void', ops: [{ op: 'release', ref: '2', family: 'memory' }], lifecycle: 'dma-mappings' },
  { name: 'dma_iova_try_alloc', words: 'Reserves IOVA space when the device can; then it must be freed.', source: DMA, result: 'bool', ok: [{ op: 'dma-map', handle: '1', device: '0', checkedBy: 'zero' }], fail: [], lifecycle: 'dma-mappings' },
  { name: 'dma_use_iova', words: 'Tells whether IOVA space was reserved.', source: DMA, result: 'bool', pure: true, harmless: true, lifecycle: 'dma-mappings' },
  { name: 'dma_iova_link', words: 'Maps into reserved IOVA space.', source: DMA, result: 'errno', ok: [], fail: [{ op: 'unlooked' }], mustCheck: true, lifecycle: 'dma-mappings' },
  { name: 'dma_iova_sync', words: 'Flushes mappings made in IOVA space.', source: DMA, result: 'errno', ok: [], fail: [{ op: 'unlooked' }], mustCheck: true, lifecycle: 'dma-mappings' },
  { name: 'dma_iova_unlink', words: 'Unmaps from IOVA space; the reservation stays.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle: '1.linked' }], lifecycle: 'dma-mappings' },
  { name: 'dma_iova_free', words: 'Frees IOVA space.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0' }], lifecycle: 'dma-mappings' },
  { name: 'dma_iova_destroy', words: 'Unmaps and frees IOVA space.', source: DMA, result: 'void', ops: [{ op: 'dma-unmap', handle: '1', device: '0' }], lifecycle: 'dma-mappings' },
  { name: 'sg_alloc_table', words: 'Allocates a scatter table.', source: 'lib/scatterlist.c', result: 'errno', mustCheck: true, does: ['alloc'], ok: [{ op: 'acquire', ref: '0.sgl', family: 'object', releasedBy: 'sg_free_table' }], fail: [] },
  { name: 'sg_alloc_table_from_pages', words: 'Allocates a scatter table over pages.', source: 'lib/scatterlist.c', result: 'errno', mustCheck: true, does: ['alloc'], ok: [{ op: 'acquire', ref: '0.sgl', family: 'object', releasedBy: 'sg_free_table' }], fail: [] },
  { name: 'sg_alloc_table_from_pages_segment', words: 'Allocates a scatter table over pages.', source: 'lib/scatterlist.c', result: 'errno', mustCheck: true, does: ['alloc'], ok: [{ op: 'acquire', ref: '0.sgl', family: 'object', releasedBy: 'sg_free_table' }], fail: [] },
  { name: 'sg_free_table', words: 'Frees a scatter table.', source: 'lib/scatterlist.c', result: 'void', ops: [{ op: 'release', ref: '0.sgl', family: 'object' }] },
  { name: 'mmu_interval_notifier_insert', words: 'Publishes an interval notifier: from here its callback may run.', source: 'mm/mmu_notifier.c: mmu_interval_notifier_insert', result: 'errno', mustCheck: true, ops: [{ op: 'publish', ref: '0' }], does: ['sleep', 'mmap-lock', 'alloc'], lifecycle: 'userptr' },
  { name: 'mmu_interval_notifier_insert_locked', words: 'Publishes an interval notifier, the mmap lock held.', source: 'mm/mmu_notifier.c', result: 'errno', mustCheck: true, ops: [{ op: 'publish', ref: '0' }], does: ['sleep', 'alloc'], lifecycle: 'userptr' },
  { name: 'mmu_interval_read_retry', words: 'Tells whether an invalidation came after the sequence number was read; under the lock that the callback takes.', source: 'mm/mmu_notifier.c, include/linux/mmu_notifier.h: mmu_interval_read_retry', result: 'bool', ok: [], fail: [{ op: 'proven', ref: '1' }], mustCheck: true, lifecycle: 'commit' },
  { name: 'mmu_interval_notifier_remove', words: 'Takes the notifier away and waits for its callbacks.', source: 'mm/mmu_notifier.c: mmu_interval_notifier_remove', result: 'void', does: ['sleep'], lifecycle: 'userptr' },
];

/** Callback tables of GEM, TTM and dma-buf: where backing pages are made and dropped, where objects are bound. */
export const gemCallbacks: readonly CallbackContract[] = [
  { structTag: 'struct drm_i915_gem_object_ops', member: 'get_pages', words: 'Makes the backing pages and their DMA mapping; returns early when nested.', source: 'drivers/gpu/drm/i915/gem/i915_gem_object_types.h', role: 'pages-get', result: 'errno', lifecycle: 'gem-dma' },
  { structTag: 'struct drm_i915_gem_object_ops', member: 'put_pages', words: 'Drops the DMA mapping and the backing pages.', source: 'drivers/gpu/drm/i915/gem/i915_gem_object_types.h', role: 'pages-put', result: 'void', lifecycle: 'gem-dma' },
  { structTag: 'struct i915_vma_ops', member: 'bind_vma', words: 'Binds an object into an address space; an object may be bound many times.', source: 'drivers/gpu/drm/i915/gt/intel_gtt.h', role: 'bind', lifecycle: 'gem-dma' },
  { structTag: 'struct i915_vma_ops', member: 'unbind_vma', words: 'Takes one binding away.', source: 'drivers/gpu/drm/i915/gt/intel_gtt.h', role: 'unbind', lifecycle: 'gem-dma' },
];
