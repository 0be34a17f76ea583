/** The refactors, in the order they are listed. */
import { driverOwnedPages } from './driver-owned-pages/index.js';
import { pagesPerDevice } from './pages-per-device/index.js';
import type { Refactor } from './types.js';

/** Every refactor that `fix --refactor` and the editor offer. */
export const refactors: readonly Refactor[] = [driverOwnedPages, pagesPerDevice];
