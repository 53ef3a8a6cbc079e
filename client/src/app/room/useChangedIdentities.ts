import type { ChangedIdentity, DevicesApi, RoomDetails } from '@besace/matrix/api/types';
import type { UserId } from '@besace/protocol/core/ids';
import { type ComputedRef, computed, onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { Failure } from '../errors.ts';

export type ChangedPerson = { readonly userId: UserId; readonly name: string };

/** Members of a room whose identity is another than the one we knew (T9), until the person has said that she knows. */
export interface ChangedIdentities {
  readonly people: ComputedRef<readonly ChangedPerson[]>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<ShallowRef<Failure | null>>;
  accept(user: UserId): Promise<void>;
}

export function useChangedIdentities(
  api: Pick<DevicesApi, 'watchChangedIdentities' | 'acceptIdentity'>,
  members: () => RoomDetails['members'],
): ChangedIdentities {
  const changed = shallowRef<readonly ChangedIdentity[]>([]);
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  let live = true;
  const stopping = api.watchChangedIdentities((next) => {
    if (live) changed.value = next;
  });
  onScopeDispose(() => {
    live = false;
    void stopping.then((stop) => stop());
  });
  return {
    busy,
    failure,
    people: computed(() => {
      // Hardly ever anybody: the members are not looked through for nothing.
      if (changed.value.length === 0) return [];
      const names = new Map(members().map(({ userId, name }) => [userId, name]));
      return changed.value.flatMap(({ userId }) => {
        const name = names.get(userId);
        return name === undefined ? [] : { userId, name };
      });
    }),
    async accept(user) {
      if (busy.value) return;
      busy.value = true;
      failure.value = null;
      const answer = await api.acceptIdentity(user);
      busy.value = false;
      if (!answer.ok) failure.value = answer.error;
    },
  };
}
