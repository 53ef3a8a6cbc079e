import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { ThreadSummary } from '../api/types.ts';
import { type Body, quoteOf, type RoomNames } from './body.ts';
import { namesPerson, type TimelineEvent } from './event.ts';
import { type Receipts, receiptsIn, threadRootOf } from './threads.ts';

export type SummariesInput = {
  readonly me: UserId;
  readonly room: RoomNames;
  readonly receipts: Receipts;
  readonly serverCounts: ReadonlyMap<EventId, number>;
};

const MAX_LINE = 200;

/**
 * What is known of each thread whose answers are among the events, by its root. Removed answers do not count; an answer is unread when it is
 * not mine and stands after all that says that I have read so far: a receipt in the thread or without one, or an answer of my own.
 */
export function summariesOf(
  events: readonly TimelineEvent[],
  bodies: ReadonlyMap<string, Body>,
  input: SummariesInput,
): ReadonlyMap<string, ThreadSummary> {
  const place = new Map<string, number>(events.map((event, at) => [event.eventId, at]));
  const answers = new Map<EventId, TimelineEvent[]>();
  for (const event of events) {
    const root = threadRootOf(event);
    const body = bodies.get(event.eventId);
    if (root === null || body === undefined || body.kind === 'removed') continue;
    answers.set(root, [...(answers.get(root) ?? []), event]);
  }
  const summaries = new Map<string, ThreadSummary>();
  for (const root of new Set([...answers.keys(), ...input.serverCounts.keys()])) {
    const said = answers.get(root) ?? [];
    const read = readPlace(root, said, place, input);
    const unread = said.filter((event) => event.sender !== input.me && (place.get(event.eventId) ?? -1) > read);
    const latest = said.at(-1);
    summaries.set(root, {
      root,
      count: Math.max(said.length, input.serverCounts.get(root) ?? 0),
      latest:
        latest === undefined
          ? null
          : {
              sender: { userId: latest.sender, name: input.room.nameOf(latest.sender) },
              text: (quoteOf(bodies.get(latest.eventId) ?? null) ?? '').slice(0, MAX_LINE),
              at: latest.at,
            },
      unread: unread.length,
      mentions: unread.filter((event) => namesPerson(event, input.me)).length,
    });
  }
  return summaries;
}

/** The furthest place in the stream that I have read of a thread; -1 where nothing says that I read any of it. */
function readPlace(
  root: EventId,
  said: readonly TimelineEvent[],
  place: ReadonlyMap<string, number>,
  { me, receipts }: SummariesInput,
): number {
  const mine = receiptsIn(new Map([[me, receipts.get(me) ?? []]]), { kind: 'thread', root }).get(me) ?? [];
  const own = said.filter((event) => event.sender === me).map((event) => event.eventId);
  return Math.max(-1, ...[...mine, ...own].map((id) => place.get(id) ?? -1));
}
