import type { BesaceApi, RoomDetails } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { type MaybeRefOrGetter, onScopeDispose, type ShallowRef, shallowRef, toValue, watch } from 'vue';
import { useApi } from './api.ts';

/** One room's live details: null until known, or while `roomId` is null. Follows `roomId`, ends with the component. */
export function useRoom(roomId: MaybeRefOrGetter<RoomId | null>): Readonly<ShallowRef<RoomDetails | null>> {
  return watchRoomDetails(useApi(), roomId);
}

/** The same for view models, which are given the api. */
export function watchRoomDetails(
  api: Pick<BesaceApi, 'watchRoom'>,
  roomId: MaybeRefOrGetter<RoomId | null>,
): Readonly<ShallowRef<RoomDetails | null>> {
  const details = shallowRef<RoomDetails | null>(null);
  let end = (): void => undefined;

  watch(
    () => toValue(roomId),
    (id) => {
      end();
      details.value = null;
      if (id === null) return;
      let live = true;
      const stopping = api.watchRoom(id, (room) => {
        if (live) details.value = room;
      });
      end = () => {
        live = false;
        void stopping.then((stop) => stop());
      };
    },
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => end());
  return details;
}
