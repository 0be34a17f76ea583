import { defineConfig } from 'vitest/config';

/** The outer rings: they need the bundles, kernel trees, an editor or time. Run one with `node scripts/ring.mjs test/<ring>`. */
export default defineConfig({
  test: {
    include: ['test/{bundled,kernel,silence,recall,vscode,editors,robustness,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    environment: 'node',
    // Tests show what the code does, not what an earlier run kept.
    env: { GPUSVM_REVIEW_CACHE: 'off' },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // They measure times or hold large trees: one at a time.
    fileParallelism: false,
  },
});
