import { parseRoomId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { expect, it } from 'vitest';
import type { CryptoPort } from '../session/context.ts';
import { parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import { createPreviews, removedBy } from './previews.ts';

const parsed = parseRoomId('!room');
if (!parsed.ok) throw new Error('a room id');
const roomId = parsed.value;
const room = { roomId, encrypted: true, member: () => undefined };
// Stands for what the crypto gives; real decryption is tested on real homeservers.
const crypto = {
  decrypt: async ({ content: { ciphertext, ...more } }: RawEvent) =>
    ok({ type: 'm.room.message', content: { msgtype: 'm.text', body: ciphertext, ...more } }),
} as unknown as CryptoPort;

function event(id: string, type: string, content: object, unsigned = {}, sender = '@ada:interieur.test'): RawEvent {
  const input = { event_id: id, sender, type, content, unsigned, origin_server_ts: 1 };
  const made = parseRawEvent(input, roomId);
  if (made === null) throw new Error('an event');
  return made;
}

it('[ROOM-9] shows no line of a message that was removed, whichever way it is said', async () => {
  const said = event('$said', 'm.room.encrypted', { ciphertext: 'regretted' });
  const ways = [
    event('$removal', 'm.room.redaction', { redacts: '$said' }),
    event('$said', 'm.room.encrypted', {}, { redacted_because: { type: 'm.room.redaction' } }),
  ];
  for (const way of ways) {
    const previews = createPreviews(crypto);
    await previews.refresh(room, said);
    expect(previews.of(roomId)?.text).toBe('regretted');
    const removed = removedBy(way);
    if (removed !== null) previews.remove(roomId, removed);
    expect(previews.of(roomId)).toBeNull();
    expect(previews.known(roomId)).toBeUndefined();
  }
});

it('[ROOM-9] keeps the line when something else was removed', async () => {
  const previews = createPreviews(crypto);
  await previews.refresh(room, event('$said', 'm.room.encrypted', { ciphertext: 'said' }));
  const removed = removedBy(event('$removal', 'm.room.redaction', { redacts: '$other' }));
  if (removed !== null) previews.remove(roomId, removed);
  expect(previews.of(roomId)?.text).toBe('said');
  expect(removedBy(event('$said', 'm.room.message', { redacts: '$said' }))).toBeNull();
});

it('[ROOM-9] [T1] follows an edit of the message that it shows, by its author alone', async () => {
  const previews = createPreviews(crypto);
  await previews.refresh(room, event('$said', 'm.room.encrypted', { ciphertext: 'a secret by mistake' }));
  const edit = (target: string, body: string) => ({
    ciphertext: `* ${body}`,
    'm.relates_to': { rel_type: 'm.replace', event_id: target },
    'm.new_content': { msgtype: 'm.text', body },
  });
  await previews.refresh(room, event('$other', 'm.room.encrypted', edit('$before', 'of another')));
  await previews.refresh(room, event('$eve', 'm.room.encrypted', edit('$said', 'forged'), {}, '@eve:culture.test'));
  expect(previews.of(roomId)?.text).toBe('a secret by mistake');
  expect(await previews.refresh(room, event('$edit', 'm.room.encrypted', edit('$said', 'mended')))).toBe(true);
  expect(previews.known(roomId)).toMatchObject({ eventId: '$said', preview: { text: 'mended' } });
});

it('[ROOM-2] [T1] shows no line that came in clear in an encrypted room', async () => {
  const previews = createPreviews(crypto);
  await previews.refresh(room, event('$clear', 'm.room.message', { msgtype: 'm.text', body: 'forged' }));
  expect(previews.of(roomId)).toBeNull();
});
