import { type Authority, objectLevel } from '@besace/protocol/core/authority';
import { type EventId, parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { packKey } from '@besace/protocol/core/packed-key';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import { parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import type { CollectionPage, CollectionSource } from './collection.ts';
import { readOne } from './history.ts';

const TYPE = 'm.room.pinned_events';
/** A manager's right where a room does not say otherwise. */
const AT_LEAST = 50;
/** Pins that are read and written at most. */
const MOST = 50;

/**
 * What is pinned in a room. Where the room's state is encrypted (MSC4362) only the encrypted `m.room.pinned_events` counts, from someone with
 * the right to write it (T1, T3); what it names is shown as everything else is, so that a list in clear in other rooms can order, but not say.
 */
export async function readPins(context: SessionContext, roomId: RoomId, authority: Authority): Outcome<EventId[]> {
  const sealed = sealsState(context, roomId);
  const path = sealed ? `m.room.encrypted/${encodeURIComponent(packKey(TYPE, ''))}` : TYPE;
  const answer = await context.http.json({
    method: 'GET',
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${path}`,
    query: { format: 'event' },
  });
  if (!answer.ok) return answer.error.code === 'not-found' ? ok([]) : answer;
  const raw = parseRawEvent(answer.value, roomId);
  if (raw === null) return err({ code: 'server-nonsense', detail: 'pinned' });
  const content = sealed ? await opened(context, raw, authority) : raw.content;
  return ok(content === null ? [] : idsIn(content));
}

/** Puts a message among the pinned ones, or takes it away; `forbidden` where one may not. */
export async function pin(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  authority: Authority,
  eventId: EventId,
  pinned: boolean,
): Outcome<void> {
  if (authority.powerOf(context.account.userId) < objectLevel(authority, TYPE, AT_LEAST))
    return err({ code: 'forbidden' });
  const now = await readPins(context, roomId, authority);
  if (!now.ok) return now;
  const others = now.value.filter((id) => id !== eventId);
  const content = { pinned: (pinned ? [...others, eventId] : others).slice(-MOST) };
  const wire = sealsState(context, roomId) ? 'encrypted' : 'clear';
  const queued = await outbox.enqueue({ roomId, work: { kind: 'state', type: TYPE, stateKey: '', content, wire } });
  return queued.ok ? ok(undefined) : queued;
}

/** The pinned messages, latest pinned first. */
export function pinnedList(context: SessionContext, roomId: RoomId, authority: () => Authority): CollectionSource {
  let order: readonly EventId[] = [];
  return {
    async read(): Outcome<CollectionPage> {
      const ids = await readPins(context, roomId, authority());
      if (!ids.ok) return ids;
      order = ids.value.toReversed();
      const read = await Promise.all(order.map((eventId) => readOne(context, roomId, eventId)));
      // A pin of what one may not see costs itself (T7).
      const events = read.flatMap((one) => (one.ok ? [one.value.event, ...one.value.served.aside] : []));
      return ok({ events, counts: new Map(), next: null });
    },
    arrange: (items) =>
      order.flatMap((eventId) => items.find((item) => item.eventId === eventId && item.body.kind !== 'removed') ?? []),
    onStale: (again) =>
      context.sync.onStateEvents(roomId, (batch) => {
        if (batch.gap || batch.events.some(isPins)) again();
      }),
  };
}

function isPins(event: RawEvent): boolean {
  return event.type === TYPE || (event.type === 'm.room.encrypted' && event.state_key === packKey(TYPE, ''));
}

async function opened(
  context: SessionContext,
  raw: RawEvent,
  authority: Authority,
): Promise<Readonly<Record<string, unknown>> | null> {
  const clear = await context.crypto.decrypt(raw);
  if (!clear.ok || clear.value.type !== TYPE || clear.value.stateKey !== '') return null;
  return authority.everAllowed(raw.sender, TYPE, AT_LEAST) ? clear.value.content : null;
}

function sealsState(context: SessionContext, roomId: RoomId): boolean {
  const encryption = context.rooms.get(roomId)?.clearState('m.room.encryption')?.content;
  return encryption?.['io.element.msc4362.encrypt_state_events'] === true;
}

function idsIn(content: Readonly<Record<string, unknown>>): EventId[] {
  const listed: readonly unknown[] = Array.isArray(content.pinned) ? content.pinned.slice(-MOST) : [];
  const ids = listed.flatMap((input) => {
    const id = parseEventId(input);
    return id.ok ? id.value : [];
  });
  return [...new Set(ids)];
}
