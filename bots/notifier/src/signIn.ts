import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { BesaceApi, BesaceError, IdentityState } from '@besace/matrix/api/types';

export type SignInDeps = {
  readonly api: Pick<
    BesaceApi,
    'restore' | 'signIn' | 'watchStatus' | 'setUpRecovery' | 'confirmRecoveryCode' | 'recover'
  >;
  readonly homeserver: string;
  readonly user: string;
  readonly password: string;
  /** The recovery code, 0600: how the bot gets its identity back when its store is lost. */
  readonly codeFile: string;
};

/** A bot's step that cannot go on: the operator reads `message`. */
export class BotError extends Error {
  override readonly name = 'BotError';
  readonly code: BesaceError['code'];

  constructor(step: string, error: BesaceError) {
    super(`${step}: ${error.code}${error.detail === undefined ? '' : ` (${error.detail})`}`);
    this.code = error.code;
  }
}

/** Opens the stored session or signs in, and makes sure that the bot's device is cross-signed (T2). Resolves when it is. */
export async function signIn(deps: SignInDeps): Promise<void> {
  const { api } = deps;
  // An operator may have moved it since.
  const restored = await api.restore({ homeserver: deps.homeserver });
  if (!restored.ok) throw new BotError('opening the stored session', restored.error);
  if (restored.value === null) {
    const { homeserver, user, password } = deps;
    const signedIn = await api.signIn({ homeserver, user, password, deviceName: 'Besace notifier' });
    if (!signedIn.ok) throw new BotError('signing in', signedIn.error);
  }
  const identity = await known(api);
  if (identity === 'needs-setup' || identity === 'confirm-code') await setUp(deps, identity);
  if (identity === 'unverified') await recover(deps);
}

async function setUp({ api, password, codeFile }: SignInDeps, identity: 'needs-setup' | 'confirm-code'): Promise<void> {
  // Killed between the setup and the confirmation: the code is on disk, or a new one is made.
  if (identity === 'needs-setup' || !existsSync(codeFile)) {
    const made = await api.setUpRecovery({ password });
    if (!made.ok) throw new BotError('making the recovery code', made.error);
    writeFileSync(codeFile, made.value.code, { mode: 0o600, flush: true });
  }
  const confirmed = await api.confirmRecoveryCode(readFileSync(codeFile, 'utf8'));
  if (!confirmed.ok) throw new BotError('confirming the recovery code', confirmed.error);
}

async function recover({ api, codeFile }: SignInDeps): Promise<void> {
  if (!existsSync(codeFile)) {
    throw new BotError('recovering', {
      code: 'wrong-recovery-code',
      detail: `no ${codeFile}: put the bot's recovery code there`,
    });
  }
  const recovered = await api.recover(readFileSync(codeFile, 'utf8').trim());
  if (!recovered.ok) throw new BotError('recovering', recovered.error);
}

async function known(api: SignInDeps['api']): Promise<Exclude<IdentityState['kind'], 'unknown'>> {
  const found = Promise.withResolvers<Exclude<IdentityState['kind'], 'unknown'>>();
  const stop = await api.watchStatus(({ identity }) => {
    if (identity.kind !== 'unknown') found.resolve(identity.kind);
  });
  const kind = await found.promise;
  stop();
  return kind;
}
