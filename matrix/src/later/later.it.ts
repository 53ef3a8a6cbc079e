import type { RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ScheduledMessage } from '../api/types.ts';
import { createBesace } from '../besace.ts';
import { must } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { converse, look, newPerson, type Person, type Sight } from '../timeline/person.ts';
import { eventually } from '../upstream/world.ts';

const HOUR = 3_600_000;
const delayed = v.object({ delayed_events: v.array(v.object({ delay_id: v.string(), content: v.unknown() })) });

async function waitingAt({ api }: Pick<Person, 'api'>): Promise<() => readonly ScheduledMessage[]> {
  let list: readonly ScheduledMessage[] = [];
  await api.watchScheduled((scheduled) => {
    list = scheduled;
  });
  return () => list;
}

/** What her homeserver holds for her. */
async function onServer({ test }: Person) {
  const url = `${test.clientUrl}/_matrix/client/unstable/org.matrix.msc4140/delayed_events`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${test.accessToken}` } });
  return v.parse(delayed, await answer.json()).delayed_events;
}

/** The server lets one go, as it does at its time. */
async function letGo({ test }: Person, delayId: string): Promise<void> {
  const url = `${test.clientUrl}/_matrix/client/unstable/org.matrix.msc4140/delayed_events/${delayId}`;
  const headers = { authorization: `Bearer ${test.accessToken}`, 'content-type': 'application/json' };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify({ action: 'send' }) });
}

describe('sending later, on real homeservers', () => {
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let room: RoomId;
  let atBob: Sight;
  let waiting: () => readonly ScheduledMessage[];

  beforeAll(async () => {
    [alice, bob, carol] = await Promise.all([
      newPerson('interieur', 'alice'),
      newPerson('culture', 'bob'),
      newPerson('interieur', 'carol'),
    ]);
    room = await converse(alice, bob);
    atBob = await look(bob, room);
    waiting = await waitingAt(alice);
  });

  it('[LATER-2] [LATER-6] is held sealed by the server, listed on another device, and read when the server lets it go', async () => {
    must(await alice.api.sendText(room, { text: 'Demain à neuf heures', due: Date.now() + HOUR }));
    await eventually(() => waiting()[0]?.heldBy === 'server');
    const held = await eventually(async () => {
      const all = await onServer(alice);
      return all.length === 1 && all;
    });
    expect(JSON.stringify(held)).not.toContain('neuf heures');
    const api = createBesace(createMemoryPlatform({ storagePrefix: 'later-second' }));
    const { clientUrl: homeserver, localpart: user, password } = alice.test;
    must(await api.signIn({ homeserver, user, password, deviceName: 'second' }));
    must(await api.recover(alice.code));
    const there = await waitingAt({ api });
    await eventually(() => there()[0]?.text === 'Demain à neuf heures');
    const [one] = held;
    if (one === undefined) throw new Error('nothing held');
    await letGo(alice, one.delay_id);
    await atBob.find('Demain à neuf heures');
    await eventually(() => waiting().length === 0 && there().length === 0);
    must(await api.signOut({ force: true }));
  });

  it('[LATER-4] [T10] is read by somebody who came after it was scheduled', async () => {
    must(await alice.api.sendText(room, { text: 'Pour qui sera là', due: Date.now() + HOUR }));
    await eventually(() => waiting()[0]?.heldBy === 'server');
    const before = await onServer(alice);
    must(await alice.api.invite(room, carol.account.userId));
    await eventually(async () => (await carol.api.join(room)).ok);
    const after = await eventually(async () => {
      const all = await onServer(alice);
      return all.length === 1 && all[0]?.delay_id !== before[0]?.delay_id && all[0];
    });
    await eventually(() => waiting()[0]?.heldBy === 'server');
    const atCarol = await look(carol, room);
    await letGo(alice, after.delay_id);
    await Promise.all([atBob.find('Pour qui sera là'), atCarol.find('Pour qui sera là')]);
    await eventually(() => waiting().length === 0);
  });

  it('[LATER-5] [LATER-6] is sent now once, or cancelled, and then is with the server no longer', async () => {
    const now = must(await alice.api.sendText(room, { text: 'Tout de suite', due: Date.now() + HOUR }));
    const never = must(await alice.api.sendText(room, { text: 'Jamais', due: Date.now() + 2 * HOUR }));
    await eventually(() => waiting().every(({ heldBy }) => heldBy === 'server') && waiting().length === 2);
    must(await alice.api.reschedule(now, Date.now() + 3 * HOUR));
    await eventually(
      () =>
        waiting()
          .map(({ text }) => text)
          .join() === 'Jamais,Tout de suite',
    );
    must(await alice.api.sendNow(now));
    must(await alice.api.cancelScheduled(never));
    await atBob.find('Tout de suite');
    expect(await onServer(alice)).toEqual([]);
    expect(waiting()).toEqual([]);
    expect(atBob.lines().filter((line) => line.includes('Tout de suite'))).toHaveLength(1);
    expect(atBob.lines().some((line) => line.includes('Jamais'))).toBe(false);
  });
});
