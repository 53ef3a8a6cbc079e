import { type EventId, parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { isPollEnd, isPollResponse } from '@besace/protocol/features/polls';
import type { Outcome } from '../api/types.ts';
import type { QueuedItem } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from '../timeline/event.ts';
import { readEvent } from '../timeline/read.ts';

const PAGE = 100;
/** A poll of 20,000 responses: what is beyond is not counted, and said so. */
const MAX_PAGES = 200;

/** All that speaks about an event by a relation, in the order of the room's history (`GET /relations`, by its graph). */
export async function readRelated(
  context: SessionContext,
  roomId: RoomId,
  about: EventId,
  signal: AbortSignal,
): Outcome<readonly TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  let from: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer: Awaited<Outcome<unknown>> = await context.http.json({
      method: 'GET',
      path: `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(about)}`,
      query: { dir: 'f', limit: String(PAGE), ...(from === null ? {} : { from }) },
      signal,
    });
    if (!answer.ok) return answer;
    if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
    const { chunk, next_batch: next } = answer.value;
    const raw = parseRawEvents(chunk, roomId);
    events.push(...(await Promise.all(raw.map((event) => readEvent(context.crypto, event)))));
    if (typeof next !== 'string' || next === from) return ok(events);
    from = next;
  }
  return err({ code: 'too-large', detail: 'relations' });
}

/** Whether a live event may speak about this one, by what stands outside its ciphertext: only so does a server find it, too. */
export function mayBeAbout(raw: RawEvent, about: EventId): boolean {
  const relation = raw.content['m.relates_to'];
  return isRecord(relation) && relation.event_id === about;
}

/** The event that a removal names. */
export function removedBy(raw: RawEvent): EventId | null {
  if (raw.type !== 'm.room.redaction') return null;
  const target = parseEventId(raw.content.redacts);
  return target.ok ? target.value : null;
}

/** Whether something that I sent is a vote in this poll, or its end. */
export function speaksOf({ work }: QueuedItem, poll: EventId): boolean {
  if (work.kind !== 'event' || !(isPollResponse(work.type) || isPollEnd(work.type))) return false;
  const relation = work.content['m.relates_to'];
  return isRecord(relation) && relation.event_id === poll;
}
