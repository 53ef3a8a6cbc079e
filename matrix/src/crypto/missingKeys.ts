import type { RoomId } from '@besace/protocol/core/ids';
import type { Clock } from '../platform/platform.ts';

/**
 * Remembers for a moment which megolm sessions are not here, so that the next event of one is not looked for in vain: on a new device that is
 * every event of every room. And notices a key that comes while an event of its session is being opened: the try that failed
 * is then made again, where otherwise nobody would.
 */
export interface MissingKeys {
  /** It was found missing a moment ago, and has not come since. */
  has(roomId: RoomId, sessionId: string): boolean;
  /** Runs `attempt`; again when it failed for want of a key that came meanwhile. */
  attempt<T>(
    roomId: RoomId,
    sessionId: string,
    attempt: () => Promise<T>,
    isMissing: (result: T) => boolean,
  ): Promise<T>;
  /** An empty `sessionId` means any session of the room. */
  came(roomId: RoomId, sessionId: string): void;
}

/** Long enough for what one answer brings, short enough that a key whose arrival was not told costs little, ms. */
const REMEMBERED_MS = 5_000;
/** Sessions remembered at most; past it, all are forgotten. */
const MOST = 10_000;

type Attempt = { cameMeanwhile: boolean };
type Room = { readonly missingUntil: Map<string, number>; readonly attempts: Map<string, Set<Attempt>> };

export function createMissingKeys(clock: Clock): MissingKeys {
  const rooms = new Map<RoomId, Room>();
  let remembered = 0;

  function roomOf(roomId: RoomId): Room {
    const room = rooms.get(roomId) ?? { missingUntil: new Map(), attempts: new Map() };
    rooms.set(roomId, room);
    return room;
  }

  function remember(room: Room, sessionId: string): void {
    if (remembered >= MOST) {
      for (const { missingUntil } of rooms.values()) missingUntil.clear();
      remembered = 0;
    }
    if (!room.missingUntil.has(sessionId)) remembered += 1;
    room.missingUntil.set(sessionId, clock.monotonic() + REMEMBERED_MS);
  }

  function forget(room: Room, sessionId: string): void {
    if (room.missingUntil.delete(sessionId)) remembered -= 1;
    for (const attempt of room.attempts.get(sessionId) ?? []) attempt.cameMeanwhile = true;
  }

  return {
    has(roomId, sessionId) {
      return (rooms.get(roomId)?.missingUntil.get(sessionId) ?? Number.NEGATIVE_INFINITY) > clock.monotonic();
    },
    async attempt(roomId, sessionId, run, isMissing) {
      const room = roomOf(roomId);
      const own: Attempt = { cameMeanwhile: false };
      const all = room.attempts.get(sessionId) ?? new Set();
      room.attempts.set(sessionId, all.add(own));
      try {
        for (;;) {
          own.cameMeanwhile = false;
          const result = await run();
          if (!isMissing(result)) return result;
          if (own.cameMeanwhile) continue;
          remember(room, sessionId);
          return result;
        }
      } finally {
        all.delete(own);
        if (all.size === 0) room.attempts.delete(sessionId);
      }
    },
    came(roomId, sessionId) {
      const room = rooms.get(roomId);
      if (room === undefined) return;
      const sessions = sessionId === '' ? [...room.missingUntil.keys(), ...room.attempts.keys()] : [sessionId];
      for (const session of sessions) forget(room, session);
    },
  };
}
