import type { RoomId } from '@besace/protocol/core/ids';
import { kindOf as registeredKind } from '@besace/protocol/registry';
import type { ObjectsApi, Stop } from '../api/types.ts';
import { openObjectsCopy } from '../local/objectsCopy.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import { Carer } from './carer.ts';
import { RoomStore } from './roomStore.ts';
import { RoomSync } from './roomSync.ts';
import { objectServer } from './server.ts';

type OpenRoom = { readonly store: RoomStore; readonly scope: Scope; users: number };

/** How long a room's objects stay open after the last one looked away, ms: people go back and forth. */
const LINGER = 30_000;

/**
 * The objects of the account's rooms. A room is followed from when somebody first watches or writes in it until nobody has for a while; its copy
 * stays on disk.
 */
export function createObjects(context: SessionContext, outbox: Outbox): ObjectsApi {
  const rooms = new Map<RoomId, OpenRoom>();
  const kindOf = (type: string) => registeredKind(type) ?? undefined;

  function open(roomId: RoomId): OpenRoom {
    const scope = context.scope.child();
    const server = objectServer(context.http, roomId);
    const copy = openObjectsCopy(context.localDb, roomId);
    // The store tells the carer what changed, and the carer writes through the store.
    let carer: Carer | null = null;
    let sync: RoomSync | null = null;
    const store = new RoomStore({
      context,
      outbox,
      roomId,
      kindOf,
      copy,
      onCare: (key, needed) => carer?.changed(key, needed),
      onDoubt: () => void sync?.place(),
    });
    carer = new Carer({ context, store, server, scope });
    sync = new RoomSync({ context, store, server, carer, scope });
    sync.start();
    const room = { store, scope, users: 0 };
    rooms.set(roomId, room);
    return room;
  }

  /** Keeps the room open until the stop, and a while longer. */
  function hold(roomId: RoomId): { readonly store: RoomStore; readonly stop: Stop } {
    const room = rooms.get(roomId) ?? open(roomId);
    room.users += 1;
    let held = true;
    return {
      store: room.store,
      stop: () => {
        if (!held) return;
        held = false;
        room.users -= 1;
        context.platform.clock.after(LINGER, () => {
          if (room.users > 0 || rooms.get(roomId) !== room) return;
          rooms.delete(roomId);
          room.scope.end();
        });
      },
    };
  }

  return {
    async watchObjects(roomId, listener) {
      const { store, stop } = hold(roomId);
      const unwatch = await store.watch(listener);
      return () => {
        unwatch();
        stop();
      };
    },
    async writeObject(roomId, type, objectId, content) {
      const { store, stop } = hold(roomId);
      try {
        return await store.write(type, objectId, content);
      } finally {
        stop();
      }
    },
  };
}
