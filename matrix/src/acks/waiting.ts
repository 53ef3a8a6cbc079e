import { type EventId, parseEventId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { type ClearEvent, relationOf } from '@besace/protocol/core/relations';
import { acknowledgedBy, askIn, isAckKey, withoutNote } from '@besace/protocol/features/messaging';
import * as v from 'valibot';
import { eventIdSchema, roomIdSchema, userIdSchema } from '../local/ids.ts';
import { asClear, type TimelineEvent } from '../timeline/event.ts';

/** A message that asks for an acknowledgement, as it is kept. */
export type Asking = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly at: number;
  readonly urgent: boolean;
  readonly text: string;
  /**
   * `new`: the server was not asked yet whether I was a member, and whether I have acknowledged; `waits`; `done`: acknowledged, by which event
   * where that is known, so that it waits again when that is taken back.
   */
  readonly state: 'new' | 'waits' | 'done';
  readonly by: EventId | null;
};

/** Everything kept, by event id. */
export type AskingMap = ReadonlyMap<EventId, Asking>;

/** Messages kept at once: the oldest that are done go first. */
const MOST = 300;
const MAX_LINE = 200;

const schema = v.array(
  v.object({
    roomId: roomIdSchema,
    eventId: eventIdSchema,
    sender: userIdSchema,
    at: v.number(),
    urgent: v.boolean(),
    text: v.string(),
    state: v.picklist(['new', 'waits', 'done']),
    by: v.nullable(eventIdSchema),
  }),
);

export function parseAskings(input: unknown): AskingMap {
  const parsed = v.safeParse(schema, input);
  return new Map(parsed.success ? parsed.output.map((one) => [one.eventId, one]) : []);
}

/** What an event as the timeline read it changes of what waits for `me`. Gives the same map when it changes nothing. */
export function withEvent(known: AskingMap, event: TimelineEvent, me: UserId, encryptedRoom: boolean): AskingMap {
  const { eventId } = event;
  if (event.reading.kind === 'removed') return without(known, eventId);
  const clear = asClear(event);
  if (clear === null || clear.isState) return known;
  if (clear.type === 'm.room.redaction') return afterRemoval(known, clear);
  if (clear.type === 'm.reaction') return clear.sender === me ? afterReaction(known, clear, encryptedRoom) : known;
  // T1: in an encrypted room only what came out of decryption asks for anything.
  if (clear.type !== 'm.room.message' || (encryptedRoom && !clear.encrypted)) return known;
  const asking = askingOf(event, clear, me);
  return asking === null || known.has(eventId) ? known : bounded(new Map(known).set(eventId, asking));
}

export function withState(known: AskingMap, eventId: EventId, state: Asking['state'], by: EventId | null): AskingMap {
  const asking = known.get(eventId);
  if (asking === undefined || (asking.state === state && asking.by === by)) return known;
  return new Map(known).set(eventId, { ...asking, state, by });
}

export function without(known: AskingMap, eventId: EventId): AskingMap {
  if (!known.has(eventId)) return known;
  const next = new Map(known);
  next.delete(eventId);
  return next;
}

/** My acknowledgement of a message that is proven to be mine; null for none (ACK-12). */
export function myAcknowledgement(
  message: ClearEvent,
  events: readonly ClearEvent[],
  me: UserId,
  encryptedRoom: boolean,
): EventId | null {
  const asked = encryptedRoom ? { ...message, encrypted: true } : message;
  const mine = events.findLast((event) => {
    if (event.sender !== me) return false;
    return acknowledgedBy({ message: asked, events: [event], removed: new Set(), asked: null }).get(me)?.proven;
  });
  return mine?.eventId ?? null;
}

function askingOf(event: TimelineEvent, clear: ClearEvent, me: UserId): Asking | null {
  const ask = askIn(clear.content);
  if (ask === null || clear.sender === me || relationOf(clear)?.relType === 'm.replace') return null;
  const content = event.reading.kind === 'clear' ? event.reading.content : {};
  const body = typeof content.body === 'string' ? content.body : '';
  const [line = ''] = withoutNote({ text: body, html: null }, ask.note).text.trim().split('\n', 1);
  return {
    roomId: event.roomId,
    eventId: event.eventId,
    sender: event.sender,
    at: event.at,
    urgent: ask.urgent,
    text: line.slice(0, MAX_LINE),
    state: 'new',
    by: null,
  };
}

/** T1: what a server could have made in my name takes nothing off my list. */
function afterReaction(known: AskingMap, clear: ClearEvent, encryptedRoom: boolean): AskingMap {
  const relation = relationOf(clear);
  if (relation?.relType !== 'm.annotation' || relation.key === null || !isAckKey(relation.key)) return known;
  if (encryptedRoom && !(clear.encrypted && relation.proven)) return known;
  return withState(known, relation.eventId, 'done', clear.eventId);
}

/** A line less is no forgery, so a removal of the message is believed; one of my acknowledgement is looked into again. */
function afterRemoval(known: AskingMap, clear: ClearEvent): AskingMap {
  const content = clear.content as Readonly<Record<string, unknown>>;
  const target = parseEventId(content.redacts);
  if (!target.ok) return known;
  const undone = [...known.values()].find(({ by }) => by === target.value);
  if (undone !== undefined) return withState(known, undone.eventId, 'new', null);
  // Who may remove it is asked by the server itself, when it is looked into: gone there, it is gone here.
  return known.has(target.value) ? withState(known, target.value, 'new', null) : known;
}

function bounded(known: AskingMap): AskingMap {
  if (known.size <= MOST) return known;
  const oldest = [...known.values()].sort(
    (a, b) => Number(b.state === 'done') - Number(a.state === 'done') || a.at - b.at,
  );
  return without(known, oldest[0]?.eventId ?? ('' as EventId));
}
