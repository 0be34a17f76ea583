/** Every rule that has a check, in the order of the catalogue. Written by `npm run generate`. */

import { containerFreedThroughBase } from './container-freed-through-base/rule.js';
import { deviceThroughGpusvm } from './device-through-gpusvm/rule.js';
import { driverLockMissing } from './driver-lock-missing/rule.js';
import { errorPointerUsed } from './error-pointer-used/rule.js';
import { errorSwallowed } from './error-swallowed/rule.js';
import { flagOnWrongOwner } from './flag-on-wrong-owner/rule.js';
import { flagsPlainRead } from './flags-plain-read/rule.js';
import { flagsPlainWrite } from './flags-plain-write/rule.js';
import { forbiddenInNotifier } from './forbidden-in-notifier/rule.js';
import { lockLeftHeld } from './lock-left-held/rule.js';
import { memoryLeakOnError } from './memory-leak-on-error/rule.js';
import { notifierContextMismatch } from './notifier-context-mismatch/rule.js';
import { notifierLeavesMapped } from './notifier-leaves-mapped/rule.js';
import { notifierLockMissing } from './notifier-lock-missing/rule.js';
import { notifierWriteLockMissing } from './notifier-write-lock-missing/rule.js';
import { outdatedApiCall } from './outdated-api-call/rule.js';
import { pagemapReferenceLeak } from './pagemap-reference-leak/rule.js';
import { pagesFreedAfterContainer } from './pages-freed-after-container/rule.js';
import { pagesInitialisedByHand } from './pages-initialised-by-hand/rule.js';
import { pagesNotFreed } from './pages-not-freed/rule.js';
import { pagesNotInitialised } from './pages-not-initialised/rule.js';
import { pagesThroughRange } from './pages-through-range/rule.js';
import { rangeReferenceLeak } from './range-reference-leak/rule.js';
import { rangeRemovedWhileMapped } from './range-removed-while-mapped/rule.js';
import { rangeUsedAfterRemoval } from './range-used-after-removal/rule.js';
import { removedRangeHelper } from './removed-range-helper/rule.js';
import { resultIgnored } from './result-ignored/rule.js';
import type { Rule } from './rule.js';
import { selfDeadlock } from './self-deadlock/rule.js';
import { unmapEventNotMarked } from './unmap-event-not-marked/rule.js';
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
  pagesNotFreed,
  pagesFreedAfterContainer,
  containerFreedThroughBase,
  rangeRemovedWhileMapped,
  notifierLeavesMapped,
  notifierContextMismatch,
  unmapEventNotMarked,
  forbiddenInNotifier,
  notifierLockMissing,
  notifierWriteLockMissing,
  lockLeftHeld,
  selfDeadlock,
  driverLockMissing,
  flagsPlainWrite,
  flagsPlainRead,
  errorSwallowed,
  resultIgnored,
  errorPointerUsed,
  rangeReferenceLeak,
  rangeUsedAfterRemoval,
  pagemapReferenceLeak,
  unsafeRangeIteration,
  memoryLeakOnError,
];
