import type {
  BesaceError,
  OutboxApi,
  Stop,
  Timeline,
  TimelineApi,
  TimelineFocus,
  TimelineItem,
} from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { computed, onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import { canAnswer, type Row, timelineRows } from './rows.ts';

export type TimelineDeps = {
  readonly api: Pick<
    TimelineApi,
    'watchTimeline' | 'watchPlace' | 'loadOlder' | 'loadNewer' | 'markRead' | 'react' | 'remove'
  > &
    Pick<OutboxApi, 'retry' | 'discard'>;
  readonly roomId: RoomId;
  /** A place or a thread to open; the newest end when not said. */
  readonly focus?: TimelineFocus;
  /** The local calendar day of a server time in ms, as a comparable string. */
  dayOf(at: number): string;
  /** Says in the live region what arrived while one reads. */
  announce(item: TimelineItem): void;
};

/** How long what is on screen must stay there before it counts as read, in ms (MSG-14). */
const readAfter = 400;

/** One room's conversation as it is drawn. Belongs to the scope that calls it. */
export function useTimeline(deps: TimelineDeps) {
  const timeline: ShallowRef<Timeline | null> = shallowRef(null);
  /** The last thing that was asked here and refused. */
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  /** Why the place that was asked for is not shown. */
  const lost: ShallowRef<BesaceError | null> = shallowRef(null);
  /** What is watched: null for the newest end. */
  const focus: ShallowRef<TimelineFocus | null> = shallowRef(null);
  let stop: (() => void) | null = null;

  /** Watches another place. What was shown stays until the place is there. */
  function look(next: TimelineFocus | null): void {
    stop?.();
    lost.value = null;
    focus.value = next;
    let live = true;
    let first = true;
    const listener = (now: Timeline): void => {
      if (live && next?.kind === 'event' && now.problem !== null) {
        look(null);
        lost.value = now.problem;
        return;
      }
      // A place that has not come yet is no reason to empty the screen.
      const comes = next?.kind === 'event' || next?.kind === 'thread';
      if (!live || (comes && now.items.length === 0 && now.problem === null)) return;
      const before = first ? null : timeline.value;
      first = false;
      timeline.value = now;
      shownFocus.value = next;
      announceNew(before, now);
    };
    const { api, roomId } = deps;
    const stopping: Promise<Stop> =
      next === null ? api.watchTimeline(roomId, listener) : api.watchPlace(roomId, next, listener);
    stop = () => {
      live = false;
      void stopping.then((end) => end());
    };
  }

  /** The focus that `timeline` is of. */
  const shownFocus: ShallowRef<TimelineFocus | null> = shallowRef(null);
  look(deps.focus ?? null);

  const reading = readMarks(deps);

  onScopeDispose(() => {
    reading.end();
    stop?.();
  });

  const items = computed<readonly TimelineItem[]>(() => timeline.value?.items ?? []);
  const rows = computed<readonly Row[]>(() =>
    timelineRows(items.value, {
      unreadFrom: timeline.value?.unreadFrom ?? null,
      missed: timeline.value?.missed ?? null,
      dayOf: deps.dayOf,
    }),
  );
  /** What I had read when the room opened, where that is further back than what is loaded. */
  const unreadBefore = computed<EventId | null>(() => {
    const { value } = timeline;
    if (value === null || value.unreadFrom !== null || value.readUpTo === null || value.loadingOlder) return null;
    return value.canLoadOlder && !value.readKnown ? value.readUpTo : null;
  });
  const byEvent = computed(() => new Map(items.value.map((item) => [item.eventId ?? item.id, item])));
  const lockedCount = computed(() => items.value.filter(waitsForKey).length);

  /** Asks for what was said before, once at a time. */
  async function loadOlder(): Promise<void> {
    if (timeline.value?.canLoadOlder === true && !timeline.value.loadingOlder) {
      settle(await deps.api.loadOlder(deps.roomId, focus.value ?? undefined));
    }
  }

  /** Asks for what was said after the place that is shown. */
  async function loadNewer(): Promise<void> {
    if (timeline.value?.canLoadNewer === true && !timeline.value.loadingNewer) {
      settle(await deps.api.loadNewer(deps.roomId, focus.value ?? undefined));
    }
  }

  /** `item` is the last one on screen while the window has the focus. */
  function seen(item: TimelineItem): void {
    // In the past nothing is marked; of a place that has come to the newest end, that end alone.
    if (timeline.value?.canLoadNewer !== false) return;
    if (shownFocus.value?.kind === 'event' && item !== items.value.at(-1)) return;
    reading.seen(items.value, item);
  }

  async function react(item: TimelineItem, key: string): Promise<void> {
    if (item.eventId !== null && canAnswer(item)) {
      settle(await deps.api.react(deps.roomId, item.eventId, key));
    }
  }

  async function remove(item: TimelineItem): Promise<void> {
    if (item.eventId !== null) {
      settle(await deps.api.remove(deps.roomId, item.eventId));
    }
  }

  async function retry(item: TimelineItem): Promise<void> {
    settle(await deps.api.retry(item.id));
  }

  async function discard(item: TimelineItem): Promise<void> {
    settle(await deps.api.discard(item.id));
  }

  function settle(answer: Result<void, BesaceError>): void {
    problem.value = answer.ok ? null : answer.error;
  }

  function announceNew(before: Timeline | null, next: Timeline): void {
    const last = before?.items.at(-1);
    // What one reads on to in the past is no news.
    const reading = before?.canLoadNewer === true || before?.loadingNewer === true;
    const from = last === undefined || reading ? -1 : next.items.findIndex((item) => item.id === last.id);
    if (from === -1) {
      return;
    }
    for (const item of next.items.slice(from + 1)) {
      if (!item.mine) {
        deps.announce(item);
      }
    }
  }

  return {
    timeline,
    items,
    rows,
    byEvent,
    lockedCount,
    problem,
    lost,
    focus,
    shownFocus,
    unreadBefore,
    look,
    loadOlder,
    loadNewer,
    seen,
    react,
    remove,
    retry,
    discard,
  };
}

function threadOf(focus: TimelineFocus | undefined): EventId | undefined {
  return focus?.kind === 'thread' ? focus.root : undefined;
}

function waitsForKey(item: TimelineItem): boolean {
  return item.body.kind === 'locked' && item.body.why === 'waiting-for-key';
}

/** Moves the read mark forward only, and only to what the server has. */
function readMarks(deps: Pick<TimelineDeps, 'api' | 'roomId' | 'focus'>) {
  let marked = -1;
  let markedId: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function seen(items: readonly TimelineItem[], item: TimelineItem): void {
    // Places shift when history loads above: find the marked one again.
    marked = markedId === null ? -1 : items.findIndex((other) => other.id === markedId);
    const upTo = items.findLastIndex((other, index) => other.eventId !== null && index <= items.indexOf(item));
    const target = items[upTo];
    const eventId = target?.eventId ?? null;
    if (target === undefined || eventId === null || upTo <= marked) {
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      markedId = target.id;
      // Told again by itself with the next message that is read; nothing that a person must act on.
      void deps.api.markRead(deps.roomId, eventId, threadOf(deps.focus));
    }, readAfter);
  }

  return { seen, end: () => clearTimeout(timer) };
}
