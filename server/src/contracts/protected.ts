/** Members with a protocol of their own: who guards them, which words have lockless readers. Facts from `include/drm/drm_gpusvm.h`. */

/** A member that is read or written only under a lock. */
export interface GuardedMember {
  readonly structTag: string;
  readonly member: string;
  /** Name of the lock's member: the class of the lock. */
  readonly lock: string;
  /** `value`: any read counts; `through`: only what looks behind the pointer or hands it on. */
  readonly use: 'value' | 'through';
  readonly words: string;
  readonly source: string;
}

/** Guarded members. */
export const guardedMembers: readonly GuardedMember[] = [
  {
    structTag: 'struct drm_gpusvm_pages',
    member: 'dma_addr',
    lock: 'notifier_lock',
    use: 'through',
    words: 'device addresses',
    source: 'include/drm/drm_gpusvm.h: struct drm_gpusvm_pages',
  },
  {
    structTag: 'struct drm_gpusvm_pages',
    member: 'dpagemap',
    lock: 'notifier_lock',
    use: 'value',
    words: 'device memory placement',
    source: 'include/drm/drm_gpusvm.h: struct drm_gpusvm_pages',
  },
];

/** Name of the member that holds a flags word as a whole, for READ_ONCE and WRITE_ONCE. */
export const wholeWordMember = '__flags';
/** Lock class that protects flags words. */
export const flagsLock = 'notifier_lock';
/** The type that holds device mappings of a range, its initial members, and the type of a range. */
export const pagesTag = 'struct drm_gpusvm_pages';
/** A VA range. */
export const rangeTag = 'struct drm_gpusvm_range';
/** One mirrored address space. */
export const gpusvmTag = 'struct drm_gpusvm';
/** What invalidation works on. */
export const notifierTag = 'struct drm_gpusvm_notifier';
/** An interval notifier of the mm. */
export const intervalNotifierTag = 'struct mmu_interval_notifier';
/** Members that an initialiser of pages sets. */
export const pagesInitMembers: readonly string[] = ['drm', 'notifier_seq'];
/** Lock classes of which a function sees one at a time, whatever path leads to it. */
export const singletonLocks: ReadonlySet<string> = new Set(['notifier_lock', 'mmap_lock']);
/** Members of a notifier that lead to its GPU SVM, for aliases. */
export const rangeOwner = 'gpusvm';
/** Event of a CPU unmap, and the member that tells it. */
export const unmapEvent = { member: 'event', value: 'MMU_NOTIFY_UNMAP' } as const;
/** Member of pages that holds the notifier's sequence number of their last mapping. */
export const sequenceMember = 'notifier_seq';
/** The macro by which a driver names its lock for a GPU SVM object. */
export const driverLockSetter = 'drm_gpusvm_driver_set_lock';
/** The driver's callbacks of a GPU SVM. */
export const gpusvmOpsTag = 'struct drm_gpusvm_ops';
/** Names of wait/wound locks: taken under a context that may hold them already, so taking one twice proves nothing. */
export const contextLocks: ReadonlySet<string> = new Set(['resv', '_resv', 'base', 'exec']);
/** Flags words that are written under the lock held for write only. */
export const writeLockedWords: ReadonlySet<string> = new Set(['struct drm_gpusvm_range_flags']);
/** Flags of pages that say that something is mapped. Source: `include/drm/drm_gpusvm.h`, `struct drm_gpusvm_pages_flags`. */
export const mappingFlags: ReadonlySet<string> = new Set(['has_dma_mapping', 'has_devmem_pages']);
