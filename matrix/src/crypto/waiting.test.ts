import { parseEventId, parseRoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { createTestClock } from '../platform/testClock.ts';
import { createScope } from '../session/scope.ts';
import { createKeyRequests } from './keyRequests.ts';
import { createLockedEvents } from './lockedEvents.ts';

const event = parseEventId('$event');
const room = parseRoomId('!room');
if (!event.ok || !room.ok) throw new Error('ids');
const [eventId, roomId] = [event.value, room.value];

describe('what is locked', () => {
  it('[CRYPTO-2] [T6] counts after 4 s, and no more once it opened', () => {
    const clock = createTestClock();
    const counts: number[] = [];
    const locked = createLockedEvents(clock, createScope(), (count) => counts.push(count));
    locked.locked(eventId);
    clock.advance(3_999);
    expect(locked.count).toBe(0);
    locked.locked(eventId);
    clock.advance(1);
    expect(locked.count).toBe(1);
    locked.opened(eventId);
    expect(counts).toEqual([1, 0]);
  });

  it('[CRYPTO-2] does not count what opened in time', () => {
    const clock = createTestClock();
    const locked = createLockedEvents(clock, createScope(), () => expect.unreachable());
    locked.locked(eventId);
    locked.opened(eventId);
    clock.advance(60_000);
    expect(locked.count).toBe(0);
  });

  it('[CRYPTO-3] has its key asked for again for a while, and no longer once it came', () => {
    const clock = createTestClock();
    const asked: string[] = [];
    const requests = createKeyRequests(clock, createScope(), (_room, session) => asked.push(session));
    requests.want(roomId, 'a');
    requests.want(roomId, 'a');
    requests.want(roomId, 'b');
    expect(asked).toEqual(['a', 'b']);
    requests.got(roomId, 'b');
    clock.advance(20_000);
    expect(asked).toEqual(['a', 'b', 'a', 'a']);
    clock.advance(24 * 3_600_000);
    const total = asked.length;
    clock.advance(24 * 3_600_000);
    expect(asked).toHaveLength(total);
  });
});
