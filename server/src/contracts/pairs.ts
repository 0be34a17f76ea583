/** Pairs of callbacks between which an object's backing pages live. Facts from the headers that declare the tables. */

/** Members of one table: the first makes the backing pages, the second drops them. */
export interface BackingPair {
  readonly make: string;
  readonly drop: string;
  readonly source: string;
}

/** By their place in a table, whatever the table's struct is called. */
export const backingPairs: readonly BackingPair[] = [
  { make: 'get_pages', drop: 'put_pages', source: 'drivers/gpu/drm/i915/gem/i915_gem_object_types.h: struct drm_i915_gem_object_ops' },
  { make: 'ttm_tt_populate', drop: 'ttm_tt_unpopulate', source: 'include/drm/ttm/ttm_device.h: struct ttm_device_funcs' },
  { make: 'map_dma_buf', drop: 'unmap_dma_buf', source: 'include/linux/dma-buf.h: struct dma_buf_ops' },
];

/** Members that bind an object into an address space, any number of times. */
export const bindMembers: readonly string[] = ['bind_vma', 'unbind_vma', 'fault', 'run_job'];
