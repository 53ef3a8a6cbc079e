import { parseRoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import { isBeforeJoin } from './beforeJoin.ts';

const parsed = parseRoomId('!room');
if (!parsed.ok) throw new Error('bad id');
const roomId = parsed.value;
const joined = raw('m.room.member', 1_000, { membership: 'join' });
const left = raw('m.room.member', 1_000, { membership: 'leave' });

describe('what is locked from before one came', () => {
  it.each([
    ['an event before the join', 999, 'leave', joined, true],
    ['an event before the join of one who knocked', 999, 'knock', joined, true],
    ['an event after the join, whatever the server says', 1_001, 'leave', joined, false],
    ['an event that the server says she was there for', 999, 'join', joined, false],
    ['an event of which the server says nothing', 999, undefined, joined, false],
    ['an event of a room that she left', 1_001, 'leave', left, true],
    ['an event of a room where her own membership is not known', 999, 'leave', undefined, false],
  ])('[CRYPTO-2][T6] %s', (_what, at, membership, own, before) => {
    expect(isBeforeJoin(raw('m.room.encrypted', at, {}, { membership }), own)).toBe(before);
  });
});

function raw(type: string, at: number, content: Record<string, unknown>, unsigned = {}): RawEvent {
  const event = parseRawEvent(
    { event_id: '$event', sender: '@ada:interieur.test', type, origin_server_ts: at, content, unsigned },
    roomId,
  );
  if (event === null) throw new Error('bad event');
  return event;
}
