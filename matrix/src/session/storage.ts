import type { Platform } from '../platform/platform.ts';

/** The prefix that the crypto's databases get. */
export function cryptoDbPrefix(platform: Platform): string {
  return `${platform.storagePrefix}-crypto`;
}

/** The name that the wasm gives its database. */
export function cryptoDbName(platform: Platform): string {
  return `${cryptoDbPrefix(platform)}::matrix-sdk-crypto`;
}

export async function hasDatabase(platform: Platform, name: string): Promise<boolean> {
  return (await platform.indexedDB.databases()).some((database) => database.name === name);
}

/** Resolves when the database is gone; one that another connection still holds goes when that one closes. */
export function deleteDatabase(platform: Platform, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = platform.indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onblocked = () => resolve();
    request.onerror = () => reject(request.error ?? new Error(`cannot delete ${name}`));
  });
}
