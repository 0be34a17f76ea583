import { defineConfig } from 'vitest/config';

/** Rings that need neither network, browser nor kernel tree; the outer rings have commands of their own (see `.ci/run`). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      'test/bundled/**',
      'test/kernel/**',
      'test/vscode/**',
      'test/editors/**',
      'test/silence/**',
      'test/recall/**',
      'test/robustness/**',
      'test/bench/**',
      'test/fixtures/**',
    ],
    environment: 'node',
    // Tests show what the code does, not what an earlier run kept.
    env: { GPUSVM_REVIEW_CACHE: 'off' },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
