import type { AcksApi, ToAcknowledge } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { type App, type ComputedRef, computed, type InjectionKey, inject, type ShallowRef, shallowRef } from 'vue';

/** What of all rooms waits for my acknowledgement, urgent first: one subscription for the page, begun when somebody first asks. */
export type WaitingAcks = {
  readonly list: Readonly<ShallowRef<readonly ToAcknowledge[]>>;
  readonly byRoom: ComputedRef<ReadonlyMap<RoomId, readonly ToAcknowledge[]>>;
};

const key: InjectionKey<() => WaitingAcks> = Symbol('to acknowledge');
const nothing: WaitingAcks = { list: shallowRef([]), byRoom: computed(() => new Map()) };

export function provideToAcknowledge(app: App, api: Pick<AcksApi, 'watchToAcknowledge'>): void {
  let made: WaitingAcks | null = null;
  app.provide(key, () => {
    made ??= watchAcks(api);
    return made;
  });
}

export function useToAcknowledge(): WaitingAcks {
  return inject(key, () => nothing)();
}

function watchAcks(api: Pick<AcksApi, 'watchToAcknowledge'>): WaitingAcks {
  const list = shallowRef<readonly ToAcknowledge[]>([]);
  // As long as the page lives.
  void api.watchToAcknowledge((now) => {
    list.value = now;
  });
  const byRoom = computed(() => {
    const rooms = new Map<RoomId, ToAcknowledge[]>();
    for (const one of list.value) rooms.set(one.roomId, [...(rooms.get(one.roomId) ?? []), one]);
    return rooms;
  });
  return { list, byRoom };
}
