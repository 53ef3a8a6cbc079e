import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, systemClock, systemRandom } from './common.ts';
import type { Platform } from './platform.ts';

/**
 * A platform that keeps everything in `directory` (made 0700): IndexedDB over SQLite, and the local key in a file (0600). For bots.
 *
 * The wasm finds IndexedDB on `globalThis`, so a process has one directory; a second one throws. One process owns a directory
 * at a time: two would roll each other's ratchets back.
 */
export async function createNodePlatform(
  options: Partial<Platform> & { readonly directory: string },
): Promise<Platform> {
  const { directory, ...rest } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const indexedDB = await installIndexedDb(directory);
  const keyFile = join(directory, 'local.key');
  let key: Promise<CryptoKey> | null = null;
  return {
    indexedDB,
    storagePrefix: 'besace',
    localKey() {
      key ??= importKey(readOrMakeKey(keyFile));
      return key;
    },
    async forgetLocalKey() {
      key = null;
      rmSync(keyFile, { force: true });
    },
    fetch: (input, init) => globalThis.fetch(input, init),
    clock: systemClock(),
    random: systemRandom(),
    logger: createLogger('info', (line) => process.stdout.write(`${JSON.stringify({ at: Date.now(), ...line })}\n`)),
    cryptoWasmUrl: null,
    watchNetwork: () => () => {},
    outsiderServers: [],
    ...rest,
  };
}

let installed: string | null = null;

async function installIndexedDb(directory: string): Promise<IDBFactory> {
  if (installed === directory) return globalThis.indexedDB;
  if (installed !== null) throw new Error(`this process already keeps its store in ${installed}`);
  if (globalThis.indexedDB !== undefined) throw new Error('this process already has another IndexedDB');
  installed = directory;
  const { default: install } = await import('indexeddbshim');
  const shim: Record<string, unknown> = {};
  const target: unknown = shim;
  // The shim looks for a browser's `window` while it installs itself, and must not find one afterwards.
  Object.defineProperty(globalThis, 'window', { value: globalThis, configurable: true });
  install(target as Parameters<typeof install>[0], {
    checkOrigin: false,
    databaseBasePath: directory,
    sysDatabaseBasePath: directory,
  });
  for (const name of Object.getOwnPropertyNames(shim)) {
    if (/^(IDB|indexedDB$|shimIndexedDB$)/.test(name)) {
      Object.defineProperty(globalThis, name, { value: shim[name], configurable: true, writable: true });
    }
  }
  Reflect.deleteProperty(globalThis, 'window');
  return globalThis.indexedDB;
}

function readOrMakeKey(file: string): Uint8Array<ArrayBuffer> {
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    return new Uint8Array(readFileSync(file));
  }
  const bytes = systemRandom().bytes(32);
  writeFileSync(file, bytes, { mode: 0o600, flag: 'wx', flush: true });
  return bytes;
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
