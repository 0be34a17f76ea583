/** Types that tell what an argument of a mapping function is. Facts from `include/linux/dma-direction.h` and `include/linux/device.h`. */

/** Of a direction. */
export const directionType = 'enum dma_data_direction';
/** Of the device that a mapping is for. */
export const deviceType = 'struct device';
