import { type EventId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import { shownName } from '../rooms/shownName.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord, parseRawEvents } from '../sync/rawEvent.ts';

/** What stood where an event stands in the room's history. */
export type StateThen = {
  /** The joined members, with the names that they had. */
  readonly joined: ReadonlyMap<UserId, string>;
  /** Content of `m.room.power_levels`; null where there was none. */
  readonly powerLevels: unknown;
};

/** An answer is at most this many bytes: 20,000 members. */
const MAX_BYTES = 16 * 1024 * 1024;
const POWERS = 'm.room.power_levels';
const MEMBERS = 'm.room.member';

/**
 * The members and powers at an event's place in the room's graph (`GET /context`, whose `state` is that of the last event it gives: with a limit of 0
 * the event itself). The place is no clock's, so honest servers agree on it; it is the server's word all the same (decision 003).
 */
export function readStateThen(context: SessionContext, roomId: RoomId, eventId: EventId): Outcome<StateThen> {
  return readThen(context, roomId, eventId, [MEMBERS, POWERS]);
}

/** The powers alone: no members. */
export async function readPowersThen(context: SessionContext, roomId: RoomId, eventId: EventId): Outcome<unknown> {
  const then = await readThen(context, roomId, eventId, [POWERS]);
  return then.ok ? ok(then.value.powerLevels) : then;
}

async function readThen(
  context: SessionContext,
  roomId: RoomId,
  eventId: EventId,
  types: readonly string[],
): Outcome<StateThen> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(eventId)}`,
    query: { limit: '0', filter: JSON.stringify({ types, lazy_load_members: false }) },
    maxBytes: MAX_BYTES,
  });
  if (!answer.ok) return answer;
  if (!isRecord(answer.value) || !Array.isArray(answer.value.state))
    return err({ code: 'server-nonsense', detail: 'state' });
  const joined = new Map<UserId, string>();
  let powerLevels: unknown = null;
  for (const { type, state_key: stateKey, content } of parseRawEvents(answer.value.state, roomId)) {
    if (type === POWERS && stateKey === '') powerLevels = content;
    if (type !== MEMBERS || content.membership !== 'join') continue;
    const user = parseUserId(stateKey);
    if (user.ok) joined.set(user.value, shownName(content.displayname) || user.value);
  }
  return ok({ joined, powerLevels });
}
