import type { DevicesApi, VerificationState } from '@besace/matrix/api/types';
import type { DeviceId } from '@besace/protocol/core/ids';
import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** Verifying a device by emoji, on either side. */
export interface Verification {
  readonly state: Readonly<ShallowRef<VerificationState>>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** Asks the other devices to verify this one, or, with `device`, that one to be verified from here. */
  request(device?: DeviceId): Promise<void>;
  accept(): Promise<void>;
  /** `same`: whether both screens show the same emoji. */
  answer(same: boolean): Promise<void>;
  cancel(): Promise<void>;
}

export type VerificationApi = Pick<
  DevicesApi,
  'watchVerification' | 'requestVerification' | 'acceptVerification' | 'confirmEmoji' | 'cancelVerification'
>;

export function useVerification(api: VerificationApi): Verification {
  const state = shallowRef<VerificationState>({ kind: 'none' });
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  let live = true;
  const stopping = api.watchVerification((next) => {
    if (live) state.value = next;
  });
  onScopeDispose(() => {
    live = false;
    void stopping.then((stop) => stop());
  });

  async function run(step: () => ReturnType<VerificationApi['acceptVerification']>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    failure.value = null;
    const answer = await step();
    busy.value = false;
    if (!answer.ok) failure.value = answer.error;
  }

  return {
    state,
    busy,
    failure,
    request: (device) => run(() => api.requestVerification(device)),
    accept: () => run(() => api.acceptVerification()),
    answer: (same) => run(() => api.confirmEmoji(same)),
    cancel: () => run(() => api.cancelVerification()),
  };
}
