import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReceipts } from './feed.ts';
import { parseSyncAnswer } from './response.ts';

const event = {
  event_id: '$e',
  sender: '@ada:interieur.test',
  type: 'm.room.message',
  content: {},
  origin_server_ts: 1,
};

describe('a sync answer', () => {
  it('[SYNC-5] [T7] loses one event, not the room, and one room, not the answer', () => {
    const answer = parseSyncAnswer({
      pos: '1',
      lists: { rooms: { count: 2 } },
      rooms: {
        'not a room': {},
        '!odd': 7,
        '!room': {
          timeline: [
            event,
            7,
            null,
            { ...event, event_id: 7 },
            { ...event, sender: 'ada' },
            { ...event, content: [] },
            { ...event, room_id: '!other' },
          ],
          required_state: 'none',
          joined_count: -1,
          heroes: [{ user_id: '@ada:interieur.test', displayname: 7 }, {}],
        },
      },
      extensions: {
        receipts: { rooms: { '!room': 7 } },
        typing: { rooms: { '!room': { content: { user_ids: [7, '@ada:interieur.test'] } } } },
      },
    });
    expect(answer?.rooms).toHaveLength(1);
    expect(answer?.rooms[0]).toMatchObject({ timeline: [event], requiredState: [], joinedCount: null });
    expect(answer?.rooms[0]?.heroes).toEqual([{ userId: '@ada:interieur.test', name: null }]);
    expect([...(answer?.typing.values() ?? [])]).toEqual([['@ada:interieur.test']]);
  });

  it('[SYNC-1] is none without a position', () => {
    for (const odd of [null, 7, '<html>', [], {}, { pos: 7 }]) expect(parseSyncAnswer(odd)).toBeNull();
  });

  it('[SYNC-5] [T3] reads anything without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (rooms, extensions) => {
        parseSyncAnswer({ pos: '1', rooms: { '!room': rooms }, extensions });
        parseSyncAnswer({ pos: '1', rooms, extensions: {} });
      }),
      { numRuns: 1000 },
    );
  });

  it('reads receipts of both kinds', () => {
    const receipts = parseReceipts({
      $e: { 'm.read': { '@ada:interieur.test': { ts: 5 }, ada: {} }, 'm.read.private': { '@bob:culture.test': {} } },
      odd: {},
    });
    expect(receipts).toEqual([
      { user: '@ada:interieur.test', eventId: '$e', at: 5, thread: null },
      { user: '@bob:culture.test', eventId: '$e', at: 0, thread: null },
    ]);
  });
});
