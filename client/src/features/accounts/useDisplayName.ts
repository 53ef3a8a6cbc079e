import type { AccountApi } from '@besace/matrix/api/types';
import { type ComputedRef, computed, type Ref, ref, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** The name that others see. */
export interface DisplayName {
  readonly name: Ref<string>;
  /** There is something to save. */
  readonly changed: ComputedRef<boolean>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  save(): Promise<boolean>;
}

export function useDisplayName(api: Pick<AccountApi, 'setDisplayName'>, current: () => string): DisplayName {
  const name = ref(current());
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  const trimmed = computed(() => name.value.trim());
  return {
    name,
    changed: computed(() => trimmed.value !== '' && trimmed.value !== current()),
    busy,
    failure,
    async save() {
      if (busy.value) return false;
      busy.value = true;
      failure.value = null;
      const answer = await api.setDisplayName(trimmed.value);
      busy.value = false;
      if (!answer.ok) failure.value = answer.error;
      return answer.ok;
    },
  };
}
