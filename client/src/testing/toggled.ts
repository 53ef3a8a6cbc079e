import type { TimelineItem } from '@besace/matrix/api/types';

/** A message after my reaction was put on it or taken away. */
export function toggled(item: TimelineItem, key: string): TimelineItem {
  const known = item.reactions.find((reaction) => reaction.key === key);
  const others = item.reactions.filter((reaction) => reaction !== known);
  if (known === undefined)
    return { ...item, reactions: [...others, { key, count: 1, mine: true, people: [], unproven: 0 }] };
  const count = known.count + (known.mine ? -1 : 1);
  const reactions =
    count === 0 ? others : item.reactions.map((one) => (one === known ? { ...one, count, mine: !one.mine } : one));
  return { ...item, reactions };
}
