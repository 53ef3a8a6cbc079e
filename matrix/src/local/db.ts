import { type IDBPDatabase, openDB } from 'idb';
import type { Platform } from '../platform/platform.ts';
import { type LocalValue, seal, unseal } from './cipher.ts';
import { LOCAL_STORES, LOCAL_VERSION, type LocalStore } from './stores.ts';

export type LocalChange =
  | { readonly store: LocalStore; readonly key: string; readonly value: LocalValue }
  | { readonly store: LocalStore; readonly key: string; readonly remove: true };

export type LocalEntry = { readonly key: string; readonly value: LocalValue };

/**
 * The local copy: encrypted values under string keys. Values come back unparsed: whoever reads parses them, since they may be of an
 * older version of Besace. A value that this key did not seal reads as absent.
 */
export interface LocalDb {
  get(store: LocalStore, key: string): Promise<LocalValue | undefined>;
  /** Whether something is kept there, be it readable or not. */
  has(store: LocalStore, key: string): Promise<boolean>;
  /** Every key that begins with `prefix`, in order, be its value readable or not. */
  keys(store: LocalStore, prefix: string): Promise<readonly string[]>;
  /** Every entry whose key begins with `prefix`, by key. */
  list(store: LocalStore, prefix: string): Promise<readonly LocalEntry[]>;
  /**
   * All changes in one transaction. Resolves once they are on disk (`durability: strict`), so that what was promised survives a kill.
   * @throws when the storage is full, lost or closed: see `storageError`.
   */
  write(changes: readonly LocalChange[]): Promise<void>;
  /** Removes every entry whose key begins with `prefix`. */
  clear(store: LocalStore, prefix: string): Promise<void>;
  close(): void;
  /** Calls back once when the database disappears under us (wiped by the person or the browser). */
  onLost(lost: () => void): void;
}

/** Opens (or makes) the local copy. It must not import the Matrix SDK: the first screen is made from it before that is loaded. */
export async function openLocalDb(platform: Platform): Promise<LocalDb> {
  const key = await platform.localKey();
  let lost: (() => void) | null = null;
  let closed = false;
  const db: IDBPDatabase = await openDB(localDbName(platform), LOCAL_VERSION, {
    upgrade(opened) {
      for (const store of LOCAL_STORES) if (!opened.objectStoreNames.contains(store)) opened.createObjectStore(store);
    },
    // A newer version, or a removal, in another tab must not wait for us.
    blocking: () => end(),
    terminated: () => end(),
  });
  function end() {
    if (closed) return;
    closed = true;
    db.close();
    lost?.();
  }
  return {
    async get(store, name) {
      return unseal(key, place(store, name), await db.get(store, name));
    },
    async has(store, name) {
      return (await db.count(store, name)) > 0;
    },
    async keys(store, prefix) {
      return (await db.getAllKeys(store, startingWith(prefix))).map(String);
    },
    async list(store, prefix) {
      const range = startingWith(prefix);
      const transaction = db.transaction(store, 'readonly');
      const [names, sealed] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)]);
      await transaction.done;
      const entries = await Promise.all(
        names.map(async (name, index) => ({
          key: String(name),
          value: await unseal(key, place(store, String(name)), sealed[index]),
        })),
      );
      return entries.filter((entry) => entry.value !== undefined);
    },
    async write(changes) {
      if (changes.length === 0) return;
      // Sealed before the transaction: IndexedDB ends a transaction that waits for something else.
      const sealed = await Promise.all(
        changes.map(async (change) =>
          'remove' in change ? null : seal(key, platform.random, place(change.store, change.key), change.value),
        ),
      );
      const stores = [...new Set(changes.map((change) => change.store))];
      const transaction = db.transaction(stores, 'readwrite', { durability: 'strict' });
      const steps = changes.map((change, index) => {
        const store = transaction.objectStore(change.store);
        return sealed[index] == null ? store.delete(change.key) : store.put(sealed[index], change.key);
      });
      await Promise.all([...steps, transaction.done]);
    },
    async clear(store, prefix) {
      await db.delete(store, startingWith(prefix));
    },
    close() {
      closed = true;
      db.close();
    },
    onLost(callback) {
      lost = callback;
    },
  };
}

export function localDbName(platform: Platform): string {
  return `${platform.storagePrefix}-local`;
}

function place(store: LocalStore, key: string): string {
  return `${store}/${key}`;
}

function startingWith(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}
