import { type EventId, parseEventId, type UserId } from '@besace/protocol/core/ids';
import type { ClearEvent } from '../session/context.ts';
import { isRecord, type RawEvent } from '../sync/rawEvent.ts';
import type { Scope } from './unreadRoom.ts';

type Content = Readonly<Record<string, unknown>>;

/** Types by which people say something, as against reactions and the like. */
const SAID = ['m.room.message', 'm.sticker', 'm.poll.start', 'org.matrix.msc3381.poll.start'];

export function isSaid(type: string): boolean {
  return SAID.includes(type);
}

export function isReplacement(content: Content): boolean {
  const relation = content['m.relates_to'];
  return isRecord(relation) && relation.rel_type === 'm.replace';
}

/** The relation inside wins; where there is none, the one beside the ciphertext is taken. */
export function withRelation({ content, wireRelation }: Pick<ClearEvent, 'content' | 'wireRelation'>): Content {
  return content['m.relates_to'] === undefined && wireRelation !== null
    ? { ...content, 'm.relates_to': wireRelation }
    : content;
}

export function threadOf(content: Content): EventId | null {
  const relation = content['m.relates_to'];
  if (!isRecord(relation) || relation.rel_type !== 'm.thread') return null;
  const root = parseEventId(relation.event_id);
  return root.ok ? root.value : null;
}

/**
 * What an event of mine says that I have read: who answers has read what stands before, in that thread or outside of threads; who has just
 * come has nothing to read of what was said before. A reaction, an edit or a removal may be of something old.
 */
export function readsUpTo(event: RawEvent, me: UserId): Scope | null {
  if (event.type === 'm.room.member') {
    return event.state_key === me && event.content.membership === 'join' && !wasJoined(event) ? 'all' : null;
  }
  if (event.sender !== me || event.state_key !== undefined) return null;
  if (event.type !== 'm.room.encrypted' && !isSaid(event.type)) return null;
  const relation = event.content['m.relates_to'];
  const kind = isRecord(relation) ? relation.rel_type : undefined;
  if (kind === undefined) return 'main';
  return kind === 'm.thread' ? threadOf(event.content) : null;
}

/** A change of name is a member event too. */
function wasJoined(event: RawEvent): boolean {
  const before = event.unsigned.prev_content;
  return isRecord(before) && before.membership === 'join';
}
