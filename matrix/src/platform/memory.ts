import * as fake from 'fake-indexeddb';
import { createLogger, systemClock, systemRandom } from './common.ts';
import type { Platform } from './platform.ts';

/**
 * A platform whose storage lives in this process only: for tests, and for measuring without a disk. Two platforms with one
 * `storagePrefix` share their storage and key, which is how a test "restarts" a device.
 */
export function createMemoryPlatform(options: Partial<Platform> & { readonly storagePrefix: string }): Platform {
  const indexedDB = installFakeIndexedDb();
  const prefix = options.storagePrefix;
  return {
    indexedDB,
    localKey() {
      const kept = keys.get(prefix) ?? makeKey();
      keys.set(prefix, kept);
      return kept;
    },
    async forgetLocalKey() {
      keys.delete(prefix);
    },
    fetch: (input, init) => globalThis.fetch(input, init),
    clock: systemClock(),
    random: systemRandom(),
    logger: createLogger('silent', () => {}),
    cryptoWasmUrl: null,
    watchNetwork: () => () => {},
    outsiderServers: [],
    ...options,
  };
}

const keys = new Map<string, Promise<CryptoKey>>();

function makeKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** The wasm checks its IndexedDB objects by `instanceof` on globalThis, so all of them are defined there. */
function installFakeIndexedDb(): IDBFactory {
  if (globalThis.indexedDB === undefined) {
    for (const [name, value] of Object.entries(fake)) {
      if (/^(IDB|indexedDB$)/.test(name)) {
        Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
      }
    }
  }
  return globalThis.indexedDB;
}
