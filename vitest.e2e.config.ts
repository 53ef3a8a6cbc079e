import { defineConfig } from 'vitest/config';

// People in Chromium on real servers: one world for all files, one file at a time.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.spec.ts'],
    environment: 'node',
    globalSetup: ['test/e2e/support/setup.ts'],
    fileParallelism: false,
    // Several servers on a machine of two cores: a second look tells what is broken from what was only starved. Retries are printed.
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
