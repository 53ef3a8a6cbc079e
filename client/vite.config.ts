import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants } from 'node:zlib';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';
import { sdkWithoutCalls } from './vite/sdkWithoutCalls.ts';
import { serviceWorker } from './vite/serviceWorker.ts';

// The session worker, the only part that loads matrix-js-sdk, is a chunk of its own, and the crypto wasm a file of its own.
export default defineConfig(({ command }) => {
  // What is built is for people, also when a test run (NODE_ENV=test) builds it: Vue's development half would double its size.
  if (command === 'build') process.env.NODE_ENV = 'production';
  return {
    root: fileURLToPath(new URL('.', import.meta.url)),
    plugins: [
      vue(),
      vueI18n({
        // Strings are compiled at build time: no message compiler is shipped, and the strict CSP needs no `unsafe-eval`.
        include: [fileURLToPath(new URL('./src/**/strings/*.json', import.meta.url))],
        runtimeOnly: true,
        compositionOnly: true,
        fullInstall: false,
        dropMessageCompiler: true,
      }),
      serviceWorker(new URL('./src/features/push/sw.ts', import.meta.url)),
      compression({
        include: /\.(html|js|css|svg|wasm|json|webmanifest)$/,
        threshold: 512,
        algorithms: [
          defineAlgorithm('gzip', { level: 9 }),
          defineAlgorithm('brotliCompress', { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
        ],
      }),
    ],
    resolve: { alias: { 'besace-crypto-wasm': `${cryptoWasm()}?url` } },
    worker: { format: 'es', plugins: () => [sdkWithoutCalls()] },
    define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
    build: {
      rolldownOptions: {
        output: {
          codeSplitting: {
            // A first page is a few files, not fifty: the framework, the icons, and what every page uses.
            groups: [
              {
                name: 'vue',
                test: /node_modules[\\/](@vue|vue|vue-router|vue-i18n|@intlify|vue-demi)[\\/]/,
                priority: 3,
              },
              { name: 'icons', test: /node_modules[\\/]lucide-vue-next[\\/]/, priority: 3 },
              { name: 'core', test: isCore, priority: 1 },
              { name: 'reka', test: /node_modules[\\/](reka-ui|@vueuse|@floating-ui|aria-hidden)[\\/]/, priority: 2 },
            ],
          },
        },
      },
      target: 'es2023',
      assetsInlineLimit: 0,
      cssCodeSplit: true,
      chunkSizeWarningLimit: 900,
      reportCompressedSize: true,
    },
    server: { host: '127.0.0.1', proxy: proxyTo(process.env.BESACE_FRONT ?? 'http://127.0.0.1:8080') },
  };
});

/** Small modules that every page needs, save those that stand on reka-ui: a dialog waits until it opens. */
function isCore(id: string): boolean {
  return /client[\\/]src[\\/](app[\\/](?!main\b)\w+\.ts|ui[\\/](?!Ui(Dialog|Menu|Tabs|Tooltip)\b)\w+\.)/.test(id);
}

/** The package does not export its wasm file; the worker needs its address to fetch it beside its code. */
function cryptoWasm(): string {
  const entry = createRequire(import.meta.url).resolve('@matrix-org/matrix-sdk-crypto-wasm');
  return join(dirname(entry), 'pkg/matrix_sdk_crypto_wasm_bg.wasm');
}

/** In development, what is not the client's own files comes from a running web front. */
function proxyTo(front: string): Record<string, string> {
  return { '/config.json': front, '/hs': front, '/api': front, '/hook': front };
}
