import { openDB } from 'idb';
import { createLogger, type LogLine, systemClock, systemRandom } from './common.ts';
import type { Platform } from './platform.ts';

/** What the browser's bundler and configuration know: the address of the wasm file, and the outsiders' servers. */
export type WebPlatformOptions = Partial<Platform> & {
  readonly cryptoWasmUrl: string;
  readonly outsiderServers: readonly string[];
};

/** A platform for a page or a worker. The local key cannot be extracted and lives in a database of its own. */
export function createWebPlatform(options: WebPlatformOptions): Platform {
  const storagePrefix = options.storagePrefix ?? 'besace';
  return {
    indexedDB: globalThis.indexedDB,
    storagePrefix,
    localKey: () => readOrMakeKey(storagePrefix),
    forgetLocalKey: () => forgetKey(storagePrefix),
    fetch: (input, init) => globalThis.fetch(input, init),
    clock: systemClock(),
    random: systemRandom(),
    logger: createLogger('info', writeToConsole),
    watchNetwork,
    ...options,
  };
}

/** `online` and `offline`, as pages hear them; in a worker, whoever made it passes them on. */
function watchNetwork(listener: (up: boolean) => void): () => void {
  const up = () => listener(true);
  const down = () => listener(false);
  globalThis.addEventListener('online', up);
  globalThis.addEventListener('offline', down);
  return () => {
    globalThis.removeEventListener('online', up);
    globalThis.removeEventListener('offline', down);
  };
}

const KEYS = 'keys';
const LOCAL = 'local';

function openKeys(prefix: string) {
  return openDB(`${prefix}-keys`, 1, { upgrade: (db) => void db.createObjectStore(KEYS) });
}

/** Page and worker may both be first: the key that `add` stored wins, and both read that one. */
async function readOrMakeKey(prefix: string): Promise<CryptoKey> {
  const db = await openKeys(prefix);
  try {
    const kept: unknown = await db.get(KEYS, LOCAL);
    if (kept instanceof CryptoKey) return kept;
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const transaction = db.transaction(KEYS, 'readwrite');
    const first: unknown = await transaction.store.get(LOCAL);
    if (!(first instanceof CryptoKey)) await transaction.store.put(made, LOCAL);
    await transaction.done;
    return first instanceof CryptoKey ? first : made;
  } finally {
    db.close();
  }
}

async function forgetKey(prefix: string): Promise<void> {
  const db = await openKeys(prefix);
  try {
    await db.delete(KEYS, LOCAL);
  } finally {
    db.close();
  }
}

/** The browser's own log is where a page's log lines go. */
function writeToConsole({ level, event, ...fields }: LogLine): void {
  const sinks = globalThis.console;
  const write = level === 'error' ? sinks.error : level === 'warn' ? sinks.warn : sinks.info;
  write.call(sinks, event, fields);
}
