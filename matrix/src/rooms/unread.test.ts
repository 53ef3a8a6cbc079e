import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import type { CryptoPort, HttpPort } from '../session/context.ts';
import { parseRawEvent } from '../sync/rawEvent.ts';
import { createUnread } from './unread.ts';

const room = must(parseRoomId('!room'));
const me = must(parseUserId('@anne:interieur.test'));
const bob = must(parseUserId('@bob:culture.test'));
const root = must(parseEventId('$root'));

function world() {
  const crypto: Pick<CryptoPort, 'decrypt'> = {
    async decrypt(event) {
      if (event.content.locked === true) return err({ why: 'waiting-for-key', sessionId: null, detail: '' });
      return ok({
        eventId: event.event_id,
        roomId: room,
        sender: event.sender,
        type: 'm.room.message',
        stateKey: null,
        content: event.content,
        wireRelation: null,
        at: 0,
        proof: 'signed',
      } as never);
    },
  };
  const unread = createUnread({
    me,
    http: {} as HttpPort,
    crypto: crypto as CryptoPort,
    isEncrypted: () => true,
    onChange: () => undefined,
  });
  const come = async (name: string, content: Record<string, unknown> = {}) => {
    const event = { event_id: `$${name}`, sender: bob, type: 'm.room.encrypted', content };
    const raw = parseRawEvent(event, room);
    if (raw !== null) await unread.onLiveEvent(raw);
  };
  const read = (name: string, thread: typeof root | 'main' | null) =>
    unread.onReceipts(room, [{ user: me, eventId: must(parseEventId(`$${name}`)), at: 0, thread }]);
  return { unread, come, read };
}

const inThread = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } };

describe('how much of a room is unread', () => {
  it('[ROOM-13] a receipt of a thread leaves the rest unread, one outside of threads leaves threads unread, one of neither none', async () => {
    const { unread, come, read } = world();
    await come('a');
    await come('b', inThread);
    await come('c', { ...inThread, locked: true });
    await come('d', { 'm.mentions': { user_ids: [me] } });
    expect(unread.of(room)).toEqual({ unread: 4, highlights: 1 });
    read('b', root);
    expect(unread.of(room).unread).toBe(3);
    read('d', 'main');
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 0 });
    read('c', null);
    expect(unread.of(room).unread).toBe(0);
  });

  it('[ROOM-13] a room that was marked by hand calls once', async () => {
    const { unread, come } = world();
    unread.flag(room, true);
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 0 });
    await come('a');
    await come('b');
    expect(unread.of(room).unread).toBe(2);
    unread.flag(room, false);
    unread.clear(room);
    expect(unread.of(room).unread).toBe(0);
  });
});

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('not an id');
  return result.value;
}
