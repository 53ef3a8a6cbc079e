import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { EMPTY_TIMELINE } from '../api/emptyTimeline.ts';
import type { BesaceError, Outcome, Timeline, TimelineItem } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext, TimelineBatch } from '../session/context.ts';
import { createLoggedTurns } from '../session/turns.ts';
import type { TimelineEvent } from './event.ts';
import { readEvent } from './read.ts';
import type { RoomTimeline } from './room.ts';
import { createScreen } from './screen.ts';
import { latestAnswer } from './threads.ts';
import { tryAgain } from './unlock.ts';
import { append, EMPTY_WINDOW, prepend, replace, type Window } from './window.ts';

/** Events of a room that are shown together though they stand apart in it: the beginnings of its threads, what is pinned. */
export type CollectionSource = {
  /** The first page, or, with a token, the one after it. */
  read(from: string | null): Outcome<CollectionPage>;
  /** Which items are shown, and in what order. */
  arrange(items: readonly TimelineItem[]): readonly TimelineItem[];
  /** Calls back when the first page must be read anew. */
  onStale(again: () => void): () => void;
};

export type CollectionPage = {
  /** What is shown and what speaks about it, in an order of the stream as far as there is one. */
  readonly events: readonly TimelineEvent[];
  readonly counts: ReadonlyMap<EventId, number>;
  readonly next: string | null;
};

/** Opens a collection; what the room brings live speaks about its events too. `onIdle` is told when the last watcher left. */
export function openCollection(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  source: CollectionSource,
  onIdle: () => void,
): RoomTimeline {
  const { sync, platform } = context;
  const scope = context.scope.child();
  let found: Window = EMPTY_WINDOW;
  let live: Window = EMPTY_WINDOW;
  let counts = new Map<EventId, number>();
  let next: string | null = null;
  let loadingOlder = false;
  let problem: BesaceError | null = null;
  const inTurn = createLoggedTurns(platform.logger, 'collection-failed', { room: roomId });

  const screen = createScreen(
    context,
    outbox,
    roomId,
    scope,
    {
      scope: { kind: 'main' },
      events: held,
      only: () => null,
      serverCounts: () => counts,
      arrange: source.arrange,
      frame,
    },
    onIdle,
  );

  function held(): readonly TimelineEvent[] {
    const last = new Set<string>(live.events.map((event) => event.eventId));
    return [...found.events.filter(({ eventId }) => !last.has(eventId)), ...live.events];
  }

  function frame(): Omit<Timeline, 'items'> {
    return {
      ...EMPTY_TIMELINE,
      canLoadOlder: next !== null,
      loadingOlder,
      problem,
    };
  }

  async function load(from: string | null): Outcome<void> {
    loadingOlder = true;
    screen.changed();
    const page = await source.read(from);
    await inTurn(() => {
      loadingOlder = false;
      problem = page.ok ? null : page.error;
      if (page.ok) {
        found =
          from === null
            ? append(EMPTY_WINDOW, page.value.events)
            : prepend(found, page.value.events, { kind: 'unknown' });
        counts = new Map([...(from === null ? [] : counts), ...page.value.counts]);
        next = page.value.next === from ? null : page.value.next;
      }
      screen.changed();
    });
    return page.ok ? ok(undefined) : err(page.error);
  }

  async function takeBatch(batch: TimelineBatch): Promise<void> {
    const events = await Promise.all(batch.events.map((raw) => readEvent(context.crypto, raw)));
    screen.arrived(events);
    live = batch.limited ? append(EMPTY_WINDOW, events) : append(live, events);
    screen.changed();
  }

  scope.add(sync.onTimelineEvents(roomId, (batch) => void inTurn(() => takeBatch(batch))));
  scope.add(
    context.crypto.onRoomKeys(
      (keys) =>
        void inTurn(async () => {
          const tried = await tryAgain(context.crypto, roomId, keys, held());
          found = replace(found, tried);
          live = replace(live, tried);
          if (tried.length > 0) screen.changed();
        }),
    ),
  );
  scope.add(source.onStale(() => void load(null)));
  scope.add(sync.openRoom(roomId));
  void load(null);

  return {
    watch(listener) {
      const stop = screen.watch(listener);
      void inTurn(() => screen.changed());
      return stop;
    },
    loadOlder: async () => (loadingOlder || next === null ? ok(undefined) : load(next)),
    loadNewer: async () => ok(undefined),
    myReaction: screen.myReaction,
    edited: screen.edited,
    find: (eventId) => held().find((event) => event.eventId === eventId),
    latestIn: (root) => latestAnswer(held(), root),
    readUpTo: () => undefined,
    async close() {
      scope.end();
      await inTurn(() => undefined);
    },
  };
}
