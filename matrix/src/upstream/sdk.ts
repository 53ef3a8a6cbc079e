import 'fake-indexeddb/auto';
import { randomBytes } from 'node:crypto';
import { createClient, EventTimeline, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { type Logger, logger } from 'matrix-js-sdk/lib/logger.js';
import { eventually, type TestAccount } from './world.ts';

// The SDK's rooms and queues write to its global logger, whatever the client is given.
if ('setLevel' in logger && typeof logger.setLevel === 'function') logger.setLevel('silent', false);

/** A plain SDK client with rust crypto, as its documentation says to make one: nothing of ours, so that a defect seen here is upstream's. */
export async function plainClient(account: TestAccount): Promise<MatrixClient> {
  let storageKey: Uint8Array<ArrayBuffer> | null = null;
  const client = createClient({
    baseUrl: account.clientUrl,
    accessToken: account.accessToken,
    userId: account.userId,
    deviceId: account.deviceId,
    enableEncryptedStateEvents: true,
    logger: SILENT,
    cryptoCallbacks: {
      getSecretStorageKey: async ({ keys }) => {
        const [id] = Object.keys(keys);
        return id === undefined || storageKey === null ? null : [id, storageKey];
      },
      cacheSecretStorageKey: (_id, _info, key) => {
        storageKey = key;
      },
    },
  });
  await client.initRustCrypto({
    useIndexedDB: true,
    cryptoDatabasePrefix: `${account.userId}-${randomBytes(4).toString('hex')}`,
  });
  return client;
}

/** The part of the SDK's crypto that downloads single keys, which has no public door. */
export type KeyDownloader = {
  onDecryptionKeyMissingError(roomId: string, sessionId: string): void;
  readonly queuedRequests: unknown[];
};

/**
 * Stops a plain client for good. With a key in its queue, or one that is missed while it stops, its downloader would ask the closed machine
 * for ever in a loop of microtasks, and the worker of the test with it (upstream/defects.it.ts; crypto/sdkClient.ts does likewise).
 */
export function stopPlainClient(client: MatrixClient): void {
  const downloader = keyDownloader(client);
  downloader.onDecryptionKeyMissingError = () => {};
  downloader.queuedRequests.length = 0;
  client.stopClient();
}

export function keyDownloader(client: MatrixClient): KeyDownloader {
  const crypto = client.getCrypto() as unknown as { readonly perSessionBackupDownloader: KeyDownloader };
  return crypto.perSessionBackupDownloader;
}

/** The same person on a new device. */
export async function signInAgain(account: TestAccount): Promise<TestAccount> {
  const identifier = { type: 'm.id.user', user: account.userId };
  const answer = await raw(account, 'v3/login', {
    method: 'POST',
    body: JSON.stringify({ type: 'm.login.password', identifier, password: account.password }),
  });
  const { access_token, device_id } = (await answer.json()) as { access_token: string; device_id: string };
  return { ...account, accessToken: access_token, deviceId: device_id };
}

export async function crossSign(client: MatrixClient, account: TestAccount): Promise<void> {
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error('no crypto');
  const identifier = { type: 'm.id.user', user: account.userId };
  await crypto.bootstrapCrossSigning({
    setupNewCrossSigning: true,
    authUploadDeviceSigningKeys: async (make) => {
      await make({ type: 'm.login.password', identifier, password: account.password });
    },
  });
  await crypto.bootstrapSecretStorage({
    createSecretStorageKey: () => crypto.createRecoveryKeyFromPassphrase(),
    setupNewKeyBackup: true,
  });
}

/** A room with encrypted state (MSC4362), known to the client and ready to write in. */
export async function encryptedRoom(client: MatrixClient): Promise<Room> {
  const content = { algorithm: 'm.megolm.v1.aes-sha2', 'io.element.msc4362.encrypt_state_events': true };
  const { room_id } = await client.createRoom({
    preset: 'private_chat' as never,
    initial_state: [{ type: 'm.room.encryption', state_key: '', content }],
  });
  const room = await eventually(() => client.getRoom(room_id) ?? undefined);
  await eventually(() => client.getCrypto()?.isEncryptionEnabledInRoom(room_id));
  await eventually(() => client.getCrypto()?.isStateEncryptionEnabledInRoom(room_id));
  return room;
}

export function filed(room: Room, type: string): MatrixEvent[] {
  return room.getLiveTimeline().getState(EventTimeline.FORWARDS)?.getStateEvents(type) ?? [];
}

export function raw(account: TestAccount, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${account.clientUrl}/_matrix/client/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${account.accessToken}` },
  });
}

/** The event as the server gives it, for handing a changed copy to a client as a lying server would. */
export async function wireEvent(account: TestAccount, room: Room, eventId: string): Promise<Record<string, unknown>> {
  const answer = await raw(account, `v3/rooms/${encodeURIComponent(room.roomId)}/event/${encodeURIComponent(eventId)}`);
  return (await answer.json()) as Record<string, unknown>;
}

const SILENT: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  getChild: () => SILENT,
};
