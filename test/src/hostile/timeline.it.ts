import type { TimelineItem } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { type LyingServer, startLyingServer, type WireEvent } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import { must, newObjectId, type Person, person, sharedRoom, texts, watchTimeline } from './person.ts';

/** A conversation against a homeserver that lies to Alice. */
let server: LyingServer;
let alice: Person;
let bob: Person;
let eve: Person;
let room: RoomId;
let seen: { items: readonly TimelineItem[] };

beforeAll(async () => {
  server = await startLyingServer(sharedWorld().org('interieur').clientUrl);
  alice = await person('interieur', 'alice', server.url);
  bob = await person('culture', 'bob');
  eve = await person('interieur', 'eve');
  room = await sharedRoom(bob, [alice, eve]);
  seen = await watchTimeline(alice.api, room);
});
afterAll(() => server.stop());

describe('a lying server and a conversation', () => {
  it('[LIE-1][hole-1][T1] a plaintext edit of an encrypted message changes nothing', async () => {
    const original = await said('what was said');
    await server.deliver(room, [
      { ...frame(bob.userId), type: 'm.room.message', content: edit(original.event_id, 'what was not said') },
    ]);
    await marker('after the forged edit');
    expect(item(original).body).toMatchObject({ kind: 'text', text: 'what was said' });
    expect([item(original).edited, texts(seen).includes('what was not said')]).toEqual([false, false]);
  });

  it('[LIE-2][hole-1][T1] a plaintext message in an encrypted room is shown as not encrypted, not as said', async () => {
    const forged = { ...frame(bob.userId), type: 'm.room.message', content: { msgtype: 'm.text', body: 'never said' } };
    await server.deliver(room, [forged]);
    const shown = await eventually(async () => seen.items.find((one) => one.eventId === forged.event_id));
    expect(shown.body).toEqual({ kind: 'locked', why: 'not-encrypted' });
  });

  it('[LIE-3][hole-2][T1] an edit made for one message is not applied to another', async () => {
    const first = await said('first');
    const second = await said('second');
    must(await bob.api.edit(room, first.event_id as never, { text: 'first, mended' }));
    await eventually(async () => texts(seen).includes('first, mended'));
    const wire = await carried(
      (event) => asRecord(asRecord(event.content)['m.relates_to']).event_id === first.event_id,
    ).catch(() => null);
    // Where our own edits show no relation outside, the liar adds one to the last thing carried.
    const source = wire ?? (await carried((event) => event.type === 'm.room.encrypted'));
    const content = {
      ...asRecord(source.content),
      'm.relates_to': { rel_type: 'm.replace', event_id: second.event_id },
    };
    await server.deliver(room, [{ ...source, event_id: fresh(), content }]);
    await marker('after the retargeted edit');
    expect(item(second)).toMatchObject({ edited: false, body: { text: 'second' } });
  });

  it('[LIE-4][hole-3] the same ciphertext under a new event id is not said twice', async () => {
    const original = await said('once only');
    const replay = { ...original, event_id: fresh() };
    await server.deliver(room, [replay]);
    const shown = await eventually(async () => seen.items.find((one) => one.eventId === replay.event_id));
    expect(shown.body).toEqual({ kind: 'locked', why: 'unreadable' });
    expect(texts(seen).filter((text) => text === 'once only')).toHaveLength(1);
  });

  it("[LIE-5][hole-4][T2] Bob's ciphertext sent again by Eve is refused, and says so", async () => {
    const original = await said('by bob');
    const path = `v3/rooms/${encodeURIComponent(room)}/send/m.room.encrypted/${newObjectId()}`;
    const sent = await call<{ event_id: string }>(eve.account, 'PUT', path, original.content as object);
    const shown = await eventually(async () => seen.items.find((one) => one.eventId === sent.event_id));
    expect(shown.body).toEqual({ kind: 'locked', why: 'refused-sender' });
  });

  it('[LIE-6][hole-5] a redaction by someone without the right takes nothing away', async () => {
    const original = await said('to be kept');
    await server.deliver(room, [
      {
        ...frame(eve.userId),
        type: 'm.room.redaction',
        redacts: original.event_id,
        content: { redacts: original.event_id },
      },
    ]);
    await marker('after the forged redaction');
    expect(item(original).body).toMatchObject({ kind: 'text', text: 'to be kept' });
  });
});

/** Bob says it, Alice reads it; gives the event as the server carried it. */
async function said(text: string): Promise<WireEvent> {
  must(await bob.api.sendText(room, { text }));
  const shown = await eventually(async () =>
    seen.items.find((one) => one.body.kind === 'text' && one.body.text === text),
  );
  return carried((event) => event.event_id === shown.eventId);
}

/** What was delivered before this is dealt with once this is read. */
async function marker(text: string): Promise<void> {
  await said(text);
}

function item(event: WireEvent): TimelineItem {
  const found = seen.items.find((one) => one.eventId === event.event_id);
  if (found === undefined) throw new Error('not in the timeline');
  return found;
}

async function carried(wanted: (event: WireEvent) => boolean): Promise<WireEvent> {
  return eventually(async () => [...server.carried(room).values()].reverse().find(wanted), 5_000);
}

function edit(target: string, body: string): Record<string, unknown> {
  const text = { msgtype: 'm.text', body };
  return { ...text, 'm.new_content': text, 'm.relates_to': { rel_type: 'm.replace', event_id: target } };
}

function frame(sender: string) {
  return { event_id: fresh(), sender, origin_server_ts: Date.now(), unsigned: {} };
}

function fresh(): string {
  return `$${newObjectId()}`;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
