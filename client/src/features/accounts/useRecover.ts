import type { AccountApi } from '@besace/matrix/api/types';
import { type Ref, ref, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** Typing the recovery code on a new device. What was typed is kept when it is refused. */
export interface Recover {
  readonly code: Ref<string>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  submit(): Promise<boolean>;
}

export function useRecover(api: Pick<AccountApi, 'recover'>): Recover {
  const code = ref('');
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  return {
    code,
    busy,
    failure,
    async submit() {
      if (busy.value) return false;
      busy.value = true;
      failure.value = null;
      const answer = await api.recover(code.value.trim());
      busy.value = false;
      if (answer.ok) code.value = '';
      else failure.value = answer.error;
      return answer.ok;
    },
  };
}
