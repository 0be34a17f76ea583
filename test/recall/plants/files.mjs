/** Paths of the sources that the plants edit, relative to the tree. */
const drm = 'drivers/gpu/drm';
export const SVM = `${drm}/xe/xe_svm.c`;
export const SVM_H = `${drm}/xe/xe_svm.h`;
export const USERPTR = `${drm}/xe/xe_userptr.c`;
export const PT = `${drm}/xe/xe_pt.c`;
export const VM = `${drm}/xe/xe_vm.c`;
export const BO = `${drm}/xe/xe_bo.c`;
export const EXEC = `${drm}/xe/xe_exec.c`;
export const PAGEFAULT = `${drm}/xe/xe_pagefault.c`;
export const MADVISE = `${drm}/xe/xe_vm_madvise.c`;
export const VRAM_MGR = `${drm}/xe/xe_ttm_vram_mgr.c`;
export const MIGRATE = `${drm}/xe/xe_migrate.c`;
export const XE_DMABUF = `${drm}/xe/xe_dma_buf.c`;
export const CORE = `${drm}/drm_gpusvm.c`;
export const PAGEMAP = `${drm}/drm_pagemap.c`;
export const PAGEMAP_UTIL = `${drm}/drm_pagemap_util.c`;
const gem = `${drm}/i915/gem`;
export const SHMEM = `${gem}/i915_gem_shmem.c`;
export const I915_USERPTR = `${gem}/i915_gem_userptr.c`;
export const INTERNAL = `${gem}/i915_gem_internal.c`;
export const PHYS = `${gem}/i915_gem_phys.c`;
export const I915_DMABUF = `${gem}/i915_gem_dmabuf.c`;
export const I915_TTM = `${gem}/i915_gem_ttm.c`;
export const GTT = `${drm}/i915/i915_gem_gtt.c`;
export const REGION = `${gem}/i915_gem_region.c`;
export const PPGTT = `${drm}/i915/gt/intel_ppgtt.c`;
export const GGTT = `${drm}/i915/gt/intel_ggtt.c`;
export const KFD_SVM = `${drm}/amd/amdkfd/kfd_svm.c`;
export const KFD_MIGRATE = `${drm}/amd/amdkfd/kfd_migrate.c`;

/** Trees that a plant is made in. */
export const BOTH = ['7.2', '7.3'];
export const NEW = ['7.3'];
export const OLD = ['7.2'];
