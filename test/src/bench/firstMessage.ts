import type { BesaceApi } from '@besace/matrix/api/types';
import { createBesace } from '@besace/matrix/besace';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import type { RoomId } from '@besace/protocol/core/ids';
import { must } from '../demo/agent.ts';
import { call, eventually } from '../harness/http.ts';
import type { BenchWorld } from './benchWorld.ts';
import { makeCrowd } from './crowd.ts';
import type { Scenario } from './scenario.ts';

const PEOPLE = 100;
const DEVICES = 10;

/**
 * The first message of a new device to a room of 1,000 devices, until the server has it: keys go to each device first. Either they went while
 * the person typed, or all is done when she sends.
 */
export function firstMessage(bench: BenchWorld): Scenario {
  return {
    name: 'first-message-1000',
    onlyWhenNamed: true,
    runs: 2,
    figures: [
      { figure: 'first-message-1000.typed', unit: 'ms', bar: 300, better: 'lower' },
      { figure: 'first-message-1000.at-once', unit: 'ms', bar: 2_500, better: 'lower' },
      { figure: 'first-message-1000.keys-while-typing', unit: 'ms', bar: null, better: 'lower' },
      // What of it is work of this process, whatever else the machine does.
      { figure: 'first-message-1000.at-once.work', unit: 'ms', bar: null, better: 'lower' },
    ],
    async prepare() {
      const world = await bench.world();
      const account = await world.register('interieur', 'claire');
      const { clientUrl: homeserver, localpart: user, password } = account;
      let devices = 0;
      const newDevice = async () => {
        const sent = countKeys();
        devices += 1;
        const storagePrefix = `first-message-${account.localpart}-${devices}`;
        const api = createBesace(createMemoryPlatform({ storagePrefix, fetch: sent.fetch }));
        must(await api.signIn({ homeserver, user, password, deviceName: 'Mesure' }));
        return { api, sent };
      };
      const { api: first } = await newDevice();
      const { code } = must(await first.setUpRecovery({ password }));
      must(await first.confirmRecoveryCode(code));
      const room = must(await first.createConversation({ name: 'Mille appareils', invite: [], direct: false }));
      const crowd = await makeCrowd(world, 'interieur', { people: PEOPLE, devices: DEVICES });
      await crowd.join(room, account);
      return {
        async run() {
          const typing = await freshDevice();
          const everybody = PEOPLE * DEVICES + (await othersOfMine());
          const start = performance.now();
          must(await typing.api.setTyping(room, true));
          await eventually(async () => typing.sent.devices() >= everybody);
          const shared = performance.now() - start;
          const typed = await send(typing.api, room);
          must(await typing.api.signOut({ force: true }));

          const hurried = await freshDevice();
          const before = process.cpuUsage();
          const atOnce = await send(hurried.api, room);
          const { user: work, system } = process.cpuUsage(before);
          if (hurried.sent.devices() < PEOPLE * DEVICES)
            throw new Error(`keys for ${hurried.sent.devices()} devices only`);
          must(await hurried.api.signOut({ force: true }));
          return new Map([
            ['first-message-1000.typed', typed],
            ['first-message-1000.at-once', atOnce],
            ['first-message-1000.at-once.work', (work + system) / 1_000],
            ['first-message-1000.keys-while-typing', shared],
          ]);
        },
        async end() {
          must(await first.signOut({ force: true }));
        },
      };

      /** Her other devices that get keys, the one that reads while all are off included. */
      async function othersOfMine(): Promise<number> {
        const query = { device_keys: { [account.userId]: [] } };
        const answer = await call<{ device_keys: Record<string, object> }>(account, 'POST', 'v3/keys/query', query);
        return Object.keys(answer.device_keys[account.userId] ?? {}).length - 1;
      }

      /** A device that has the room open, and gave its keys to nobody yet. */
      async function freshDevice() {
        const device = await newDevice();
        must(await device.api.recover(code));
        let members = 0;
        await device.api.watchRoom(room, (details) => {
          members = details.members.filter(({ membership }) => membership === 'join').length;
        });
        await eventually(async () => members > PEOPLE && device.sent.readsWhenOff());
        return device;
      }
    },
  };
}

/** Until the server has it, in ms. */
async function send(api: BesaceApi, room: RoomId): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let id: string | null = null;
  const stop = await api.watchTimeline(room, ({ items }) => {
    if (items.some((item) => item.body.kind === 'text' && item.body.text === id && item.eventId !== null)) resolve();
  });
  id = `first ${Math.random()}`;
  const start = performance.now();
  must(await api.sendText(room, { text: id }));
  await promise;
  const took = performance.now() - start;
  stop();
  return took;
}

/** Counts the devices that something encrypted was sent to, and looks whether the one that reads while all are off was made. */
function countKeys() {
  let devices = 0;
  let dehydrated = false;
  return {
    devices: () => devices,
    readsWhenOff: () => dehydrated,
    async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
      const response = await globalThis.fetch(input, init);
      const url = String(input);
      dehydrated ||= init?.method === 'PUT' && url.endsWith('/dehydrated_device');
      if (url.includes('/sendToDevice/m.room.encrypted') && typeof init?.body === 'string') {
        const { messages } = JSON.parse(init.body) as { messages: Record<string, object> };
        devices += Object.values(messages).reduce((count, one) => count + Object.keys(one).length, 0);
      }
      return response;
    },
  };
}
