import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { BesaceError, Missed, Outcome, Stop, Timeline, TimelineItem } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { NewDevice, RoomKey, SessionContext, TimelineBatch } from '../session/context.ts';
import { createLoggedTurns } from '../session/turns.ts';
import { loadCopy, removeFromCopy, saveCopy } from './copy.ts';
import type { Content, TimelineEvent } from './event.ts';
import { readPage, tokenAt } from './history.ts';
import { unreadAfter } from './missed.ts';
import { createPlace, HELD_AGAIN, MOST_HELD, type Place, placeOf } from './place.ts';
import { readEvent } from './read.ts';
import { createScreen, deviceEvents, roomAuthority } from './screen.ts';
import { latestAnswer } from './threads.ts';
import { tryAgain, tryOnceMore } from './unlock.ts';
import { append, type Before, EMPTY_WINDOW, join, prepend, replace, tailOf, type Window } from './window.ts';
import { isRemoval, withoutRemoved } from './wipe.ts';

/** What is watched of one room: lives while somebody watches it. */
export interface RoomTimeline {
  watch(listener: (timeline: Timeline) => void): Stop;
  loadOlder(): Outcome<void>;
  loadNewer(): Outcome<void>;
  /** The event by which I reacted so, or the queue's item that will; null when I did not. */
  myReaction(target: EventId, key: string): string | null;
  /** The content of its latest valid edit. */
  edited(eventId: EventId): Content | null;
  find(eventId: EventId): TimelineEvent | undefined;
  /** Of a thread, the latest answer that the server has. */
  latestIn(root: EventId): EventId;
  /** What my own marker says, wherever it was set. */
  readUpTo(eventId: EventId): void;
  /** Keeps the copy and ends everything. */
  close(): Promise<void>;
}

const SAVE_AFTER_MS = 1_000;
/** Pages read to close a hole; past that what was held before it is let go, and older history is read on demand. */
const GAP_PAGES = 6;
/** The last events, which stay in memory wherever one reads. */
const NEWEST_KEPT = 120;
/** Pages read for one request for older messages that brings nothing to show. */
const OLDER_PAGES = 4;
/** Pages read back to find what I had read when the room opens; what is further back is offered, and read when asked for. */
const UNREAD_PAGES = 8;

/** Opens the newest end of a room or, with `at`, the place around an event. `onIdle` is told when the last watcher left. */
export function openRoomTimeline(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  at: EventId | null,
  onIdle: () => void,
): RoomTimeline {
  const { sync, rooms, platform, account, localDb } = context;
  const scope = context.scope.child();
  let window: Window = EMPTY_WINDOW;
  /** Counts the times that `window` was begun anew: a page asked for before does not belong to it. */
  let stretch = 0;
  /** The place around `at`, until it has been joined to the newest end. */
  let place: Place | null = null;
  let joined = at === null;
  let live = false;
  let marker: EventId | null = null;
  let unreadFrom: string | null | undefined;
  let missed: Missed | null = null;
  let lookingBack = false;
  let lookedBack = false;
  let loadingOlder = false;
  let loadingNewer = false;
  let problem: BesaceError | null = null;
  let saveAsked = false;
  // What comes in is read and put in its place one batch after the other; a page of history is fetched beside.
  const inTurn = createLoggedTurns(platform.logger, 'timeline-failed', { room: roomId });

  const screen = createScreen(
    context,
    outbox,
    roomId,
    scope,
    {
      scope: { kind: 'main' },
      events: held,
      only: () => place?.ids() ?? (joined ? null : new Set()),
      serverCounts: () => place?.counts() ?? new Map(),
      frame,
    },
    onIdle,
  );
  function held(): readonly TimelineEvent[] {
    return place === null ? window.events : place.with(window);
  }

  function changed(save = true): void {
    screen.changed();
    if (!save || saveAsked || !live || at !== null) return;
    saveAsked = true;
    platform.clock.after(SAVE_AFTER_MS, () => {
      saveAsked = false;
      if (!scope.signal.aborted) void keep();
    });
  }

  function frame(items: readonly TimelineItem[]): Omit<Timeline, 'items'> {
    settleUnread(items);
    const shown = place?.window ?? window;
    return {
      // Before the first answer nothing says where to read on.
      canLoadOlder: shown.before.kind === 'token' || (shown.before.kind === 'unknown' && shown.events.length > 0),
      loadingOlder,
      canLoadNewer: !joined && problem === null,
      loadingNewer,
      unreadFrom: unreadFrom ?? null,
      readUpTo: at === null ? marker : null,
      readKnown: at !== null || marker === null || unreadFrom !== undefined || !lookedBack,
      missed,
      problem,
    };
  }

  /** Once, when the room has opened: where I had read up to, in what is held. */
  function settleUnread(items: readonly TimelineItem[]): void {
    if (unreadFrom !== undefined || !live || marker === null || at !== null) return;
    const unread = unreadAfter(window.events, items, marker, platform.clock.now());
    if (unread === null) return void lookBack();
    unreadFrom = unread.from;
    missed = unread.missed;
  }

  /** The marker stands further back than what is held: reads towards it, in the background and within bounds. */
  async function lookBack(): Promise<void> {
    if (lookingBack) return;
    lookingBack = true;
    for (let page = 0; page < UNREAD_PAGES && unreadFrom === undefined && window.before.kind !== 'start'; page++) {
      const outcome = await pageBack(() => marker !== null && window.events.some(({ eventId }) => eventId === marker));
      if (!outcome.ok || outcome.value === 'done') break;
    }
    lookedBack = true;
    changed(false);
  }

  async function takeBatch(batch: TimelineBatch): Promise<void> {
    if (batch.events.length === 0) {
      live = true;
      return changed(false);
    }
    const events = await Promise.all(batch.events.map((raw) => readEvent(context.crypto, raw)));
    await forget(events);
    screen.arrived(events);
    live = true;
    const newer: Window = { events, before: beforeOf(batch, events) };
    if (!batch.limited && !batch.initial) window = append(window, events);
    else if (window.events.length === 0) restart(newer);
    else {
      const whole = join(window, newer);
      const older = window;
      if (whole !== null) window = whole;
      else {
        restart(newer);
        if (joined) void fillGap(older);
      }
    }
    joinPlace();
    changed();
  }

  function restart(begun: Window): void {
    window = begun;
    stretch += 1;
  }

  function beforeOf(batch: TimelineBatch, events: readonly TimelineEvent[]): Before {
    const first = events[0]?.reading;
    if (first?.kind === 'clear' && first.type === 'm.room.create') return { kind: 'start' };
    return batch.prevBatch === null ? { kind: 'unknown' } : { kind: 'token', token: batch.prevBatch };
  }

  /** The place has met the newest end: from now on it is that. */
  function joinPlace(): void {
    if (place === null || !live) return;
    const whole = place.joinedTo(window);
    if (whole === null) return;
    restart(whole);
    place = null;
    joined = true;
  }

  /** Reads backwards until what was held before the hole is met (a known room is then whole again), or lets it go. */
  async function fillGap(older: Window): Promise<void> {
    const mine = stretch;
    for (let page = 0; page < GAP_PAGES && stretch === mine && window.before.kind !== 'start'; page++) {
      const outcome = await pageBack(() => {
        const whole = join(older, window);
        if (whole === null) return false;
        window = whole;
        return true;
      });
      if (!outcome.ok || outcome.value === 'done') return;
    }
  }

  /** One page; `after` runs in the same turn and says when there is no need for more. */
  async function pageBack(after: () => boolean): Outcome<'more' | 'done'> {
    const mine = stretch;
    const token = await tokenOf(window);
    if (!token.ok) return token;
    const page = await readPage(context, roomId, token.value);
    if (!page.ok) return page;
    let done = true;
    inTurn(async () => {
      if (stretch !== mine) return;
      const read = await tryOnceMore(context.crypto, roomId, page.value.events);
      window = replace(prepend(window, page.value.events, page.value.before), read);
      done = after() || window.before.kind === 'start';
      changed();
    });
    await inTurn(() => undefined);
    return ok(done ? 'done' : 'more');
  }

  async function tokenOf({ before, events }: Window): Outcome<string> {
    if (before.kind === 'token') return ok(before.token);
    const first = events.find((event) => event.reading.kind !== 'device');
    if (before.kind === 'start' || first === undefined) return err({ code: 'not-found', detail: 'history' });
    return tokenAt(context, roomId, first.eventId);
  }

  async function loadOlder(): Outcome<void> {
    if (loadingOlder || (place?.window ?? window).before.kind === 'start') return ok(undefined);
    loadingOlder = true;
    changed(false);
    const shown = screen.items().length;
    let failure: BesaceError | null = null;
    for (let page = 0; page < OLDER_PAGES; page++) {
      const grown = () => screen.items().length > shown;
      const outcome = place === null ? await pageBack(grown) : await place.older(grown);
      if (!outcome.ok) failure = outcome.error;
      if (!outcome.ok || outcome.value === 'done') break;
    }
    inTurn(letGoOfTheNewest);
    await inTurn(() => undefined);
    loadingOlder = false;
    changed(false);
    return failure === null ? ok(undefined) : err(failure);
  }

  /** Far back, what is newest leaves memory: what is shown is then a place, and the last events wait for the return. */
  function letGoOfTheNewest(): void {
    if (place !== null || window.events.length <= MOST_HELD) return;
    const { events, before } = window;
    place = placeOf(context, roomId, {
      window: { events: events.slice(0, HELD_AGAIN), before },
      after: undefined,
      served: { aside: [], counts: new Map() },
    });
    restart(tailOf(window, NEWEST_KEPT));
    joined = false;
  }

  async function loadNewer(): Outcome<void> {
    if (loadingNewer || place === null) return ok(undefined);
    loadingNewer = true;
    changed(false);
    const read = await place.newer();
    await new Promise<void>((resolve) =>
      inTurn(() => {
        joinPlace();
        resolve();
      }),
    );
    loadingNewer = false;
    changed(false);
    return read;
  }

  async function unlock(keys: readonly RoomKey[]): Promise<void> {
    const tried = await tryAgain(context.crypto, roomId, keys, held());
    if (tried.length === 0) return;
    window = replace(window, tried);
    place?.replace(tried);
    changed();
  }

  function takeDevices(devices: readonly NewDevice[]): void {
    const events = deviceEvents(context, roomId, devices);
    if (events.length === 0) return;
    window = append(window, events);
    changed();
  }

  /** What is removed leaves the disk before it leaves the screen, so that nobody can bring it back after a kill (T5). */
  async function forget(events: readonly TimelineEvent[]): Promise<void> {
    if (!events.some(isRemoval)) return;
    try {
      const authority = roomAuthority(context, roomId);
      await removeFromCopy(localDb, roomId, events, (all) => withoutRemoved(all, authority, screen.room.encrypted));
    } catch (error) {
      platform.logger.warn('timeline-not-kept', { room: roomId, error: String(error) });
    }
  }

  async function keep(): Promise<void> {
    const senders = new Set(window.events.map((event) => event.sender));
    const known = new Map([...senders].map((user) => [user, screen.room.nameOf(user)]));
    const events = withoutRemoved(window.events, roomAuthority(context, roomId), screen.room.encrypted);
    try {
      await saveCopy(localDb, roomId, { window: { ...window, events }, readUpTo: marker, names: known });
    } catch (error) {
      // The copy is for speed alone: without it the room comes from the server.
      platform.logger.warn('timeline-not-kept', { room: roomId, error: String(error) });
    }
  }

  inTurn(async () => {
    const copy = at === null ? await loadCopy(localDb, roomId) : null;
    if (copy === null) return;
    window = copy.window;
    screen.nameThem(copy.names);
    marker ??= copy.readUpTo;
    changed(false);
  });
  if (at !== null) {
    void createPlace(context, roomId, at).then((found) => {
      inTurn(() => {
        if (found.ok) place = found.value;
        else problem = found.error;
        joinPlace();
        changed(false);
      });
    });
  }
  scope.add(sync.onTimelineEvents(roomId, (batch) => inTurn(() => takeBatch(batch))));
  scope.add(
    sync.onReceipts(roomId, (fresh) => {
      for (const { user, eventId, thread } of fresh) {
        if (user === account.userId && (thread === null || thread === 'main')) marker ??= eventId;
      }
    }),
  );
  scope.add(sync.onNewDevices((devices) => inTurn(() => takeDevices(devices))));
  scope.add(context.crypto.onRoomKeys((keys) => inTurn(() => unlock(keys))));
  scope.add(rooms.onChange(roomId, () => changed(false)));
  scope.add(sync.openRoom(roomId));

  return {
    watch(listener) {
      const stop = screen.watch(listener);
      inTurn(() => {
        // Who begins to watch the newest end sees it, wherever it had been scrolled to.
        if (at === null) {
          place = null;
          joined = true;
        }
        changed(false);
      }); // at least what the copy holds, even if the server says nothing
      return stop;
    },
    loadOlder,
    loadNewer,
    myReaction: screen.myReaction,
    edited: screen.edited,
    find: (eventId) => held().find((event) => event.eventId === eventId),
    latestIn: (root) => latestAnswer(held(), root),
    readUpTo(eventId) {
      marker ??= eventId;
      changed(false);
    },
    async close() {
      scope.end();
      await inTurn(() => undefined);
      if (live && at === null) await keep();
    },
  };
}
