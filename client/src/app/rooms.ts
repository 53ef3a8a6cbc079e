import type { BesaceApi, RoomList } from '@besace/matrix/api/types';
import { type App, type InjectionKey, inject, type ShallowRef, shallowRef } from 'vue';

/** The live list of rooms: null until the local copy, or else the worker, has answered. */
export type LiveRooms = {
  readonly list: Readonly<ShallowRef<RoomList | null>> /** Forgets what is shown: the account was closed. */;
  clear(): void;
  stop(): void;
};

const roomsKey: InjectionKey<LiveRooms> = Symbol('rooms');

/** One subscription for the whole page; begins with the local copy, before the session worker is even loaded. */
export function createRooms(api: Pick<BesaceApi, 'watchRooms'>): LiveRooms {
  const list = shallowRef<RoomList | null>(null);
  let stopped = false;
  const stopping = api.watchRooms((next) => {
    if (!stopped) list.value = next;
  });
  return {
    list,
    clear() {
      list.value = null;
    },
    stop() {
      stopped = true;
      void stopping.then((stop) => stop());
    },
  };
}

export function provideRooms(app: App, rooms: LiveRooms): void {
  app.provide(roomsKey, rooms);
}

export function useRooms(): LiveRooms['list'] {
  const rooms = inject(roomsKey);
  if (!rooms) throw new Error('useRooms() outside of the shell');
  return rooms.list;
}
