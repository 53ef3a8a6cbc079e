import { defineConfig } from 'vitest/config';

// Unit and property tests sit beside the code (`*.test.ts`); tests on real servers are `*.it.ts` and run by themselves.
export default defineConfig({
  test: {
    include: ['{protocol,matrix,client,appservices,homeserver-config,scripts,test}/**/*.test.ts', 'bots/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '.besace/**'],
    environment: 'node',
    // What takes 100 ms here takes seconds on a machine that does eight other things. A test that hangs still ends.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
