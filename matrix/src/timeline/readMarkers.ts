import { type EventId, parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import { isTransient } from '../errors.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';

/** Up to where I have read: `m.fully_read`, and the `m.read` receipt that others see, of a thread or outside of them (MSC3771). */
export interface ReadMarkers {
  /** Gives the marker that the server holds, if it holds one and answers. */
  load(roomId: RoomId, found: (eventId: EventId) => void): void;
  /** Marks a room as unread, or not any more (`m.marked_unread`, Matrix spec 1.12). */
  flag(roomId: RoomId, unread: boolean): Outcome<void>;
  /** Sets both. What cannot be said now is said when the server is back: the latest place of each room and thread only. */
  mark(roomId: RoomId, eventId: EventId, thread: Thread): Outcome<void>;
}

/** A thread by its root, or what is outside of threads. */
type Thread = EventId | 'main';
type Unsaid = { readonly roomId: RoomId; readonly eventId: EventId; readonly thread: Thread };

export function createReadMarkers(context: SessionContext): ReadMarkers {
  const { account, http, scope, sync } = context;
  const unsaid = new Map<string, Unsaid>();

  async function say(place: Unsaid): Outcome<void> {
    const said = await sayBoth(place);
    const key = `${place.roomId} ${place.thread}`;
    if (said.ok || !isTransient(said.error)) {
      if (unsaid.get(key) === place) unsaid.delete(key);
    }
    return said;
  }

  async function sayBoth({ roomId, eventId, thread }: Unsaid): Outcome<void> {
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const receipt = await http.json({
      method: 'POST',
      path: `${room}/receipt/m.read/${encodeURIComponent(eventId)}`,
      body: { thread_id: thread },
      signal: scope.signal,
    });
    if (!receipt.ok || thread !== 'main') return receipt.ok ? ok(undefined) : receipt;
    const marker = await http.json({
      method: 'POST',
      path: `${room}/read_markers`,
      body: { 'm.fully_read': eventId },
      signal: scope.signal,
    });
    return marker.ok ? ok(undefined) : marker;
  }

  function flagPath(roomId: RoomId): string {
    return `/_matrix/client/v3/user/${encodeURIComponent(account.userId)}/rooms/${encodeURIComponent(roomId)}/account_data/m.marked_unread`;
  }

  async function flag(roomId: RoomId, unread: boolean): Outcome<void> {
    const answer = await http.json({ method: 'PUT', path: flagPath(roomId), body: { unread }, signal: scope.signal });
    return answer.ok ? ok(undefined) : answer;
  }

  /** A room that one opens is not marked as unread any more. */
  async function unmark(roomId: RoomId): Promise<void> {
    const answer = await http.json({ method: 'GET', path: flagPath(roomId), signal: scope.signal });
    if (answer.ok && isRecord(answer.value) && answer.value.unread === true) await flag(roomId, false);
  }

  scope.add(
    sync.watchConnection((connection) => {
      if (connection.kind !== 'online') return;
      for (const place of [...unsaid.values()]) void say(place);
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
      void unmark(roomId);
    },
    flag,
    mark(roomId, eventId, thread) {
      const place = { roomId, eventId, thread };
      unsaid.set(`${roomId} ${thread}`, place);
      return say(place);
    },
  };
}
