import { defineConfig } from 'vitest/config';

// Besace and the clients of others in the same rooms, on the real servers of two ministries.
export default defineConfig({
  test: {
    include: ['test/interop/*.spec.ts'],
    environment: 'node',
    globalSetup: ['test/interop/setup.ts'],
    fileParallelism: false,
    silent: 'passed-only',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
