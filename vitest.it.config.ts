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
    // A machine that is busy with other things is slow, not wrong: conditions are waited for, and a hang still ends.
    // What a test prints is shown when it fails; a run in which so much fails is not worth its time.
    silent: 'passed-only',
    bail: 8,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
