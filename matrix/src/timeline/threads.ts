import { type EventId, parseEventId, type UserId } from '@besace/protocol/core/ids';
import { relationOf } from '@besace/protocol/core/relations';
import type { Receipt } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { asClear, type TimelineEvent } from './event.ts';

const THREAD = 'm.thread';

/**
 * The thread that an event is an answer in (MSC3440), or null. The relation inside the ciphertext wins (TIME-3); of what is still locked only
 * the one beside it is known, which decides where it waits and nothing more.
 */
export function threadRootOf(event: TimelineEvent): EventId | null {
  const { reading } = event;
  if (event.stateKey !== null) return null;
  if (reading.kind === 'locked') return rootIn(reading.raw.content['m.relates_to']);
  const clear = asClear(event);
  if (clear === null || clear.type === 'm.room.redaction') return null;
  const relation = relationOf(clear);
  return relation?.relType === THREAD && relation.eventId !== event.eventId ? relation.eventId : null;
}

/** Whether a thread's answer names what it answers only for applications that know no threads. */
export function isFallbackReply(event: TimelineEvent): boolean {
  const clear = asClear(event);
  if (clear === null || threadRootOf(event) === null) return false;
  const inner = isRecord(clear.content) ? clear.content['m.relates_to'] : undefined;
  const relation = inner ?? clear.wireRelation;
  return isRecord(relation) && relation.is_falling_back === true;
}

/**
 * Of a list of raw or read events, those that belong to a thread: its beginning, its answers, and what speaks about them (edits, reactions,
 * removals). `held` are the ids that are known to belong.
 */
export function belongsToThread(event: TimelineEvent, root: EventId, held: ReadonlySet<string>): boolean {
  if (event.eventId === root || held.has(event.eventId) || threadRootOf(event) === root) return true;
  const { reading } = event;
  if (reading.kind !== 'clear' || event.stateKey !== null) return false;
  if (reading.type === 'm.room.redaction') {
    const target = parseEventId(reading.content.redacts);
    return target.ok && held.has(target.value);
  }
  const clear = asClear(event);
  const relation = clear === null ? null : relationOf(clear);
  return relation !== null && held.has(relation.eventId);
}

/** The latest answer of a thread among the events: what an answer names for applications without threads. */
export function latestAnswer(events: readonly TimelineEvent[], root: EventId): EventId {
  return events.findLast((event) => threadRootOf(event) === root)?.eventId ?? root;
}

/** Where somebody has read up to: receipts outside of threads, in the main timeline (`main`), or in one thread (MSC3771). */
export type ReceiptScope = { readonly kind: 'main' } | { readonly kind: 'thread'; readonly root: EventId };

/** What the receipts of one person say in a scope. One without a thread counts everywhere, as older clients send it. */
export type Receipts = ReadonlyMap<UserId, readonly Receipt[]>;

export function receiptsIn(receipts: Receipts, scope: ReceiptScope): ReadonlyMap<UserId, readonly EventId[]> {
  const thread = scope.kind === 'main' ? 'main' : scope.root;
  return new Map(
    [...receipts].map(([user, all]) => [
      user,
      all.filter((receipt) => receipt.thread === null || receipt.thread === thread).map((receipt) => receipt.eventId),
    ]),
  );
}

/** Puts newer receipts in: the last one said of a person and a thread counts. */
export function withReceipts(receipts: Receipts, fresh: readonly Receipt[]): Receipts {
  const next = new Map(receipts);
  for (const receipt of fresh) {
    const others = (next.get(receipt.user) ?? []).filter((other) => other.thread !== receipt.thread);
    next.set(receipt.user, [...others.slice(-MAX_THREADS_OF_ONE), receipt]);
  }
  return next;
}

/** Receipts kept of one person: one a thread; the oldest go first. */
const MAX_THREADS_OF_ONE = 200;

function rootIn(relation: unknown): EventId | null {
  if (!isRecord(relation) || relation.rel_type !== THREAD) return null;
  const id = parseEventId(relation.event_id);
  return id.ok ? id.value : null;
}
