import { defineConfig } from 'vitest/config';

// People in Chromium on real servers: one world for all files, one file at a time.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.spec.ts'],
    environment: 'node',
    globalSetup: ['test/e2e/support/setup.ts'],
    fileParallelism: false,
    // Several servers and browsers on a small machine: a second look tells what is broken from what was starved. Retries are printed.
    retry: 1,
    // What a test prints is shown when it fails; a run in which so much fails is not worth its time.
    silent: 'passed-only',
    bail: 8,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
