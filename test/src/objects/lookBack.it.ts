import type { ObjectId, RoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { holdPost } from '../harness/lyingPost.ts';
import { startLyingServer } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import {
  addCard,
  allSent,
  cardWhen,
  changeCard,
  freshDevice,
  joinWhenInvited,
  must,
  type Person,
  person,
  sharedRoom,
  watchObjects,
} from '../hostile/person.ts';

describe('a vandal', () => {
  it('[LIE-49][OBJ-6][T11] costs a fresh device a look back along what was replaced, and is mended', async () => {
    const [alice, eve] = await Promise.all([person('interieur', 'alice'), person('interieur', 'eve')]);
    const room = await sharedRoom(alice, [eve]);
    const id = await twoVersions(alice, room);
    // Whoever is there would mend it at once.
    for (const who of [alice, eve]) who.kill();
    const bad = [await vandalise(eve, room, id), await vandalise(eve, room, id)];

    const device = await freshDevice(alice);
    const seen = await watchObjects(device.api, room);
    await cardWhen(seen, id, (task) => task.title?.value === 'second');
    await eventually(async () => !bad.includes(await currentEvent(alice, room, id)));
    await eventually(async () => seen.last?.holes.invalid === 0);
    expect((await currentEvent(alice, room, id)) !== null).toBe(true);
  });

  it('[LIE-50][OBJ-6][T11] costs one who joins from another server a look into the history', async () => {
    const [alice, eve, bob] = await Promise.all([
      person('interieur', 'alice'),
      person('interieur', 'eve'),
      person('culture', 'bob'),
    ]);
    const room = await sharedRoom(alice, [eve]);
    const id = await twoVersions(alice, room);
    must(await alice.api.invite(room, bob.userId));
    for (const who of [alice, eve]) who.kill();
    const bad = [await vandalise(eve, room, id), await vandalise(eve, room, id)];

    await joinWhenInvited(bob, room);
    const seen = await watchObjects(bob.api, room);
    await cardWhen(seen, id, (task) => task.title?.value === 'second');
    await eventually(async () => !bad.includes(await currentEvent(bob, room, id)));
  });
});

describe('a redaction', () => {
  it('[LIE-51][OBJ-11][T11] of the current version by someone with the right takes it out of the state, and the object stays', async () => {
    const [alice, bob] = await Promise.all([person('interieur', 'alice'), person('culture', 'bob')]);
    const room = await sharedRoom(alice, [bob]);
    const id = await twoVersions(alice, room);
    const seen = await watchObjects(bob.api, room);
    await cardWhen(seen, id, (task) => task.title?.value === 'second');
    const redacted = await currentEvent(alice, room, id);
    const path = `v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(redacted)}/once`;
    await call(alice.account, 'PUT', path, {});
    // A device that comes now is told of a current version that is empty.
    const device = await freshDevice(bob);
    const seenFresh = await watchObjects(device.api, room);
    await eventually(async () => (await currentEvent(alice, room, id)) !== redacted);
    await cardWhen(seenFresh, id, (task) => task.title?.value === 'second');
    await cardWhen(seen, id, (task) => task.title?.value === 'second');
  });
});

describe('a key that comes late', () => {
  it('[LIE-52][OBJ-7][T6] leaves a counted hole, and the card when it comes', async () => {
    const server = await startLyingServer(sharedWorld().org('culture').clientUrl);
    const post = holdPost(server);
    const [alice, bob, eve] = await Promise.all([
      person('interieur', 'alice'),
      person('culture', 'bob', server.url),
      person('interieur', 'eve'),
    ]);
    const room = await sharedRoom(alice, [bob, eve]);
    const seen = await watchObjects(bob.api, room);
    await eventually(async () => seen.last?.complete === true);
    const early = await addCard(alice, room, { title: 'early' });
    await cardWhen(seen, early, (task) => task.title?.value === 'early');
    post.hold();
    // Who leaves shall not read on: the next write has a new key, which goes to Bob's device.
    must(await eve.api.leave(room));
    await gone(alice, room, eve);
    const id = await addCard(alice, room, { title: 'late' });
    await eventually(async () => seen.last?.holes.locked === 1);
    expect(seen.objects.has(id)).toBe(false);
    post.release();
    must(await alice.api.sendText(room, { text: 'so that there is something to sync' }));
    await cardWhen(seen, id, (task) => task.title?.value === 'late');
    await eventually(async () => seen.last?.holes.locked === 0);
    for (const who of [bob, eve]) who.kill();
    await server.stop();
  });
});

async function twoVersions(who: Person, room: RoomId): Promise<ObjectId> {
  const seen = await watchObjects(who.api, room);
  const id = await addCard(who, room, { title: 'first' });
  await cardWhen(seen, id, (task) => task.title?.value === 'first');
  await allSent(who);
  await changeCard(who, room, seen, id, { title: 'second' });
  await allSent(who);
  seen.stop();
  // A fresh device has its keys from the backup, which is written a little later.
  await eventually(async () => (await call<{ count: number }>(who.account, 'GET', 'v3/room_keys/version')).count > 0);
  return id;
}

async function gone(who: Person, room: RoomId, other: Person): Promise<void> {
  let left = false;
  const stop = await who.api.watchRoom(room, ({ members }) => {
    left = !members.some((member) => member.userId === other.userId && member.membership === 'join');
  });
  await eventually(async () => left);
  stop();
}

/** Writes nonsense over the card, which the server must accept: Eve has the right to write state. */
async function vandalise(eve: Person, room: RoomId, id: ObjectId): Promise<string> {
  const content = { algorithm: 'm.megolm.v1.aes-sha2', session_id: 'none', ciphertext: `AwgAEgA${Math.random()}` };
  const { event_id } = await call<{ event_id: string }>(eve.account, 'PUT', statePath(room, id), content);
  return event_id;
}

async function currentEvent(who: Person, room: RoomId, id: ObjectId): Promise<string> {
  return (await call<{ event_id: string }>(who.account, 'GET', `${statePath(room, id)}?format=event`)).event_id;
}

function statePath(room: RoomId, id: ObjectId): string {
  return `v3/rooms/${encodeURIComponent(room)}/state/m.room.encrypted/${encodeURIComponent(`fr.besace.task:${id}`)}`;
}
