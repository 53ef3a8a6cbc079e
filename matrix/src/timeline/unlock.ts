import type { RoomId } from '@besace/protocol/core/ids';
import type { CryptoPort, RoomKey } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Reading, TimelineEvent } from './event.ts';
import { readEvent } from './read.ts';

/** Tries again what is locked under keys that came, or was taken on trust under one that is now known to be another's; gives those that were tried. An empty session id means any of the room. */
export async function tryAgain(
  crypto: CryptoPort,
  roomId: RoomId,
  keys: readonly RoomKey[],
  events: readonly TimelineEvent[],
): Promise<TimelineEvent[]> {
  const sessions = new Set(keys.filter((key) => key.roomId === roomId).map((key) => key.sessionId));
  if (sessions.size === 0) return [];
  const tried = await Promise.all(
    events.map(async (event) => {
      const raw = rawToRetry(event.reading, sessions);
      return raw === null ? [] : [await readEvent(crypto, raw)];
    }),
  );
  return tried.flat();
}

/**
 * What is still locked, once more, when it is put in its place: a key that came after it was tried, and before that, would open it nowhere. Costs
 * nothing where no key came (crypto/missingKeys.ts).
 */
export async function tryOnceMore(
  crypto: CryptoPort,
  roomId: RoomId,
  events: readonly TimelineEvent[],
): Promise<TimelineEvent[]> {
  const locked = events.filter(({ reading }) => reading.kind === 'locked');
  return tryAgain(crypto, roomId, [{ roomId, sessionId: '' }], locked);
}

/** The event as it came, where news of these sessions may change how it reads: it opens now, or it turns out to be another's (T2). */
function rawToRetry(reading: Reading, sessions: ReadonlySet<string>): RawEvent | null {
  if (reading.kind === 'locked') {
    const { sessionId, raw } = reading;
    return sessions.has('') || (sessionId !== null && sessions.has(sessionId)) ? raw : null;
  }
  if (reading.kind !== 'clear' || reading.restored === null) return null;
  const { session_id: sessionId } = reading.restored.content;
  return typeof sessionId === 'string' && sessions.has(sessionId) ? reading.restored : null;
}
