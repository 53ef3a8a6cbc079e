import type { AccountApi, OutboxApi, OutboxItem } from '@besace/matrix/api/types';
import { type ComputedRef, computed, onScopeDispose, type Ref, ref, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** Signing out, here or everywhere. What waits to be sent would be lost, so it is said first. */
export interface SignOut {
  readonly waiting: ComputedRef<number>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** True when it is done. */
  here(options: { force: boolean }): Promise<boolean>;
  everywhere(options: { force: boolean }): Promise<boolean>;
}

export type SignOutApi = Pick<AccountApi, 'signOut' | 'signOutEverywhere'> & Pick<OutboxApi, 'watchOutbox'>;

export function useSignOut(api: SignOutApi): SignOut {
  const outbox = shallowRef<readonly OutboxItem[]>([]);
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  let live = true;
  const stopping = api.watchOutbox((items) => {
    if (live) outbox.value = items;
  });
  onScopeDispose(() => {
    live = false;
    void stopping.then((stop) => stop());
  });

  async function run(step: () => ReturnType<SignOutApi['signOut']>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    failure.value = null;
    const answer = await step();
    busy.value = false;
    if (!answer.ok) failure.value = answer.error;
    return answer.ok;
  }

  return {
    waiting: computed(() => outbox.value.length),
    busy,
    failure,
    here: (options) => run(() => api.signOut(options)),
    everywhere: (options) => run(() => api.signOutEverywhere(options)),
  };
}
