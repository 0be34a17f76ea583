/** How calls on one pages object become calls on each of several: what a move to several devices looks for. Data only. */
import { initPagesCall } from './generations.js';
import { pagesCalls } from './port.js';

/** A call on one pages object: where its pages stand, and what becomes of it with several. */
export interface PerDeviceCall {
  readonly name: string;
  readonly pages: number;
  /** `each`: the statement is done for every entry; `until-error`: for every entry while the result is 0; `all`: the result holds when it holds for every entry. */
  readonly becomes: 'each' | 'until-error' | 'all';
  readonly source: string;
}

const HEADER = 'include/drm/drm_gpusvm.h';

/** Calls on one pages object. */
export const perDeviceCalls: readonly PerDeviceCall[] = [
  { name: initPagesCall.name, pages: initPagesCall.pages, becomes: 'each', source: HEADER },
  { name: pagesCalls.unmap.name, pages: pagesCalls.unmap.pages, becomes: 'each', source: HEADER },
  { name: pagesCalls.free.name, pages: pagesCalls.free.pages, becomes: 'each', source: HEADER },
  { name: pagesCalls.get.name, pages: pagesCalls.get.pages, becomes: 'until-error', source: HEADER },
  { name: 'drm_gpusvm_pages_valid', pages: 1, becomes: 'all', source: HEADER },
];

/** The test that all entries must pass: its gpusvm argument first. */
export const validCall = { name: 'drm_gpusvm_pages_valid', gpusvm: 0, pages: 1 } as const;

/** Allocation and release of a zeroed array. */
export const arrayMemory = { allocate: 'kcalloc', release: 'kfree', flags: 'GFP_KERNEL', header: 'linux/slab.h' } as const;
