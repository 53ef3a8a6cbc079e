import type { Device, DevicesApi } from '@besace/matrix/api/types';
import { type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** The devices of the account: this one first, then the latest seen. */
export interface Devices {
  readonly list: Readonly<ShallowRef<readonly Device[] | null>>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  load(): Promise<void>;
}

export function useDevices(api: Pick<DevicesApi, 'devices'>): Devices {
  const list = shallowRef<readonly Device[] | null>(null);
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  return {
    list,
    busy,
    failure,
    async load() {
      busy.value = true;
      failure.value = null;
      const answer = await api.devices();
      busy.value = false;
      if (!answer.ok) {
        failure.value = answer.error;
        return;
      }
      const rank = (device: Device): number => (device.current ? Number.POSITIVE_INFINITY : (device.lastSeen ?? 0));
      list.value = [...answer.value].sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name));
    },
  };
}
