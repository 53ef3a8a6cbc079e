import { err, ok } from '@besace/protocol/core/result';
import { decodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { encodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/recovery-key.js';
import type { IdentityState, Outcome } from '../api/types.ts';
import type { Logger, Random } from '../platform/platform.ts';
import type { SetupProgress, StoredAccount } from '../session/storedAccount.ts';
import { identityOf, matchesCode } from './identity.ts';
import type { SdkClient } from './sdkClient.ts';

export type RecoveryDeps = {
  readonly sdk: SdkClient;
  readonly random: Random;
  readonly logger: Logger;
  account(): StoredAccount;
  /** Keeps a change of the account on disk before it resolves. */
  update(change: Partial<StoredAccount>): Promise<void>;
  onIdentity(identity: IdentityState): void;
  /** Keys came back from the backup. */
  onRestored(): void;
};

/** Cross-signing, secret storage and key backup behind one recovery code. */
export interface Recovery {
  /** Looks again where the identity stands, asking the server when it can. */
  refresh(): Promise<void>;
  setUp(password: string): Outcome<{ code: string }>;
  confirm(typed: string): Outcome<void>;
  recover(code: string): Outcome<void>;
  /** Brings back all keys of the backup, in the background. Does nothing when this device has no backup key. */
  restoreBackup(): Promise<void>;
}

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { sdk, logger } = deps;
  const crypto = sdk.backend;
  let restoring: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    const { userId, deviceId, setup, identity: last } = deps.account();
    const [onServer, status, keys] = await Promise.all([
      hasKeysOnServer(userId),
      crypto.getDeviceVerificationStatus(userId, deviceId),
      sdk.olm.crossSigningStatus(),
    ]);
    const holdsKeys = keys.hasMaster && keys.hasSelfSigning;
    keys.free();
    const deviceSigned = status?.signedByOwner === true && status.crossSigningVerified;
    const identity = identityOf({ setup, onServer, deviceSigned, holdsKeys, last });
    if (identity.kind !== 'confirm-code' && identity.kind !== last) await deps.update({ identity: identity.kind });
    deps.onIdentity(identity);
  }

  async function hasKeysOnServer(userId: string): Promise<boolean | null> {
    try {
      return await crypto.userHasCrossSigningKeys(userId);
    } catch (thrown) {
      // No network: the last known identity holds until it is back.
      logger.info('identity-not-asked', { error: String(thrown) });
      return null;
    }
  }

  /**
   * Each step is on disk before the next begins, with the code that was made at first: killed anywhere, `setUp` goes on with the same
   * code, and the steps before are harmless to repeat.
   */
  async function setUp(password: string): Outcome<{ code: string }> {
    const started: SetupProgress = deps.account().setup ?? { code: newCode(), step: 'code-made' };
    if (started.step === 'stored') return ok({ code: started.code });
    await deps.update({ setup: started });
    const key = decodeRecoveryKey(started.code);
    if (started.step === 'code-made') {
      const status = await sdk.olm.crossSigningStatus();
      const uploadedBefore = status.hasMaster && (await hasKeysOnServer(deps.account().userId)) === true;
      status.free();
      if (!uploadedBefore) await uploadKeys(password);
      await deps.update({ setup: { ...started, step: 'keys-uploaded' } });
    }
    await crypto.bootstrapSecretStorage({
      setupNewSecretStorage: true,
      setupNewKeyBackup: true,
      createSecretStorageKey: async () => ({ privateKey: key, encodedPrivateKey: started.code }),
    });
    sdk.secretKey.current = null;
    await deps.update({ setup: { ...started, step: 'stored' } });
    await crypto.checkKeyBackupAndEnable();
    await refresh();
    return ok({ code: started.code });
  }

  function uploadKeys(password: string): Promise<void> {
    const identifier = { type: 'm.id.user', user: deps.account().userId };
    return crypto.bootstrapCrossSigning({
      setupNewCrossSigning: true,
      authUploadDeviceSigningKeys: async (upload) => {
        await upload({ type: 'm.login.password', identifier, password });
      },
    });
  }

  function newCode(): string {
    const code = encodeRecoveryKey(deps.random.bytes(32));
    if (code === undefined) throw new Error('no recovery code could be made');
    return code;
  }

  async function recover(code: string): Outcome<void> {
    const key = keyOf(code);
    if (key === null) return err({ code: 'wrong-recovery-code' });
    const stored = await sdk.client.secretStorage.getKey();
    if (stored === null) return err({ code: 'not-found', detail: 'secret storage' });
    const [id, info] = stored;
    if (!(await sdk.client.secretStorage.checkKey(key, info))) return err({ code: 'wrong-recovery-code' });
    sdk.secretKey.current = { id, key };
    try {
      await crypto.userHasCrossSigningKeys(deps.account().userId);
      await crypto.bootstrapCrossSigning({});
      await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
    } finally {
      sdk.secretKey.current = null;
    }
    await crypto.checkKeyBackupAndEnable();
    await refresh();
    void restoreBackup();
    return ok(undefined);
  }

  async function restoreBackup(): Promise<void> {
    restoring ??= restoreNow().finally(() => {
      restoring = null;
    });
    await restoring;
  }

  async function restoreNow(): Promise<void> {
    if ((await crypto.getSessionBackupPrivateKey()) === null) return;
    try {
      const { total, imported } = await crypto.restoreKeyBackup();
      logger.info('backup-restored', { total, imported });
    } catch (thrown) {
      // Single keys are still asked for when an event needs them.
      logger.warn('backup-not-restored', { error: String(thrown) });
    }
    deps.onRestored();
  }

  return {
    refresh,
    setUp,
    async confirm(typed) {
      const { setup } = deps.account();
      if (setup?.step !== 'stored') return err({ code: 'invalid', detail: 'nothing to confirm' });
      if (!matchesCode(setup.code, typed)) return err({ code: 'wrong-recovery-code' });
      await deps.update({ setup: null });
      await refresh();
      return ok(undefined);
    },
    recover,
    restoreBackup,
  };
}

/** Null for what is no recovery code at all (its parity is checked). */
function keyOf(code: string): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(decodeRecoveryKey(code));
  } catch {
    // The SDK says why (length, parity): for the person they are one thing, the code is wrong.
    return null;
  }
}
