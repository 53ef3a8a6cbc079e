import type { Authority } from '@besace/protocol/core/authority';
import { isRollback } from '@besace/protocol/core/fold';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { SINGLETON_ID } from '@besace/protocol/core/kind';
import { packKey } from '@besace/protocol/core/packed-key';
import { type RoomObject, roomKind } from '@besace/protocol/features/workspaces';
import type { Then } from '../objects/placing.ts';
import type { Logger } from '../platform/platform.ts';
import type { ClearEvent, CryptoPort } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { authorityOf } from './authority.ts';
import { inTurns } from './inTurns.ts';
import { type RoomModel, STRIPPED } from './roomModel.ts';
import type { RoomStore } from './roomStore.ts';

/** Encrypted state events of which a room has one, and that its summary or header shows. */
export const NAME = packKey('m.room.name', '');
export const TOPIC = packKey('m.room.topic', '');
export const ROOM_OBJECT = packKey('fr.besace.room', SINGLETON_ID);
const SHOWN = [ROOM_OBJECT, NAME, TOPIC];

/** A decrypted singleton, kept by the id of the event that it came from. */
export type Singleton = {
  readonly eventId: string;
  readonly content: Readonly<Record<string, unknown>>;
};

/**
 * Names, topics and room objects, decrypted and judged: content counts when it came out of decryption (T1) from someone with the right
 * (T3). An event that does not open or is not allowed leaves the one before in place.
 */
export interface Singletons {
  get(roomId: RoomId, packedKey: string): Singleton | undefined;
  /** What the room says of itself, every version that was seen merged; null where it never did, or in words too new for us. */
  roomObject(roomId: RoomId): RoomObject | null;
  /** The newest of it, which is not shown before it is on disk. */
  toKeep(roomId: RoomId, packedKey: string): Singleton | undefined;
  /** True while the newest event could not be opened. */
  isLocked(roomId: RoomId, packedKey: string): boolean;
  /** Tries what is new in this room. Resolves when all was tried. */
  refresh(roomId: RoomId): Promise<void>;
  /** Puts back what was decrypted in an earlier life. */
  preload(roomId: RoomId, packedKey: string, singleton: Singleton): void;
}

type Slot = {
  /** What is shown. */
  value: Singleton | undefined;
  /** The same, or what will be shown once it is on disk. */
  newest: Singleton | undefined;
  tried: string | null;
  locked: boolean;
};
/** A room object is parsed once a version: summaries are made of thousands of rooms. */
type Parsed = { readonly of: Singleton; readonly object: RoomObject | null };

export type SingletonsDeps = {
  readonly rooms: RoomStore;
  readonly crypto: CryptoPort;
  readonly outsiders: readonly string[];
  readonly scope: Scope;
  readonly logger: Logger;
  /** The power levels under which an event was written, by its place in the room's history (decision 003). */
  writtenUnder(roomId: RoomId, eventId: EventId): Promise<Then>;
  /** Puts the room's newest object on disk. */
  keep(roomId: RoomId): Promise<void>;
};

export function createSingletons({
  rooms,
  crypto,
  outsiders,
  scope,
  logger,
  writtenUnder,
  keep,
}: SingletonsDeps): Singletons {
  const slots = new Map<string, Slot>();
  const parsed = new Map<RoomId, Parsed>();

  function slotOf(roomId: RoomId, packedKey: string): Slot {
    const key = `${roomId}\u0000${packedKey}`;
    const slot = slots.get(key) ?? { value: undefined, newest: undefined, tried: null, locked: false };
    slots.set(key, slot);
    return slot;
  }

  async function refreshOne(room: RoomModel, packedKey: string): Promise<boolean> {
    const event = room.clearState('m.room.encrypted', packedKey);
    // What an invitation shows has no id yet: read under none, the true event would later look like its replay.
    if (event === undefined || event.event_id === STRIPPED) return false;
    const slot = slotOf(room.roomId, packedKey);
    if (slot.tried === event.event_id || slot.value?.eventId === event.event_id) return false;
    slot.tried = event.event_id;
    const clear = await crypto.decrypt(event);
    if (slot.tried !== event.event_id) return false; // a newer one came while this one was opened
    if (!clear.ok) {
      slot.locked = clear.error.why === 'waiting-for-key' || clear.error.why === 'before-you-joined';
      return slot.locked;
    }
    slot.locked = false;
    if (!(await mayHaveWritten(room, event, clear.value))) return false;
    if (slot.tried !== event.event_id) return false;
    const isObject = packedKey === ROOM_OBJECT;
    const content = isObject ? newestObject(room.roomId, slot.newest, clear.value.content) : clear.value.content;
    const next = { eventId: event.event_id, content };
    const follows = isObject && slot.newest !== undefined;
    slot.newest = next;
    // Who saw a room renamed must not see its old name after a kill (T5). At the first sight of many rooms there is nothing to go back from.
    if (follows) await keep(room.roomId);
    slot.value = next;
    return true;
  }

  function roomObject(roomId: RoomId): RoomObject | null {
    const value = slots.get(`${roomId}\u0000${ROOM_OBJECT}`)?.value;
    if (value === undefined) return null;
    const known = parsed.get(roomId);
    if (known?.of === value) return known.object;
    const now = roomKind.parse(value.content);
    const object = now.ok ? now.value : null;
    parsed.set(roomId, { of: value, object });
    return object;
  }

  /** T5: what the room said of itself last, merged, so that an older version takes nothing back. What does not parse opens nothing. */
  function newestObject(
    roomId: RoomId,
    known: Singleton | undefined,
    content: Singleton['content'],
  ): Singleton['content'] {
    const [before, now] = [roomKind.parse(known?.content), roomKind.parse(content)];
    if (!before.ok || !now.ok) return content;
    if (isRollback(roomKind, before.value, now.value)) logger.warn('room-object-rolled-back', { room: roomId });
    return roomKind.encode(roomKind.merge(before.value, now.value));
  }

  /** By the powers of now or, where these do not allow it, by those under which she wrote. */
  async function mayHaveWritten(room: RoomModel, event: RawEvent, clear: ClearEvent): Promise<boolean> {
    if (mayWrite(authorityOf(room, outsiders), event, clear)) return true;
    if (room.clearState('m.room.power_levels') === undefined) return false;
    const earlier = await writtenUnder(room.roomId, event.event_id);
    return earlier.length > 0 && mayWrite(authorityOf(room, outsiders, earlier), event, clear);
  }

  async function refresh(roomId: RoomId): Promise<void> {
    const room = rooms.get(roomId);
    if (room === undefined) return;
    const ofItself = await refreshOne(room, ROOM_OBJECT);
    const object = roomObject(roomId);
    // What the stamped words say is not opened a second time without a stamp: a list of many rooms is half the work.
    const others = [...(object?.name ? [] : [NAME]), ...(object?.purpose ? [] : [TOPIC])];
    const changed = await Promise.all(others.map((packedKey) => refreshOne(room, packedKey)));
    if (ofItself || changed.some(Boolean)) rooms.touch(roomId);
  }

  scope.add(
    crypto.onRoomKeys((keys) => {
      const ids = keys.map((key) => key.roomId);
      for (const roomId of ids) {
        for (const packedKey of SHOWN) {
          const slot = slots.get(`${roomId}\u0000${packedKey}`);
          // Whatever kept it shut: a sender whose devices were not known yet is told of like a key.
          if (slot !== undefined && slot.value?.eventId !== slot.tried) slot.tried = null;
        }
      }
      void inTurns(rooms, ids, refresh);
    }),
  );

  return {
    get: (roomId, packedKey) => slots.get(`${roomId}\u0000${packedKey}`)?.value,
    toKeep: (roomId, packedKey) => slots.get(`${roomId}\u0000${packedKey}`)?.newest,
    isLocked: (roomId, packedKey) => slots.get(`${roomId}\u0000${packedKey}`)?.locked ?? false,
    roomObject,
    refresh,
    preload(roomId, packedKey, singleton) {
      const slot = slotOf(roomId, packedKey);
      slot.value ??= singleton;
      slot.newest ??= singleton;
    },
  };
}

function mayWrite(authority: Authority, { sender }: RawEvent, { type, content }: ClearEvent): boolean {
  if (type !== roomKind.type) return authority.everHeld(sender) >= authority.stateLevel(type);
  const object = roomKind.parse(content);
  if (object.ok) return roomKind.mayHaveWritten(authority, sender, object.value);
  return object.error.code === 'newer-version' && authority.everAllowed(sender, type, roomKind.level);
}
