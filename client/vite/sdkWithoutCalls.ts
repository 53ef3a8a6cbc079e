import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const UNUSED = [
  'unhomoglyph',
  'matrix-events-sdk',
  './webrtc/.+',
  './matrixrtc/MatrixRTCSessionManager',
  './sliding-sync-sdk',
  './sync',
  './pushprocessor',
  './libolm_migration',
  './wellKnownCachedValue',
  '\\./(models/)?(MSC3089TreeSpace|room|room-state|room-member|thread|event-timeline|invites-ignorer|search-result)',
];
const IMPORTERS = ['client', 'matrix', 'embedded', 'ToDeviceMessageQueue', 'utils', 'thread-utils', 'filter-component'];

const isUnused = new RegExp(`^(${UNUSED.join('|')})(\\.js)?$`);
const isImporter = new RegExp(
  `matrix-js-sdk[\\\\/]lib[\\\\/](${IMPORTERS.join('|')}|models[\\\\/](event|event-context)|rust-crypto[\\\\/]index)\\.js$`,
);
const isOfSdk = /matrix-js-sdk[\\/]lib[\\/]/;

/** Leaves out of the build what matrix-js-sdk imports and Besace does not use. */
export function sdkWithoutCalls(): Plugin {
  const standIn = fileURLToPath(new URL('./noCalls.ts', import.meta.url));
  const names = join(dirname(createRequire(import.meta.url).resolve('matrix-events-sdk')), 'NamespacedValue.js');
  return {
    name: 'besace:sdk-without-calls',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined || !isOfSdk.test(importer)) return null;
      if (isImporter.test(importer) && isUnused.test(source)) return standIn;
      // Of this package its names alone are needed; its index brings all its events.
      return source === 'matrix-events-sdk' ? names : null;
    },
  };
}
