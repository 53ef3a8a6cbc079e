import { describe, expect, it } from 'vitest';
import { createMemoryPlatform } from '../platform/memory.ts';
import { localDbName, openLocalDb } from './db.ts';

describe('the local copy', () => {
  it('[LOCAL-1] keeps what it was given, by key and in order, across a restart', async () => {
    const platform = createMemoryPlatform({ storagePrefix: 'db-keeps' });
    const db = await openLocalDb(platform);
    await db.write([
      { store: 'objects', key: 'a/2', value: { two: 2 } },
      { store: 'objects', key: 'a/1', value: new Uint8Array([1, 2, 3]) },
      { store: 'objects', key: 'b/1', value: 'other' },
    ]);
    db.close();
    const again = await openLocalDb(platform);
    expect(await again.list('objects', 'a/')).toEqual([
      { key: 'a/1', value: new Uint8Array([1, 2, 3]) },
      { key: 'a/2', value: { two: 2 } },
    ]);
    await again.write([{ store: 'objects', key: 'a/1', remove: true }]);
    expect(await again.get('objects', 'a/1')).toBeUndefined();
    await again.clear('objects', 'a/');
    expect(await again.list('objects', '')).toEqual([{ key: 'b/1', value: 'other' }]);
    again.close();
  });

  it('[LOCAL-2] writes nothing that can be read without the key, nor moved to another place', async () => {
    const platform = createMemoryPlatform({ storagePrefix: 'db-sealed' });
    const db = await openLocalDb(platform);
    await db.write([{ store: 'timeline', key: 'room', value: { body: 'Secret de l’État' } }]);
    db.close();
    const raw = await rawValue(localDbName(platform), 'timeline', 'room');
    expect(new TextDecoder().decode(raw)).not.toContain('Secret');
    await putRaw(localDbName(platform), 'timeline', 'elsewhere', raw);
    const again = await openLocalDb(platform);
    expect(await again.get('timeline', 'room')).toEqual({ body: 'Secret de l’État' });
    expect(await again.get('timeline', 'elsewhere')).toBeUndefined();
    again.close();
    await platform.forgetLocalKey();
    const stranger = await openLocalDb(platform);
    expect(await stranger.get('timeline', 'room')).toBeUndefined();
    expect(await stranger.has('timeline', 'room')).toBe(true);
    stranger.close();
  });

  it('[LOCAL-3] says when it was taken away', async () => {
    const platform = createMemoryPlatform({ storagePrefix: 'db-lost' });
    const db = await openLocalDb(platform);
    const lost = new Promise<void>((resolve) => db.onLost(resolve));
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(localDbName(platform));
      request.onsuccess = resolve;
      request.onerror = reject;
    });
    await lost;
    await expect(db.get('objects', 'x')).rejects.toThrow();
  });
});

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function rawValue(name: string, store: string, key: string): Promise<Uint8Array> {
  const db = await opened(name);
  const value = await new Promise<Uint8Array>((resolve, reject) => {
    const request = db.transaction(store).objectStore(store).get(key);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  db.close();
  return value;
}

async function putRaw(name: string, store: string, key: string, value: Uint8Array): Promise<void> {
  const db = await opened(name);
  await new Promise<void>((resolve, reject) => {
    const transaction = db.transaction(store, 'readwrite');
    transaction.objectStore(store).put(value, key);
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
  });
  db.close();
}
