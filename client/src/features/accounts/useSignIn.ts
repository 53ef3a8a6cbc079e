import type { Account, AccountApi } from '@besace/matrix/api/types';
import { parseUserId, serverOf } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { type Ref, ref, shallowRef } from 'vue';
import type { ConfigLoader } from '../../app/config.ts';
import type { Failure } from '../../app/errors.ts';
import type { AccountsClient } from './accountsClient.ts';

/** Signing in with an address or a user id, and a password. */
export interface SignIn {
  readonly identifier: Ref<string>;
  readonly password: Ref<string>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | null>>;
  /** The identifier is typed: where it belongs is asked while the password is. */
  lookAhead(): void;
  /** The account that was opened, or null: then `failure` says why. What was typed is kept. */
  submit(): Promise<Account | null>;
}

export type SignInParts = {
  readonly api: Pick<AccountApi, 'signIn'>;
  readonly accounts: Pick<AccountsClient, 'belongingOf'>;
  readonly loadConfig: ConfigLoader;
  /** Such as `Besace, Firefox sur Linux`: how this device is named in the list of devices. */
  readonly deviceName: string;
};

export function useSignIn({ api, accounts, loadConfig, deviceName }: SignInParts): SignIn {
  const identifier = ref('');
  const password = ref('');
  const busy = ref(false);
  const failure = shallowRef<Failure | null>(null);

  let ahead: { readonly typed: string; readonly where: ReturnType<typeof whereIs> } | null = null;

  async function attempt(): Promise<Result<Account, Failure>> {
    const typed = identifier.value.trim();
    const known = ahead?.typed === typed ? await ahead.where : null;
    const where = known?.ok ? known : await whereIs(typed, { accounts, loadConfig });
    if (!where.ok) return where;
    return api.signIn({ ...where.value, password: password.value, deviceName });
  }

  return {
    identifier,
    password,
    busy,
    failure,
    lookAhead() {
      const typed = identifier.value.trim();
      if (typed === '' || ahead?.typed === typed) return;
      ahead = { typed, where: whereIs(typed, { accounts, loadConfig }) };
    },
    async submit() {
      if (busy.value) return null;
      busy.value = true;
      failure.value = null;
      const answer = await attempt();
      busy.value = false;
      if (!answer.ok) {
        failure.value = answer.error;
        return null;
      }
      password.value = '';
      return answer.value;
    },
  };
}

/** The homeserver and the local part of `@someone:server` (from the configuration) or of an address (from the accounts service). */
export async function whereIs(
  identifier: string,
  { accounts, loadConfig }: Pick<SignInParts, 'accounts' | 'loadConfig'>,
): Promise<Result<{ homeserver: string; user: string }, Failure>> {
  if (!identifier.startsWith('@')) {
    const belonging = await accounts.belongingOf(identifier);
    return belonging.ok ? ok({ homeserver: belonging.value.homeserver, user: belonging.value.localpart }) : belonging;
  }
  const userId = parseUserId(identifier);
  if (!userId.ok) return err({ code: 'bad-address' });
  const config = await loadConfig();
  if (!config.ok) return config;
  const server = serverOf(userId.value);
  const organisation = config.value.organisations.find(({ serverName }) => serverName === server);
  return organisation
    ? ok({ homeserver: organisation.homeserver, user: userId.value.slice(1, userId.value.indexOf(':')) })
    : err({ code: 'unknown-organisation' });
}
