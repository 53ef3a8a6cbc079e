import type { Authority } from '@besace/protocol/core/authority';
import { relationOf } from '@besace/protocol/core/relations';
import { aggregate } from './aggregate.ts';
import { asClear, type TimelineEvent } from './event.ts';

/**
 * The events without what was removed: neither the words of a removed message nor those of its edits stay on this device. An edit keeps its
 * relation, by which it goes on saying nothing by itself.
 */
export function withoutRemoved(
  events: readonly TimelineEvent[],
  authority: Authority,
  encryptedRoom: boolean,
): readonly TimelineEvent[] {
  const { removed } = aggregate(events, authority, encryptedRoom);
  if (removed.size === 0) return events;
  return events.map((event): TimelineEvent => {
    const { reading } = event;
    const clear = asClear(event);
    const relation = clear === null || clear.isState ? null : relationOf(clear);
    const isEdit = relation?.relType === 'm.replace';
    if (relation !== null && isEdit && (removed.has(relation.eventId) || removed.has(event.eventId))) {
      if (reading.kind !== 'clear') return event;
      const content = { 'm.relates_to': { rel_type: 'm.replace', event_id: relation.eventId } };
      return { ...event, reading: { ...reading, content, wireRelation: null, restored: null } };
    }
    return removed.has(event.eventId) && reading.kind !== 'removed' && !isReaction(event)
      ? { ...event, reading: { kind: 'removed' } }
      : event;
  });
}

/** What removes an event, or is one that came without its content. */
export function isRemoval({ reading, stateKey }: TimelineEvent): boolean {
  return (
    reading.kind === 'removed' || (reading.kind === 'clear' && reading.type === 'm.room.redaction' && stateKey === null)
  );
}

/** What is in a reaction is a sign, and it would show as a removed message if it did not say what it is. */
function isReaction({ reading }: TimelineEvent): boolean {
  return reading.kind === 'clear' && (reading.type === 'm.reaction' || reading.type === 'm.room.redaction');
}
