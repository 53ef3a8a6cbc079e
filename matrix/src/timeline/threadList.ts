import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome, TimelineItem } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord, parseRawEvents } from '../sync/rawEvent.ts';
import type { CollectionPage, CollectionSource } from './collection.ts';
import { servedWith } from './history.ts';
import { readEvent } from './read.ts';

const PAGE = 30;

/** The threads of a room (`GET /threads`, MSC3856): those with something unread first, then by their latest answer. */
export function threadList(context: SessionContext, roomId: RoomId): CollectionSource {
  return {
    async read(from): Outcome<CollectionPage> {
      const answer = await context.http.json({
        method: 'GET',
        path: `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/threads`,
        query: { include: 'all', limit: String(PAGE), ...(from === null ? {} : { from }) },
      });
      if (!answer.ok) return answer;
      if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
      const { chunk, next_batch: next } = answer.value;
      const raw = parseRawEvents(chunk, roomId);
      const [roots, served] = await Promise.all([
        Promise.all(raw.map((event) => readEvent(context.crypto, event))),
        servedWith(context, raw, roomId),
      ]);
      return ok({
        events: [...roots, ...served.aside],
        counts: served.counts,
        next: typeof next === 'string' ? next : null,
      });
    },
    arrange: (items) => items.filter((item) => item.thread !== null).sort(byUrgency),
    onStale: () => () => undefined,
  };
}

function byUrgency(a: TimelineItem, b: TimelineItem): number {
  const rank = ({ thread }: TimelineItem) =>
    thread === null ? 0 : thread.mentions > 0 ? 2 : thread.unread > 0 ? 1 : 0;
  // Dates order what is shown side by side here; they decide nothing (T4).
  return rank(b) - rank(a) || (b.thread?.latest?.at ?? b.at) - (a.thread?.latest?.at ?? a.at);
}
