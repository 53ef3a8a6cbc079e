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
    // Several servers on a machine of two cores: a second look tells what is broken from what was only starved. Retries are printed.
    retry: 1,
    // A machine that is busy with other things is slow, not wrong: conditions are waited for, and a hang still ends.
    testTimeout: 240_000,
    hookTimeout: 180_000,
  },
});
