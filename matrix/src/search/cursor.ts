import type { EventId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { eventIdSchema } from '../local/ids.ts';
import type { RawEvent } from '../sync/rawEvent.ts';

/** How far the history of one room was read. Kept in the transaction that keeps what was read. */
export type Cursor = {
  /** The last event that came live, of any type. */
  readonly head: EventId | null;
  /** The last one that the index looks at. */
  readonly last: EventId | null;
  /** The place of `last`. */
  readonly top: number;
  /** Stretches that are still to be read backwards, newest first. None: all of it was read. */
  readonly holes: readonly Hole[];
};

export type Hole = {
  /** Where to read backwards from; null: to be asked for by `above`, or the room's end where there is none either. */
  readonly token: string | null;
  readonly above: EventId | null;
  /** The newest event below the hole; null where nothing below was read. */
  readonly until: EventId | null;
  /** The place that the next older event gets. */
  readonly place: number;
  /** Server time of the oldest event read above it, ms: what "found until" says. */
  readonly at: number;
};

export type PlacedRaw = { readonly raw: RawEvent; readonly place: number };

/** Live events of one room, as the sync hands them on. */
export type Batch = {
  readonly events: readonly RawEvent[];
  readonly limited: boolean;
  readonly prevBatch: string | null;
};

/** Room for what a hole may hold, in places. */
const GAP = 2 ** 32;
/** Holes of one room that are told apart. */
const MOST_HOLES = 50;
/** What messages, their edits and their removals travel as. */
export const WANTED = ['m.room.encrypted', 'm.room.message', 'm.room.redaction'];

const schema = v.object({
  head: v.nullable(eventIdSchema),
  last: v.nullable(eventIdSchema),
  top: v.number(),
  holes: v.array(
    v.object({
      token: v.nullable(v.string()),
      above: v.nullable(eventIdSchema),
      until: v.nullable(eventIdSchema),
      place: v.number(),
      at: v.number(),
    }),
  ),
});

export function parseCursor(input: unknown): Cursor | null {
  const parsed = v.safeParse(schema, input);
  return parsed.success ? parsed.output : null;
}

/** A room of which nothing was read yet, from its end backwards. */
export function cursorFromEnd(now: number): Cursor {
  return { head: null, last: null, top: 0, holes: [{ token: null, above: null, until: null, place: -1, at: now }] };
}

export function isWanted(raw: RawEvent): boolean {
  return raw.state_key === undefined && WANTED.includes(raw.type);
}

/** What a live batch moves: the events to read, and where the cursor then stands. */
export function takeBatch(
  before: Cursor | null,
  batch: Batch,
): { readonly cursor: Cursor; readonly events: readonly PlacedRaw[] } | null {
  const { events, prevBatch } = batch;
  const known = before?.head == null ? -1 : events.findLastIndex((raw) => raw.event_id === before.head);
  const fresh = events.slice(known + 1);
  const first = fresh[0];
  if (first === undefined) return null;
  const follows = before !== null && (known >= 0 || !batch.limited);
  const whole = follows || first.type === 'm.room.create';
  const bottom = (before?.top ?? 0) + (whole ? 0 : GAP);
  const wanted = fresh.filter(isWanted).map((raw, index) => ({ raw, place: bottom + 1 + index }));
  const below = before?.last ?? null;
  const hole: Hole = {
    token: prevBatch,
    above: first.event_id,
    until: below,
    place: bottom,
    at: first.origin_server_ts,
  };
  return {
    events: wanted,
    cursor: {
      head: fresh.at(-1)?.event_id ?? null,
      last: wanted.at(-1)?.raw.event_id ?? below,
      top: bottom + wanted.length,
      holes: whole ? (before?.holes ?? []) : bounded([hole, ...holesBelow(before)]),
    },
  };
}

/** A page of history: `events` newest first, and the token to go on from; null at the room's beginning. */
export type HistoryPage = { readonly events: readonly RawEvent[]; readonly next: string | null };

/** What a page of a hole moves. `allKnown` says that every event of these was read before. */
export function takePage(
  before: Cursor,
  hole: Hole,
  page: HistoryPage,
): { readonly cursor: Cursor; readonly events: readonly PlacedRaw[]; closed: () => Cursor } {
  const end = hole.until === null ? -1 : page.events.findIndex((raw) => raw.event_id === hole.until);
  const inside = end < 0 ? page.events : page.events.slice(0, end);
  const events = inside.filter(isWanted).map((raw, index) => ({ raw, place: hole.place - index }));
  const oldest = inside.at(-1);
  const next: Hole = {
    ...hole,
    token: page.next,
    above: oldest?.event_id ?? hole.above,
    place: hole.place - events.length,
    at: Math.min(hole.at, oldest?.origin_server_ts ?? hole.at),
  };
  const closed = () => ({ ...before, holes: before.holes.filter((other) => other !== hole) });
  const done = end >= 0 || page.next === null;
  const holes = before.holes.flatMap((other) => (other !== hole ? other : done ? [] : next));
  // Where nothing that counts stands above the hole, what is read in it is the newest.
  const newest = before.holes[0] === hole && isUnread(before) ? events[0] : undefined;
  const last = newest?.raw.event_id ?? before.last;
  return { events: [...events].reverse(), cursor: { ...before, last, holes }, closed };
}

/** Where nothing was read yet in nor above the newest hole, a new one reaches through it. */
function holesBelow(cursor: Cursor | null): readonly Hole[] {
  if (cursor === null) return [];
  return isUnread(cursor) ? cursor.holes.slice(1) : cursor.holes;
}

function isUnread({ holes: [first], last }: Cursor): boolean {
  return first !== undefined && first.until === last;
}

/** The newest two become one when there are too many: what lies between them is then read twice. */
function bounded(holes: readonly Hole[]): readonly Hole[] {
  const [first, second, ...rest] = holes;
  if (holes.length <= MOST_HOLES || first === undefined || second === undefined) return holes;
  return [{ ...first, until: second.until }, ...rest];
}
