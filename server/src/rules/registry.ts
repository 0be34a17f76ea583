/** Every rule that has a check, in the order of the catalogue. Written by `npm run generate`. */

import { commitWithoutRevalidation } from './commit-without-revalidation/rule.js';
import { containerFreedThroughBase } from './container-freed-through-base/rule.js';
import { deviceThroughGpusvm } from './device-through-gpusvm/rule.js';
import { dmaLifetimeMismatch } from './dma-lifetime-mismatch/rule.js';
import { dmaMappedTwice } from './dma-mapped-twice/rule.js';
import { dmaMappingLeak } from './dma-mapping-leak/rule.js';
import { dmaMappingUnchecked } from './dma-mapping-unchecked/rule.js';
import { dmaUnmapMismatch } from './dma-unmap-mismatch/rule.js';
import { driverLockMissing } from './driver-lock-missing/rule.js';
import { errorPointerUsed } from './error-pointer-used/rule.js';
import { errorSwallowed } from './error-swallowed/rule.js';
import { flagOnWrongOwner } from './flag-on-wrong-owner/rule.js';
import { flagsPlainRead } from './flags-plain-read/rule.js';
import { flagsPlainWrite } from './flags-plain-write/rule.js';
import { forbiddenInNotifier } from './forbidden-in-notifier/rule.js';
import { getPagesWithoutEvict } from './get-pages-without-evict/rule.js';
import { lockLeftHeld } from './lock-left-held/rule.js';
import { lockOrderRule } from './lock-order/rule.js';
import { memoryLeakOnError } from './memory-leak-on-error/rule.js';
import { notifierContextMismatch } from './notifier-context-mismatch/rule.js';
import { notifierLeavesMapped } from './notifier-leaves-mapped/rule.js';
import { notifierLockMissing } from './notifier-lock-missing/rule.js';
import { notifierWriteLockMissing } from './notifier-write-lock-missing/rule.js';
import { outdatedApiCall } from './outdated-api-call/rule.js';
import { pagemapReferenceLeak } from './pagemap-reference-leak/rule.js';
import { pagesArrayNotZeroed } from './pages-array-not-zeroed/rule.js';
import { pagesCountMismatch } from './pages-count-mismatch/rule.js';
import { pagesFreedAfterContainer } from './pages-freed-after-container/rule.js';
import { pagesInitialisedByHand } from './pages-initialised-by-hand/rule.js';
import { pagesInitialisedTwice } from './pages-initialised-twice/rule.js';
import { pagesNotFreed } from './pages-not-freed/rule.js';
import { pagesNotInitialised } from './pages-not-initialised/rule.js';
import { pagesThroughRange } from './pages-through-range/rule.js';
import { rangeReferenceLeak } from './range-reference-leak/rule.js';
import { rangeRemovedWhileMapped } from './range-removed-while-mapped/rule.js';
import { rangeUsedAfterRemoval } from './range-used-after-removal/rule.js';
import { removedRangeHelper } from './removed-range-helper/rule.js';
import { resultIgnored } from './result-ignored/rule.js';
import { retryWithoutProgress } from './retry-without-progress/rule.js';
import type { Rule } from './rule.js';
import { selfDeadlock } from './self-deadlock/rule.js';
import { teardownReadsUnset } from './teardown-reads-unset/rule.js';
import { unmapEventNotMarked } from './unmap-event-not-marked/rule.js';
import { unmappedNotChecked } from './unmapped-not-checked/rule.js';
import { unsafeRangeIteration } from './unsafe-range-iteration/rule.js';

/** Every rule, in the order of the catalogue. */
export const allRules: readonly Rule[] = [
  pagesThroughRange,
  flagOnWrongOwner,
  removedRangeHelper,
  outdatedApiCall,
  deviceThroughGpusvm,
  pagesNotInitialised,
  pagesInitialisedByHand,
  pagesInitialisedTwice,
  pagesNotFreed,
  pagesFreedAfterContainer,
  containerFreedThroughBase,
  pagesArrayNotZeroed,
  pagesCountMismatch,
  rangeRemovedWhileMapped,
  notifierLeavesMapped,
  notifierContextMismatch,
  unmapEventNotMarked,
  unmappedNotChecked,
  forbiddenInNotifier,
  notifierLockMissing,
  notifierWriteLockMissing,
  lockLeftHeld,
  selfDeadlock,
  driverLockMissing,
  commitWithoutRevalidation,
  lockOrderRule,
  flagsPlainWrite,
  flagsPlainRead,
  errorSwallowed,
  resultIgnored,
  errorPointerUsed,
  getPagesWithoutEvict,
  retryWithoutProgress,
  rangeReferenceLeak,
  rangeUsedAfterRemoval,
  pagemapReferenceLeak,
  unsafeRangeIteration,
  memoryLeakOnError,
  dmaMappingUnchecked,
  dmaMappingLeak,
  dmaMappedTwice,
  dmaLifetimeMismatch,
  teardownReadsUnset,
  dmaUnmapMismatch,
];
