import type { RoomId } from '@besace/protocol/core/ids';
import { must } from '../../demo/agent.ts';
import { eventually } from '../../harness/http.ts';
import type { BenchWorld } from '../benchWorld.ts';
import type { Scenario } from '../scenario.ts';
import { seeded } from './flakyNetwork.ts';
import { addDevice, type LifeParts, type Lifer, newLifer } from './life.ts';
import { createReadings } from './readings.ts';

/** `BESACE_BENCH_MESSAGES` tries it with fewer. */
const MESSAGES = Number(process.env.BESACE_BENCH_MESSAGES ?? 10_000);
const SEED = 7;
const ROOMS = 3;
/** Between two messages, ms: so fast that rotations, newcomers and new devices meet messages under way, on a machine that does all the work. */
const PAUSE_MS = 15;
/** One in so many messages is followed by a newcomer's joining or leaving, or by a new device. */
const MEMBERS_CHANGE = 40;
const DEVICES_CHANGE = 60;
const MOST_DEVICES = 2;

/**
 * The number that we watch most (T6): of all messages that a device is shown and should be able to open, how many are still locked 4 s later. Four people
 * of two servers write in three rooms while some join and leave, new devices come and old ones go, keys are rotated (every 100 messages, and with
 * each who leaves) and each device's network loses requests and answers.
 */
export function lockedShare(bench: BenchWorld): Scenario {
  return {
    name: 'locked-share',
    onlyWhenNamed: true,
    runs: 1,
    figures: [
      { figure: 'locked-share.after4s', unit: 'ppm', bar: 1_000, better: 'lower' },
      { figure: 'locked-share.expected', unit: 'count', bar: null, better: 'higher' },
    ],
    async prepare() {
      const readings = createReadings(() => performance.now());
      const random = seeded(SEED);
      const parts: LifeParts = { world: await bench.world(), readings, random };
      const people: Lifer[] = [];
      for (const org of ['interieur', 'culture', 'interieur', 'culture']) people.push(await newLifer(parts, org));
      const rooms = await makeRooms(people);
      return {
        async run() {
          await live(parts, people, rooms);
          const { expected, late } = readings.result();
          for (const line of late) process.stderr.write(`late: ${line}\n`);
          return new Map([
            ['locked-share.after4s', (late.length * 1_000_000) / expected],
            ['locked-share.expected', expected],
          ]);
        },
        async end() {
          for (const { devices } of people) for (const device of devices) await device.end();
        },
      };
    },
  };
}

/** Each is made by the first person, who stays; the others come and go. */
async function makeRooms(people: readonly Lifer[]): Promise<readonly RoomId[]> {
  const [owner, ...others] = people;
  if (owner === undefined) throw new Error('nobody');
  const rooms: RoomId[] = [];
  for (let index = 0; index < ROOMS; index++) {
    const input = { name: `Vie ${index}`, invite: others.map(({ userId }) => userId), direct: false };
    const room = must(await ownerApi(owner).createConversation(input));
    rooms.push(room);
    await enter(owner, room);
    for (const other of others) await join(other, room);
  }
  return rooms;
}

async function live(parts: LifeParts, people: readonly Lifer[], rooms: readonly RoomId[]): Promise<void> {
  const { random } = parts;
  const oneOf = <T>(all: readonly T[]): T => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error('nothing to choose from');
    return one;
  };
  const [owner, ...others] = people;
  if (owner === undefined) throw new Error('nobody');
  for (const { devices } of people) for (const { network } of devices) network.disturb();
  /** One change at a time, beside the messages. */
  let changing: Promise<void> | null = null;
  const change = (step: () => Promise<void>) => {
    changing ??= step().finally(() => {
      changing = null;
    });
  };
  for (let sent = 0; sent < MESSAGES; sent++) {
    const writer = oneOf(people.filter(({ rooms: mine }) => mine.size > 0));
    const device = oneOf(writer.devices);
    const room = oneOf([...writer.rooms]);
    must(await device.api.sendText(room, { text: `message ${sent}` }));
    await pause(PAUSE_MS);
    if (random() < 1 / MEMBERS_CHANGE) {
      const person = oneOf(others);
      const where = oneOf(rooms);
      change(() => (person.rooms.has(where) ? leave(person, where) : comeBack(owner, person, where)));
    }
    if (random() < 1 / DEVICES_CHANGE) {
      const person = oneOf(people);
      change(() => newDevice(parts, person));
    }
    // The servers and this process are one machine: what waits is let through now and then.
    if (sent % 100 === 99) await idle(people);
  }
  await changing;
  await idle(people);
  for (const { devices } of people) for (const { network } of devices) network.heal();
  await pause(6_000);
}

async function newDevice(parts: LifeParts, person: Lifer): Promise<void> {
  await addDevice(parts, person);
  if (person.devices.length <= MOST_DEVICES) return;
  const oldest = person.devices.shift();
  if (oldest === undefined) return;
  await eventually(async () => oldest.idle(), 120_000);
  await oldest.end();
}

async function leave(person: Lifer, room: RoomId): Promise<void> {
  person.rooms.delete(room);
  await eventually(async () => person.devices.every((device) => device.idle()), 120_000);
  for (const device of person.devices) device.hide(room);
  await eventually(async () => (await ownerApi(person).leave(room)).ok, 60_000);
}

async function comeBack(owner: Lifer, person: Lifer, room: RoomId): Promise<void> {
  await eventually(async () => (await ownerApi(owner).invite(room, person.userId)).ok, 60_000);
  await join(person, room);
}

async function join(person: Lifer, room: RoomId): Promise<void> {
  const api = ownerApi(person);
  await eventually(
    async () => person.devices[0]?.rooms().rooms.find(({ roomId }) => roomId === room)?.membership === 'invite',
    60_000,
  );
  await eventually(async () => (await api.join(room)).ok, 60_000);
  await enter(person, room);
}

async function enter(person: Lifer, room: RoomId): Promise<void> {
  for (const device of person.devices) await device.show(room);
  person.rooms.add(room);
}

function ownerApi(person: Lifer) {
  const [device] = person.devices;
  if (device === undefined) throw new Error('nobody has no device');
  return device.api;
}

async function idle(people: readonly Lifer[]): Promise<void> {
  await eventually(async () => people.every(({ devices }) => devices.every((device) => device.idle())), 120_000);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
