import { defineConfig } from 'vitest/config';

// These cut servers from one another, end them, or start whole worlds of their own: nothing else runs beside them.
const ALONE = [
  'test/src/objects/fork.it.ts',
  'test/src/harness/world.it.ts',
  'test/src/start/**/*.it.ts',
  'test/src/sessions/faults.it.ts',
];

const EACH = {
  environment: 'node',
  // Several servers on a small machine: a second look tells what is broken from what was starved. Retries are printed.
  retry: 1,
  testTimeout: 120_000,
  hookTimeout: 180_000,
} as const;

// Tests on real servers (`*.it.ts`). One world is started for all of them. Two files run at a time, because most of what a test does is to wait for
// a server; more would measure nothing but the queue of a small machine.
export default defineConfig({
  test: {
    globalSetup: ['test/src/harness/globalSetup.ts'],
    // What a test prints is shown when it fails; a run in which so much fails is not worth its time.
    silent: 'passed-only',
    bail: 8,
    projects: [
      {
        test: {
          ...EACH,
          name: 'together',
          include: ['{matrix,appservices,homeserver-config,scripts,test}/**/*.it.ts', 'bots/**/*.it.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '.besace/**', ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...EACH,
          name: 'alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
