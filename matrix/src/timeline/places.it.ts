import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_TIMELINE } from '../api/emptyTimeline.ts';
import type { Timeline, TimelineFocus, TimelineItem } from '../api/types.ts';
import { must } from '../outbox/testing.ts';
import { eventually } from '../upstream/world.ts';
import { converse, look, newPerson, type Person, type Sight } from './person.ts';

/** More than a page of history and the newest end hold together. */
const MESSAGES = 150;

describe('places and threads across two ministries', () => {
  let alice: Person;
  let bob: Person;
  let room: RoomId;
  let atAlice: Sight;
  let atBob: Sight;

  beforeAll(async () => {
    [alice, bob] = await Promise.all([newPerson('interieur', 'alice'), newPerson('culture', 'bob')]);
    room = await converse(alice, bob);
    [atAlice, atBob] = [await look(alice, room), await look(bob, room)];
    for (let at = 0; at < MESSAGES; at++) must(await alice.api.sendText(room, { text: `message ${at}` }));
    await atBob.find(`message ${MESSAGES - 1}`);
  });

  it('[TIME-24] opens at an event far back, reads on both ways, and becomes the newest end', async () => {
    // Carole comes afterwards: her device holds the newest end alone.
    const carole = await newPerson('culture', 'carole');
    must(await alice.api.invite(room, carole.account.userId));
    await eventually(async () => (await carole.api.join(room)).ok);
    const target = await eventIdOf(atAlice, 'message 20');
    const place = await watchPlace(carole, room, { kind: 'event', eventId: target });
    await eventually(() => texts(place).includes('message 20'));
    expect(texts(place)).not.toContain(`message ${MESSAGES - 1}`);
    expect(place.last().canLoadNewer).toBe(true);
    // What is said of it at the newest end is shown here.
    must(await alice.api.edit(room, target, { text: 'message 20, corrigé' }));
    await eventually(() => texts(place).includes('message 20, corrigé'));
    await eventually(async () => {
      must(await carole.api.loadNewer(room, place.focus));
      must(await carole.api.loadOlder(room, place.focus));
      return !place.last().canLoadNewer && !place.last().canLoadOlder;
    });
    const said = texts(place).filter((text) => text.startsWith('message'));
    expect(said).toEqual(
      Array.from({ length: MESSAGES }, (_, at) => (at === 20 ? 'message 20, corrigé' : `message ${at}`)),
    );
    must(await alice.api.sendText(room, { text: 'et la suite' }));
    await eventually(() => texts(place).at(-1) === 'et la suite');
    place.stop();
  });

  it('[TIME-24] says what cannot be found', async () => {
    const place = await watchPlace(bob, room, { kind: 'event', eventId: '$nothing' as EventId });
    await eventually(() => place.last().problem !== null);
    expect(place.last()).toMatchObject({ problem: { code: 'not-found' }, canLoadNewer: false, items: [] });
    place.stop();
  });

  it('[TIME-24] finds the place of a date', async () => {
    const old = atAlice.last().items.find(({ body }) => body.kind === 'text' && body.text === 'message 100');
    if (old === undefined) throw new Error('not there');
    expect(must(await alice.api.eventAt(room, old.at))).toBeDefined();
    // After the last event there is only what is before.
    expect(must(await alice.api.eventAt(room, Date.now() + 60_000))).toBeDefined();
  });

  it('[TIME-25] [TIME-19] a thread lives apart, with its receipts, its edits and its reactions', async () => {
    const root = await eventIdOf(atBob, 'et la suite');
    must(await bob.api.sendText(room, { text: 'dans le fil', threadRoot: root }));
    await eventually(() => thread(atAlice, root)?.latest?.text === 'dans le fil');
    expect(thread(atAlice, root)).toMatchObject({ count: 1, unread: 1 });
    expect(atAlice.lines().at(-1)).toContain('et la suite');
    const [hers, his] = await Promise.all([
      watchPlace(alice, room, { kind: 'thread', root }),
      watchPlace(bob, room, { kind: 'thread', root }),
    ]);
    await eventually(() => texts(hers).join() === 'et la suite,dans le fil');
    must(await alice.api.sendText(room, { text: 'réponse', threadRoot: root }));
    const answer = await eventually(() => his.last().items.find((item) => said(item) === 'réponse'));
    if (answer.eventId === null) throw new Error('not sent');
    must(await bob.api.react(room, answer.eventId, '👍'));
    must(await alice.api.edit(room, answer.eventId, { text: 'réponse corrigée' }));
    await eventually(() => {
      const item = hers.last().items.find(({ eventId }) => eventId === answer.eventId);
      return item !== undefined && said(item) === 'réponse corrigée' && item.reactions[0]?.count === 1;
    });
    await eventually(() => texts(his).at(-1) === 'réponse corrigée');
    must(await bob.api.markRead(room, answer.eventId, root));
    await eventually(() => hers.last().items.at(-1)?.readBy[0]?.userId === bob.account.userId);
    expect(thread(atBob, root)?.unread).toBe(0);
    hers.stop();
    his.stop();
    // Opened again, it comes from the server as a whole.
    const again = await watchPlace(alice, room, { kind: 'thread', root });
    await eventually(() => texts(again).join() === 'et la suite,dans le fil,réponse corrigée');
    expect(again.last().items[2]?.reactions).toMatchObject([{ key: '👍', count: 1 }]);
    again.stop();
  });

  it('[TIME-25] lists the threads, those with something unread first', async () => {
    const first = await eventIdOf(atAlice, 'message 148');
    must(await bob.api.sendText(room, { text: 'plus ancien', threadRoot: first }));
    const list = await watchPlace(alice, room, { kind: 'threads' });
    await eventually(() => texts(list).join() === 'message 148,et la suite');
    expect(list.last().items.map((item) => item.thread?.unread)).toEqual([1, 0]);
    list.stop();
  });

  it('[TIME-21] [T1] [T3] pins are sealed state of those who have the right, and shown in their order', async () => {
    const list = await watchPlace(bob, room, { kind: 'pinned' });
    const [one, two] = [await eventIdOf(atAlice, 'message 140'), await eventIdOf(atAlice, 'message 141')];
    for (const [eventId, count] of [
      [one, 1],
      [two, 2],
    ] as const) {
      must(await alice.api.pin(room, eventId, true));
      await eventually(() => list.last().items.length === count);
    }
    expect(texts(list)).toEqual(['message 141', 'message 140']);
    must(await alice.api.pin(room, one, false));
    await eventually(() => texts(list).join() === 'message 141');
    expect(await bob.api.pin(room, one, true)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    list.stop();
  });

  it('[TIME-22] forwards a message to another room, calling nobody there', async () => {
    const other = await converse(alice, bob);
    const there = await look(bob, other);
    must(await alice.api.forward(room, await eventIdOf(atAlice, 'message 142'), other));
    const item = await there.find('message 142');
    expect([item.sender, item.mentionsMe, item.replyTo]).toEqual([alice.account.userId, false, null]);
    there.stop();
  });
});

type SeenPlace = { readonly focus: TimelineFocus; last(): Timeline; stop(): void };

async function watchPlace(person: Person, room: RoomId, focus: TimelineFocus): Promise<SeenPlace> {
  let last = EMPTY_TIMELINE;
  const stop = await person.api.watchPlace(room, focus, (timeline) => {
    last = timeline;
  });
  return { focus, last: () => last, stop };
}

function texts(place: { last(): Timeline }): string[] {
  return place.last().items.flatMap((item) => said(item) ?? []);
}

function said({ body }: TimelineItem): string | null {
  return body.kind === 'text' ? body.text : null;
}

function thread(sight: Sight, root: EventId) {
  return sight.last().items.find(({ eventId }) => eventId === root)?.thread ?? null;
}

async function eventIdOf(sight: Sight, text: string): Promise<EventId> {
  return eventually(() => sight.last().items.find((item) => said(item) === text)?.eventId ?? undefined);
}
