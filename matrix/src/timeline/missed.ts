import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { Missed, TimelineItem } from '../api/types.ts';
import type { TimelineEvent } from './event.ts';

/** Where the unread items of a timeline begin, and what they are. */
export type Unread = { readonly from: string | null; readonly missed: Missed | null };

/** A shorter absence than this needs no summary, ms. */
const LONG_AWAY = 20 * 60 * 60_000;
const MAX_PEOPLE = 20;

/**
 * What is unread after what I had read (`read`), which may stand on an event that is not shown: places are those of the stream. Null while
 * that event is not among those held.
 */
export function unreadAfter(
  events: readonly TimelineEvent[],
  items: readonly TimelineItem[],
  read: EventId,
  now: number,
): Unread | null {
  const place = new Map<string, number>(events.map((event, at) => [event.eventId, at]));
  const at = place.get(read);
  if (at === undefined) return null;
  const unread = items.filter((item) => !item.mine && (place.get(item.id) ?? -1) > at);
  return { from: unread[0]?.id ?? null, missed: missedOf(unread, events[at]?.at ?? now, now) };
}

/** The summary of a day-long absence: nothing when the last thing read is of today's length. */
function missedOf(unread: readonly TimelineItem[], since: number, now: number): Missed | null {
  const said = unread.filter(isSaid);
  const [first] = said;
  const last = said.at(-1);
  // The clock only decides whether a line is worth showing (T4).
  if (first === undefined || last === undefined || now - since < LONG_AWAY) return null;
  const people = new Map<UserId, { userId: UserId; name: string; count: number }>();
  for (const { sender, senderName } of said) {
    const known = people.get(sender);
    people.set(sender, { userId: sender, name: senderName, count: (known?.count ?? 0) + 1 });
  }
  const mentions = said.filter((item) => item.mentionsMe);
  return {
    messages: said.length,
    mentions: mentions.length,
    people: [...people.values()].sort((a, b) => b.count - a.count).slice(0, MAX_PEOPLE),
    from: first.at,
    to: last.at,
    firstMention: mentions[0]?.id ?? null,
  };
}

function isSaid({ body }: TimelineItem): boolean {
  return body.kind === 'text' || body.kind === 'locked' || 'media' in body;
}
