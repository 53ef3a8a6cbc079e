import type { RoomId } from '@besace/protocol/core/ids';
import type { CryptoPort, RoomKey } from '../session/context.ts';
import type { TimelineEvent } from './event.ts';
import { readEvent } from './read.ts';

/** Tries again what is locked under keys that came; gives those that were tried. An empty session id means any of the room. */
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
      if (event.reading.kind !== 'locked') return [];
      const { sessionId, raw } = event.reading;
      if (!sessions.has('') && (sessionId === null || !sessions.has(sessionId))) return [];
      return [await readEvent(crypto, raw)];
    }),
  );
  return tried.flat();
}
