import { randomBytes } from 'node:crypto';
import type { BesaceApi, ObjectsChange, Outcome, StoredObject, TimelineItem } from '@besace/matrix/api/types';
import { createBesace } from '@besace/matrix/besace';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import { type ObjectId, parseObjectId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { nextStamp } from '@besace/protocol/core/registers';
import { createTask, editTask, type Task, type TaskEdit, taskKind } from '@besace/protocol/features/tasks';
import type { WorldAccount } from '../harness/connect.ts';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';

/** Somebody with our own layer, as the client and the bots use it. */
export type Person = {
  readonly account: WorldAccount;
  readonly userId: UserId;
  readonly api: BesaceApi;
  readonly code: string;
  readonly storagePrefix: string;
  /** Nothing of this device reaches the network from now on. */
  kill(): void;
};

const TASK = taskKind.type;
export const COLUMN = 'c'.repeat(22);

/** A new person, signed in through `homeserver` (her own one when not said), with her identity set up. */
export async function person(org: string, name: string, homeserver?: string): Promise<Person> {
  const account = await sharedWorld().register(org, name);
  const device = newDevice();
  const { api } = device;
  const signedIn = must(
    await api.signIn({
      homeserver: homeserver ?? account.clientUrl,
      user: account.localpart,
      password: account.password,
      deviceName: 'test',
    }),
  );
  const { code } = must(await api.setUpRecovery({ password: account.password }));
  must(await api.confirmRecoveryCode(code));
  return { account, userId: signedIn.userId, code, ...device };
}

/** The same person on a device that has nothing yet. */
export async function freshDevice(who: Person, homeserver?: string): Promise<Person> {
  const device = newDevice();
  const { api } = device;
  const { account, code } = who;
  must(
    await api.signIn({
      homeserver: homeserver ?? account.clientUrl,
      user: account.localpart,
      password: account.password,
      deviceName: 'fresh',
    }),
  );
  must(await api.recover(code));
  return { ...who, ...device };
}

/** Her device after a kill: what runs is cut off from the network for good, and a new process finds what is on disk. */
export async function restart(who: Person): Promise<Person> {
  who.kill();
  const device = newDevice(who.storagePrefix);
  must(await device.api.restore());
  return { ...who, ...device };
}

/** A conversation where both may write objects. */
export async function sharedRoom(owner: Person, guests: readonly Person[]): Promise<RoomId> {
  const invite = guests.map((guest) => guest.userId);
  const roomId = must(await owner.api.createConversation({ name: 'Essai', invite, direct: false }));
  for (const guest of guests) await joinWhenInvited(guest, roomId);
  return roomId;
}

export async function joinWhenInvited(guest: Person, roomId: RoomId): Promise<void> {
  let invited = false;
  const stop = await guest.api.watchRooms((list) => {
    invited ||= list.rooms.some((room) => room.roomId === roomId && room.membership === 'invite');
  });
  await eventually(async () => invited);
  stop();
  must(await guest.api.join(roomId));
}

/** What somebody sees of a room's objects. */
export type Seen = {
  readonly objects: ReadonlyMap<ObjectId, StoredObject>;
  last: ObjectsChange | null;
  readonly changes: ObjectsChange[];
  stop(): void;
};

export async function watchObjects(api: BesaceApi, roomId: RoomId): Promise<Seen> {
  const objects = new Map<ObjectId, StoredObject>();
  const seen: Seen = { objects, last: null, changes: [], stop: () => {} };
  seen.stop = await api.watchObjects(roomId, (change) => {
    if (change.reset) objects.clear();
    for (const object of change.objects) objects.set(object.objectId, object);
    seen.last = change;
    seen.changes.push(change);
  });
  return seen;
}

export async function watchTimeline(api: BesaceApi, roomId: RoomId): Promise<{ items: readonly TimelineItem[] }> {
  const seen: { items: readonly TimelineItem[] } = { items: [] };
  await api.watchTimeline(roomId, (timeline) => {
    seen.items = timeline.items;
  });
  return seen;
}

export function texts(seen: { items: readonly TimelineItem[] }): string[] {
  return seen.items.flatMap((item) => (item.body.kind === 'text' ? [item.body.text] : []));
}

export function card(seen: Seen, id: ObjectId): Task {
  const stored = seen.objects.get(id);
  if (stored === undefined) throw new Error('no such card');
  const parsed = taskKind.parse(stored.content);
  if (!parsed.ok) throw new Error(`bad card: ${parsed.error.path}`);
  return parsed.value;
}

/** The card once it is there and holds; what `holds` throws is a "not yet". */
export async function cardWhen(seen: Seen, id: ObjectId, holds: (task: Task) => boolean): Promise<Task> {
  return eventually(async () => {
    const task = card(seen, id);
    return holds(task) && task;
  });
}

export async function addCard(who: Person, roomId: RoomId, edit: TaskEdit & { title: string }): Promise<ObjectId> {
  const id = newObjectId();
  const made = createTask({ ...edit, column: COLUMN, order: 'a0' }, nextStamp(0, who.userId));
  if (!made.ok) throw new Error(`bad card: ${made.error.field}`);
  must(await who.api.writeObject(roomId, TASK, id, taskKind.encode(made.value)));
  return id;
}

export async function changeCard(who: Person, roomId: RoomId, seen: Seen, id: ObjectId, edit: TaskEdit): Promise<void> {
  const task = card(seen, id);
  const edited = editTask(task, edit, nextStamp(taskKind.lamport(task), who.userId));
  if (!edited.ok) throw new Error(`bad card: ${edited.error.field}`);
  must(await who.api.writeObject(roomId, TASK, id, taskKind.encode(edited.value)));
}

/** Nothing of hers waits to be sent any more. */
export async function allSent(who: Person, ms = 30_000): Promise<void> {
  let waiting = Number.POSITIVE_INFINITY;
  const stop = await who.api.watchOutbox((items) => {
    waiting = items.length;
  });
  await eventually(async () => waiting === 0, ms);
  stop();
}

export function newObjectId(): ObjectId {
  return must(parseObjectId(randomBytes(16).toString('base64url')));
}

export function must<T, E>(result: Awaited<Outcome<T>> | { ok: true; value: T } | { ok: false; error: E }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function newDevice(storagePrefix = `test-${randomBytes(6).toString('hex')}`) {
  let alive = true;
  const platform = createMemoryPlatform({
    storagePrefix,
    outsiderServers: ['externes.test'],
    fetch: (input, init) => (alive ? fetch(input, init) : Promise.reject(new TypeError('killed'))),
  });
  const kill = () => {
    alive = false;
  };
  return { api: createBesace(platform), storagePrefix, kill };
}
