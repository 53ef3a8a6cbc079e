import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { EMPTY_TIMELINE } from '../api/emptyTimeline.ts';
import type { BesaceError, Outcome, Timeline } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext, TimelineBatch } from '../session/context.ts';
import { createLoggedTurns } from '../session/turns.ts';
import type { TimelineEvent } from './event.ts';
import { readOne, readThreadPage } from './history.ts';
import { readEvent } from './read.ts';
import type { RoomTimeline } from './room.ts';
import { createScreen } from './screen.ts';
import { belongsToThread, latestAnswer } from './threads.ts';
import { tryAgain } from './unlock.ts';
import { append, EMPTY_WINDOW, join, prepend, replace, type Window } from './window.ts';

/** Opens a thread: what it began with, and its answers. `onIdle` is told when the last watcher left. */
export function openThread(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  root: EventId,
  onIdle: () => void,
): RoomTimeline {
  const { sync, platform } = context;
  const scope = context.scope.child();
  /** The answers and what speaks about them, as far back as they were read. */
  let window: Window = EMPTY_WINDOW;
  let first: TimelineEvent | null = null;
  let aside: readonly TimelineEvent[] = [];
  let opened = false;
  let loadingOlder = false;
  let problem: BesaceError | null = null;
  const inTurn = createLoggedTurns(platform.logger, 'thread-failed', { room: roomId });

  const screen = createScreen(
    context,
    outbox,
    roomId,
    scope,
    { scope: { kind: 'thread', root }, events: held, only: () => null, serverCounts: () => new Map(), frame },
    onIdle,
  );

  function held(): readonly TimelineEvent[] {
    const own = new Set<string>(window.events.map((event) => event.eventId));
    const before = first === null ? [] : [first, ...aside];
    return [...before.filter(({ eventId }) => !own.has(eventId)), ...window.events];
  }

  function frame(): Omit<Timeline, 'items'> {
    return {
      ...EMPTY_TIMELINE,
      canLoadOlder: opened && window.before.kind === 'token',
      loadingOlder,
      problem,
    };
  }

  /** Those of them that belong here: a server decides by what stands beside the ciphertext, we by what is inside. */
  function ours(events: readonly TimelineEvent[]): TimelineEvent[] {
    const known = new Set<string>([root, ...window.events.map((event) => event.eventId)]);
    return events.filter((event) => {
      const belongs = event.eventId !== root && belongsToThread(event, root, known);
      if (belongs) known.add(event.eventId);
      return belongs;
    });
  }

  async function begin(): Promise<void> {
    const [one, page] = await Promise.all([
      readOne(context, roomId, root),
      readThreadPage(context, roomId, root, null),
    ]);
    await inTurn(() => {
      if (one.ok) {
        first = one.value.event;
        aside = one.value.served.aside.filter((event) => belongsToThread(event, root, new Set([root])));
      }
      if (page.ok) takePage({ events: page.value.events, before: page.value.before });
      problem = !one.ok ? one.error : page.ok ? null : page.error;
      opened = page.ok;
      screen.changed();
    });
  }

  function takePage(page: Window): void {
    const newest: Window = { events: ours(page.events), before: page.before };
    // What came live before the page did is newer than it, or in it.
    window = join(newest, window) ?? append(newest, window.events);
  }

  async function takeBatch(batch: TimelineBatch): Promise<void> {
    const events = await Promise.all(batch.events.map((raw) => readEvent(context.crypto, raw)));
    screen.arrived(events);
    const belong = ours(events);
    if (belong.length > 0) window = append(window, belong);
    screen.changed();
    // Something is missing between what was held and this: the server's list of the thread has it.
    if (batch.limited && opened) void begin();
  }

  async function loadOlder(): Outcome<void> {
    if (loadingOlder || window.before.kind !== 'token') return ok(undefined);
    loadingOlder = true;
    screen.changed();
    const page = await readThreadPage(context, roomId, root, window.before.token);
    await inTurn(() => {
      if (page.ok) window = prepend(window, ours(page.value.events), page.value.before);
      loadingOlder = false;
      screen.changed();
    });
    return page.ok ? ok(undefined) : err(page.error);
  }

  scope.add(sync.onTimelineEvents(roomId, (batch) => void inTurn(() => takeBatch(batch))));
  scope.add(
    context.crypto.onRoomKeys(
      (keys) =>
        void inTurn(async () => {
          const tried = await tryAgain(context.crypto, roomId, keys, held());
          window = replace(window, tried);
          first = tried.find((event) => event.eventId === root) ?? first;
          if (tried.length > 0) screen.changed();
        }),
    ),
  );
  scope.add(sync.openRoom(roomId));
  void begin();

  return {
    watch(listener) {
      const stop = screen.watch(listener);
      void inTurn(() => screen.changed());
      return stop;
    },
    loadOlder,
    loadNewer: async () => ok(undefined),
    myReaction: screen.myReaction,
    edited: screen.edited,
    find: (eventId) => held().find((event) => event.eventId === eventId),
    latestIn: () => latestAnswer(window.events, root),
    readUpTo: () => undefined,
    async close() {
      scope.end();
      await inTurn(() => undefined);
    },
  };
}
