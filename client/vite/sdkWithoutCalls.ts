import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const UNUSED =
  /^(unhomoglyph|\.\/(webrtc\/.+|matrixrtc\/MatrixRTCSessionManager|sliding-sync-sdk|sync|models\/MSC3089TreeSpace|libolm_migration)\.js)$/;
const SDK = /matrix-js-sdk[\\/]lib[\\/](client|matrix|embedded|ToDeviceMessageQueue|utils|rust-crypto[\\/]index)\.js$/;

/** Leaves out of the build what matrix-js-sdk imports and Besace does not use. */
export function sdkWithoutCalls(): Plugin {
  const standIn = fileURLToPath(new URL('./noCalls.ts', import.meta.url));
  return {
    name: 'besace:sdk-without-calls',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      return importer !== undefined && SDK.test(importer) && UNUSED.test(source) ? standIn : null;
    },
  };
}
