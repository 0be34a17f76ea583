/** What a failed call asks of whoever tries it again. Facts from `drivers/gpu/drm/drm_gpusvm.c`: drm_gpusvm_get_pages and "GPU page fault handler". */

/** Calls that refuse memory in several places, with which errno, and the context's member that allows it. */
export const mixedPlacement = {
  calls: ['drm_gpusvm_get_pages', 'drm_gpusvm_range_get_pages'],
  errno: 'EOPNOTSUPP',
  allowedBy: 'allow_mixed',
} as const;

/** Errors that tell that the other side is moving: another try is what they ask for. */
export const transientErrors: ReadonlySet<string> = new Set(['EAGAIN', 'EINTR', 'ERESTARTSYS', 'EFAULT', 'EPERM', 'EDEADLK']);

/** An error that stands for those that nobody singled out. */
export const anyError = 'EIO';

/** The clock that deadlines are made of. */
export const clock = 'jiffies';
