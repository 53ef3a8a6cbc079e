import { parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TimelineItem } from '../api/types.ts';
import { must } from '../outbox/testing.ts';
import { eventually } from '../upstream/world.ts';
import { converse, look, newPerson, type Person, type Sight } from './person.ts';

describe('a conversation across two ministries', () => {
  let alice: Person;
  let bob: Person;
  let room: RoomId;
  let atAlice: Sight;
  let atBob: Sight;

  beforeAll(async () => {
    [alice, bob] = await Promise.all([newPerson('interieur', 'alice'), newPerson('culture', 'bob')]);
    room = await converse(alice, bob);
    [atAlice, atBob] = [await look(alice, room), await look(bob, room)];
  });

  it('[TIME-8] carries text both ways, once, and shows it sent', async () => {
    must(await alice.api.sendText(room, { text: 'Bonjour' }));
    await atBob.find('Bonjour');
    must(await bob.api.sendText(room, { text: 'Bonsoir', html: '<b>Bonsoir</b>' }));
    const answer = await atAlice.find('Bonsoir');
    expect(answer.body).toMatchObject({ html: '<b>Bonsoir</b>' });
    await eventually(
      () => atAlice.lines().length === 2 && atAlice.last().items.every(({ sending }) => sending === null),
    );
    expect(atAlice.lines()).toEqual(atBob.lines());
  });

  it('[TIME-2] [TIME-4] carries an edit, a reply, reactions and a removal', async () => {
    must(await alice.api.sendText(room, { text: 'Réunion à 14 h' }));
    const seen = idOf(await atBob.find('Réunion à 14 h'));
    must(await bob.api.sendText(room, { text: 'D’accord', replyTo: seen }));
    must(await bob.api.react(room, seen, '👍'));
    must(await alice.api.edit(room, await sentId(atAlice, 'Réunion à 14 h'), { text: 'Réunion à 15 h' }));
    const edited = await atBob.find('Réunion à 15 h');
    expect(edited.edited).toBe(true);
    const reply = await atAlice.find('D’accord');
    await eventually(() => atAlice.last().items.find(({ id }) => id === reply.id)?.replyTo?.text === 'Réunion à 15 h');
    await eventually(() =>
      atAlice.last().items.some(({ reactions }) => reactions[0]?.key === '👍' && reactions[0].count === 1),
    );
    must(await bob.api.react(room, seen, '👍'));
    await eventually(() => atAlice.last().items.every(({ reactions }) => reactions.length === 0));
    must(await bob.api.remove(room, await sentId(atBob, 'D’accord')));
    await eventually(() => atAlice.lines().at(-1)?.endsWith('(removed)'));
  });

  it('[MEDIA-1] [MEDIA-2] carries a file with its thumbnail, sealed on the way', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(50_000));
    const thumbnail = { blob: new Blob(['small'], { type: 'image/png' }), width: 10, height: 10 };
    const file = new Blob([bytes], { type: 'image/png' });
    must(
      await alice.api.sendFile(room, file, {
        name: 'plan.png',
        caption: 'Le plan',
        width: 800,
        height: 600,
        thumbnail,
      }),
    );
    const item = await eventually(() => atBob.last().items.find(({ body }) => body.kind === 'image'));
    if (item.body.kind !== 'image') throw new Error('not an image');
    const { media, caption } = item.body;
    expect(media).toMatchObject({ name: 'plan.png', width: 800, height: 600, size: 50_000, mimetype: 'image/png' });
    expect(caption).toBe('Le plan');
    const got = must(await bob.api.download(media));
    expect(Buffer.from(await got.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    if (media.thumbnail === null) throw new Error('no thumbnail');
    expect(await must(await bob.api.download(media.thumbnail)).text()).toBe('small');
    const [, server, id] = /^mxc:\/\/([^/]+)\/(.+)$/.exec(media.url) ?? [];
    const onServer = await fetch(`${alice.test.clientUrl}/_matrix/client/v1/media/download/${server}/${id}`, {
      headers: { authorization: `Bearer ${alice.test.accessToken}` },
    });
    expect(onServer.ok).toBe(true);
    expect(Buffer.from(await onServer.arrayBuffer()).includes(Buffer.from(bytes.subarray(0, 64)))).toBe(false);
  });

  it('[TIME-11] carries read receipts', async () => {
    must(await alice.api.sendText(room, { text: 'Lu ?' }));
    const item = await atBob.find('Lu ?');
    must(await bob.api.markRead(room, idOf(item)));
    await eventually(
      () => (atAlice.last().items.find(({ eventId }) => eventId === item.eventId)?.readBy.length ?? 0) > 0,
    );
  });

  it('[TIME-13] shows the room again after a restart, and reads back to its beginning', async () => {
    const before = atBob.lines();
    atBob.stop();
    atBob = await look(bob, room);
    await eventually(() => atBob.lines().length >= before.length);
    await eventually(async () => {
      if (atBob.last().canLoadOlder) must(await bob.api.loadOlder(room));
      return !atBob.last().canLoadOlder;
    });
    expect(atBob.last().items.some(({ body }) => body.kind === 'room' && body.change === 'created')).toBe(true);
    expect(atBob.lines().filter((line) => line.includes('locked'))).toEqual([]);
  });

  it('shows each message when it comes, and says how long that took across servers', async () => {
    const times: number[] = [];
    for (let round = 0; round < 40; round++) {
      const shown = arrival(bob, room, `ping ${round}`);
      const ready = await shown;
      const start = performance.now();
      must(await alice.api.sendText(room, { text: `ping ${round}` }));
      times.push((await ready.at) - start);
      ready.stop();
    }
    times.sort((a, b) => a - b);
    const [p50, p95] = [times[Math.floor(times.length * 0.5)] ?? 0, times[Math.floor(times.length * 0.95)] ?? 0];
    process.stdout.write(
      `${JSON.stringify({ figure: 'send-to-shown', p50: Math.round(p50), p95: Math.round(p95), unit: 'ms' })}\n`,
    );
    // The bar is the bench's to hold, on a machine of its own; here it is said, and that every message came at once is checked.
    expect(times).toHaveLength(40);
  });
});

function idOf({ eventId }: TimelineItem) {
  return must(parseEventId(eventId));
}

function sentId(sight: Sight, text: string) {
  return eventually(() => {
    const item = sight.last().items.find(({ body }) => body.kind === 'text' && body.text === text);
    return item?.eventId ?? undefined;
  });
}

/** Watches a room and tells when a text is first shown. */
async function arrival(person: Person, room: RoomId, text: string) {
  const { promise, resolve } = Promise.withResolvers<number>();
  const stop = await person.api.watchTimeline(room, ({ items }) => {
    if (items.some(({ body }) => body.kind === 'text' && body.text === text)) resolve(performance.now());
  });
  return { at: promise, stop };
}
