import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Scenario } from './scenario.ts';

const dist = join(import.meta.dirname, '..', '..', '..', 'client', 'dist');

/** What the built client weighs as it is sent: JavaScript by gzip, the crypto wasm by brotli, in KB of 1,000 bytes. */
export const bytesSent: Scenario = {
  name: 'bytes',
  runs: 1,
  figures: [
    { figure: 'bytes.javascript.all.gzip', unit: 'KB', bar: 700, better: 'lower' },
    { figure: 'bytes.wasm.brotli', unit: 'KB', bar: null, better: 'lower' },
  ],
  prepare: async () => ({
    run: async () => {
      const files = globSync('**/*.{js,wasm}', { cwd: dist });
      const size = (extension: string, compress: (data: Buffer) => Buffer) =>
        files
          .filter((file) => file.endsWith(extension))
          .reduce((sum, file) => sum + compress(readFileSync(join(dist, file))).length / 1000, 0);
      return new Map([
        ['bytes.javascript.all.gzip', size('.js', (data) => gzipSync(data))],
        ['bytes.wasm.brotli', size('.wasm', (data) => brotliCompressSync(data))],
      ]);
    },
    end: async () => {},
  }),
};
