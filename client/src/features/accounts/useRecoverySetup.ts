import type { AccountApi } from '@besace/matrix/api/types';
import { type ComputedRef, computed, type Ref, ref, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';

/** Making the recovery code, showing it, and making sure that it was kept. */
export interface RecoverySetup {
  readonly step: Readonly<Ref<'password' | 'making' | 'show' | 'confirm' | 'done'>>;
  readonly password: Ref<string>;
  /** Groups of four, as they are read out; empty until the code is made. */
  readonly groups: ComputedRef<readonly string[]>;
  /** Numbers from 1 of the groups that are asked back, in order, and what was typed for each. */
  readonly asked: Readonly<Ref<readonly number[]>>;
  readonly answers: Ref<string[]>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** With the password at hand (just typed, or asked for). */
  make(): Promise<void>;
  ask(): void;
  showAgain(): void;
  confirm(): Promise<void>;
}

export type RecoverySetupParts = {
  readonly api: Pick<AccountApi, 'setUpRecovery' | 'confirmRecoveryCode'>;
  /** The code was made before, on this device, and waits to be confirmed: no password is needed to see it again. */
  readonly made: boolean;
  /** The password that was just typed, if it is at hand. */
  readonly password: string | null;
  /** At least 0 and less than 1. */
  readonly random?: () => number;
};

const howMany = 3;

export function useRecoverySetup({
  api,
  made,
  password: known,
  random = Math.random,
}: RecoverySetupParts): RecoverySetup {
  const step = ref<RecoverySetup['step']['value']>(made || known !== null ? 'making' : 'password');
  const password = ref(known ?? '');
  const code = ref('');
  const asked = shallowRef<readonly number[]>([]);
  const answers = ref<string[]>([]);
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  const groups = computed(() => code.value.split(/\s+/).filter(Boolean));

  return {
    step,
    password,
    groups,
    asked,
    answers,
    busy,
    failure,
    async make() {
      if (busy.value) return;
      busy.value = true;
      failure.value = null;
      step.value = 'making';
      const answer = await api.setUpRecovery({ password: password.value });
      busy.value = false;
      if (!answer.ok) {
        failure.value = answer.error;
        // Made before, the password is not what is missing: the same step is tried again.
        step.value = made ? 'making' : 'password';
        return;
      }
      password.value = '';
      code.value = answer.value.code;
      step.value = 'show';
    },
    ask() {
      asked.value = pick(groups.value.length, random);
      answers.value = asked.value.map(() => '');
      failure.value = null;
      step.value = 'confirm';
    },
    showAgain() {
      failure.value = null;
      step.value = 'show';
    },
    async confirm() {
      if (busy.value) return;
      const right = asked.value.every((number, index) => answers.value[index]?.trim() === groups.value[number - 1]);
      if (!right) {
        failure.value = { code: 'wrong-recovery-code' };
        return;
      }
      busy.value = true;
      failure.value = null;
      const answer = await api.confirmRecoveryCode(code.value);
      busy.value = false;
      if (answer.ok) step.value = 'done';
      else failure.value = answer.error;
    },
  };
}

/** Three different numbers from 1 to `count`, in order. */
function pick(count: number, random: () => number): readonly number[] {
  const left = Array.from({ length: count }, (_, index) => index + 1);
  const picked = Array.from(
    { length: Math.min(howMany, count) },
    () => left.splice(Math.floor(random() * left.length), 1)[0] ?? 1,
  );
  return picked.sort((a, b) => a - b);
}
