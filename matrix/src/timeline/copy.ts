import type { EventId, RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { LocalDb } from '../local/db.ts';
import { eventIdSchema, roomIdSchema, userIdSchema } from '../local/ids.ts';
import { isRecord, parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from './event.ts';
import { tailOf, type Window } from './window.ts';

/** What is kept of an opened room, encrypted at rest, so that it shows at once when it is opened again. */
export type RoomCopy = {
  readonly window: Window;
  readonly readUpTo: EventId | null;
  /** Names by user id, until the members are known again. */
  readonly names: ReadonlyMap<string, string>;
};

/** Events kept a room: about 50 that are shown, with what speaks about them. */
const KEPT = 120;

const content = v.record(v.string(), v.unknown());
const reading = v.variant('kind', [
  v.object({
    kind: v.literal('clear'),
    type: v.string(),
    content,
    encrypted: v.boolean(),
    wireRelation: v.nullable(content),
    previous: v.nullable(content),
    restored: v.optional(v.unknown(), null),
  }),
  v.object({
    kind: v.literal('locked'),
    why: v.picklist(['waiting-for-key', 'before-you-joined', 'refused-sender', 'not-encrypted', 'unreadable']),
    sessionId: v.nullable(v.string()),
    raw: v.unknown(),
  }),
  v.object({ kind: v.literal('removed') }),
  v.object({ kind: v.literal('device'), deviceId: v.nullable(v.string()) }),
]);
const eventSchema = v.object({
  eventId: eventIdSchema,
  roomId: roomIdSchema,
  sender: userIdSchema,
  at: v.number(),
  stateKey: v.nullable(v.string()),
  transactionId: v.nullable(v.string()),
  reading,
});
const schema = v.object({
  v: v.literal(1),
  events: v.array(eventSchema),
  before: v.variant('kind', [
    v.object({ kind: v.literal('token'), token: v.string() }),
    v.object({ kind: v.literal('start') }),
    v.object({ kind: v.literal('unknown') }),
  ]),
  readUpTo: v.nullable(eventIdSchema),
  names: v.record(v.string(), v.string()),
});

/** Null where there is none, or one that this version does not understand. */
export async function loadCopy(db: LocalDb, roomId: RoomId): Promise<RoomCopy | null> {
  const parsed = v.safeParse(schema, await db.get('timeline', roomId));
  if (!parsed.success) return null;
  const { events, before, readUpTo, names } = parsed.output;
  const read = events.flatMap((event): TimelineEvent | [] => {
    const { reading } = event;
    if (reading.kind === 'clear')
      return { ...event, reading: { ...reading, restored: rawOf(reading.restored, roomId) } };
    if (reading.kind !== 'locked') return { ...event, reading };
    const raw = rawOf(reading.raw, roomId);
    return raw === null ? [] : { ...event, reading: { ...reading, raw } };
  });
  return { window: { events: read, before }, readUpTo, names: new Map(Object.entries(names)) };
}

function rawOf(kept: unknown, roomId: RoomId): RawEvent | null {
  return isRecord(kept) ? parseRawEvent(kept, roomId) : null;
}

/** Takes from the copy what `arrived` removes; `without` says what stays of an event. */
export async function removeFromCopy(
  db: LocalDb,
  roomId: RoomId,
  arrived: readonly TimelineEvent[],
  without: (events: readonly TimelineEvent[]) => readonly TimelineEvent[],
): Promise<void> {
  const copy = await loadCopy(db, roomId);
  if (copy === null) return;
  const { window } = copy;
  const pruned = new Map(
    arrived.flatMap((event) => (event.reading.kind === 'removed' ? [[event.eventId, event]] : [])),
  );
  const known = new Set(window.events.map(({ eventId }) => eventId));
  const now = window.events.map((event) => pruned.get(event.eventId) ?? event);
  const kept = without([...now, ...arrived.filter(({ eventId }) => !known.has(eventId))]).slice(0, now.length);
  if (kept.every((event, index) => event === window.events[index])) return;
  await saveCopy(db, roomId, { ...copy, window: { ...window, events: kept } });
}

export async function saveCopy(db: LocalDb, roomId: RoomId, copy: RoomCopy): Promise<void> {
  const { events, before } = tailOf(copy.window, KEPT);
  const value = { v: 1, events, before, readUpTo: copy.readUpTo, names: Object.fromEntries(copy.names) };
  await db.write([{ store: 'timeline', key: roomId, value }]);
}
