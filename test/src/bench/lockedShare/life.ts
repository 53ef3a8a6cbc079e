import type { BesaceApi, OutboxItem, RoomList, SessionStatus, Stop } from '@besace/matrix/api/types';
import { openBesace } from '@besace/matrix/besace';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { must } from '../../demo/agent.ts';
import type { World, WorldAccount } from '../../harness/connect.ts';
import { eventually } from '../../harness/http.ts';
import { type FlakyNetwork, flakyNetwork } from './flakyNetwork.ts';
import type { Readings } from './readings.ts';

/** A person of the life: her rooms, and her devices of now. */
export type Lifer = {
  readonly account: WorldAccount;
  readonly userId: UserId;
  readonly code: string;
  readonly rooms: Set<RoomId>;
  readonly devices: LiferDevice[];
};

export type LiferDevice = {
  readonly api: BesaceApi;
  readonly network: FlakyNetwork;
  rooms(): RoomList;
  /** Nothing waits to be sent. */
  idle(): boolean;
  show(room: RoomId): Promise<void>;
  hide(room: RoomId): void;
  end(): Promise<void>;
};

export type LifeParts = { readonly world: World; readonly readings: Readings; readonly random: () => number };

let count = 0;

export async function newLifer(parts: LifeParts, org: string): Promise<Lifer> {
  const account = await parts.world.register(org, 'life');
  const device = await signedIn(parts, account);
  const { userId } = device;
  const { code } = must(await device.api.setUpRecovery({ password: account.password }));
  must(await device.api.confirmRecoveryCode(code));
  device.verified();
  return { account, userId, code, rooms: new Set(), devices: [device] };
}

/** One more device, verified by the recovery code; it shows all rooms of its person from its first moment. */
export async function addDevice(parts: LifeParts, person: Lifer): Promise<LiferDevice> {
  const device = await signedIn(parts, person.account);
  device.network.disturb();
  for (const room of person.rooms) await device.show(room);
  // What is not verified opens nothing; from here on it should. A network that fails is asked again, as a person would.
  await eventually(async () => (await device.api.recover(person.code)).ok, 60_000);
  device.verified();
  person.devices.push(device);
  return device;
}

async function signedIn({ readings, random }: LifeParts, account: WorldAccount) {
  count += 1;
  const name = `life-${count}`;
  const network = flakyNetwork(random);
  const { api, close } = openBesace(createMemoryPlatform({ storagePrefix: name, fetch: network.fetch }));
  let list: RoomList = { rooms: [], total: 0, complete: false };
  let outbox: readonly OutboxItem[] = [];
  let status: SessionStatus | null = null;
  let since = Number.POSITIVE_INFINITY;
  const shown = new Map<RoomId, Stop>();
  await api.watchRooms((next) => {
    list = next;
  });
  await api.watchOutbox((next) => {
    outbox = next;
  });
  await api.watchStatus((next) => {
    status = next;
  });
  const input = {
    homeserver: account.clientUrl,
    user: account.localpart,
    password: account.password,
    deviceName: name,
  };
  let userId: UserId | null = null;
  await eventually(async () => {
    const answer = await api.signIn(input);
    userId = answer.ok ? answer.value.userId : null;
    return answer.ok && status !== null;
  }, 60_000);
  if (userId === null) throw new Error('not signed in');
  const seen = (room: RoomId) => `${name} ${room}`;
  return {
    api,
    network,
    userId: userId as UserId,
    rooms: () => list,
    idle: () => outbox.length === 0,
    verified() {
      since = performance.now();
    },
    async show(room: RoomId) {
      if (shown.has(room)) return;
      shown.set(
        room,
        await api.watchTimeline(room, (timeline) => {
          if (since !== Number.POSITIVE_INFINITY) readings.saw(seen(room), timeline, since);
        }),
      );
    },
    hide(room: RoomId) {
      shown.get(room)?.();
      shown.delete(room);
      readings.ended(seen(room), room);
    },
    async end() {
      for (const room of [...shown.keys()]) {
        shown.get(room)?.();
        readings.ended(seen(room), room);
      }
      network.heal();
      await api.signOut({ force: true });
      await close();
    },
  };
}
