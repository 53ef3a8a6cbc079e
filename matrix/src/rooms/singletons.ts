import { type Authority, authorityFrom } from '@besace/protocol/core/authority';
import type { RoomId, ServerName } from '@besace/protocol/core/ids';
import { SINGLETON_ID } from '@besace/protocol/core/kind';
import { packKey } from '@besace/protocol/core/packed-key';
import { roomKind } from '@besace/protocol/features/workspaces';
import type { CryptoPort } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { type RoomModel, STRIPPED } from './roomModel.ts';
import type { RoomStore } from './roomStore.ts';

/** Encrypted state events of which a room has one, and that its summary or header shows. */
export const NAME = packKey('m.room.name', '');
export const TOPIC = packKey('m.room.topic', '');
export const ROOM_OBJECT = packKey('fr.besace.room', SINGLETON_ID);
const SHOWN = [NAME, TOPIC, ROOM_OBJECT];

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
  /** True while the newest event could not be opened. */
  isLocked(roomId: RoomId, packedKey: string): boolean;
  /** Tries what is new in this room. Resolves when all was tried. */
  refresh(roomId: RoomId): Promise<void>;
  /** Puts back what was decrypted in an earlier life. */
  preload(roomId: RoomId, packedKey: string, singleton: Singleton): void;
}

type Slot = { value: Singleton | undefined; tried: string | null; locked: boolean };

export type SingletonsDeps = {
  readonly rooms: RoomStore;
  readonly crypto: CryptoPort;
  readonly outsiders: readonly string[];
  readonly scope: Scope;
};

export function createSingletons({ rooms, crypto, outsiders, scope }: SingletonsDeps): Singletons {
  const slots = new Map<string, Slot>();

  function slotOf(roomId: RoomId, packedKey: string): Slot {
    const key = `${roomId}\u0000${packedKey}`;
    const slot = slots.get(key) ?? { value: undefined, tried: null, locked: false };
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
    if (!mayWrite(authorityOf(room, outsiders), event, clear.value.type)) return false;
    const content = packedKey === ROOM_OBJECT ? newestObject(slot.value, clear.value.content) : clear.value.content;
    slot.value = { eventId: event.event_id, content };
    return true;
  }

  async function refresh(roomId: RoomId): Promise<void> {
    const room = rooms.get(roomId);
    if (room === undefined) return;
    const changed = await Promise.all(SHOWN.map((packedKey) => refreshOne(room, packedKey)));
    if (changed.some(Boolean)) rooms.touch(roomId);
  }

  scope.add(
    crypto.onRoomKeys((keys) => {
      for (const roomId of new Set(keys.map((key) => key.roomId))) {
        for (const packedKey of SHOWN) {
          const slot = slots.get(`${roomId}\u0000${packedKey}`);
          if (slot?.locked) slot.tried = null;
        }
        void refresh(roomId);
      }
    }),
  );

  return {
    get: (roomId, packedKey) => slots.get(`${roomId}\u0000${packedKey}`)?.value,
    isLocked: (roomId, packedKey) => slots.get(`${roomId}\u0000${packedKey}`)?.locked ?? false,
    refresh,
    preload(roomId, packedKey, singleton) {
      slotOf(roomId, packedKey).value ??= singleton;
    },
  };
}

/** T5: what the room said of itself last, merged, so that an older version takes nothing back. What does not parse opens nothing. */
function newestObject(known: Singleton | undefined, content: Singleton['content']): Singleton['content'] {
  const [before, now] = [roomKind.parse(known?.content), roomKind.parse(content)];
  if (!now.ok) return now.error.code === 'newer-version' || !before.ok ? content : roomKind.encode(before.value);
  return before.ok ? roomKind.encode(roomKind.merge(before.value, now.value)) : content;
}

/** The authority of a room as its clear state says now. */
export function authorityOf(room: RoomModel, outsiders: readonly string[]): Authority {
  const create = room.clearState('m.room.create');
  const levels = room.clearState('m.room.power_levels');
  const before = levels?.unsigned.prev_content;
  return authorityFrom({
    create: create === undefined ? null : { sender: create.sender, content: create.content },
    powerLevels: levels?.content ?? null,
    // What someone wrote before she lost the right stays (T3).
    earlier: before === undefined ? [] : [before],
    // Server names of the configuration; compared as text only.
    outsiders: outsiders as readonly ServerName[],
  });
}

function mayWrite(authority: Authority, event: RawEvent, type: string): boolean {
  return authority.everHeld(event.sender) >= authority.stateLevel(type);
}
