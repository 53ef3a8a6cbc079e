import { defineConfig } from 'vitest/config';

// Tests on real servers (`*.it.ts`). One world is started for all of them; files run one after the other, because a world
// that every test loads at once on a small machine measures nothing but its own queue.
export default defineConfig({
  test: {
    include: ['{matrix,appservices,homeserver-config,scripts,test}/**/*.it.ts', 'bots/**/*.it.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '.besace/**'],
    environment: 'node',
    globalSetup: ['test/src/harness/globalSetup.ts'],
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
