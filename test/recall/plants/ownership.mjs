/** Plants for the rules on ownership: which object holds pages, who initialises and who frees them, and when a range may leave the tree. */
import { after, before, declare, del, helper, inFile, inMacro, moveAfter, moveBefore, put, sub, wrap } from '../edits.mjs';
import { BOTH, CORE, NEW, OLD, PT, SVM, SVM_H, USERPTR, VM } from './files.mjs';

const unmapFields = 'drm_gpusvm_unmap_pages(...)';

/** Old driver, new core: the generation changed under it. */
const oldDriver = [SVM, SVM_H, USERPTR].map((file) => ({ op: 'take', tree: '7.2', file }));

export const plants = [
  // pages-through-range
  { id: 'pages-through-base-in-flags-read', trees: NEW, file: SVM, fn: 'xe_svm_range_in_vram', rule: 'pages-through-range', about: 'the flags read goes through the embedded base', edits: [sub('range->pages.flags', 'range->base.pages.flags')] },
  { id: 'pages-through-base-compare', trees: NEW, file: SVM, fn: 'xe_svm_range_has_pagemap_locked', rule: 'pages-through-range', about: 'pagemap compared through the base', edits: [sub('range->pages', 'range->base.pages')] },
  { id: 'pages-through-base-in-macro', trees: NEW, file: SVM, fn: 'range_debug', at: ['', 'xe_svm_range_debug', 'range_debug'], rule: 'pages-through-range', about: 'a debug macro names pages of the base', edits: inMacro('range_debug', sub('->pages.notifier_seq', '->base.pages.notifier_seq')) },
  { id: 'pages-through-range-argument', trees: NEW, file: SVM, fn: 'xe_svm_range_notifier_event_end', rule: 'pages-through-range', about: 'address of pages of the generic range', edits: [sub('&(to_xe_range(r)->pages)', '&r->pages')] },
  { id: 'pages-through-base-in-bind', trees: NEW, file: PT, fn: 'xe_pt_stage_bind', rule: 'pages-through-range', about: 'page table code reads addresses through the base', edits: [sub('range->pages.dma_addr', 'range->base.pages.dma_addr')] },
  { id: 'pages-through-base-in-header', trees: NEW, file: SVM_H, fn: 'xe_svm_range_has_dma_mapping', rule: 'pages-through-range', accept: ['flag-on-wrong-owner'], about: 'an inline accessor of the header', edits: [sub('range->pages.flags', 'range->base.pages.flags')] },
  { id: 'old-driver-new-core-flags', trees: NEW, file: SVM, fn: 'xe_svm_range_in_vram', rule: 'pages-through-range', about: 'the driver of the embedded generation on the split core', edits: oldDriver },
  { id: 'old-driver-new-core-validate', trees: NEW, file: SVM, fn: 'xe_svm_range_validate', rule: 'pages-through-range', about: 'the same, a comparison under the lock', edits: oldDriver },
  { id: 'core-pages-through-range', trees: NEW, file: CORE, fn: 'drm_gpusvm_range_alloc', rule: 'pages-through-range', about: 'the core still presets the sequence number of pages that left the range', edits: [before('range->flags.migrate_devmem', 'range->pages.notifier_seq = LONG_MAX;')] },

  // flag-on-wrong-owner
  { id: 'migrate-flag-on-pages', trees: NEW, file: SVM, fn: 'xe_svm_range_needs_migrate_to_vram', rule: 'flag-on-wrong-owner', about: 'a typed copy of the wrong flags word', edits: [sub('struct drm_gpusvm_range_flags flags', 'struct drm_gpusvm_pages_flags flags'), sub('range->base.flags.__flags', 'range->pages.flags.__flags')] },
  { id: 'migrate-flag-on-pages-direct', trees: NEW, file: SVM, fn: '__xe_svm_handle_pagefault', rule: 'flag-on-wrong-owner', about: 'a flag of the range read from pages', edits: [sub('range_flags.migrate_devmem', 'range->pages.flags.migrate_devmem')] },
  { id: 'partial-unmap-on-pages', trees: NEW, file: CORE, fn: 'drm_gpusvm_range_set_unmapped', rule: 'flag-on-wrong-owner', about: 'partial unmap marked on pages', edits: [sub('range_flags.partial_unmap', 'pages[0].flags.partial_unmap')] },
  { id: 'devmem-flag-on-range', trees: NEW, file: SVM, fn: 'xe_svm_range_in_vram', rule: 'flag-on-wrong-owner', about: 'device memory asked of the range', edits: [sub('struct drm_gpusvm_pages_flags flags', 'struct drm_gpusvm_range_flags flags'), sub('range->pages.flags.__flags', 'range->base.flags.__flags')] },
  { id: 'dma-flag-on-range-in-header', trees: NEW, file: SVM_H, fn: 'xe_svm_range_has_dma_mapping', rule: 'flag-on-wrong-owner', about: 'inline accessor asks the range for its mapping', edits: [sub('range->pages.flags', 'range->base.flags')] },
  { id: 'old-driver-new-core-migrate-flag', trees: NEW, file: SVM, fn: '__xe_svm_handle_pagefault', rule: 'flag-on-wrong-owner', accept: ['pages-through-range'], about: 'old driver on the split core: flag and pages both moved', edits: oldDriver },

  // removed-range-helper
  { id: 'removed-unmap-helper', trees: NEW, file: SVM, fn: 'xe_svm_range_notifier_event_end', rule: 'removed-range-helper', about: 'the unmap helper of ranges is gone', edits: [put(unmapFields, 'drm_gpusvm_range_unmap_pages(&vm->svm.gpusvm, r, &ctx);')] },
  { id: 'removed-get-helper', trees: NEW, file: SVM, fn: 'xe_svm_range_get_pages', rule: 'removed-range-helper', about: 'the get helper of ranges is gone', edits: [put('err = drm_gpusvm_get_pages(...)', 'err = drm_gpusvm_range_get_pages(&vm->svm.gpusvm, &range->base, ctx);')] },
  { id: 'removed-valid-helper-in-header', trees: NEW, file: SVM_H, fn: 'xe_svm_range_pages_valid', rule: 'removed-range-helper', about: 'an inline wrapper of the header', edits: [sub('drm_gpusvm_pages_valid(range->base.gpusvm, &range->pages)', 'drm_gpusvm_range_pages_valid(range->base.gpusvm, &range->base)')] },
  { id: 'old-driver-new-core-helper', trees: NEW, file: SVM, fn: 'xe_svm_range_get_pages', rule: 'removed-range-helper', about: 'old driver on the split core', edits: oldDriver },

  // outdated-api-call
  { id: 'init-with-drm', trees: NEW, file: SVM, fn: 'xe_svm_init', rule: 'outdated-api-call', about: 'device still handed to init', edits: [sub('"Xe SVM",', '"Xe SVM", &vm->xe->drm,')] },
  { id: 'init-with-drm-simple-mode', trees: NEW, file: SVM, fn: 'xe_svm_init', rule: 'outdated-api-call', about: 'the same in the branch without an mm', edits: [sub('"Xe SVM (simple)",', '"Xe SVM (simple)", &vm->xe->drm,')] },
  { id: 'init-without-drm', trees: OLD, file: SVM, fn: 'xe_svm_init', rule: 'outdated-api-call', about: 'device missing where init takes it', edits: [sub('"Xe SVM", &vm->xe->drm,', '"Xe SVM",')] },
  { id: 'set-unmapped-old-list', trees: NEW, file: SVM, fn: 'xe_svm_garbage_collector_add_range', rule: 'outdated-api-call', about: 'two arguments where four are wanted', edits: [sub('&range->base, &range->pages, 1,', '&range->base,')] },
  { id: 'set-unmapped-new-list', trees: OLD, file: SVM, fn: 'xe_svm_garbage_collector_add_range', rule: 'outdated-api-call', about: 'four arguments where two are wanted', edits: [sub('&range->base, mmu_range', '&range->base, &range->base.pages, 1, mmu_range')] },
  { id: 'get-pages-without-mm', trees: NEW, file: USERPTR, fn: 'xe_vma_userptr_pin_pages', rule: 'outdated-api-call', about: 'an argument dropped from the get call', edits: [sub('uvma->userptr.notifier.mm,', '')] },

  // device-through-gpusvm
  { id: 'unmap-device-of-gpusvm', trees: NEW, file: CORE, fn: '__drm_gpusvm_unmap_pages', rule: 'device-through-gpusvm', about: 'the unmap asks the address space for the device', edits: [sub('svm_pages->drm->dev', 'gpusvm->drm->dev')] },
  { id: 'map-device-of-gpusvm', trees: NEW, file: CORE, fn: 'drm_gpusvm_get_pages', rule: 'device-through-gpusvm', about: 'one of several mapping calls', edits: [sub('dma_map_page(svm_pages->drm->dev,', 'dma_map_page(gpusvm->drm->dev,')] },
  { id: 'debug-device-of-gpusvm', trees: NEW, file: SVM, fn: 'xe_svm_range_needs_migrate_to_vram', rule: 'device-through-gpusvm', about: 'a log line through the embedded address space', edits: [sub('drm_dbg(&vm->xe->drm,', 'drm_dbg(vm->svm.gpusvm.drm,', { n: 1 })] },

  // pages-not-initialised
  { id: 'range-alloc-without-init', trees: NEW, file: SVM, fn: 'xe_svm_range_alloc', rule: 'pages-not-initialised', about: 'the allocation callback no longer initialises', edits: [del('drm_gpusvm_init_pages(...)')] },
  { id: 'range-alloc-init-sometimes', trees: NEW, file: SVM, fn: 'xe_svm_range_alloc', rule: 'pages-not-initialised', about: 'initialised only on discrete devices', edits: [wrap('drm_gpusvm_init_pages(...)', 'if (IS_DGFX(gpusvm_to_vm(gpusvm)->xe))')] },
  { id: 'userptr-without-init', trees: NEW, file: USERPTR, fn: 'xe_userptr_setup', rule: 'pages-not-initialised', about: 'userptr pages never initialised', edits: [del('drm_gpusvm_init_pages(...)')] },
  { id: 'userptr-init-after-notifier', trees: NEW, file: USERPTR, fn: 'xe_userptr_setup', rule: 'pages-not-initialised', about: 'history: initialised after the notifier is live', edits: [moveBefore('drm_gpusvm_init_pages(...)', 'return 0')] },
  { id: 'userptr-init-after-notifier-helper', trees: NEW, file: USERPTR, fn: 'xe_userptr_setup', rule: 'pages-not-initialised', about: 'the same, one call deeper', edits: [helper('static void xe_userptr_reset_pages(struct xe_vm *vm, struct xe_userptr *userptr)\n{\n\tuserptr->initial_bind = false;\n\tdrm_gpusvm_init_pages(&userptr->pages, &vm->xe->drm);\n}'), del('drm_gpusvm_init_pages(...)'), before('return 0', 'xe_userptr_reset_pages(vm, userptr);')] },
  { id: 'userptr-notifier-helper-before-init', trees: NEW, file: USERPTR, fn: 'xe_userptr_setup', rule: 'pages-not-initialised', about: 'the publishing call sits in a helper called too early', edits: [helper('static int xe_userptr_watch(struct xe_userptr *userptr, unsigned long start, unsigned long range)\n{\n\treturn mmu_interval_notifier_insert(&userptr->notifier, current->mm,\n\t\t\t\t\t    start, range,\n\t\t\t\t\t    &vma_userptr_notifier_ops);\n}'), put('err = mmu_interval_notifier_insert(...)', 'err = xe_userptr_watch(userptr, start, range);'), moveBefore('drm_gpusvm_init_pages(...)', 'return 0')] },

  // pages-initialised-by-hand
  { id: 'range-alloc-init-by-hand', trees: NEW, file: SVM, fn: 'xe_svm_range_alloc', rule: 'pages-initialised-by-hand', about: 'members set one by one on zeroed memory', edits: [put('drm_gpusvm_init_pages(...)', 'range->pages.drm = &gpusvm_to_vm(gpusvm)->xe->drm;\nrange->pages.notifier_seq = LONG_MAX;')] },
  { id: 'userptr-init-by-hand', trees: NEW, file: USERPTR, fn: 'xe_userptr_setup', rule: 'pages-initialised-by-hand', about: 'memset and two assignments instead of the helper', edits: [put('drm_gpusvm_init_pages(...)', 'memset(&userptr->pages, 0, sizeof(userptr->pages));\nuserptr->pages.drm = &vm->xe->drm;\nuserptr->pages.notifier_seq = LONG_MAX;')] },

  // pages-initialised-twice
  { id: 'userptr-init-at-pin', trees: NEW, file: USERPTR, fn: 'xe_vma_userptr_pin_pages', rule: 'pages-initialised-twice', about: 'each pin forgets the mappings of the last', edits: [before('return drm_gpusvm_get_pages(...)', 'drm_gpusvm_init_pages(&uvma->userptr.pages, &xe->drm);')] },
  { id: 'range-init-at-get', trees: NEW, file: SVM, fn: 'xe_svm_range_get_pages', rule: 'pages-initialised-twice', about: 'init before each get', edits: [before('err = drm_gpusvm_get_pages(...)', 'drm_gpusvm_init_pages(&range->pages, &vm->xe->drm);')] },
  { id: 'collector-init-instead-of-unmap', trees: NEW, file: SVM, fn: '__xe_svm_garbage_collector', rule: 'pages-initialised-twice', accept: ['range-removed-while-mapped'], about: 'the collector resets pages it should unmap', edits: [put(unmapFields, 'drm_gpusvm_init_pages(&range->pages, &vm->xe->drm);'), del('struct drm_gpusvm_ctx ctx')] },
  { id: 'range-init-after-get', trees: NEW, file: SVM, fn: 'xe_svm_range_get_pages', rule: 'pages-initialised-twice', about: 'pages reset after the get worked', edits: [before('return err', 'if (!err && ctx->devmem_only && !xe_svm_range_in_vram(range))\n\tdrm_gpusvm_init_pages(&range->pages, &vm->xe->drm);')] },

  // pages-not-freed
  { id: 'range-free-without-pages', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'pages-not-freed', about: 'the release callback forgets the pages', edits: [del('drm_gpusvm_free_pages(...)')] },
  { id: 'range-free-sometimes', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'pages-not-freed', about: 'pages freed only when a binding exists', edits: [wrap('drm_gpusvm_free_pages(...)', 'if (to_xe_range(range)->tile_present)')] },
  { id: 'range-free-only-unmaps', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'pages-not-freed', about: 'unmapped, but the address array stays', edits: [declare('struct drm_gpusvm_ctx ctx = {};'), put('drm_gpusvm_free_pages(...)', 'drm_gpusvm_unmap_pages(range->gpusvm, &(to_xe_range(range)->pages),\n\t\t       drm_gpusvm_range_size(range) >> PAGE_SHIFT, &ctx);')] },
  { id: 'userptr-remove-without-pages', trees: BOTH, file: USERPTR, fn: 'xe_userptr_remove', rule: 'pages-not-freed', about: 'userptr torn down with its pages left', edits: [del('drm_gpusvm_free_pages(...)')] },
  { id: 'userptr-remove-early-return', trees: BOTH, file: USERPTR, fn: 'xe_userptr_remove', rule: 'pages-not-freed', about: 'an early return for a userptr that was never bound', edits: [before('drm_gpusvm_free_pages(...)', 'if (!userptr->initial_bind) {\n\tmmu_interval_notifier_remove(&userptr->notifier);\n\treturn;\n}')] },
  { id: 'vma-destroyed-without-userptr-remove', trees: BOTH, file: VM, fn: 'xe_vma_destroy_late', rule: 'pages-not-freed', about: 'the caller drops the release two calls up', edits: [del('xe_userptr_remove(uvma)')] },
  { id: 'core-remove-without-free', trees: OLD, file: CORE, fn: 'drm_gpusvm_range_remove', rule: 'pages-not-freed', about: 'embedded generation: the core unmaps, does not free', edits: [del('__drm_gpusvm_free_pages(...)')] },

  // pages-freed-after-container
  { id: 'range-kfree-first', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'pages-freed-after-container', about: 'container first, then its pages', edits: [moveBefore('kfree(...)', 'drm_gpusvm_free_pages(...)')] },
  { id: 'range-kfree-first-alias', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'pages-freed-after-container', about: 'the same behind a local', edits: [declare('struct xe_svm_range *xrange = to_xe_range(range);\nstruct drm_gpusvm *gpusvm = range->gpusvm;\nunsigned long npages = drm_gpusvm_range_size(range) >> PAGE_SHIFT;'), put('drm_gpusvm_free_pages(...)', 'xe_vm_put(gpusvm_to_vm(gpusvm));'), put('xe_vm_put(range_to_vm(range))', 'kfree(xrange);'), put('kfree(to_xe_range(range))', 'drm_gpusvm_free_pages(gpusvm, &xrange->pages, npages);')] },
  { id: 'vma-freed-before-userptr', trees: BOTH, file: VM, fn: 'xe_vma_destroy_late', rule: 'pages-freed-after-container', about: 'two calls: the vma is freed, then its userptr removed', edits: [put('xe_userptr_remove(uvma)', 'xe_vma_free(vma);\nxe_userptr_remove(uvma);'), after('xe_vm_put(vm)', 'return;', { n: 1 })] },

  // container-freed-through-base
  { id: 'range-freed-through-base', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'container-freed-through-base', about: 'the base handed to kfree', edits: [sub('kfree(to_xe_range(range))', 'kfree(range)')] },
  { id: 'range-freed-through-late-base', trees: NEW, file: SVM, fn: 'xe_svm_range_free', rule: 'container-freed-through-base', about: 'and the base is no longer first', edits: [sub('kfree(to_xe_range(range))', 'kfree(range)'), ...inFile(SVM_H, undefined, sub('struct xe_svm_range { struct drm_gpusvm_range base; struct drm_gpusvm_pages pages;', 'struct xe_svm_range {\n\tstruct drm_gpusvm_pages pages;\n\tstruct drm_gpusvm_range base;'))] },
  { id: 'pagemap-freed-through-member', trees: BOTH, file: SVM, fn: 'xe_pagemap_destroy_work', rule: 'container-freed-through-base', about: 'the embedded pagemap is not the first member', edits: [sub('kfree(xpagemap)', 'kfree(&xpagemap->dpagemap)')] },
  { id: 'userptr-vma-freed-through-base', trees: BOTH, file: VM, fn: 'xe_vma_free', rule: 'container-freed-through-base', about: 'the userptr branch frees the embedded vma', edits: [sub('kfree(to_userptr_vma(vma))', 'kfree(&to_userptr_vma(vma)->vma)')] },

  // pages-array-not-zeroed, pages-count-mismatch: the driver grows an array of pages
  ...['kmalloc_array', 'kvmalloc_array'].map((alloc, i) => ({
    id: `pages-array-${i === 0 ? 'first-entry-only' : 'loop-too-short'}`,
    trees: NEW,
    file: SVM,
    fn: 'xe_svm_range_alloc',
    rule: 'pages-array-not-zeroed',
    accept: i === 0 ? ['pages-not-initialised'] : ['pages-count-mismatch', 'pages-not-initialised'],
    about: 'one pages object per tile in a non-zeroed array, not all initialised',
    edits: [
      ...inFile(SVM_H, undefined, sub('struct xe_svm_range { struct drm_gpusvm_range base;', 'struct xe_svm_range {\n\tstruct drm_gpusvm_range base;\n\tstruct drm_gpusvm_pages *tile_pages;\n\tunsigned int num_tile_pages;')),
      declare('struct xe_device *xe = gpusvm_to_vm(gpusvm)->xe;\nunsigned int i;'),
      before('INIT_LIST_HEAD(...)', `range->num_tile_pages = xe->info.tile_count;\nrange->tile_pages = ${alloc}(range->num_tile_pages, sizeof(*range->tile_pages), GFP_KERNEL);\nif (!range->tile_pages) {\n\tkfree(range);\n\treturn NULL;\n}\n${i === 0 ? 'for (i = 0; i < 1; i++)' : 'for (i = 1; i < range->num_tile_pages; i++)'}\n\tdrm_gpusvm_init_pages(&range->tile_pages[i], &xe->drm);`),
    ],
  })),
  { id: 'set-unmapped-two-of-one', trees: NEW, file: SVM, fn: 'xe_svm_garbage_collector_add_range', rule: 'pages-count-mismatch', about: 'count 2 for a single pages object', edits: [sub('&range->pages, 1,', '&range->pages, 2,')] },
  { id: 'set-unmapped-none-of-one', trees: NEW, file: SVM, fn: 'xe_svm_garbage_collector_add_range', rule: 'pages-count-mismatch', accept: ['unmap-event-not-marked'], about: 'count 0 marks nothing', edits: [sub('&range->pages, 1,', '&range->pages, 0,')] },
  { id: 'set-unmapped-tile-count', trees: NEW, file: SVM, fn: 'xe_svm_garbage_collector_add_range', rule: 'pages-count-mismatch', about: 'a run-time count for an inline object', edits: [sub('&range->pages, 1,', '&range->pages, vm->xe->info.tile_count,')] },
  { id: 'core-set-unmapped-one-too-many', trees: NEW, file: CORE, fn: 'drm_gpusvm_range_set_unmapped', rule: 'pages-count-mismatch', about: 'the loop runs past the array', edits: [sub('i < pages_count', 'i <= pages_count')] },

  // range-removed-while-mapped
  { id: 'collector-without-unmap', trees: NEW, file: SVM, fn: '__xe_svm_garbage_collector', rule: 'range-removed-while-mapped', about: 'review of patch 3: unmap left to the last put', edits: [del(unmapFields), del('struct drm_gpusvm_ctx ctx')] },
  { id: 'collector-unmap-late', trees: NEW, file: SVM, fn: '__xe_svm_garbage_collector', rule: 'range-removed-while-mapped', accept: ['range-used-after-removal'], about: 'removed first, unmapped after', edits: [moveAfter(unmapFields, 'drm_gpusvm_range_remove(...)')] },
  { id: 'collector-unmap-when-bound', trees: NEW, file: SVM, fn: '__xe_svm_garbage_collector', rule: 'range-removed-while-mapped', about: 'unmapped only if a binding is left', edits: [wrap(unmapFields, 'if (range->tile_present)')] },
  { id: 'collector-error-path-removes', trees: NEW, file: SVM, fn: '__xe_svm_garbage_collector', rule: 'range-removed-while-mapped', about: 'a failed unbind removes the range and skips the unmap', edits: [put('return PTR_ERR(fence)', '{\n\tdrm_gpusvm_range_remove(&vm->svm.gpusvm, &range->base);\n\treturn PTR_ERR(fence);\n}')] },
  { id: 'collector-helper-unmaps-sometimes', trees: NEW, file: SVM, fn: '__xe_svm_garbage_collector', rule: 'range-removed-while-mapped', about: 'the unmap moves into a helper with an early return', edits: [helper('static void xe_svm_range_drop_pages(struct xe_vm *vm, struct xe_svm_range *range)\n{\n\tstruct drm_gpusvm_ctx ctx = {};\n\n\tif (!xe_svm_range_in_vram(range))\n\t\treturn;\n\n\tdrm_gpusvm_unmap_pages(&vm->svm.gpusvm, &range->pages,\n\t\t\t       drm_gpusvm_range_size(&range->base) >> PAGE_SHIFT,\n\t\t\t       &ctx);\n}'), put(unmapFields, 'xe_svm_range_drop_pages(vm, range);'), del('struct drm_gpusvm_ctx ctx')] },
  { id: 'fini-without-unmap', trees: NEW, file: SVM, fn: 'xe_svm_fini', rule: 'range-removed-while-mapped', about: 'fini with pages still mapped', edits: [del('drm_gpusvm_for_each_notifier_safe(...)'), del('struct drm_gpusvm_notifier *notifier'), del('struct drm_gpusvm_ctx ctx')] },
  { id: 'fini-unmap-some', trees: NEW, file: SVM, fn: 'xe_svm_fini', rule: 'range-removed-while-mapped', about: 'only ranges in device memory are unmapped', edits: [wrap(unmapFields, 'if (xe_svm_range_in_vram(to_xe_range(range)))')] },
  { id: 'fini-before-unmap', trees: NEW, file: SVM, fn: 'xe_svm_fini', rule: 'range-removed-while-mapped', about: 'the loop comes after the fini', edits: [moveBefore('drm_gpusvm_fini(...)', 'drm_gpusvm_for_each_notifier_safe(...)')] },
  { id: 'fini-unmap-first-only', trees: NEW, file: SVM, fn: 'xe_svm_fini', rule: 'range-removed-while-mapped', about: 'the loop ends after the first range', edits: [after(unmapFields, 'break;')] },
  { id: 'unmap-range-removes-directly', trees: NEW, file: SVM, fn: 'xe_svm_unmap_address_range', rule: 'range-removed-while-mapped', about: 'review of patch 3: an own reference held across a removal without unmap', edits: [put('__xe_svm_garbage_collector(...)', 'drm_gpusvm_range_remove(&vm->svm.gpusvm, range);')] },
  { id: 'vm-fini-bypasses-driver', trees: NEW, file: VM, fn: 'xe_vm_close_and_put', rule: 'range-removed-while-mapped', about: 'the VM calls the core fini, not its own that unmaps', edits: [sub('xe_svm_fini(vm)', 'drm_gpusvm_fini(&vm->svm.gpusvm)')] },
  { id: 'core-remove-without-unmap', trees: OLD, file: CORE, fn: 'drm_gpusvm_range_remove', rule: 'range-removed-while-mapped', accept: ['pages-not-freed'], about: 'embedded generation: the core forgets the unmap', edits: [del('__drm_gpusvm_unmap_pages(...)')] },
];
