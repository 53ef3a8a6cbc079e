import type { Authority } from '@besace/protocol/core/authority';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { replyOf } from '@besace/protocol/core/relations';
import type { SendState, TimelineItem } from '../api/types.ts';
import { type Aggregates, aggregate } from './aggregate.ts';
import { type Body, bodyOf, quoteOf, type RoomNames } from './body.ts';
import { applyEchoes, type Echo, type Overlay } from './echo.ts';
import { asClear, type TimelineEvent } from './event.ts';

export type ViewInput = {
  readonly roomId: RoomId;
  readonly me: UserId;
  /** One stretch of the stream, oldest first. */
  readonly events: readonly TimelineEvent[];
  /** What I sent and the stream does not hold yet, in order. */
  readonly echoes: readonly Echo[];
  readonly room: RoomNames;
  readonly authority: Authority;
  /** The latest receipt of each person. */
  readonly receipts: ReadonlyMap<UserId, EventId>;
  /** This machine's clock, ms: only to tell a date that cannot be. */
  readonly now: number;
};

/** A date further ahead than this is shown as doubtful (T4), ms. */
const MAX_AHEAD = 5 * 60_000;
const MAX_QUOTE = 200;

/** What is shown of a stretch. Pure. */
export function viewOf(input: ViewInput): TimelineItem[] {
  const found = aggregate(input.events, input.authority, input.room.encrypted);
  const overlay = applyEchoes(input.events, input.echoes, found, input.me);
  const shown = [...input.events, ...overlay.appended.map((echo) => echo.event)];
  const bodies = new Map<string, Body>();
  for (const event of shown) {
    const body = shownBody(event, found, overlay, input.room);
    if (body !== null) bodies.set(event.eventId, body);
  }
  const byId = new Map<string, TimelineEvent>(shown.map((event) => [event.eventId, event]));
  const readers = readersOf(input, bodies);
  const sending = new Map<string, SendState | null>(overlay.appended.map((echo) => [echo.event.eventId, echo.sending]));
  const own = new Set<string>(overlay.appended.map((echo) => echo.event.eventId));
  const sent = new Map<string, EventId | null>(overlay.appended.map((echo) => [echo.event.eventId, echo.eventId]));
  const items: TimelineItem[] = [];
  for (const event of shown) {
    const body = bodies.get(event.eventId);
    if (body === undefined) continue;
    items.push({
      id: event.eventId,
      eventId: own.has(event.eventId) ? (sent.get(event.eventId) ?? null) : event.eventId,
      sender: event.sender,
      senderName: input.room.nameOf(event.sender),
      outsider: input.room.isOutsider(event.sender),
      at: event.at,
      doubtfulDate: event.at > input.now + MAX_AHEAD,
      mine: event.sender === input.me,
      sending: sending.get(event.eventId) ?? overlay.pending.get(event.eventId) ?? null,
      body,
      edited: body.kind === 'text' && (overlay.edits.has(event.eventId) || found.edits.has(event.eventId)),
      replyTo: replyIn(event, body, byId, bodies, input.room),
      reactions: body.kind === 'removed' ? [] : reactionsOn(event.eventId, overlay, input),
      readBy: readers.get(event.eventId) ?? [],
    });
  }
  return items;
}

function shownBody(event: TimelineEvent, found: Aggregates, overlay: Overlay, room: RoomNames): Body | null {
  if (found.silent.has(event.eventId)) return null;
  if (found.removed.has(event.eventId) || overlay.removed.has(event.eventId)) return { kind: 'removed' };
  const edited = overlay.edits.get(event.eventId) ?? found.edits.get(event.eventId) ?? null;
  return bodyOf(event, edited, room);
}

function replyIn(
  event: TimelineEvent,
  body: Body,
  byId: ReadonlyMap<string, TimelineEvent>,
  bodies: ReadonlyMap<string, Body>,
  room: RoomNames,
): TimelineItem['replyTo'] {
  const clear = asClear(event);
  if (clear === null || clear.isState || body.kind === 'removed' || body.kind === 'locked') return null;
  const reply = replyOf(clear);
  if (reply === null) return null;
  const answered = byId.get(reply.eventId);
  const text = quoteOf(bodies.get(reply.eventId) ?? null);
  return {
    eventId: reply.eventId,
    senderName: answered === undefined ? null : room.nameOf(answered.sender),
    text: text === null ? null : text.slice(0, MAX_QUOTE),
  };
}

function reactionsOn(id: EventId, overlay: Overlay, { me, room }: ViewInput): TimelineItem['reactions'] {
  const keys = overlay.reactions.get(id);
  if (keys === undefined) return [];
  return [...keys].map(([key, people]) => ({
    key,
    count: people.size,
    mine: people.has(me),
    names: [...people.keys()].map((user) => room.nameOf(user)),
  }));
}

/** A receipt on an event that is not shown counts for the nearest one before it that is. */
function readersOf(input: ViewInput, bodies: ReadonlyMap<string, Body>): ReadonlyMap<string, string[]> {
  const wanted = new Map<string, UserId[]>();
  for (const [user, eventId] of input.receipts) {
    if (user === input.me) continue;
    const users = wanted.get(eventId) ?? [];
    users.push(user);
    wanted.set(eventId, users);
  }
  const readers = new Map<string, string[]>();
  let last: string | null = null;
  for (const { eventId } of input.events) {
    if (bodies.has(eventId)) last = eventId;
    const users = wanted.get(eventId);
    if (users === undefined || last === null) continue;
    const names = readers.get(last) ?? [];
    names.push(...users.map((user) => input.room.nameOf(user)));
    readers.set(last, names);
  }
  return readers;
}
