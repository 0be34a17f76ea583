/** The refactors, in the order they are listed. */
import type { Refactor } from './types.js';

/** Every refactor that `fix --refactor` and the editor offer. */
export const refactors: readonly Refactor[] = [];
