import type { Authority } from '@besace/protocol/core/authority';
import { type EventId, parseEventId, type UserId } from '@besace/protocol/core/ids';
import { mayRedact } from '@besace/protocol/core/redaction';
import { type ClearEvent, checkEdit, relationOf } from '@besace/protocol/core/relations';
import { isPollEnd, isPollStart } from '@besace/protocol/features/polls';
import { asClear, type Content, type TimelineEvent } from './event.ts';

/** What the events of a stretch say about one another, each relation checked by us (T1, T3). */
export type Aggregates = {
  /** Events that somebody removed who may. */
  readonly removed: ReadonlySet<EventId>;
  /** The new content of an edited event: of its sender's last valid edit in the stream. */
  readonly edits: ReadonlyMap<EventId, Content>;
  /** Edited events of whose edit only the server says which event it changes. */
  readonly unprovenEdits: ReadonlySet<EventId>;
  /** For an event, for a key, who put it, and by which event. A person counts once a key. */
  readonly reactions: ReadonlyMap<EventId, ReadonlyMap<string, ReadonlyMap<UserId, PutBy>>>;
  /** Events that only speak about others and are not shown by themselves. */
  readonly silent: ReadonlySet<EventId>;
};

/** By which event somebody reacted; `proven` unless it came in clear in an encrypted room, as other applications send it. */
export type PutBy = { readonly by: string; readonly proven: boolean };

/** Different reactions kept for one event: more is not talk. */
const MAX_REACTION_KEYS = 50;
const MAX_KEY_LENGTH = 64;

/**
 * Aggregates a stretch in stream order. Pure, and total on whatever the events hold; the same events at the same places give
 * the same result, in whatever order they and their keys came (T4).
 */
export function aggregate(events: readonly TimelineEvent[], authority: Authority, encryptedRoom: boolean): Aggregates {
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const removed = removals(events, byId, authority);
  const edits = new Map<EventId, Content>();
  const unprovenEdits = new Set<EventId>();
  const reactions = new Map<EventId, Map<string, Map<UserId, PutBy>>>();
  const silent = new Set<EventId>();
  for (const event of events) {
    const clear = asClear(event);
    if (clear === null) continue;
    const relation = clear.isState ? null : relationOf(clear);
    const counts = clear.encrypted || !encryptedRoom;
    if (clear.type === 'm.room.redaction' || clear.type === 'm.reaction') silent.add(event.eventId);
    if (isPollEnd(clear.type) && !endsPoll(clear, byId, authority)) silent.add(event.eventId);
    if (relation === null) continue;
    // What changes a poll is judged where its votes are counted (POLL-7).
    if (relation.relType === 'm.replace' && isPollStart(clear.type)) silent.add(event.eventId);
    if (relation.relType === 'm.replace' && clear.type === 'm.room.message' && counts) {
      silent.add(event.eventId);
      const original = byId.get(relation.eventId);
      const target = original === undefined ? null : asClear(original);
      if (removed.has(event.eventId) || target === null) continue;
      const edit = checkEdit(target, clear, { allowUnproven: true });
      if (!edit.ok) continue;
      edits.set(relation.eventId, edit.value.content);
      if (edit.value.proven || !clear.encrypted) unprovenEdits.delete(relation.eventId);
      else unprovenEdits.add(relation.eventId);
    } else if (relation.relType === 'm.annotation' && clear.type === 'm.reaction') {
      if (removed.has(event.eventId) || relation.key === null) continue;
      addReaction(reactions, relation.eventId, relation.key, event, counts);
    }
  }
  return { removed, edits, unprovenEdits, reactions, silent };
}

/** Whether this end may end its poll, as far as both are here: it counts as POLL-4 has it, by the powers of now. */
function endsPoll(end: ClearEvent, byId: ReadonlyMap<EventId, TimelineEvent>, authority: Authority): boolean {
  const relation = relationOf(end);
  if (relation?.relType !== 'm.reference' || (end.encrypted && !relation.proven)) return false;
  const poll = byId.get(relation.eventId);
  return poll === undefined || end.sender === poll.sender || mayRedact(authority, end.sender, poll.sender);
}

function removals(
  events: readonly TimelineEvent[],
  byId: ReadonlyMap<EventId, TimelineEvent>,
  authority: Authority,
): Set<EventId> {
  const removed = new Set<EventId>();
  for (const { reading, sender, stateKey } of events) {
    // A redaction travels in clear by the specification: the server must be able to apply it.
    if (reading.kind !== 'clear' || reading.type !== 'm.room.redaction' || stateKey !== null) continue;
    const id = parseEventId(reading.content.redacts);
    const target = id.ok ? byId.get(id.value) : undefined;
    if (target === undefined || target.stateKey !== null) continue;
    if (mayRedact(authority, sender, target.sender)) removed.add(target.eventId);
  }
  return removed;
}

function addReaction(
  reactions: Map<EventId, Map<string, Map<UserId, PutBy>>>,
  target: EventId,
  key: string,
  event: TimelineEvent,
  proven: boolean,
): void {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) return;
  const keys = reactions.get(target) ?? new Map<string, Map<UserId, PutBy>>();
  const people = keys.get(key) ?? new Map<UserId, PutBy>();
  if (!keys.has(key) && keys.size >= MAX_REACTION_KEYS) return;
  const known = people.get(event.sender);
  if (known === undefined || (proven && !known.proven)) people.set(event.sender, { by: event.eventId, proven });
  keys.set(key, people);
  reactions.set(target, keys);
}
