import { err, ok } from '@besace/protocol/core/result';
import { UserId as WasmUserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import { BesaceFailure } from '../errors.ts';
import type { HttpPort } from '../session/context.ts';
import { postWithPassword } from '../session/passwordAuth.ts';
import type { MadeKeys, SetupProgress, StoredAccount } from '../session/storedAccount.ts';
import { masterKeyOnServer } from './masterKey.ts';
import type { SdkClient } from './sdkClient.ts';

export type ReplaceKeysDeps = {
  readonly sdk: Pick<SdkClient, 'olm' | 'backend' | 'flush'>;
  readonly http: HttpPort;
  /** A reset that was begun: `replaces` is set. */
  readonly setup: SetupProgress;
  readonly password: string;
  account(): StoredAccount;
  update(change: Partial<StoredAccount>): Promise<void>;
};

const upload = v.object({ master_key: v.object({ keys: v.record(v.string(), v.string()) }) });

/**
 * Puts new signing keys in the place of the account's, and signs this device with them. Not by the SDK, whose reset loses the new keys when the process
 * ends, or when the server's old keys are read again, between the upload and the secret storage: here they are on disk before the server has
 * them, and are put back into the machine afterwards. Each step may be repeated.
 */
export async function replaceKeys(deps: ReplaceKeysDeps): Outcome<void> {
  const { sdk, http, setup } = deps;
  const { userId, deviceId } = deps.account();
  const onServer = await masterKeyOnServer(http, userId);
  let made = setup.made;
  if (made === undefined || made.publicMaster !== onServer) {
    // Another device has made new keys since this was begun: those count, unless the person asks again.
    if (onServer !== setup.replaces) {
      await deps.update({ setup: null });
      return err({ code: 'cancelled', detail: 'another device' });
    }
    const fresh = await makeKeys(sdk);
    made = fresh.keys;
    await deps.update({ setup: { ...setup, made } });
    const request = { path: '/_matrix/client/v3/keys/device_signing/upload', body: fresh.body };
    const uploaded = await postWithPassword(http, request, userId, deps.password);
    if (!uploaded.ok) return uploaded;
  }
  await putBack(deps, made);
  await sdk.backend.crossSignDevice(deviceId);
  await deps.update({ setup: { ...setup, made, step: 'keys-uploaded' } });
  return ok(undefined);
}

async function makeKeys(sdk: ReplaceKeysDeps['sdk']): Promise<{ keys: MadeKeys; body: Record<string, unknown> }> {
  const requests = await sdk.olm.bootstrapCrossSigning(true);
  const body: Record<string, unknown> = JSON.parse(requests.uploadSigningKeysRequest.body);
  requests.free();
  const exported = await sdk.olm.exportCrossSigningKeys();
  const publicMaster = Object.values(v.parse(upload, body).master_key.keys)[0];
  const { masterKey: master, self_signing_key: selfSigning, userSigningKey: userSigning } = exported ?? {};
  exported?.free();
  if (!publicMaster || !master || !selfSigning || !userSigning) throw new Error('no signing keys were made');
  return { keys: { publicMaster, master, selfSigning, userSigning }, body };
}

/** Lets the machine read the keys that the server now has, and hold their private halves. */
async function putBack(deps: ReplaceKeysDeps, made: MadeKeys): Promise<void> {
  const { sdk } = deps;
  const user = new WasmUserId(deps.account().userId);
  const query = sdk.olm.queryKeysForUsers([user]);
  const path = '/_matrix/client/v3/keys/query';
  const answer = await deps.http.json({ method: 'POST', path, body: JSON.parse(query.body) });
  if (!answer.ok) throw new BesaceFailure(answer.error);
  await sdk.olm.markRequestAsSent(query.id, query.type, JSON.stringify(answer.value));
  const status = await sdk.olm.importCrossSigningKeys(made.master, made.selfSigning, made.userSigning);
  const complete = status.hasMaster && status.hasSelfSigning && status.hasUserSigning;
  status.free();
  if (!complete) throw new BesaceFailure({ code: 'server-nonsense', detail: 'signing keys' });
}
