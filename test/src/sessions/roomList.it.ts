import { openRoomListSnapshot } from '@besace/matrix/local/roomListSnapshot';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import { describe, expect, it } from 'vitest';
import type { WorldAccount } from '../harness/connect.ts';
import { type Fault, type FaultRule, startFaultProxy } from '../harness/faultProxy.ts';
import { call, eventually } from '../harness/http.ts';
import { must, newDevice, newKnownPerson, room, signIn, until } from './device.ts';

const REFUSED: Fault = {
  kind: 'answer',
  status: 403,
  body: JSON.stringify({ errcode: 'M_FORBIDDEN', error: 'Not now' }),
};
/** Three steps of the list's growth: 20, 100, 200. */
const ROOMS = 120;

describe('an account of many rooms', () => {
  it('[SYNC-6] [ROOM-7] shows the latest rooms first, then all, and at once the next time', async () => {
    const ada = await newKnownPerson('interieur', 'ada');
    const encryption = { algorithm: 'm.megolm.v1.aes-sha2', 'io.element.msc4362.encrypt_state_events': true };
    const initial_state = [{ type: 'm.room.encryption', state_key: '', content: encryption }];
    await sideBySide(ROOMS, () => call(ada.account, 'POST', 'v3/createRoom', { initial_state }));
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

/** What comes before the whole backup is there: with it, and where it cannot be had. */
const BACKUPS: readonly (readonly [string, FaultRule])[] = [
  ['with the whole backup', () => null],
  ['one by one', (method, path) => (method === 'GET' && path.includes('/room_keys/keys?') ? REFUSED : null)],
];

describe('the keys of a new device', () => {
  it.each(BACKUPS)('[CRYPTO-3] all come, %s', async (_how, rule) => {
    const ada = await newKnownPerson('interieur', 'ada');
    const names = Array.from({ length: 45 }, (_, index) => `Salon ${index}`);
    await sideBySide(names.length, async (index) => {
      await must(ada.device.api.createConversation({ name: names[index] ?? '', invite: [], direct: false }));
    });
    await eventually(() => opensEverything(ada.account), 60_000);
    await ada.device.end();

    const proxy = await startFaultProxy(ada.account.clientUrl);
    proxy.fault(rule);
    const second = await newDevice();
    await must(signIn(second, ada.account, proxy.url));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    await must(second.api.recover(ada.code));
    const shown = () => second.list.rooms.flatMap(({ name, nameLocked }) => (nameLocked ? [] : name)).sort();
    await until('every name', () => shown().length === names.length, 60_000);
    expect(shown()).toEqual(names.toSorted());
    expect(second.status.lockedEvents).toBe(0);
    await second.end();
    await proxy.stop();
  });
});

type Backup = { readonly rooms: Readonly<Record<string, { readonly sessions: Readonly<Record<string, unknown>> }>> };
type StateEvent = { readonly type: string; readonly content: { readonly session_id?: string } };

/** Whether the backup of somebody has the key of every encrypted state event of her rooms: a number of keys does not say of which they are. */
async function opensEverything(account: WorldAccount): Promise<boolean> {
  const { version } = await call<{ version: string }>(account, 'GET', 'v3/room_keys/version');
  const { rooms } = await call<Backup>(account, 'GET', `v3/room_keys/keys?version=${version}`);
  const { joined_rooms } = await call<{ joined_rooms: string[] }>(account, 'GET', 'v3/joined_rooms');
  for (const roomId of joined_rooms) {
    const state = await call<StateEvent[]>(account, 'GET', `v3/rooms/${encodeURIComponent(roomId)}/state`);
    const needed = state.flatMap(({ type, content }) => (type === 'm.room.encrypted' ? content.session_id : []));
    if (!needed.every((session) => session !== undefined && rooms[roomId]?.sessions[session] !== undefined))
      return false;
  }
  return true;
}

/** Runs it so many times, some at once. */
async function sideBySide(times: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < times) {
      const index = next;
      next += 1;
      await run(index);
    }
  };
  await Promise.all(Array.from({ length: 6 }, one));
}
