import type { Account, AccountApi } from '@besace/matrix/api/types';
import { type ComputedRef, computed, type Ref, ref, shallowRef } from 'vue';
import type { Failure } from '../../app/errors.ts';
import type { AccountsClient, SignUpInvitation } from './accountsClient.ts';
import { type PasswordStrength, passwordStrength } from './passwordStrength.ts';

/** What a sign-up link opens: a name, a password, then an account that is signed in. */
export interface FinishSignUp {
  readonly link: Readonly<Ref<LinkState>>;
  readonly name: Ref<string>;
  readonly password: Ref<string>;
  readonly strength: ComputedRef<PasswordStrength>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** Reads the link; again after a failure of the network. */
  open(): Promise<void>;
  /**
   * Creates the account and signs in. `created` without an account when only the signing in failed: the account is there, and the
   * sign-in page is the way on.
   */
  submit(): Promise<{ readonly created: boolean; readonly account: Account | null }>;
}

export type LinkState =
  | { readonly kind: 'reading' }
  | { readonly kind: 'open'; readonly invitation: SignUpInvitation }
  | { readonly kind: 'closed'; readonly failure: Failure };

export type FinishSignUpParts = {
  readonly token: string;
  readonly accounts: Pick<AccountsClient, 'readLink' | 'create'>;
  readonly api: Pick<AccountApi, 'signIn'>;
  readonly deviceName: string;
};

export function useFinishSignUp({ token, accounts, api, deviceName }: FinishSignUpParts): FinishSignUp {
  const link = shallowRef<LinkState>({ kind: 'reading' });
  const name = ref('');
  const password = ref('');
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);
  const address = computed(() => (link.value.kind === 'open' ? link.value.invitation.address : ''));
  const strength = computed(() => passwordStrength(password.value, [name.value, address.value]));

  return {
    link,
    name,
    password,
    strength,
    busy,
    failure,
    async open() {
      link.value = { kind: 'reading' };
      const answer = await accounts.readLink(token);
      link.value = answer.ok ? { kind: 'open', invitation: answer.value } : { kind: 'closed', failure: answer.error };
      if (answer.ok && !name.value) name.value = answer.value.suggestedName;
    },
    async submit() {
      const none = { created: false, account: null };
      if (busy.value || link.value.kind !== 'open') return none;
      busy.value = true;
      failure.value = null;
      const created = await accounts.create(token, { displayName: name.value.trim(), password: password.value });
      if (!created.ok) {
        busy.value = false;
        failure.value = created.error;
        return none;
      }
      const { homeserver } = created.value;
      const { localpart } = link.value.invitation;
      const signedIn = await api.signIn({ homeserver, user: localpart, password: password.value, deviceName });
      busy.value = false;
      return { created: true, account: signedIn.ok ? signedIn.value : null };
    },
  };
}
