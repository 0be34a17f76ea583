/** Names that the API's facts are read by. Data only; include/drm/drm_gpusvm.h and drivers/gpu/drm/drm_gpusvm.c are the source. */
export const apiNames = {
  header: 'include/drm/drm_gpusvm.h',
  core: 'drivers/gpu/drm/drm_gpusvm.c',
  /** Headers of the API's structs. */
  headers: ['include/drm/drm_gpusvm.h', 'include/drm/drm_pagemap.h'],
  rangeStruct: 'struct drm_gpusvm_range',
  rangeFlagsStruct: 'struct drm_gpusvm_range_flags',
  pagesStruct: 'struct drm_gpusvm_pages',
  pagesFlagsStruct: 'struct drm_gpusvm_pages_flags',
  gpusvmStruct: 'struct drm_gpusvm',
  deviceStruct: 'struct drm_device',
  init: 'drm_gpusvm_init',
  initPages: 'drm_gpusvm_init_pages',
  pagesValid: 'drm_gpusvm_pages_valid',
  rangeHelpers: ['drm_gpusvm_range_get_pages', 'drm_gpusvm_range_unmap_pages', 'drm_gpusvm_range_pages_valid'],
  setUnmapped: 'drm_gpusvm_range_set_unmapped',
  rangeRemove: 'drm_gpusvm_range_remove',
  /** Calls that drop the mappings of pages: inside of the removal they make it unmap. */
  unmapCalls: ['__drm_gpusvm_unmap_pages', 'drm_gpusvm_unmap_pages', 'drm_gpusvm_range_unmap_pages', 'drm_gpusvm_free_pages'],
} as const;
