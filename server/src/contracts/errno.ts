/** Error numbers that code compares with by name. Source: include/uapi/asm-generic/errno-base.h, errno.h and include/linux/errno.h. */
export const errnoValues: ReadonlyMap<string, number> = new Map([
  ['EPERM', 1],
  ['ENOENT', 2],
  ['EINTR', 4],
  ['EIO', 5],
  ['ENXIO', 6],
  ['E2BIG', 7],
  ['EBADF', 9],
  ['EAGAIN', 11],
  ['EWOULDBLOCK', 11],
  ['ENOMEM', 12],
  ['EACCES', 13],
  ['EFAULT', 14],
  ['EBUSY', 16],
  ['EEXIST', 17],
  ['ENODEV', 19],
  ['EINVAL', 22],
  ['ENFILE', 23],
  ['EMFILE', 24],
  ['ENOTTY', 25],
  ['EFBIG', 27],
  ['ENOSPC', 28],
  ['EPIPE', 32],
  ['EDOM', 33],
  ['ERANGE', 34],
  ['EDEADLK', 35],
  ['ENOSYS', 38],
  ['ENODATA', 61],
  ['ETIME', 62],
  ['EPROTO', 71],
  ['EOVERFLOW', 75],
  ['EOPNOTSUPP', 95],
  ['ETIMEDOUT', 110],
  ['EALREADY', 114],
  ['EINPROGRESS', 115],
  ['EREMOTEIO', 121],
  ['ECANCELED', 125],
  ['EHWPOISON', 133],
  ['ERESTARTSYS', 512],
  ['EPROBE_DEFER', 517],
  ['ENOTSUPP', 524],
]);

/** Name of an error number, for messages; undefined when unknown. */
export function errnoName(value: number): string | undefined {
  for (const [name, number] of errnoValues) if (number === Math.abs(value)) return name;
  return undefined;
}
