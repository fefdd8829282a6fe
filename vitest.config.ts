import { defineConfig } from 'vitest/config';

// Two cores and heavy tensor tests: two forked workers, generous limits, no timing assertions anywhere.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // The same results whether or not native TensorFlow is installed; `npm run test:native` names it.
    env: { SWEETSPOT_BACKEND: process.env.SWEETSPOT_BACKEND ?? 'wasm' },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: process.env.CI ? ['dot', './test/support/countReporter.ts'] : ['default'],
  },
});
