import { parseEventId, parseRoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { createTestClock } from '../platform/testClock.ts';
import { createScope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { createKeyRequests } from './keyRequests.ts';
import { createLockedEvents } from './lockedEvents.ts';
import { createMissingKeys } from './missingKeys.ts';

const event = parseEventId('$event');
const room = parseRoomId('!room');
if (!event.ok || !room.ok) throw new Error('ids');
const [eventId, roomId] = [event.value, room.value];

describe('what is locked', () => {
  it('[CRYPTO-2] [T6] counts after 4 s, and no more once it opened', () => {
    const clock = createTestClock();
    const counts: number[] = [];
    const locked = createLockedEvents(clock, createScope(), (count) => counts.push(count));
    locked.locked(eventId, { roomId, sessionId: 'a' });
    clock.advance(3_999);
    expect(locked.count).toBe(0);
    locked.locked(eventId, { roomId, sessionId: 'a' });
    clock.advance(1);
    expect(locked.count).toBe(1);
    locked.opened(eventId);
    expect(counts).toEqual([1, 0]);
  });

  it('[CRYPTO-2] [T6] counts no more once the key came, though nobody reads it again; again where it did not help', () => {
    const clock = createTestClock();
    const counts: number[] = [];
    const locked = createLockedEvents(clock, createScope(), (count) => counts.push(count));
    const key = { roomId, sessionId: 'a' };
    locked.locked(eventId, key);
    clock.advance(4_000);
    locked.came({ roomId, sessionId: 'b' });
    expect(locked.count).toBe(1);
    locked.came(key);
    expect(counts).toEqual([1, 0]);
    locked.locked(eventId, key);
    locked.came({ roomId, sessionId: '' });
    clock.advance(60_000);
    expect(locked.count).toBe(0);
    locked.locked(eventId, key);
    clock.advance(4_000);
    expect(counts).toEqual([1, 0, 1]);
  });

  it('[CRYPTO-2] does not count what opened in time', () => {
    const clock = createTestClock();
    const locked = createLockedEvents(clock, createScope(), () => expect.unreachable());
    locked.locked(eventId, { roomId, sessionId: 'a' });
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

  it('[CRYPTO-7] has our other devices asked once, when the backup did not have it at first', () => {
    const clock = createTestClock();
    const asked: string[] = [];
    const requests = createKeyRequests(
      clock,
      createScope(),
      () => {},
      false,
      ({ event_id }) => asked.push(event_id),
    );
    const raw = { event_id: eventId } as RawEvent;
    requests.want(roomId, 'a', raw);
    requests.want(roomId, 'b', raw);
    requests.want(roomId, 'c');
    clock.advance(500);
    requests.got(roomId, 'b');
    expect(asked).toEqual([]);
    clock.advance(24 * 3_600_000);
    expect(asked).toEqual([eventId]);
  });

  it('[CRYPTO-3] asks for no single key before the whole backup came, then for those that it did not bring', () => {
    const clock = createTestClock();
    const asked: string[] = [];
    const requests = createKeyRequests(clock, createScope(), (_room, session) => asked.push(session), true);
    for (const session of ['a', 'b']) requests.want(roomId, session);
    clock.advance(3_600_000);
    expect(asked).toEqual([]);
    requests.got(roomId, 'a');
    requests.release();
    requests.release();
    expect(asked).toEqual(['b']);
    requests.want(roomId, 'c');
    expect(asked).toEqual(['b', 'c']);
    // The pauses count from the first time that it was asked for, so that the SDK does not take the second for too soon.
    clock.advance(6_000);
    expect(asked).toEqual(['b', 'c', 'b', 'c']);
  });
});

describe('what is known to be missing', () => {
  const isMissing = (result: string) => result === 'missing';

  it('[CRYPTO-6] is not looked for again, until it comes or a moment has passed', async () => {
    const clock = createTestClock();
    const missing = createMissingKeys(clock);
    const miss = () => missing.attempt(roomId, 's', async () => 'missing', isMissing);
    await miss();
    expect(missing.has(roomId, 's')).toBe(true);
    expect(missing.has(roomId, 'other')).toBe(false);
    missing.came(roomId, 's');
    expect(missing.has(roomId, 's')).toBe(false);
    await miss();
    missing.came(roomId, '');
    expect(missing.has(roomId, 's')).toBe(false);
    await miss();
    clock.advance(5_000);
    expect(missing.has(roomId, 's')).toBe(false);
  });

  it.each(['s', ''])('[CRYPTO-6] is tried again when its key came meanwhile (told as "%s")', async (told) => {
    const missing = createMissingKeys(createTestClock());
    const results = ['missing', 'missing', 'open'];
    let tries = 0;
    const opened = await missing.attempt(
      roomId,
      's',
      async () => {
        tries += 1;
        if (tries < 3) missing.came(roomId, told);
        return results[tries - 1] ?? '';
      },
      isMissing,
    );
    expect(opened).toBe('open');
    expect(tries).toBe(3);
    expect(missing.has(roomId, 's')).toBe(false);
  });

  it('[CRYPTO-6] fails as the attempt fails', async () => {
    const missing = createMissingKeys(createTestClock());
    const broken = missing.attempt(roomId, 's', () => Promise.reject(new Error('store')), isMissing);
    await expect(broken).rejects.toThrow('store');
    expect(missing.has(roomId, 's')).toBe(false);
  });

  it('[CRYPTO-6] stays bounded', async () => {
    const missing = createMissingKeys(createTestClock());
    for (let session = 0; session <= 10_000; session++) {
      await missing.attempt(roomId, `s${session}`, async () => 'missing', isMissing);
    }
    expect(missing.has(roomId, 's0')).toBe(false);
    expect(missing.has(roomId, 's10000')).toBe(true);
  });
});
