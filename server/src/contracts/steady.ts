/** Tests whose answer is the same each time within a function. Facts from `include/linux/{jump_label,gfp,mmu_notifier}.h`. */
import type { Contract } from './schema.js';

const steady = (name: string, source: string): Contract => ({
  name,
  words: 'Tells the same each time it is asked.',
  source: `include/linux/${source}`,
  result: 'bool',
  harmless: true,
  pure: true,
});

/** Static branches and tests of flags that nobody changes meanwhile. */
export const steadyContracts: readonly Contract[] = [
  steady('static_branch_likely', 'jump_label.h'),
  steady('static_branch_unlikely', 'jump_label.h'),
  steady('static_branch_maybe', 'jump_label.h'),
  steady('static_key_enabled', 'jump_label.h'),
  steady('gfpflags_allow_blocking', 'gfp.h'),
  steady('gfpflags_allow_spinning', 'gfp.h'),
];
