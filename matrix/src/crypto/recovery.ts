import { err, ok } from '@besace/protocol/core/result';
import { UserId as WasmUserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import { decodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { encodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/recovery-key.js';
import type { IdentityState, Outcome } from '../api/types.ts';
import type { Logger, Random } from '../platform/platform.ts';
import type { HttpPort } from '../session/context.ts';
import { checkPassword } from '../session/passwordAuth.ts';
import type { Scope } from '../session/scope.ts';
import { sdkError } from '../session/sdkErrors.ts';
import type { SetupProgress, StoredAccount } from '../session/storedAccount.ts';
import type { Dehydration } from './dehydration.ts';
import { identityOf, isSetupOver, matchesCode } from './identity.ts';
import { masterKeyOnServer } from './masterKey.ts';
import { replaceKeys } from './replaceKeys.ts';
import type { SdkClient } from './sdkClient.ts';

export type RecoveryDeps = {
  readonly sdk: SdkClient;
  readonly http: HttpPort;
  readonly scope: Scope;
  readonly random: Random;
  readonly logger: Logger;
  account(): StoredAccount;
  /** Keeps a change of the account on disk before it resolves. */
  update(change: Partial<StoredAccount>): Promise<void>;
  onIdentity(identity: IdentityState): void;
  readonly dehydration: Pick<Dehydration, 'create' | 'takeKey' | 'revive'>;
  /** Brings back all keys of the backup, in the background. */
  restoreBackup(): Promise<void>;
};

/** Cross-signing, secret storage and key backup behind one recovery code. */
export interface Recovery {
  /** Looks again where the identity stands, asking the server when it can. */
  refresh(): Promise<void>;
  setUp(password: string): Outcome<{ code: string }>;
  /** See `AccountApi.resetIdentity`. */
  reset(password: string): Outcome<{ code: string }>;
  confirm(typed: string): Outcome<void>;
  recover(code: string): Outcome<void>;
}

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { sdk, logger } = deps;
  const crypto = sdk.backend;
  let reading: Promise<void> | null = null;
  let again: Promise<void> | null = null;
  let resetting = false;
  /** How often this device was signed in this life. */
  let signatures = 0;

  /** One look at a time; who asks while one is under way gets the next one, which sees what has happened since. */
  function refresh(): Promise<void> {
    if (reading === null) {
      reading = look().finally(() => {
        reading = null;
      });
      return reading;
    }
    again ??= reading
      .catch(() => undefined) // the one who asked for it hears of it
      .then(() => {
        again = null;
        return refresh();
      });
    return again;
  }

  async function look(): Promise<void> {
    const { userId, deviceId } = deps.account();
    const before = signatures;
    // The server first: what it says of our devices changes what the machine knows of this one.
    const server = await keysOnServer();
    if (deps.scope.signal.aborted) return;
    const [status, keys] = await Promise.all([
      crypto.getDeviceVerificationStatus(userId, deviceId),
      sdk.olm.crossSigningStatus(),
    ]);
    const holdsKeys = keys.hasMaster && keys.hasSelfSigning;
    keys.free();
    const deviceSigned = status?.signedByOwner === true && status.crossSigningVerified;
    const { setup, identity: last } = deps.account();
    if (signatures !== before) return; // what was seen is from before: who signed looks again
    const facts = { setup, ...server, deviceSigned, holdsKeys, last };
    // What is under way changes the facts one by one: it looks by itself when it is done.
    const over = !resetting && isSetupOver(facts);
    const identity = identityOf(over ? { ...facts, setup: null } : facts);
    if (over) await deps.update({ setup: null });
    if (identity.kind !== 'confirm-code' && identity.kind !== 'resetting' && identity.kind !== last)
      await deps.update({ identity: identity.kind });
    deps.onIdentity(identity);
  }

  /** `onServer` is null when the server could not be asked. */
  async function keysOnServer(): Promise<{ onServer: boolean | null; serverMaster: string | null }> {
    const { userId, setup } = deps.account();
    try {
      // The machine asks the server, and then answers from what it holds: keys that it made and could not upload count for it.
      const known = await crypto.userHasCrossSigningKeys(userId);
      if (!known || setup === null) return { onServer: known, serverMaster: null };
      const serverMaster = await masterKeyOnServer(deps.http, userId);
      return { onServer: serverMaster !== null, serverMaster };
    } catch (thrown) {
      // No network: the last known identity holds until it is back.
      logger.info('identity-not-asked', { error: String(thrown) });
      return { onServer: null, serverMaster: null };
    }
  }

  /** The keys that this device made are those of the account by now. */
  async function areOursOnServer(): Promise<boolean> {
    const identity = await sdk.olm.getIdentity(new WasmUserId(deps.account().userId));
    if (identity === undefined) return false;
    const ours = identity.masterKey;
    identity.free();
    const theirs = await masterKeyOnServer(deps.http, deps.account().userId);
    return theirs !== null && ours.includes(theirs);
  }

  /**
   * Each step is on disk before the next begins, with the code that was made at first: killed anywhere, `setUp` goes on with the same
   * code, and the steps before are harmless to repeat.
   */
  async function setUp(password: string): Outcome<{ code: string }> {
    const started: SetupProgress = deps.account().setup ?? { code: newCode(), step: 'code-made' };
    if (started.step === 'stored') return ok({ code: started.code });
    if (started.replaces !== undefined) return reset(password);
    await deps.update({ setup: started });
    if (started.step === 'code-made') {
      const status = await sdk.olm.crossSigningStatus();
      const made = status.hasMaster && status.hasSelfSigning && status.hasUserSigning;
      status.free();
      if (!made || !(await areOursOnServer())) await uploadKeys(password);
      await deps.update({ setup: { ...started, step: 'keys-uploaded' } });
    }
    return store(started.code);
  }

  /** The last steps: secret storage and backup behind the code, with the keys that this device holds. */
  async function store(code: string): Outcome<{ code: string }> {
    const key = decodeRecoveryKey(code);
    await crypto.bootstrapSecretStorage({
      setupNewSecretStorage: true,
      setupNewKeyBackup: true,
      createSecretStorageKey: async () => ({ privateKey: key, encodedPrivateKey: code }),
    });
    await deps.dehydration.create();
    sdk.secretKey.current = null;
    await deps.update({ setup: { code, step: 'stored' } });
    await crypto.checkKeyBackupAndEnable();
    await refresh();
    return ok({ code });
  }

  /** As `setUp`, over the keys that the account has. The password is tried before anything changes. */
  async function reset(password: string): Outcome<{ code: string }> {
    const { setup, userId } = deps.account();
    if (setup?.step === 'stored') return ok({ code: setup.code });
    if (resetting) return err({ code: 'invalid', detail: 'already resetting' });
    resetting = true;
    try {
      const allowed = await checkPassword(deps.http, userId, password);
      if (!allowed.ok) return allowed;
      const replaces = setup?.replaces ?? (await masterKeyOnServer(deps.http, userId));
      if (replaces === null) return await setUp(password);
      const started: SetupProgress = setup?.replaces ? setup : { code: newCode(), step: 'code-made', replaces };
      await deps.update({ setup: started });
      const replaced = await replaceKeys({ ...deps, setup: started, password });
      return replaced.ok ? await store(started.code) : replaced;
    } finally {
      resetting = false;
      await refresh();
    }
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
    try {
      const recovered = await sdk.readSyncedFirst(() => recoverWith(key));
      if (recovered.ok) return recovered;
    } catch (thrown) {
      // What the network or the server refused is said at once.
      if (sdkError(thrown) !== null) throw thrown;
      logger.info('recovery-tried-again', { error: String(thrown) });
    }
    // Another device may have made new keys since the last answer of the sync: the server has the last word.
    await crypto.userHasCrossSigningKeys(deps.account().userId);
    return recoverWith(key);
  }

  async function recoverWith(key: Uint8Array<ArrayBuffer>): Outcome<void> {
    const stored = await sdk.client.secretStorage.getKey();
    if (stored === null) return err({ code: 'not-found', detail: 'secret storage' });
    const [id, info] = stored;
    if (!(await sdk.client.secretStorage.checkKey(key, info))) return err({ code: 'wrong-recovery-code' });
    sdk.secretKey.current = { id, key };
    let dehydrated = false;
    try {
      // The identity and the backup do not need one another. Both are waited for, also when one fails: they share the key.
      const both = await Promise.allSettled([signThisDevice(), crypto.loadSessionBackupPrivateKeyFromSecretStorage()]);
      for (const each of both) if (each.status === 'rejected') throw each.reason;
      dehydrated = await deps.dehydration.takeKey();
      if (!dehydrated) await deps.dehydration.create();
    } finally {
      sdk.secretKey.current = null;
    }
    deps
      .restoreBackup()
      .then(() => (dehydrated ? deps.dehydration.revive() : undefined))
      .catch((thrown) => logger.warn('not-restored', { error: String(thrown) }));
    await Promise.all([crypto.checkKeyBackupAndEnable(), refresh()]);
    return ok(undefined);
  }

  async function signThisDevice(): Promise<void> {
    const { deviceId, setup } = deps.account();
    // A signature of keys that the server has not got is lost, and the account's public keys must be here before its private ones.
    await sdk.flush();
    const before = await sdk.olm.crossSigningStatus();
    const holdsKeys = before.hasMaster && before.hasSelfSigning;
    before.free();
    await crypto.bootstrapCrossSigning({});
    // Where the keys are here already, the SDK does nothing, although the server may have refused the signature the last time.
    if (holdsKeys) await crypto.crossSignDevice(deviceId);
    if (setup !== null) return;
    // The server took the signature: nobody has to wait until it has said so itself.
    signatures += 1;
    await deps.update({ identity: 'ready' });
    deps.onIdentity({ kind: 'ready' });
  }

  return {
    refresh,
    setUp,
    reset,
    async confirm(typed) {
      const { setup } = deps.account();
      if (setup?.step !== 'stored') return err({ code: 'invalid', detail: 'nothing to confirm' });
      if (!matchesCode(setup.code, typed)) return err({ code: 'wrong-recovery-code' });
      await deps.update({ setup: null });
      await refresh();
      return ok(undefined);
    },
    recover,
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
