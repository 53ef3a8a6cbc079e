import { parseEventId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import type { ConnectionState } from '../api/types.ts';
import type { Logger } from '../platform/platform.ts';
import type { NewDevice, OpenRoomOptions, Receipt, StateBatch, SyncPort, TimelineBatch } from '../session/context.ts';
import { createEmitter, createKeyedEmitter } from '../session/emitter.ts';
import { isRecord, type RawEvent } from './rawEvent.ts';
import type { RoomDelta, SyncAnswer } from './response.ts';

/**
 * Hands what the sync brings to the modules, room by room. It keeps the latest events of each room, so that one who begins to listen
 * later (a room opened again) starts from them.
 */
export interface SyncFeed {
  readonly port: SyncPort;
  deliver(answer: SyncAnswer, fresh: boolean): void;
  setConnection(connection: ConnectionState): void;
  newDevices(devices: readonly NewDevice[]): void;
}

/** How many events of a room are kept for those who come later. */
const KEPT = 500;

type Recent = { events: readonly RawEvent[]; prevBatch: string | null };

export function createSyncFeed(
  logger: Logger,
  onOpenChange: (open: ReadonlyMap<RoomId, Required<OpenRoomOptions>>) => void,
): SyncFeed {
  const timeline = createKeyedEmitter<RoomId, TimelineBatch>(logger, 'timeline');
  const anyTimeline = createEmitter<{ roomId: RoomId; batch: TimelineBatch }>(logger, 'any-timeline');
  const state = createKeyedEmitter<RoomId, StateBatch>(logger, 'state');
  const receipts = createKeyedEmitter<RoomId, readonly Receipt[]>(logger, 'receipts');
  const typing = createKeyedEmitter<RoomId, readonly UserId[]>(logger, 'typing');
  const connections = createEmitter<ConnectionState>(logger, 'connection');
  const devices = createEmitter<readonly NewDevice[]>(logger, 'devices');
  const openings = new Map<RoomId, Set<Required<OpenRoomOptions>>>();
  const recent = new Map<RoomId, Recent>();
  const lastReceipts = new Map<RoomId, Map<string, Receipt>>();
  let connection: ConnectionState = { kind: 'starting' };

  function tellOpen(): void {
    const open = new Map<RoomId, Required<OpenRoomOptions>>();
    for (const [roomId, all] of openings) {
      open.set(roomId, {
        timelineLimit: Math.max(...[...all].map((options) => options.timelineLimit)),
        encryptedState: [...all].some((options) => options.encryptedState),
      });
    }
    onOpenChange(open);
  }

  function deliverRoom(room: RoomDelta, fresh: boolean): void {
    const initial = fresh || room.initial || room.expanded;
    const limited = room.limited || initial;
    if (room.timeline.length > 0 || limited) {
      const kept = recent.get(room.roomId);
      const known = new Set(limited ? [] : kept?.events.map((event) => event.event_id));
      const events = room.timeline.filter((event) => !known.has(event.event_id));
      const all = limited || kept === undefined ? events : [...kept.events, ...events];
      recent.set(room.roomId, {
        events: all.slice(-KEPT),
        // A token stands before the events that it came with: once some were dropped, it would leave a hole.
        prevBatch: limited || kept === undefined ? room.prevBatch : all.length > KEPT ? null : kept.prevBatch,
      });
      const batch: TimelineBatch = { events, limited, prevBatch: room.prevBatch, initial };
      timeline.emit(room.roomId, batch);
      anyTimeline.emit({ roomId: room.roomId, batch });
    }
    const stateEvents = [...room.timeline.filter((event) => event.state_key !== undefined), ...room.requiredState];
    if (stateEvents.length > 0 || limited) state.emit(room.roomId, { events: stateEvents, gap: limited });
  }

  return {
    port: {
      openRoom(roomId, options = {}) {
        const own = { timelineLimit: options.timelineLimit ?? 20, encryptedState: options.encryptedState ?? false };
        const all = openings.get(roomId) ?? new Set();
        openings.set(roomId, all.add(own));
        tellOpen();
        return () => {
          if (!all.delete(own)) return;
          if (all.size === 0) openings.delete(roomId);
          tellOpen();
        };
      },
      onTimelineEvents(roomId, listener) {
        const stop = timeline.on(roomId, listener);
        const kept = recent.get(roomId);
        if (kept !== undefined) listener({ ...kept, limited: true, initial: true });
        return stop;
      },
      onAnyTimelineEvents: (listener) => anyTimeline.on(listener),
      onStateEvents: (roomId, listener) => state.on(roomId, listener),
      onReceipts(roomId, listener) {
        const stop = receipts.on(roomId, listener);
        const kept = lastReceipts.get(roomId);
        if (kept !== undefined) listener([...kept.values()]);
        return stop;
      },
      onTyping: (roomId, listener) => typing.on(roomId, listener),
      onNewDevices: (listener) => devices.on(listener),
      watchConnection(listener) {
        const stop = connections.on(listener);
        listener(connection);
        return stop;
      },
    },
    deliver(answer, fresh) {
      for (const room of answer.rooms) deliverRoom(room, fresh);
      for (const [roomId, content] of answer.receipts) {
        const parsed = parseReceipts(content);
        const kept = lastReceipts.get(roomId) ?? new Map<string, Receipt>();
        for (const receipt of parsed) kept.set(`${receipt.user} ${receipt.thread}`, receipt);
        lastReceipts.set(roomId, kept);
        receipts.emit(roomId, parsed);
      }
      for (const [roomId, users] of answer.typing) typing.emit(roomId, users);
    },
    setConnection(next) {
      connection = next;
      connections.emit(next);
    },
    newDevices: (found) => devices.emit(found),
  };
}

/** `m.receipt` content: event id, then `m.read` or `m.read.private`, then user (Matrix spec, client-server, 11.6). */
export function parseReceipts(content: Readonly<Record<string, unknown>>): Receipt[] {
  const found: Receipt[] = [];
  for (const [id, kinds] of Object.entries(content)) {
    const eventId = parseEventId(id);
    if (!eventId.ok || !isRecord(kinds)) continue;
    for (const kind of ['m.read', 'm.read.private']) {
      const users = kinds[kind];
      if (!isRecord(users)) continue;
      for (const [name, data] of Object.entries(users)) {
        const user = parseUserId(name);
        const at = isRecord(data) && typeof data.ts === 'number' ? data.ts : 0;
        const thread = threadOf(isRecord(data) ? data.thread_id : undefined);
        if (user.ok && thread !== undefined) found.push({ user: user.value, eventId: eventId.value, at, thread });
      }
    }
  }
  return found;
}

/** Undefined for what is no thread: such a receipt says nothing. */
function threadOf(input: unknown): Receipt['thread'] | undefined {
  if (input === undefined) return null;
  if (input === 'main') return 'main';
  const root = parseEventId(input);
  return root.ok ? root.value : undefined;
}
