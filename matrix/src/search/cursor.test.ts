import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import { type Cursor, takeBatch, takePage } from './cursor.ts';

function raw(at: number, type = 'm.room.encrypted'): RawEvent {
  return {
    event_id: `$${at}`,
    room_id: '!room',
    type,
    sender: '@alice:interieur.test',
    origin_server_ts: at,
    content: {},
    unsigned: {},
  } as unknown as RawEvent;
}

describe('the cursor of a room', () => {
  it('begins with a hole below what came first, and closes it at the beginning of the room [INDEX-10]', () => {
    const begun = takeBatch(null, { events: [raw(9)], limited: true, prevBatch: 't9' });
    expect(begun?.cursor.holes).toMatchObject([{ token: 't9', until: null, at: 9 }]);
    const [hole] = begun?.cursor.holes ?? [];
    if (begun == null || hole === undefined) throw new Error('no hole');
    const page = takePage(begun.cursor, hole, { events: [raw(8), raw(7)], next: null });
    expect(page.cursor.holes).toEqual([]);
    expect(page.events.map(({ raw: { event_id } }) => event_id)).toEqual(['$7', '$8']);
  });

  it('reads a whole life once, in the order of the stream, whatever holes the sync leaves [INDEX-10]', () => {
    const step = fc.record({
      more: fc.integer({ min: 0, max: 12 }),
      shown: fc.integer({ min: 1, max: 4 }),
      crawls: fc.nat(3),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, pageSize) => {
          const stream: RawEvent[] = [raw(1)];
          const places = new Map<string, number>();
          let cursor: Cursor | null = null;
          const keep = (events: readonly { raw: RawEvent; place: number }[]) => {
            for (const {
              raw: { event_id: id },
              place,
            } of events)
              if (!places.has(id)) places.set(id, place);
          };
          const crawl = () => {
            const hole = cursor?.holes[0];
            if (cursor === null || hole === undefined) return false;
            const from = stream.findIndex(({ event_id }) => event_id === hole.above);
            const events = stream.slice(Math.max(0, from - pageSize), from).reverse();
            const page = takePage(cursor, hole, { events, next: from - pageSize <= 0 ? null : 'more' });
            keep(page.events);
            cursor = page.cursor;
            return true;
          };
          for (const { more, shown, crawls } of steps) {
            const before = stream.length;
            // Every third is nothing that the index looks at.
            for (let at = 0; at < more; at++)
              stream.push(raw(stream.length + 1, stream.length % 3 === 0 ? 'm.other' : undefined));
            const fresh = stream.length - before;
            const events = stream.slice(-Math.min(shown, stream.length));
            const taken = takeBatch(cursor, {
              events,
              limited: fresh > events.length || cursor === null,
              prevBatch: 'back',
            });
            if (taken !== null) {
              keep(taken.events);
              cursor = taken.cursor;
            }
            for (let at = 0; at < crawls; at++) crawl();
          }
          while (crawl());
          const wanted = stream.filter(({ type }) => type !== 'm.other').map(({ event_id }) => event_id);
          expect([...places].sort(([, a], [, b]) => a - b).map(([id]) => id)).toEqual(wanted);
        },
      ),
      { numRuns: 300 },
    );
  });
});
