import { authorityFrom } from '@besace/protocol/core/authority';
import { type EventId, parseServerName, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { BesaceError, Outcome, Stop, Timeline } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { NewDevice, Receipt, RoomKey, SessionContext, TimelineBatch } from '../session/context.ts';
import { aggregate } from './aggregate.ts';
import type { RoomNames } from './body.ts';
import { loadCopy, saveCopy } from './copy.ts';
import { applyEchoes, type Echo, myReaction } from './echo.ts';
import type { TimelineEvent } from './event.ts';
import { readPage, tokenBefore } from './history.ts';
import { createPace } from './pace.ts';
import { readEvent } from './read.ts';
import { viewOf } from './view.ts';
import { append, type Before, EMPTY_WINDOW, join, prepend, replace, type Window } from './window.ts';

/** The timeline of one open room: lives while somebody watches it. */
export interface RoomTimeline {
  watch(listener: (timeline: Timeline) => void): Stop;
  loadOlder(): Outcome<void>;
  /** The event by which I reacted so, or the queue's item that will; null when I did not. */
  myReaction(target: EventId, key: string): string | null;
  find(eventId: EventId): TimelineEvent | undefined;
  /** What my own marker says, wherever it was set. */
  readUpTo(eventId: EventId): void;
  /** Keeps the copy and ends everything. */
  close(): Promise<void>;
}

const FRAME_MS = 16;
const SAVE_AFTER_MS = 1_000;
/** Pages read to close a hole; past that what was held before it is let go, and older history is read on demand. */
const GAP_PAGES = 6;
/** Pages read for one request for older messages that brings nothing to show. */
const OLDER_PAGES = 4;

/** Opens a room. `onIdle` is told when the last watcher left. */
export function openRoomTimeline(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  onIdle: () => void,
): RoomTimeline {
  const { sync, rooms, platform, account, localDb } = context;
  const scope = context.scope.child();
  const listeners = new Set<(timeline: Timeline) => void>();
  const receipts = new Map<UserId, EventId>();
  const accepted = new Map<string, Echo>();
  let names: ReadonlyMap<string, string> = new Map();
  let window: Window = EMPTY_WINDOW;
  /** Counts the times that `window` was begun anew: a page asked for before does not belong to it. */
  let stretch = 0;
  let live = false;
  let marker: EventId | null = null;
  let unreadFrom: string | null | undefined;
  let last: Timeline | null = null;
  let loadingOlder = false;
  let saveAsked = false;
  // What comes in is read and put in its place one batch after the other; a page of history is fetched beside.
  let work: Promise<void> = Promise.resolve();

  const room: RoomNames = {
    get encrypted() {
      // Every room that Besace makes is encrypted: until the state is known, that is what counts (T1).
      const known = rooms.get(roomId);
      return known === undefined || known.encrypted || known.clearState('m.room.create') === undefined;
    },
    nameOf: (user) => rooms.get(roomId)?.member(user)?.name ?? names.get(user) ?? user,
    isOutsider: (user) => rooms.isOutsider(user),
  };
  const pace = createPace(platform.clock, FRAME_MS, emit);
  scope.add(() => pace.end());

  function inTurn(step: () => Promise<void> | void): void {
    work = work.then(step).catch((error: unknown) => {
      platform.logger.error('timeline-failed', { room: roomId, error: String(error) });
    });
  }

  function emit(): void {
    last = build();
    for (const listener of [...listeners]) listener(last);
  }

  function changed(save = true): void {
    pace.ask();
    if (!save || saveAsked || !live) return;
    saveAsked = true;
    platform.clock.after(SAVE_AFTER_MS, () => {
      saveAsked = false;
      if (!scope.signal.aborted) void keep();
    });
  }

  function build(): Timeline {
    const items = viewOf({
      roomId,
      me: account.userId,
      events: window.events,
      echoes: echoes(),
      room,
      authority: authority(),
      receipts,
      now: platform.clock.now(),
    });
    if (unreadFrom === undefined && live && marker !== null) unreadFrom = firstUnread(items, marker);
    // Before the first answer nothing says where to read on.
    const canLoadOlder =
      window.before.kind === 'token' || (window.before.kind === 'unknown' && window.events.length > 0);
    return { items, canLoadOlder, loadingOlder, unreadFrom: unreadFrom ?? null };
  }

  function firstUnread(items: Timeline['items'], read: EventId): string | null {
    // The marker may stand on an event that is not shown: places are those of the stream.
    const place = new Map<string, number>(window.events.map((event, at) => [event.eventId, at]));
    const at = place.get(read);
    if (at === undefined) return null;
    return items.find((item) => !item.mine && (place.get(item.id) ?? -1) > at)?.id ?? null;
  }

  function echoes(): Echo[] {
    const waiting = outbox.items(roomId).map((item): Echo => ({ item, eventId: null }));
    return [...accepted.values(), ...waiting].sort((a, b) => a.item.seq - b.item.seq);
  }

  function authority() {
    const known = rooms.get(roomId);
    const create = known?.clearState('m.room.create');
    return authorityFrom({
      create: create === undefined ? null : { sender: create.sender, content: create.content },
      powerLevels: known?.clearState('m.room.power_levels')?.content ?? null,
      outsiders: platform.outsiderServers.flatMap((name) => {
        const server = parseServerName(name);
        return server.ok ? server.value : [];
      }),
    });
  }

  async function takeBatch(batch: TimelineBatch): Promise<void> {
    if (batch.events.length === 0) {
      live = true;
      return changed(false);
    }
    const events = await Promise.all(batch.events.map((raw) => readEvent(context.crypto, raw)));
    for (const event of events) if (event.transactionId !== null) accepted.delete(event.transactionId);
    live = true;
    const newer: Window = { events, before: beforeOf(batch, events) };
    if (!batch.limited && !batch.initial) window = append(window, events);
    else if (window.events.length === 0) restart(newer);
    else {
      const joined = join(window, newer);
      const older = window;
      if (joined !== null) window = joined;
      else {
        restart(newer);
        void fillGap(older);
      }
    }
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

  /** Reads backwards until what was held before the hole is met (a known room is then whole again), or lets it go. */
  async function fillGap(older: Window): Promise<void> {
    const mine = stretch;
    for (let page = 0; page < GAP_PAGES && stretch === mine && window.before.kind !== 'start'; page++) {
      const outcome = await pageBack(() => {
        const joined = join(older, window);
        if (joined === null) return false;
        window = joined;
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
    inTurn(() => {
      if (stretch !== mine) return;
      window = prepend(window, page.value.events, page.value.before);
      done = after() || window.before.kind === 'start';
      changed();
    });
    await work;
    return ok(done ? 'done' : 'more');
  }

  async function tokenOf({ before, events }: Window): Outcome<string> {
    if (before.kind === 'token') return ok(before.token);
    const first = events.find((event) => event.reading.kind !== 'device');
    if (before.kind === 'start' || first === undefined) return err({ code: 'not-found', detail: 'history' });
    return tokenBefore(context, roomId, first.eventId);
  }

  async function loadOlder(): Outcome<void> {
    if (loadingOlder || window.before.kind === 'start') return ok(undefined);
    loadingOlder = true;
    changed(false);
    const shown = build().items.length;
    let failure: BesaceError | null = null;
    for (let page = 0; page < OLDER_PAGES; page++) {
      const outcome = await pageBack(() => build().items.length > shown);
      if (!outcome.ok) failure = outcome.error;
      if (!outcome.ok || outcome.value === 'done') break;
    }
    loadingOlder = false;
    changed(false);
    return failure === null ? ok(undefined) : err(failure);
  }

  async function unlock(keys: readonly RoomKey[]): Promise<void> {
    const sessions = new Set(keys.filter((key) => key.roomId === roomId).map((key) => key.sessionId));
    if (sessions.size === 0) return;
    const tried = await Promise.all(
      window.events.map(async (event) => {
        if (event.reading.kind !== 'locked') return [];
        const { sessionId, raw } = event.reading;
        if (!sessions.has('') && (sessionId === null || !sessions.has(sessionId))) return [];
        return [await readEvent(context.crypto, raw)];
      }),
    );
    window = replace(window, tried.flat());
    changed();
  }

  function takeReceipts(fresh: readonly Receipt[]): void {
    for (const { user, eventId } of fresh) {
      receipts.set(user, eventId);
      if (user === account.userId) marker ??= eventId;
    }
    changed(false);
  }

  function takeDevices(devices: readonly NewDevice[]): void {
    const events = devices.flatMap(({ user, deviceId, at }): TimelineEvent | [] => {
      if (rooms.get(roomId)?.member(user)?.membership !== 'join') return [];
      return {
        eventId: `device:${user}:${deviceId}` as EventId, // no event: a key for the screen, which no event id can be
        roomId,
        sender: user,
        at,
        stateKey: null,
        transactionId: null,
        reading: { kind: 'device', deviceId },
      };
    });
    if (events.length === 0) return;
    window = append(window, events);
    changed();
  }

  async function keep(): Promise<void> {
    const senders = new Set(window.events.map((event) => event.sender));
    const known = new Map([...senders].map((user) => [user, room.nameOf(user)]));
    try {
      await saveCopy(localDb, roomId, { window, readUpTo: marker, names: known });
    } catch (error) {
      // The copy is for speed alone: without it the room comes from the server.
      platform.logger.warn('timeline-not-kept', { room: roomId, error: String(error) });
    }
  }

  inTurn(async () => {
    const copy = await loadCopy(localDb, roomId);
    if (copy === null) return;
    window = copy.window;
    names = copy.names;
    marker ??= copy.readUpTo;
    changed(false);
  });
  scope.add(sync.onTimelineEvents(roomId, (batch) => inTurn(() => takeBatch(batch))));
  scope.add(sync.onReceipts(roomId, takeReceipts));
  scope.add(sync.onNewDevices((devices) => inTurn(() => takeDevices(devices))));
  scope.add(context.crypto.onRoomKeys((keys) => inTurn(() => unlock(keys))));
  scope.add(rooms.onChange(roomId, () => changed(false)));
  scope.add(
    outbox.on((event) => {
      if (event.item.roomId !== roomId) return;
      if (event.item.work.kind === 'object' || event.item.work.kind === 'state') return; // shown once the stream has it
      // The stream may have been quicker than the answer.
      const there = window.events.some(({ transactionId }) => transactionId === event.item.id);
      if (event.kind === 'sent' && !there) accepted.set(event.item.id, { item: event.item, eventId: event.eventId });
      changed(false);
    }),
  );
  scope.add(sync.openRoom(roomId));

  return {
    watch(listener) {
      listeners.add(listener);
      if (last !== null) listener(last);
      else inTurn(() => changed(false)); // at least what the copy holds, even if the server says nothing
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) onIdle();
      };
    },
    loadOlder,
    myReaction(target, key) {
      const found = aggregate(window.events, authority(), room.encrypted);
      return myReaction(applyEchoes(window.events, echoes(), found, account.userId), target, key, account.userId);
    },
    find: (eventId) => window.events.find((event) => event.eventId === eventId),
    readUpTo(eventId) {
      marker ??= eventId;
      changed(false);
    },
    async close() {
      scope.end();
      await work;
      if (live) await keep();
    },
  };
}
