import type { Device, DevicesApi } from '@besace/matrix/api/types';
import { type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** The devices of the account: this one first, then the latest seen. */
export interface Devices {
  readonly list: Readonly<ShallowRef<readonly Device[] | null>>;
  readonly busy: Readonly<Ref<boolean>>;
  /** Why the list could not be read. */
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

/** Something done to devices, in a dialog: what was typed stays when it is refused, and a password is forgotten once it has served. */
export interface DeviceChange {
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** True when it is done. */
  rename(device: Device, name: string): Promise<boolean>;
  signOut(devices: readonly Device[], password: Ref<string>): Promise<boolean>;
}

export function useDeviceChange(api: Pick<DevicesApi, 'renameDevice' | 'signOutDevices'>): DeviceChange {
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);

  async function run(step: () => ReturnType<DevicesApi['renameDevice']>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    failure.value = null;
    const answer = await step();
    busy.value = false;
    if (!answer.ok) failure.value = answer.error;
    return answer.ok;
  }

  return {
    busy,
    failure,
    rename: (device, name) => run(() => api.renameDevice(device.deviceId, name.trim())),
    async signOut(devices, password) {
      const input = { devices: devices.map(({ deviceId }) => deviceId), password: password.value };
      const done = await run(() => api.signOutDevices(input));
      if (done) password.value = '';
      return done;
    },
  };
}
