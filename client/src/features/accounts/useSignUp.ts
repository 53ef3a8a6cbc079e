import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue';
import type { Failure } from '../../app/errors.ts';
import type { AccountsClient, Belonging } from './accountsClient.ts';

/** Asking for a sign-up link with an address, whose organisation is shown while it is typed. */
export interface SignUp {
  readonly address: Ref<string>;
  /** Where the address belongs; null while it is not complete, or not known yet. */
  readonly belonging: Readonly<Ref<Belonging | null>>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** The address that the link was sent to. */
  readonly sentTo: Readonly<Ref<string | null>>;
  submit(): Promise<void>;
  /** Back to the form, with the address as it was. */
  change(): void;
}

export type SignUpParts = {
  readonly accounts: Pick<AccountsClient, 'belongingOf' | 'requestLink'>;
  readonly locale: () => string;
  /** ms without a key before the address is looked up. */
  readonly pause?: number;
};

export function useSignUp({ accounts, locale, pause = 250 }: SignUpParts): SignUp {
  const address = ref('');
  const belonging = shallowRef<Belonging | null>(null);
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  const sentTo = ref<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  watch(
    address,
    (typed) => {
      clearTimeout(timer);
      failure.value = null;
      belonging.value = null;
      if (looksComplete(typed)) timer = setTimeout(() => lookUp(typed.trim()), pause);
    },
    { flush: 'sync' },
  );
  onScopeDispose(() => clearTimeout(timer));

  /** Quiet: what fails here is said when the form is sent. */
  async function lookUp(typed: string): Promise<void> {
    const answer = await accounts.belongingOf(typed);
    if (answer.ok && address.value.trim() === typed) belonging.value = answer.value;
  }

  return {
    address,
    belonging,
    busy,
    failure,
    sentTo,
    async submit() {
      if (busy.value) return;
      const typed = address.value.trim();
      if (!looksComplete(typed)) {
        failure.value = { code: 'bad-address' };
        return;
      }
      busy.value = true;
      failure.value = null;
      const answer = await accounts.requestLink(typed, locale());
      busy.value = false;
      if (answer.ok) sentTo.value = typed;
      else failure.value = answer.error;
    },
    change() {
      sentTo.value = null;
    },
  };
}

/** Enough to be worth a question; the service decides what an address is. */
function looksComplete(typed: string): boolean {
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(typed.trim());
}
