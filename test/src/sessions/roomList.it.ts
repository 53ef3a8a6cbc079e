import { openRoomListSnapshot } from '@besace/matrix/local/roomListSnapshot';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import { describe, expect, it } from 'vitest';
import { call } from '../harness/http.ts';
import { must, newDevice, newKnownPerson, room, signIn, until } from './device.ts';

const ROOMS = 200;

describe('an account of 200 rooms', () => {
  it('[SYNC-6] [ROOM-7] shows the latest rooms first, then all, and at once the next time', async () => {
    const ada = await newKnownPerson('interieur', 'ada');
    const encryption = { algorithm: 'm.megolm.v1.aes-sha2', 'io.element.msc4362.encrypt_state_events': true };
    const initial_state = [{ type: 'm.room.encryption', state_key: '', content: encryption }];
    for (let made = 0; made < ROOMS; made += 1) await call(ada.account, 'POST', 'v3/createRoom', { initial_state });
    const named = await must(ada.device.api.createConversation({ name: 'La dernière', invite: [], direct: false }));
    await until('all listed', () => ada.device.list.complete && ada.device.list.rooms.length === ROOMS + 1);
    await until('named', () => room(ada.device, named)?.name === 'La dernière');
    await ada.device.end();

    const second = await newDevice();
    const times: Record<string, number> = {};
    let start = performance.now();
    const signedIn = must(signIn(second, ada.account));
    await until('the first rooms', () => second.list.rooms.length >= 20);
    times.newDeviceFirst = performance.now() - start;
    expect(second.list).toMatchObject({ total: ROOMS + 1 });
    expect(second.list.rooms[0]?.roomId).toBe(named);
    await until('all rooms', () => second.list.complete && second.list.rooms.length === ROOMS + 1);
    times.newDeviceAll = performance.now() - start;
    await signedIn;
    await second.end();

    start = performance.now();
    const snapshot = await openRoomListSnapshot(createMemoryPlatform({ storagePrefix: ada.device.prefix }));
    times.snapshot = performance.now() - start;
    expect(snapshot?.list.rooms).toHaveLength(ROOMS + 1);
    expect(snapshot?.list.rooms[0]?.name).toBe('La dernière');

    const again = await newDevice(ada.device.prefix);
    start = performance.now();
    await must(again.api.restore());
    times.restored = performance.now() - start;
    await until('the list', () => again.list.rooms.length === ROOMS + 1);
    times.warmList = performance.now() - start;
    await until('online', () => again.status.connection.kind === 'online');
    times.warmOnline = performance.now() - start;
    await until('all again', () => again.list.complete);
    times.warmAll = performance.now() - start;
    expect(room(again, named)?.name).toBe('La dernière');
    expect(again.list.rooms).toHaveLength(ROOMS + 1);
    await again.end();
    process.stdout.write(
      `${JSON.stringify(times, (_key, value) => (typeof value === 'number' ? Math.round(value) : value))}\n`,
    );
  }, 400_000);
});
