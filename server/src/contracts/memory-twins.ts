/** Allocators that clear, by those that do not; the arguments are the same. Source: `include/linux/slab.h`. */
export const zeroingTwins: Readonly<Record<string, string>> = {
  kmalloc: 'kzalloc',
  kmalloc_node: 'kzalloc_node',
  kmalloc_array: 'kcalloc',
  kvmalloc: 'kvzalloc',
  kvmalloc_array: 'kvcalloc',
  kmalloc_objs: 'kzalloc_objs',
  kvmalloc_objs: 'kvzalloc_objs',
};
