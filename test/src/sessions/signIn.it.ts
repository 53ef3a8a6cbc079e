import { createBesace } from '@besace/matrix/besace';
import { openLocalDb } from '@besace/matrix/local/db';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import { removeAccount } from '@besace/matrix/session/storedAccount';
import { parseRoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { GONE, startFaultProxy } from '../harness/faultProxy.ts';
import { sharedWorld } from '../harness/shared.ts';
import { must, newDevice, newKnownPerson, newPerson, refusal, room, signIn, until } from './device.ts';

const NOWHERE = parseRoomId('!nowhere');
if (!NOWHERE.ok) throw new Error('a room id');

describe('a session', () => {
  it('[SESSION-1] refuses a wrong password and an unknown person alike, and signs in with the right one', async () => {
    const account = await sharedWorld().register('interieur', 'ada', 'Ada');
    const device = await newDevice();
    expect(await refusal(signIn(device, { ...account, password: 'wrong' }))).toBe('wrong-password');
    expect(await refusal(signIn(device, { ...account, localpart: 'nobody-at-all' }))).toBe('wrong-password');
    expect(device.status.account).toBeNull();
    const signedIn = await must(signIn(device, account));
    expect(signedIn).toMatchObject({ userId: account.userId, displayName: 'Ada', homeserver: account.clientUrl });
    await until('online', () => device.status.connection.kind === 'online');
    await until('needs setup', () => device.status.identity.kind === 'needs-setup');
  });

  it('[SESSION-2] is there again after a restart without network, with its rooms, and goes on when the network is back', async () => {
    const account = await sharedWorld().register('interieur', 'ada');
    const proxy = await startFaultProxy(account.clientUrl);
    const first = await newDevice();
    await must(signIn(first, account, proxy.url));
    const { code } = await must(first.api.setUpRecovery({ password: account.password }));
    await must(first.api.confirmRecoveryCode(code));
    const roomId = await must(first.api.createConversation({ name: 'Carnet', invite: [], direct: false }));
    await until('named', () => room(first, roomId)?.name === 'Carnet');
    await until('kept', () => first.list.complete);
    await first.end();

    const heal = proxy.fault(() => GONE);
    const again = await newDevice(first.prefix);
    expect(await must(again.api.restore())).toMatchObject({ userId: account.userId });
    await until('the list of the last time', () => room(again, roomId)?.name === 'Carnet');
    await until('offline', () => again.status.connection.kind === 'offline');
    expect(again.status.identity.kind).toBe('ready');
    heal();
    await until('online', () => again.status.connection.kind === 'online', 40_000);
    await until('ready', () => again.status.identity.kind === 'ready');
    expect(room(again, roomId)?.name).toBe('Carnet');
    again.kill();
    await proxy.stop();
  });

  it('[SESSION-3] refuses to sign out over what waits, unless told to, and forgets everything then', async () => {
    const { device, account } = await newKnownPerson('interieur', 'ada');
    const roomId = await must(device.api.createConversation({ name: null, invite: [], direct: false }));
    await must(device.api.sendText(NOWHERE.value, { text: 'waits' }));
    expect(await refusal(device.api.signOut({ force: false }))).toBe('invalid');
    expect(device.status.account?.userId).toBe(account.userId);
    await must(device.api.signOut({ force: true }));
    expect(device.status.account).toBeNull();
    expect(await refusal(device.api.sendText(roomId, { text: 'too late' }))).toBe('signed-out');
    const next = await newDevice(device.prefix);
    expect(await must(next.api.restore())).toBeNull();
  });

  it('[SESSION-4] signs every device of the account out, and each is told', async () => {
    const { device, account } = await newKnownPerson('interieur', 'ada');
    const other = await newDevice();
    await must(signIn(other, account));
    await must(other.api.signOutEverywhere({ force: false }));
    await until(
      'told',
      () => device.status.connection.kind === 'offline' && device.status.connection.error.code === 'signed-out',
    );
    expect(device.status.account?.userId).toBe(account.userId);
    await must(signIn(device, account));
    await until('online again', () => device.status.connection.kind === 'online');
    await until('a new device', () => device.status.identity.kind === 'unverified');
  });

  it('[SESSION-5] does not sign out everywhere when the server was not reached', async () => {
    const account = await sharedWorld().register('interieur', 'ada');
    const proxy = await startFaultProxy(account.clientUrl);
    const device = await newDevice();
    await must(signIn(device, account, proxy.url));
    const heal = proxy.fault((_method, path) => (path.includes('/logout') ? GONE : null));
    expect(await refusal(device.api.signOutEverywhere({ force: true }))).toBe('offline');
    heal();
    await must(device.api.signOutEverywhere({ force: false }));
    await proxy.stop();
  });

  it('[SESSION-6] says storage-lost when the crypto store was wiped, keeps what waits, and signs in again', async () => {
    const { device, account } = await newKnownPerson('interieur', 'ada');
    await must(device.api.sendText(NOWHERE.value, { text: 'waits' }));
    await device.end();
    await wipe(`${device.prefix}-crypto-`);
    const again = await newDevice(device.prefix);
    expect(await refusal(again.api.restore())).toBe('storage-lost');
    await must(signIn(again, account));
    await until('online', () => again.status.connection.kind === 'online');
    let waiting = 0;
    await again.api.watchOutbox((items) => {
      waiting = items.length;
    });
    await until('what waited still waits', () => waiting === 1);
  });

  it('[SESSION-6] says storage-lost when the key of the local copy is gone', async () => {
    const { device, account } = await newPerson('interieur', 'ada');
    await device.end();
    await createMemoryPlatform({ storagePrefix: device.prefix }).forgetLocalKey();
    const again = await newDevice(device.prefix);
    expect(await refusal(again.api.restore())).toBe('storage-lost');
    await must(signIn(again, account));
    await until('online', () => again.status.connection.kind === 'online');
  });

  it('[SESSION-3] leaves the next person nothing of a sign-out that was killed half-way', async () => {
    const { device } = await newKnownPerson('interieur', 'ada');
    await must(device.api.sendText(NOWHERE.value, { text: 'hers' }));
    await device.end();
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: device.prefix }));
    await removeAccount(db);
    db.close();
    const again = await newDevice(device.prefix);
    expect(await must(again.api.restore())).toBeNull();
    await must(signIn(again, await sharedWorld().register('interieur', 'blaise')));
    let waiting = -1;
    await again.api.watchOutbox((items) => {
      waiting = items.length;
    });
    await until('an empty queue', () => waiting === 0);
  });

  it('[SESSION-7] keeps what another person wrote here, and says so', async () => {
    const { device } = await newKnownPerson('interieur', 'ada');
    await must(device.api.sendText(NOWHERE.value, { text: 'hers' }));
    const blaise = await sharedWorld().register('interieur', 'blaise');
    const result = await signIn(device, blaise);
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid', detail: 'other-account-waiting' } });
  });

  it('[SESSION-8] gives a name to others, and a token by which services know her', async () => {
    const { device, account } = await newKnownPerson('interieur', 'ada');
    await must(device.api.setDisplayName('Ada  Lovelace'));
    expect(device.status.account?.displayName).toBe('Ada Lovelace');
    expect(await refusal(device.api.setDisplayName(' '))).toBe('invalid');
    const token = await must(device.api.openIdToken());
    expect(token).toMatchObject({ matrix_server_name: 'interieur.test', token_type: 'Bearer' });
    const devices = await must(device.api.devices());
    expect(devices[0]).toMatchObject({ current: true, verified: true, name: 'test' });
    expect(devices.filter((one) => one.current)).toHaveLength(1);
    expect(account.userId).toBe(device.status.account?.userId);
  });

  it('[SESSION-1] answers before anybody signed in', async () => {
    const api = createBesace(createMemoryPlatform({ storagePrefix: 'never-used' }));
    expect(await must(api.restore())).toBeNull();
    expect(await refusal(api.devices())).toBe('signed-out');
  });
});

/** As a browser does that is short of room, or a person who clears its data. */
async function wipe(prefix: string): Promise<void> {
  const names = (await indexedDB.databases()).flatMap(({ name }) => (name?.startsWith(prefix) ? name : []));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    });
  }
}
