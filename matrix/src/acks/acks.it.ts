import type { RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Acknowledgements, ToAcknowledge } from '../api/types.ts';
import { must } from '../outbox/testing.ts';
import { converse, look, newPerson, type Person } from '../timeline/person.ts';
import { eventually } from '../upstream/world.ts';

describe('acknowledgements across two ministries', () => {
  let alice: Person;
  let bob: Person;
  let room: RoomId;

  beforeAll(async () => {
    [alice, bob] = await Promise.all([newPerson('interieur', 'alice'), newPerson('culture', 'bob')]);
    room = await converse(alice, bob);
  });

  it('[ACK-10] [ACK-11] [ACK-12] are asked for, wait for who was there, are given and taken back', async () => {
    const [atAlice, atBob] = [await look(alice, room), await look(bob, room)];
    const waiting: ToAcknowledge[][] = [[], []];
    const carol = await newPerson('culture', 'carol');
    for (const [at, person] of [bob, carol].entries()) {
      await person.api.watchToAcknowledge((now) => {
        waiting[at] = [...now];
      });
    }
    const note = 'Accusé de lecture demandé : réagissez par ✅';
    must(
      await alice.api.sendText(room, {
        text: 'Évacuation à 14 h',
        html: '<b>Évacuation</b> à 14 h',
        ask: { urgent: true, note },
      }),
    );
    const arrived = await atBob.find('Évacuation à 14 h');
    expect(arrived).toMatchObject({ ask: { urgent: true }, body: { html: '<b>Évacuation</b> à 14 h' } });
    const { eventId } = arrived;
    if (eventId === null) throw new Error('no event');
    // Carol joins after it, and is not asked.
    must(await alice.api.invite(room, carol.account.userId));
    await eventually(async () => (await carol.api.join(room)).ok);
    await eventually(() => waiting[0]?.[0]?.eventId === eventId && waiting[0][0].urgent);
    expect(waiting[0]?.[0]).toMatchObject({
      roomId: room,
      text: 'Évacuation à 14 h',
      sender: { userId: alice.account.userId },
    });

    let seen: Acknowledgements | undefined;
    await alice.api.watchAcknowledgements(room, eventId, (now) => {
      seen = now;
    });
    await eventually(() => seen?.complete === true && !seen.loading);
    expect(seen).toMatchObject({
      urgent: true,
      mine: 'not-asked',
      people: [{ userId: bob.account.userId, acknowledged: false }],
    });

    await Promise.all([bob.api.acknowledge(room, eventId), bob.api.acknowledge(room, eventId)]);
    await eventually(() => waiting[0]?.length === 0);
    await eventually(() => seen?.people[0]?.acknowledged === true && seen.people[0].proven);
    await eventually(() =>
      atAlice.last().items.some((item) => item.eventId === eventId && item.reactions[0]?.count === 1),
    );
    // Taken back like any reaction: it waits again.
    must(await bob.api.react(room, eventId, '✅'));
    await eventually(() => seen?.people[0]?.acknowledged === false);
    await eventually(() => waiting[0]?.length === 1);
    must(await bob.api.acknowledge(room, eventId));
    await eventually(() => seen?.people[0]?.acknowledged === true && waiting[0]?.length === 0);
    // Carol has read it by now, if she ever will: nothing waits for her.
    must(await alice.api.sendText(room, { text: 'Pour Carol aussi', ask: { urgent: false, note: '' } }));
    await eventually(() => waiting[1]?.length === 1);
    expect(waiting[1]?.[0]).toMatchObject({ text: 'Pour Carol aussi', urgent: false });
  });
});
