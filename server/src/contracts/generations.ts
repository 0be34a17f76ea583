/**
 * What the generations of the GPU SVM interface name differently, as data. Which generation a tree has is told by its own header, fact by
 * fact; these tables only name what to look for. Sources: `include/drm/drm_gpusvm.h` of Linux 7.2 (embedded) and 7.3 (split).
 */
import type { ApiFacts } from '../program/types.js';
import { apiNames } from './api-names.js';

/** A member that an object has in one generation only. */
export interface MovedMember {
  readonly structTag: string;
  readonly member: string;
  /** True where the object does not have it. */
  readonly isGone: (facts: ApiFacts) => boolean;
  readonly source: string;
}

/** The pages inside of a range. */
export const pagesOfRange: MovedMember = {
  structTag: apiNames.rangeStruct,
  member: 'pages',
  isGone: (facts) => !facts.rangeHasPages,
  source: 'include/drm/drm_gpusvm.h: struct drm_gpusvm_range',
};

/** The device of an address space. */
export const deviceOfGpusvm: MovedMember = {
  structTag: apiNames.gpusvmStruct,
  member: 'drm',
  isGone: (facts) => !facts.gpusvmHasDrm,
  source: 'include/drm/drm_gpusvm.h: struct drm_gpusvm',
};

/** The two words of flags, and the member by which an object holds its own. */
export const flagWords = {
  member: 'flags',
  pages: { structTag: apiNames.pagesFlagsStruct, owner: apiNames.pagesStruct, noun: 'pages' },
  range: { structTag: apiNames.rangeFlagsStruct, owner: apiNames.rangeStruct, noun: 'the range' },
} as const;

/** Flags that belong to one of the two in the newest generation: for a lone file whose header is not in sight. */
export const splitFlags: Readonly<Record<string, 'pages' | 'range'>> = {
  migrate_devmem: 'range',
  partial_unmap: 'range',
  has_devmem_pages: 'pages',
  has_dma_mapping: 'pages',
};

/** A helper on the pages of a range, and the call on pages that it became. Arguments of the new call are named by `Argument`. */
export interface RemovedHelper {
  readonly name: string;
  readonly instead: string;
  readonly args: readonly Argument[];
  readonly source: string;
}

/** An argument of the call that replaces a helper: an argument of the helper by index, or what it is made of. */
export type Argument = number | 'pages' | 'mm' | 'notifier' | 'start' | 'end' | 'npages';

const HEADER = 'include/drm/drm_gpusvm.h';

/** Helpers that the split generation does not have. */
export const removedHelpers: readonly RemovedHelper[] = [
  {
    name: 'drm_gpusvm_range_get_pages',
    instead: 'drm_gpusvm_get_pages',
    args: [0, 'pages', 'mm', 'notifier', 'start', 'end', 2],
    source: HEADER,
  },
  { name: 'drm_gpusvm_range_unmap_pages', instead: 'drm_gpusvm_unmap_pages', args: [0, 'pages', 'npages', 2], source: HEADER },
  { name: 'drm_gpusvm_range_pages_valid', instead: 'drm_gpusvm_pages_valid', args: [0, 'pages'], source: HEADER },
];

/** How the arguments above are written, `R` a pointer to the range and `G` one to the address space. */
export const argumentText: Readonly<Record<'mm' | 'notifier' | 'start' | 'end' | 'npages', (range: string, gpusvm: string) => string>> = {
  mm: (_range, gpusvm) => `${gpusvm}->mm`,
  notifier: (range) => `&${range}->notifier->notifier`,
  start: (range) => `drm_gpusvm_range_start(${range})`,
  end: (range) => `drm_gpusvm_range_end(${range})`,
  npages: (range) => `drm_gpusvm_range_size(${range}) >> PAGE_SHIFT`,
};

/** Parameters of functions whose signature changed, by the base of their types, in the newest generation: for a lone file. */
export const newestSignatures: Readonly<Record<string, number>> = {
  drm_gpusvm_init: 9,
  drm_gpusvm_range_set_unmapped: 4,
  drm_gpusvm_get_pages: 7,
  drm_gpusvm_unmap_pages: 4,
  drm_gpusvm_free_pages: 3,
  drm_gpusvm_pages_valid: 2,
};

/** The call that marks a range, and where its pages and their count stand in the newest generation. */
export const markCall = {
  name: 'drm_gpusvm_range_set_unmapped',
  range: 0,
  pages: 1,
  count: 2,
  event: 3,
  newestParams: 4,
  source: HEADER,
} as const;

/** The call that makes an address space: where the device stood. */
export const initCall = { name: 'drm_gpusvm_init', device: 2, source: HEADER } as const;

/** The call that initialises pages: pages, device. */
export const initPagesCall = { name: 'drm_gpusvm_init_pages', pages: 0, device: 1, never: 'LONG_MAX', source: HEADER } as const;

/** The safe twin of an iterator, and which argument its second element becomes. */
export const safeTwins: Readonly<Record<string, string>> = {
  drm_gpusvm_for_each_range: 'drm_gpusvm_for_each_range_safe',
  drm_gpusvm_for_each_notifier: 'drm_gpusvm_for_each_notifier_safe',
};

/** Files of the core: they are what the rules for drivers measure by. */
export const coreFiles: ReadonlySet<string> = new Set([
  apiNames.header,
  apiNames.core,
  ...apiNames.headers,
  'drivers/gpu/drm/drm_pagemap.c',
]);

/** Beginnings of the names of the interface's functions, as patterns of whole words. */
export const apiWords: readonly string[] = ['drm_gpusvm_\\w+', 'drm_pagemap_\\w+'];

/** Matches names of the interface's functions. */
export const apiName = new RegExp(`^(?:${apiWords.join('|')})$`);

/** The call that unmaps pages, the type of its context and the flag that tells who holds the lock. */
export const unmapCall = {
  name: 'drm_gpusvm_unmap_pages',
  contextTag: 'struct drm_gpusvm_ctx',
  flag: 'in_notifier',
  source: HEADER,
} as const;

/** The call that frees pages. */
export const freeCall = { name: 'drm_gpusvm_free_pages', source: HEADER } as const;

/** The macros that take and release the notifier lock for read. */
export const notifierLockCalls = { lock: 'drm_gpusvm_notifier_lock', unlock: 'drm_gpusvm_notifier_unlock', source: HEADER } as const;
