import type { ObjectId, RoomId } from '@besace/protocol/core/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import {
  addCard,
  allSent,
  cardWhen,
  changeCard,
  freshDevice,
  type Person,
  person,
  type Seen,
  sharedRoom,
  watchObjects,
} from '../hostile/person.ts';

const world = sharedWorld();
let alice: Person;
let bob: Person;
let room: RoomId;
let seenByAlice: Seen;
let seenByBob: Seen;

beforeAll(async () => {
  alice = await person('interieur', 'alice');
  bob = await person('culture', 'bob');
  room = await sharedRoom(alice, [bob]);
  seenByAlice = await watchObjects(alice.api, room);
  seenByBob = await watchObjects(bob.api, room);
});
afterAll(() => world.gateway.heal('interieur', 'culture'));

describe('two organisations cut off from each other', () => {
  it('[OBJ-4][T4] keep every field that both wrote on one card, on devices that were there and on fresh ones', async () => {
    const id = await addCard(alice, room, { title: 'before', description: 'before', due: '2026-01-01' });
    await cardWhen(seenByBob, id, (task) => task.title?.value === 'before');

    await world.gateway.cut('interieur', 'culture');
    await changeCard(alice, room, seenByAlice, id, { title: 'by alice' });
    await changeCard(bob, room, seenByBob, id, { due: '2026-12-24' });
    await changeCard(bob, room, seenByBob, id, { description: 'by bob' });
    await Promise.all([allSent(alice), allSent(bob)]);
    const started = performance.now();
    await world.gateway.heal('interieur', 'culture');

    for (const seen of [seenByAlice, seenByBob]) await bothKept(seen, id);
    const merged = performance.now() - started;
    await oneVersionForAll(id);
    process.stdout.write(`merged on both sides ${merged.toFixed(0)} ms after the link was back\n`);

    for (const who of [alice, bob]) {
      const device = await freshDevice(who);
      const seen = await watchObjects(device.api, room);
      await bothKept(seen, id);
      expect(seen.last?.holes.rollbacks).toBe(0);
      seen.stop();
    }
  });

  it('[OBJ-4] write a merge at most once for each version that was apart, not once a reader', async () => {
    const key = `fr.besace.task:`;
    const answer = await call<{ chunk: { state_key?: string }[] }>(
      alice.account,
      'GET',
      `v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=200`,
    );
    // Created, changed by Alice, twice by Bob: the rest are merges. Three versions were apart, and on a slow link each comes by itself.
    const versions = answer.chunk.filter((event) => event.state_key?.startsWith(key)).length;
    expect(versions - 4).toBeLessThanOrEqual(3);
  });
});

async function bothKept(seen: Seen, id: ObjectId): Promise<void> {
  await cardWhen(
    seen,
    id,
    (task) =>
      task.title?.value === 'by alice' && task.due?.value === '2026-12-24' && task.description?.value === 'by bob',
  );
}

/** Both servers hold one and the same current version. */
async function oneVersionForAll(id: ObjectId): Promise<void> {
  const path = `v3/rooms/${encodeURIComponent(room)}/state/m.room.encrypted/${encodeURIComponent(`fr.besace.task:${id}`)}?format=event`;
  await eventually(async () => {
    const [a, b] = await Promise.all([alice, bob].map((who) => call(who.account, 'GET', path)));
    return a?.event_id === b?.event_id;
  });
}
