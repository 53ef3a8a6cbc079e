import type { AccountApi } from '@besace/matrix/api/types';
import { type ComputedRef, computed, type Ref, ref, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** Setting everything up again: the person says that she knows what is lost, and the server asks for her password. */
export interface Reset {
  readonly understood: Ref<boolean>;
  readonly password: Ref<string>;
  readonly ready: ComputedRef<boolean>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** True when the new code is made; it is then shown and asked back by the page of the recovery code. */
  submit(): Promise<boolean>;
}

/** @param begun it was begun before and did not end: what is lost was said then */
export function useReset(api: Pick<AccountApi, 'resetIdentity'>, begun: boolean): Reset {
  const understood = ref(begun);
  const password = ref('');
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  const ready = computed(() => understood.value && password.value !== '');
  return {
    understood,
    password,
    ready,
    busy,
    failure,
    async submit() {
      if (busy.value || !ready.value) return false;
      busy.value = true;
      failure.value = null;
      const answer = await api.resetIdentity({ password: password.value });
      busy.value = false;
      if (answer.ok) password.value = '';
      else failure.value = answer.error;
      return answer.ok;
    },
  };
}
