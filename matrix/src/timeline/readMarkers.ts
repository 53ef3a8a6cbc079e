import { type EventId, parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import { isTransient } from '../errors.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';

/** Up to where I have read (`m.fully_read`, and the `m.read` receipt that others see; unaware of threads). */
export interface ReadMarkers {
  /** Gives the marker that the server holds, if it holds one and answers. */
  load(roomId: RoomId, found: (eventId: EventId) => void): void;
  /** Sets both. What cannot be said now is said when the server is back: the latest place of each room only. */
  mark(roomId: RoomId, eventId: EventId): Outcome<void>;
}

export function createReadMarkers(context: SessionContext): ReadMarkers {
  const { account, http, scope, sync } = context;
  const unsaid = new Map<RoomId, EventId>();

  async function say(roomId: RoomId, eventId: EventId): Outcome<void> {
    const answer = await http.json({
      method: 'POST',
      path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/read_markers`,
      body: { 'm.fully_read': eventId, 'm.read': eventId },
      signal: scope.signal,
    });
    if (answer.ok) {
      if (unsaid.get(roomId) === eventId) unsaid.delete(roomId);
      return ok(undefined);
    }
    if (!isTransient(answer.error)) unsaid.delete(roomId);
    return err(answer.error);
  }

  scope.add(
    sync.watchConnection((connection) => {
      if (connection.kind !== 'online') return;
      for (const [roomId, eventId] of [...unsaid]) void say(roomId, eventId);
    }),
  );
  return {
    load(roomId, found) {
      const path = `/_matrix/client/v3/user/${encodeURIComponent(account.userId)}/rooms/${encodeURIComponent(roomId)}/account_data/m.fully_read`;
      void http.json({ method: 'GET', path, signal: scope.signal }).then((answer) => {
        // Not there before the first time, or no network: then the room opens without a mark.
        const eventId = parseEventId(answer.ok && isRecord(answer.value) ? answer.value.event_id : undefined);
        if (eventId.ok) found(eventId.value);
      });
    },
    mark(roomId, eventId) {
      unsaid.set(roomId, eventId);
      return say(roomId, eventId);
    },
  };
}
