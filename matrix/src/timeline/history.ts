import { type EventId, parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord, parseRawEvent, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from './event.ts';
import { readEvent } from './read.ts';
import type { Before } from './window.ts';

/** Older events, oldest first, and where to go on. */
export type Page = { readonly events: readonly TimelineEvent[]; readonly before: Before };

/** Newer events, oldest first; `after` is null where the server has nothing newer. */
export type NewerPage = { readonly events: readonly TimelineEvent[]; readonly after: string | null };

/** What stands around an event, and where to go on both ways. */
export type Around = Page & NewerPage & { readonly served: Served };

/** What the server says beside the events (`unsigned.m.relations`): events to be judged like all others, and numbers. */
export type Served = {
  /** The latest edit of an event that is further on, the latest answer of a thread. */
  readonly aside: readonly TimelineEvent[];
  /** Answers in a thread, by its root: the server's word, for a number only. */
  readonly counts: ReadonlyMap<EventId, number>;
};

const PAGE = 50;
const MAX_COUNT = 1_000_000;

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

/** The page after `from` (`GET /messages`, forwards). */
export async function readNewerPage(context: SessionContext, roomId: RoomId, from: string): Outcome<NewerPage> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`,
    query: { dir: 'f', from, limit: String(PAGE) },
  });
  if (!answer.ok) return answer;
  if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
  const { end, chunk } = answer.value;
  const events = await readAll(context, chunk, roomId);
  return ok({ events, after: typeof end !== 'string' || end === from || chunk.length === 0 ? null : end });
}

/** An event with what stands around it (`GET /context`). `not-found` where it does not exist or may not be seen. */
export async function readAround(context: SessionContext, roomId: RoomId, eventId: EventId): Outcome<Around> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(eventId)}`,
    query: { limit: String(PAGE) },
  });
  if (!answer.ok) return answer;
  if (!isRecord(answer.value)) return err({ code: 'server-nonsense', detail: 'context' });
  const { events_before: older, event, events_after: newer, start, end } = answer.value;
  const raw = [...(Array.isArray(older) ? older.toReversed() : []), event, ...(Array.isArray(newer) ? newer : [])];
  const parsed = parseRawEvents(raw, roomId);
  if (!parsed.some((one) => one.event_id === eventId)) return err({ code: 'server-nonsense', detail: 'context' });
  const [events, served] = await Promise.all([readAll(context, raw, roomId), servedWith(context, parsed, roomId)]);
  return ok({
    events,
    before: typeof start === 'string' ? { kind: 'token', token: start } : { kind: 'unknown' },
    after: typeof end === 'string' ? end : null,
    served,
  });
}

/**
 * A page of a thread, oldest first: its answers and what speaks about them and about its beginning (`GET /relations`, recursively,
 * MSC3981). Which of them belong is for the caller to judge.
 */
export async function readThreadPage(
  context: SessionContext,
  roomId: RoomId,
  root: EventId,
  from: string | null,
): Outcome<Page> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(root)}`,
    query: { dir: 'b', limit: String(PAGE), recurse: 'true', ...(from === null ? {} : { from }) },
  });
  if (!answer.ok) return answer;
  if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
  const { next_batch: next, chunk } = answer.value;
  const events = await readAll(context, chunk.toReversed(), roomId);
  const done = typeof next !== 'string' || next === from;
  return ok({ events, before: done ? { kind: 'start' } : { kind: 'token', token: next } });
}

/** One event (`GET /event`), with what the server says beside it. */
export async function readOne(
  context: SessionContext,
  roomId: RoomId,
  eventId: EventId,
): Outcome<{ readonly event: TimelineEvent; readonly served: Served }> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`,
  });
  if (!answer.ok) return answer;
  const raw = parseRawEvent(answer.value, roomId);
  if (raw === null || raw.event_id !== eventId) return err({ code: 'server-nonsense', detail: 'event' });
  const [event, served] = await Promise.all([readEvent(context.crypto, raw), servedWith(context, [raw], roomId)]);
  return ok({ event, served });
}

/** The first event at or after a time in ms (`GET /timestamp_to_event`, MSC3030), else the last before it. */
export async function eventAt(context: SessionContext, roomId: RoomId, at: number): Outcome<EventId> {
  let answer: Awaited<Outcome<unknown>> = err({ code: 'not-found' });
  for (const dir of ['f', 'b']) {
    answer = await context.http.json({
      method: 'GET',
      path: `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/timestamp_to_event`,
      query: { ts: String(Math.max(0, Math.floor(at))), dir },
    });
    if (answer.ok || answer.error.code !== 'not-found') break;
  }
  if (!answer.ok) return answer;
  const eventId = parseEventId(isRecord(answer.value) ? answer.value.event_id : undefined);
  return eventId.ok ? ok(eventId.value) : err({ code: 'server-nonsense', detail: 'event_id' });
}

/** The token before or after an event that is held (`GET /context`), for a stretch that has lost its own. */
export async function tokenAt(
  context: SessionContext,
  roomId: RoomId,
  eventId: EventId,
  side: 'start' | 'end' = 'start',
): Outcome<string> {
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(eventId)}`,
    query: { limit: '0' },
  });
  if (!answer.ok) return answer;
  const token = isRecord(answer.value) ? answer.value[side] : undefined;
  return typeof token === 'string' ? ok(token) : err({ code: 'server-nonsense', detail: side });
}

function readAll(context: SessionContext, chunk: readonly unknown[], roomId: RoomId): Promise<TimelineEvent[]> {
  return Promise.all(parseRawEvents(chunk, roomId).map((event) => readEvent(context.crypto, event)));
}

/** What the server says beside these events, read like them. */
export async function servedWith(
  context: SessionContext,
  events: readonly RawEvent[],
  roomId: RoomId,
): Promise<Served> {
  const counts = new Map<EventId, number>();
  const raw: unknown[] = [];
  for (const { event_id: eventId, unsigned } of events) {
    const relations = unsigned['m.relations'];
    if (!isRecord(relations)) continue;
    const thread = relations['m.thread'];
    if (isRecord(thread)) {
      if (typeof thread.count === 'number' && thread.count >= 1) counts.set(eventId, Math.min(thread.count, MAX_COUNT));
      raw.push(thread.latest_event);
    }
    raw.push(relations['m.replace']);
  }
  return { counts, aside: await readAll(context, raw, roomId) };
}
