import { fileURLToPath } from 'node:url';
import { build, type Plugin, type ResolvedConfig } from 'vite';

/**
 * Builds the service worker beside the client, as one file at the root, where its scope is the whole site: a service worker may not load code
 * by `import()`, so it shares no chunk with the page.
 */
export function serviceWorker(entry: URL): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'besace:service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    async generateBundle() {
      const built = await build({
        root: config.root,
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        resolve: { alias: [...config.resolve.alias] },
        build: {
          write: false,
          target: 'es2023',
          assetsInlineLimit: 0,
          rolldownOptions: {
            input: fileURLToPath(entry),
            output: { format: 'es', entryFileNames: 'sw.js', codeSplitting: false },
          },
        },
      });
      for (const { output } of [built].flat().filter((one) => 'output' in one)) {
        // The crypto's wasm comes out under the name that it has for the page.
        for (const part of output) {
          if (part.type === 'chunk') this.emitFile({ type: 'asset', fileName: part.fileName, source: part.code });
        }
      }
    },
  };
}
