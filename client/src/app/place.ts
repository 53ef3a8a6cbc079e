import type { RoomList } from '@besace/matrix/api/types';
import { parseRoomId } from '@besace/protocol/core/ids';
import {
  type App,
  type ComputedRef,
  computed,
  type InjectionKey,
  inject,
  type Ref,
  type ShallowRef,
  shallowRef,
  watch,
} from 'vue';
import type { RouteLocationNormalizedLoaded } from 'vue-router';
import type { Place } from './feature.ts';

const placeKey: InjectionKey<ComputedRef<Place>> = Symbol('place');
const home: Place = { kind: 'home' };

/**
 * Where the person is, which decides the list: `/espace/…` is that workspace; a room is in the workspace that was open, if it is
 * one of its parents, else in its first parent, else at home; other pages leave the place as it is, save the home pages.
 */
export function createPlace(
  route: Readonly<Ref<RouteLocationNormalizedLoaded>>,
  rooms: Readonly<ShallowRef<RoomList | null>>,
): ComputedRef<Place> {
  const place = shallowRef<Place>(home);
  watch(
    () => placeOf(route.value, rooms.value, place.value),
    (next) => {
      place.value = next;
    },
    { immediate: true, flush: 'sync' },
  );
  return computed(() => place.value);
}

export function providePlace(app: App, place: ComputedRef<Place>): void {
  app.provide(placeKey, place);
}

export function usePlace(): ComputedRef<Place> {
  const place = inject(placeKey);
  if (!place) throw new Error('usePlace() outside of the shell');
  return place;
}

/** The place of an address, given the place before; the very same object when nothing changes. */
export function placeOf(
  { path, params }: Pick<RouteLocationNormalizedLoaded, 'path' | 'params'>,
  rooms: RoomList | null,
  before: Place,
): Place {
  if (path.startsWith('/aujourdhui') || path.startsWith('/conversations')) return home;
  const roomId = parseRoomId(params.roomId);
  if (!roomId.ok) return before;
  if (path.startsWith('/espace/')) return same(before, { kind: 'workspace', roomId: roomId.value });
  const room = rooms?.rooms.find((candidate) => candidate.roomId === roomId.value);
  if (!room || (before.kind === 'workspace' && room.parents.includes(before.roomId))) return before;
  const parent = room.parents[0];
  return parent ? same(before, { kind: 'workspace', roomId: parent }) : home;
}

function same(before: Place, next: Place & { kind: 'workspace' }): Place {
  return before.kind === 'workspace' && before.roomId === next.roomId ? before : next;
}
