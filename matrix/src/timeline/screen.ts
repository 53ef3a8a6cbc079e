import { type Authority, authorityFrom } from '@besace/protocol/core/authority';
import { type EventId, parseServerName, type RoomId } from '@besace/protocol/core/ids';
import type { Stop, Timeline, TimelineItem } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { NewDevice, SessionContext } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import { aggregate } from './aggregate.ts';
import type { RoomNames } from './body.ts';
import { applyEchoes, type Echo, myReaction } from './echo.ts';
import type { Content, TimelineEvent } from './event.ts';
import { createPace } from './pace.ts';
import { type ReceiptScope, type Receipts, withReceipts } from './threads.ts';
import { viewOf } from './view.ts';

/** What a timeline holds now, and what it says of itself. */
export type ScreenSource = {
  readonly scope: ReceiptScope;
  /** All that is held, in the order of the stream. */
  events(): readonly TimelineEvent[];
  /** The part of it that is shown; null for all. */
  only(): ReadonlySet<string> | null;
  serverCounts(): ReadonlyMap<EventId, number>;
  /** Which items are shown and in what order, where that is not the stream's. */
  arrange?(items: readonly TimelineItem[]): readonly TimelineItem[];
  frame(items: readonly TimelineItem[]): Omit<Timeline, 'items'>;
};

/** Turns what a timeline holds into what is shown, for those who watch it, at most once a frame. */
export interface Screen {
  readonly room: RoomNames;
  watch(listener: (timeline: Timeline) => void): Stop;
  changed(): void;
  items(): readonly TimelineItem[];
  /** The event by which I reacted so, or the queue's item that will; null when I did not. */
  myReaction(target: EventId, key: string): string | null;
  /** The content of a message's latest valid edit; null where there is none. */
  edited(eventId: EventId): Content | null;
  /** The stream brought these: what I sent is no echo any more. */
  arrived(events: readonly TimelineEvent[]): void;
  /** Names by user id, until the members are known. */
  nameThem(names: ReadonlyMap<string, string>): void;
}

const FRAME_MS = 16;

export function createScreen(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  scope: Scope,
  source: ScreenSource,
  onIdle: () => void,
): Screen {
  const { sync, rooms, platform, account } = context;
  const listeners = new Set<(timeline: Timeline) => void>();
  const accepted = new Map<string, Echo>();
  let receipts: Receipts = new Map();
  let names: ReadonlyMap<string, string> = new Map();
  let last: Timeline | null = null;

  const room: RoomNames = {
    get encrypted() {
      return isSealed(context, roomId);
    },
    nameOf: (user) => rooms.get(roomId)?.member(user)?.name ?? names.get(user) ?? user,
    isOutsider: (user) => rooms.isOutsider(user),
  };
  const pace = createPace(platform.clock, FRAME_MS, emit);
  scope.add(() => pace.end());

  function emit(): void {
    const shown = items();
    last = { ...source.frame(shown), items: shown };
    for (const listener of [...listeners]) listener(last);
  }

  function items(): readonly TimelineItem[] {
    const shown = viewOf({
      roomId,
      me: account.userId,
      events: source.events().filter((event) => isFact(event) || !context.ignored.has(event.sender)),
      only: source.only(),
      scope: source.scope,
      echoes: echoes(),
      room,
      authority: authority(),
      receipts,
      serverCounts: source.serverCounts(),
      now: platform.clock.now(),
    });
    return source.arrange?.(shown) ?? shown;
  }

  function echoes(): Echo[] {
    const waiting = outbox.items(roomId).map((item): Echo => ({ item, eventId: null }));
    return [...accepted.values(), ...waiting].sort((a, b) => a.item.seq - b.item.seq);
  }

  const authority = () => roomAuthority(context, roomId);

  scope.add(
    sync.onReceipts(roomId, (fresh) => {
      receipts = withReceipts(receipts, fresh);
      pace.ask();
    }),
  );
  scope.add(rooms.onChange(roomId, () => pace.ask()));
  scope.add(context.ignored.onChange(() => pace.ask()));
  scope.add(
    outbox.on((event) => {
      if (event.item.roomId !== roomId) return;
      if (event.item.work.kind === 'object' || event.item.work.kind === 'state') return; // shown once the stream has it
      // The stream may have been quicker than the answer.
      const there = source.events().some(({ transactionId }) => transactionId === event.item.id);
      if (event.kind === 'sent' && !there) accepted.set(event.item.id, { item: event.item, eventId: event.eventId });
      pace.ask();
    }),
  );

  return {
    room,
    watch(listener) {
      listeners.add(listener);
      if (last !== null) listener(last);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) onIdle();
      };
    },
    changed: () => pace.ask(),
    items,
    myReaction(target, key) {
      const events = source.events();
      const found = aggregate(events, authority(), room.encrypted);
      return myReaction(applyEchoes(events, echoes(), found, account.userId), target, key, account.userId);
    },
    edited: (eventId) => aggregate(source.events(), authority(), room.encrypted).edits.get(eventId) ?? null,
    arrived(events) {
      for (const event of events) if (event.transactionId !== null) accepted.delete(event.transactionId);
    },
    nameThem: (known) => {
      names = known;
    },
  };
}

/** Who is ignored says nothing here; that somebody came or left, or has a new device (T9), is a fact of the room. */
function isFact({ stateKey, reading }: TimelineEvent): boolean {
  return stateKey !== null || reading.kind === 'device';
}

/** Whether only what came out of decryption counts in a room: until its state is known too, since every room that Besace makes is encrypted (T1). */
export function isSealed({ rooms }: Pick<SessionContext, 'rooms'>, roomId: RoomId): boolean {
  const known = rooms.get(roomId);
  return known === undefined || known.encrypted || known.clearState('m.room.create') === undefined;
}

/** Who may do what in a room, as its clear state says now. */
export function roomAuthority(context: SessionContext, roomId: RoomId): Authority {
  const levels = context.rooms.get(roomId)?.clearState('m.room.power_levels');
  return authorityUnder(context, roomId, levels?.content ?? null);
}

/** The same, under other power levels of the room. */
export function authorityUnder({ rooms, platform }: SessionContext, roomId: RoomId, powerLevels: unknown): Authority {
  const known = rooms.get(roomId);
  const create = known?.clearState('m.room.create');
  return authorityFrom({
    create: create === undefined ? null : { sender: create.sender, content: create.content },
    powerLevels,
    outsiders: platform.outsiderServers.flatMap((name) => {
      const server = parseServerName(name);
      return server.ok ? server.value : [];
    }),
  });
}

/** The events of devices that appeared for members of a room (T9): no events of the stream, but shown at their place in it. */
export function deviceEvents(context: SessionContext, roomId: RoomId, devices: readonly NewDevice[]): TimelineEvent[] {
  return devices.flatMap(({ user, deviceId, at }): TimelineEvent | [] => {
    if (context.rooms.get(roomId)?.member(user)?.membership !== 'join') return [];
    return {
      // No event: a key for the screen, which no event id can be.
      eventId: `device:${user}:${deviceId ?? `identity:${at}`}` as EventId,
      roomId,
      sender: user,
      at,
      stateKey: null,
      transactionId: null,
      reading: { kind: 'device', deviceId },
    };
  });
}
