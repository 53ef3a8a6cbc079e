import { type EventId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import { shownName } from '../rooms/shownName.ts';
import type { HttpPort } from '../session/context.ts';
import { isRecord, parseRawEvent, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import { type HistoryPage, type Hole, WANTED } from './cursor.ts';

const PAGE = 100;
const FILTER = JSON.stringify({ types: WANTED, lazy_load_members: true });

/** One page of what a hole holds, newest first, and the names of those who wrote it. */
export async function readHistory(
  http: HttpPort,
  roomId: RoomId,
  hole: Hole,
): Outcome<HistoryPage & { readonly names: ReadonlyMap<UserId, string> }> {
  let { token } = hole;
  if (token === null && hole.above !== null) {
    const asked = await tokenBefore(http, roomId, hole.above);
    if (!asked.ok) return asked;
    token = asked.value;
  }
  const answer = await http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`,
    query: { dir: 'b', limit: String(PAGE), filter: FILTER, ...(token === null ? {} : { from: token }) },
  });
  if (!answer.ok) return answer;
  if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
  const { end, chunk, state } = answer.value;
  // No `end`, or one that does not move on: the room's beginning, or that of what we may see.
  const next = typeof end === 'string' && end !== token ? end : null;
  return ok({ events: parseRawEvents(chunk, roomId), next, names: namesIn(state, roomId) });
}

/** One event again, as when its key came. Null where the server no longer gives it. */
export async function readOne(http: HttpPort, roomId: RoomId, eventId: EventId): Outcome<RawEvent | null> {
  const answer = await http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`,
  });
  if (!answer.ok) return answer.error.code === 'not-found' || answer.error.code === 'forbidden' ? ok(null) : answer;
  const raw = parseRawEvent(answer.value, roomId);
  return ok(raw?.event_id === eventId ? raw : null);
}

async function tokenBefore(http: HttpPort, roomId: RoomId, eventId: EventId): Outcome<string> {
  const answer = await http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(eventId)}`,
    query: { limit: '0' },
  });
  if (!answer.ok) return answer;
  const start = isRecord(answer.value) ? answer.value.start : undefined;
  return typeof start === 'string' ? ok(start) : err({ code: 'server-nonsense', detail: 'start' });
}

function namesIn(state: unknown, roomId: RoomId): Map<UserId, string> {
  const names = new Map<UserId, string>();
  for (const event of parseRawEvents(Array.isArray(state) ? state : [], roomId)) {
    const user = parseUserId(event.state_key);
    const name = event.type === 'm.room.member' ? shownName(event.content.displayname) : '';
    if (user.ok && name !== '') names.set(user.value, name.slice(0, 255));
  }
  return names;
}
