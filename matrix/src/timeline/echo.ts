import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { SendState } from '../api/types.ts';
import { waitingAddress } from '../media/download.ts';
import type { QueuedItem, StoredAttachment } from '../outbox/outbox.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { Aggregates, PutBy } from './aggregate.ts';
import type { Content, TimelineEvent } from './event.ts';

/** Something of mine that is on its way: what waits, and what the server has taken and not yet given back in the stream. */
export type Echo = { readonly item: QueuedItem; readonly eventId: EventId | null };

/** A message of mine shown before the stream holds it. Its `event.eventId` is the transaction id. */
export type EchoedEvent = {
  readonly event: TimelineEvent;
  /** Null once the server has it. */
  readonly sending: SendState | null;
  readonly eventId: EventId | null;
};

/** What the echoes change of what the stream says. */
export type Overlay = {
  readonly appended: readonly EchoedEvent[];
  readonly edits: ReadonlyMap<string, Content>;
  readonly removed: ReadonlySet<string>;
  readonly reactions: ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<UserId, PutBy>>>;
  /** How an edit or a removal of an event fares. */
  readonly pending: ReadonlyMap<string, SendState>;
};

/** Lays what I sent over what the stream says. What the stream holds already, by event id or transaction id, is no echo any more. */
export function applyEchoes(
  events: readonly TimelineEvent[],
  echoes: readonly Echo[],
  found: Aggregates,
  me: UserId,
): Overlay {
  const ids = new Set<string>(events.map((event) => event.eventId));
  const transactions = new Set(
    events.flatMap((event) => (event.sender === me && event.transactionId !== null ? event.transactionId : [])),
  );
  const appended: EchoedEvent[] = [];
  const edits = new Map<string, Content>();
  const removed = new Set<string>();
  const pending = new Map<string, SendState>();
  const reactions = new Map<string, Map<string, Map<UserId, PutBy>>>();
  for (const [target, keys] of found.reactions) {
    reactions.set(target, new Map([...keys].map(([key, people]) => [key, new Map<UserId, PutBy>(people)])));
  }
  for (const echo of echoes) {
    const { item, eventId } = echo;
    if (transactions.has(item.id) || (eventId !== null && ids.has(eventId))) continue;
    if (item.retracted) continue; // taken back: its removal is on its way
    const sending = eventId === null ? item.state : null;
    const { work } = item;
    if (work.kind === 'message' || work.kind === 'file' || work.kind === 'event') {
      appended.push({ event: echoedEvent(item, me), sending, eventId });
    } else if (work.kind === 'edit') {
      if (sending !== null) pending.set(work.target, sending);
      const content = work.content['m.new_content'];
      if (sending?.kind !== 'refused' && isRecord(content)) edits.set(work.target, content);
    } else if (work.kind === 'removal') {
      if (sending !== null) pending.set(work.target, sending);
      if (sending?.kind !== 'refused') takeAway(work.target, removed, reactions);
    } else if (work.kind === 'reaction' && sending?.kind !== 'refused') {
      const keys = reactions.get(work.target) ?? new Map<string, Map<UserId, PutBy>>();
      const people = keys.get(work.key) ?? new Map<UserId, PutBy>();
      if (!people.has(me)) people.set(me, { by: eventId ?? item.id, proven: true });
      keys.set(work.key, people);
      reactions.set(work.target, keys);
    }
  }
  return { appended, edits, removed, reactions, pending };
}

/** My reaction with this key on this event, if there is one: its event id, or the id of the item that waits. */
export function myReaction(overlay: Overlay, target: EventId, key: string, me: UserId): string | null {
  return overlay.reactions.get(target)?.get(key)?.get(me)?.by ?? null;
}

function takeAway(target: string, removed: Set<string>, reactions: Map<string, Map<string, Map<UserId, PutBy>>>): void {
  removed.add(target);
  for (const keys of reactions.values()) {
    for (const [key, people] of keys) {
      for (const [user, { by }] of people) if (by === target) people.delete(user);
      if (people.size === 0) keys.delete(key);
    }
  }
}

/** What I sent, as the stream will have it. */
export function echoedEvent(item: QueuedItem, me: UserId): TimelineEvent {
  return {
    eventId: item.id as EventId, // not an event id: the key of the item until there is one
    roomId: item.roomId,
    sender: me,
    at: item.since,
    stateKey: null,
    transactionId: item.id,
    reading: {
      kind: 'clear',
      type: item.work.kind === 'event' ? item.work.type : 'm.room.message',
      content: echoContent(item),
      encrypted: true, // it will be, where the room is: that is decided when it leaves
      wireRelation: null,
      previous: null,
      restored: null,
    },
  };
}

/** A file that waits has no address yet: it is shown from the disk. */
function echoContent({ work }: QueuedItem): Content {
  if (work.kind !== 'file') return 'content' in work ? work.content : {};
  const local = (part: StoredAttachment) => ({ ...part.encryption, url: part.url ?? waitingAddress(part.blobId) });
  const info = isRecord(work.content.info) ? work.content.info : {};
  return {
    ...work.content,
    file: local(work.file),
    info: work.thumbnail === null ? info : { ...info, thumbnail_file: local(work.thumbnail) },
  };
}
