import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord, parseRawEvents } from '../sync/rawEvent.ts';
import type { TimelineEvent } from './event.ts';
import { readEvent } from './read.ts';
import type { Before } from './window.ts';

/** Older events, oldest first, and where to go on. */
export type Page = { readonly events: readonly TimelineEvent[]; readonly before: Before };

const PAGE = 50;

/** Reads one page before `before` (`GET /messages`, backwards) and decrypts it. */
export async function readPage(context: SessionContext, roomId: RoomId, before: string): Outcome<Page> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`,
    query: { dir: 'b', from: before, limit: String(PAGE) },
  });
  if (!answer.ok) return answer;
  if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
  const { end, chunk } = answer.value;
  const raw = parseRawEvents(chunk, roomId).reverse();
  const events = await Promise.all(raw.map((event) => readEvent(context.crypto, event)));
  // No `end`, or one that does not move on: the room's beginning, or that of what we may see.
  const done = typeof end !== 'string' || end === before;
  return ok({ events, before: done ? { kind: 'start' } : { kind: 'token', token: end } });
}

/** The token before an event that is held (`GET /context`), for a stretch that has lost its own. */
export async function tokenBefore(context: SessionContext, roomId: RoomId, eventId: EventId): Outcome<string> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(eventId)}`,
    query: { limit: '0' },
  });
  if (!answer.ok) return answer;
  const start = isRecord(answer.value) ? answer.value.start : undefined;
  return typeof start === 'string' ? ok(start) : err({ code: 'server-nonsense', detail: 'start' });
}
