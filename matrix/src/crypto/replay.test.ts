import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createScope } from '../session/scope.ts';
import { createReplayGuard, megolmIndex } from './replay.ts';

const [roomId, one, other, ada, eve] = [
  parseRoomId('!room'),
  parseEventId('$one'),
  parseEventId('$other'),
  parseUserId('@ada:interieur.test'),
  parseUserId('@eve:interieur.test'),
].map((id) => {
  if (!id.ok) throw new Error('an id');
  return id.value;
}) as [never, never, never, never, never];

describe('the same ciphertext again', () => {
  it('[CRYPTO-1] counts once, under the event id that came first, after a restart too', async () => {
    const platform = createMemoryPlatform({ storagePrefix: 'replay' });
    const db = await openLocalDb(platform);
    const guard = createReplayGuard(db, platform.clock, platform.logger, createScope());
    const message = { roomId, sessionId: 'session', index: 3, sender: ada };
    expect(await guard.admit({ ...message, eventId: one })).toBe(true);
    expect(await guard.admit({ ...message, eventId: one })).toBe(true);
    expect(await guard.admit({ ...message, eventId: other })).toBe(false);
    expect(await guard.admit({ ...message, index: 4, eventId: other })).toBe(true);
    expect(await guard.admit({ ...message, index: 5, eventId: other, sender: eve })).toBe(false);
    await guard.flush();
    const later = createReplayGuard(db, platform.clock, platform.logger, createScope());
    expect(await later.admit({ ...message, eventId: other })).toBe(false);
    expect(await later.admit({ ...message, eventId: one })).toBe(true);
    db.close();
  });

  it('[CRYPTO-1] is refused after thousands of other sessions too', async () => {
    const platform = createMemoryPlatform({ storagePrefix: 'replay-many' });
    const db = await openLocalDb(platform);
    const guard = createReplayGuard(db, platform.clock, platform.logger, createScope());
    for (let round = 0; round < 3; round++) {
      const eventId = round === 0 ? one : other;
      const answers = await Promise.all(
        Array.from({ length: 1_500 }, (_, at) =>
          guard.admit({ roomId, sessionId: `session ${at}`, index: 3, sender: ada, eventId }),
        ),
      );
      expect(new Set(answers)).toEqual(new Set([round === 0]));
      await guard.flush();
    }
    db.close();
  });

  it('reads the index that the message itself carries', () => {
    const message = (...bytes: number[]) => btoa(String.fromCharCode(3, 0x08, ...bytes, 0x12, 1, 2, 3, 4, 5, 6, 7));
    expect(megolmIndex(message(0))).toBe(0);
    expect(megolmIndex(message(5))).toBe(5);
    expect(megolmIndex(message(0x80, 0x01))).toBe(128);
    expect(megolmIndex(message(0xff, 0xff, 0x03))).toBe(65_535);
    for (const odd of [null, 7, '', 'AwgA', '!!!!!!!!!!!!', btoa('another thing here')])
      expect(megolmIndex(odd)).toBeNull();
  });
});
