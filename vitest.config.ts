import { defineConfig } from 'vitest/config';

// Unit and property tests sit beside the code (`*.test.ts`); tests on real servers are `*.it.ts` and run by themselves.
export default defineConfig({
  test: {
    include: ['{protocol,matrix,client,appservices,homeserver-config,scripts,test}/**/*.test.ts', 'bots/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '.besace/**'],
    environment: 'node',
  },
});
