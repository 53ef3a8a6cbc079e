import type { Authority } from '@besace/protocol/core/authority';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { type ClearEvent, relationOf, replyOf } from '@besace/protocol/core/relations';
import { askIn } from '@besace/protocol/features/messaging';
import { isPollEnd } from '@besace/protocol/features/polls';
import type { Reaction, SendState, Someone, TimelineItem } from '../api/types.ts';
import { type Aggregates, aggregate } from './aggregate.ts';
import { type Body, bodyOf, quoteOf, type RoomNames } from './body.ts';
import { applyEchoes, type Echo, type Overlay } from './echo.ts';
import { asClear, namesPerson, type TimelineEvent } from './event.ts';
import { summariesOf } from './threadSummaries.ts';
import { isFallbackReply, type ReceiptScope, type Receipts, receiptsIn, threadRootOf } from './threads.ts';

export type ViewInput = {
  readonly roomId: RoomId;
  readonly me: UserId;
  /** Stretches of the stream, oldest first: what is shown, and what may speak about it. */
  readonly events: readonly TimelineEvent[];
  /** The part of `events` that is shown: all of them when null. */
  readonly only: ReadonlySet<string> | null;
  /** Outside of threads, or one thread with what it began with. */
  readonly scope: ReceiptScope;
  /** What I sent and the stream does not hold yet, in order. */
  readonly echoes: readonly Echo[];
  readonly room: RoomNames;
  readonly authority: Authority;
  readonly receipts: Receipts;
  /** How many answers the server counts in threads that are not read here as a whole. */
  readonly serverCounts: ReadonlyMap<EventId, number>;
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
  const all = [...input.events, ...overlay.appended.map((echo) => echo.event)];
  const bodies = new Map<string, Body>();
  for (const event of all) {
    const body = shownBody(event, found, overlay, input.room);
    if (body !== null) bodies.set(event.eventId, body);
  }
  const byId = new Map<string, TimelineEvent>(all.map((event) => [event.eventId, event]));
  const appended = new Set<string>(overlay.appended.map((echo) => echo.event.eventId));
  const shown = all.filter((event) => bodies.has(event.eventId) && isInScope(event, input));
  const threads = input.scope.kind === 'main' ? summariesOf(all, bodies, input) : new Map();
  const readers = readersOf(input, new Set(shown.map((event) => event.eventId)));
  const sending = new Map<string, SendState | null>(overlay.appended.map((echo) => [echo.event.eventId, echo.sending]));
  const sent = new Map<string, EventId | null>(overlay.appended.map((echo) => [echo.event.eventId, echo.eventId]));
  const items: TimelineItem[] = [];
  for (const event of shown) {
    const body = bodies.get(event.eventId);
    if (body === undefined) continue;
    items.push({
      id: event.eventId,
      eventId: appended.has(event.eventId) ? (sent.get(event.eventId) ?? null) : event.eventId,
      sender: event.sender,
      senderName: input.room.nameOf(event.sender),
      outsider: input.room.isOutsider(event.sender),
      at: event.at,
      doubtfulDate: event.at > input.now + MAX_AHEAD,
      mine: event.sender === input.me,
      sending: sending.get(event.eventId) ?? overlay.pending.get(event.eventId) ?? null,
      body,
      unproven: unprovenIn(event, body, found, overlay),
      edited: body.kind === 'text' && (overlay.edits.has(event.eventId) || found.edits.has(event.eventId)),
      replyTo: replyIn(event, body, byId, bodies, input.room),
      reactions: body.kind === 'removed' ? [] : reactionsOn(event.eventId, overlay, input),
      readBy: readers.get(event.eventId) ?? [],
      ...askOf(event, body),
      mentionsMe: namesPerson(event, input.me),
      thread: threads.get(event.eventId) ?? null,
      threadRoot: threadRootOf(event),
    });
  }
  return items;
}

/** What is said in a thread is shown there alone; what the thread began with is shown in both. */
function isInScope(event: TimelineEvent, { only, scope }: ViewInput): boolean {
  if (only !== null && !only.has(event.eventId)) return false;
  const root = threadRootOf(event);
  return scope.kind === 'main' ? root === null : root === scope.root || event.eventId === scope.root;
}

function shownBody(event: TimelineEvent, found: Aggregates, overlay: Overlay, room: RoomNames): Body | null {
  if (found.silent.has(event.eventId)) return null;
  if (found.removed.has(event.eventId) || overlay.removed.has(event.eventId)) return { kind: 'removed' };
  const edited = overlay.edits.get(event.eventId) ?? found.edits.get(event.eventId) ?? null;
  return bodyOf(event, edited, room);
}

/** What the marks beside a message say. What I sent myself and is on its way is proven. */
function unprovenIn(event: TimelineEvent, body: Body, found: Aggregates, overlay: Overlay): TimelineItem['unproven'] {
  const clear = asClear(event);
  if (clear === null || clear.isState || !clear.encrypted || body.kind === 'removed' || body.kind === 'locked')
    return [];
  const restored = event.reading.kind === 'clear' && event.reading.restored !== null;
  const edited = !overlay.edits.has(event.eventId) && found.unprovenEdits.has(event.eventId);
  return [
    ...(restored ? ['sender' as const] : []),
    ...(edited ? ['edit' as const] : []),
    ...(replyOf(clear)?.proven === false ? ['reply' as const] : []),
  ];
}

/** What the message asks, as it was first written: an edit asks for nothing more, and takes nothing back. */
function askOf({ reading }: TimelineEvent, body: Body): Pick<TimelineItem, 'ask'> {
  if (reading.kind !== 'clear' || (body.kind !== 'text' && !('media' in body))) return {};
  const ask = askIn(reading.content);
  return ask === null ? {} : { ask: { urgent: ask.urgent } };
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
  const reply = replyOf(clear) ?? endedPoll(clear);
  if (reply === null || isFallbackReply(event)) return null;
  const answered = byId.get(reply.eventId);
  const text = quoteOf(bodies.get(reply.eventId) ?? null);
  return {
    eventId: reply.eventId,
    senderName: answered === undefined ? null : room.nameOf(answered.sender),
    text: text === null ? null : text.slice(0, MAX_QUOTE),
  };
}

/** The poll that this event ends. */
function endedPoll(clear: ClearEvent): { readonly eventId: EventId } | null {
  const relation = isPollEnd(clear.type) ? relationOf(clear) : null;
  return relation?.relType === 'm.reference' ? relation : null;
}

function reactionsOn(id: EventId, overlay: Overlay, { me, room }: ViewInput): readonly Reaction[] {
  const keys = overlay.reactions.get(id);
  if (keys === undefined) return [];
  return [...keys].map(([key, people]) => ({
    key,
    count: people.size,
    mine: people.has(me),
    people: [...people.keys()].map((userId) => ({ userId, name: room.nameOf(userId) })),
    unproven: [...people.values()].filter(({ proven }) => !proven).length,
  }));
}

/** A receipt on an event that is not shown counts for the nearest one before it that is; the furthest one of a person counts. */
function readersOf(input: ViewInput, shown: ReadonlySet<string>): ReadonlyMap<string, Someone[]> {
  const wanted = new Map<string, UserId[]>();
  for (const [user, events] of receiptsIn(input.receipts, input.scope)) {
    if (user === input.me) continue;
    for (const eventId of events) wanted.set(eventId, [...(wanted.get(eventId) ?? []), user]);
  }
  const at = new Map<UserId, string>();
  let last: string | null = null;
  for (const { eventId } of input.events) {
    if (shown.has(eventId)) last = eventId;
    // What is held beyond the place that is shown says where somebody is: not here.
    else if (input.only !== null && !input.only.has(eventId)) last = null;
    for (const user of wanted.get(eventId) ?? []) {
      if (last === null) at.delete(user);
      else at.set(user, last);
    }
  }
  const readers = new Map<string, Someone[]>();
  for (const [userId, eventId] of at) {
    readers.set(eventId, [...(readers.get(eventId) ?? []), { userId, name: input.room.nameOf(userId) }]);
  }
  return readers;
}
