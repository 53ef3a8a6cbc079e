import type { Platform } from '../platform/platform.ts';

/** Begins the names of all crypto stores of this platform. */
function anyCryptoDb(platform: Platform): string {
  return `${platform.storagePrefix}-crypto-`;
}

/**
 * What the crypto store of a device is opened by. Each device has its own, so that a new sign-in never meets the store of the one before, which
 * may not be gone yet.
 */
export function cryptoDbPrefix(platform: Platform, deviceId: string): string {
  return `${anyCryptoDb(platform)}${deviceId}`;
}

/** Whether the crypto store of this device is there. */
export async function hasCryptoDb(platform: Platform, deviceId: string): Promise<boolean> {
  const prefix = cryptoDbPrefix(platform, deviceId);
  return (await platform.indexedDB.databases()).some((database) => database.name?.startsWith(prefix) === true);
}

/** Deletes the crypto stores of all devices that this platform ever was. */
export async function deleteCryptoDbs(platform: Platform): Promise<void> {
  const names = (await platform.indexedDB.databases()).flatMap(({ name }) => name ?? []);
  const ours = names.filter((name) => name.startsWith(anyCryptoDb(platform)));
  await Promise.all(ours.map((name) => deleteDatabase(platform, name)));
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
