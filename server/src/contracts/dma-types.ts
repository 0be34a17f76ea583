/** Types that tell what an argument of a mapping function is. Facts from `include/linux/dma-direction.h` and `include/linux/device.h`. */

/** Of a direction. */
export const directionType = 'enum dma_data_direction';
/** Of the device that a mapping is for. */
export const deviceType = 'struct device';
/** Of an address that a mapping gives. */
export const addressType = 'dma_addr_t';
/** Of the elements of arrays that hold mappings. Facts from `include/linux/types.h` and `include/drm/drm_pagemap.h`. */
export const addressTypes: ReadonlySet<string> = new Set([addressType, 'struct drm_pagemap_addr']);
