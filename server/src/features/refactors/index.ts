/** The refactors, in the order they are listed. */
import { driverOwnedPages } from './driver-owned-pages/index.js';
import { pagesPerDevice } from './pages-per-device/index.js';
import { readFlagsOnce } from './read-flags-once/index.js';
import { scopedNotifierLock } from './scoped-notifier-lock/index.js';
import { splitErrorLabel } from './split-error-label/index.js';
import type { Refactor } from './types.js';

/** Every refactor that `fix --refactor` and the editor offer. */
export const refactors: readonly Refactor[] = [driverOwnedPages, pagesPerDevice, scopedNotifierLock, splitErrorLabel, readFlagsOnce];
