import type { UserId } from '@besace/protocol/core/ids';
import { type OlmMachine, UserId as WasmUserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { OnlySignedDevicesIsolationMode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Logger as SdkLogger } from 'matrix-js-sdk/lib/logger.js';
import { BesaceFailure } from '../errors.ts';
import type { Logger, Platform } from '../platform/platform.ts';
import { cryptoDbPrefix } from '../session/storage.ts';
import type { StoredAccount } from '../session/storedAccount.ts';
import { loadCrypto } from './loadCrypto.ts';

/** The SDK's client with its crypto ready, and the parts of it that the SDK keeps to itself. */
export type SdkClient = {
  readonly client: MatrixClient;
  readonly backend: CryptoBackend;
  readonly olm: OlmMachine;
  /** Asks the key backup for one session, in the background. */
  fetchFromBackup(roomId: string, sessionId: string): void;
  /** Sends what the crypto has to say (keys, queries, to-device), now. */
  flush(): Promise<void>;
  /** Follows the devices of these users, so that their signatures are known when their messages come. */
  track(users: readonly UserId[]): Promise<void>;
  /** Whose devices are followed. */
  tracked(): Promise<readonly string[]>;
  /** The secret storage key, in memory only while it is needed. */
  readonly secretKey: SecretKeyHolder;
  /** What the sync brought of the account data, by type: the client has no store of its own. */
  readonly syncedAccountData: Map<string, Readonly<Record<string, unknown>>>;
  /**
   * While this runs, account data comes from what the sync has brought where it brought it: the SDK, whose own sync does not run, would ask
   * the server for each again, one after the other.
   */
  readSyncedFirst<T>(run: () => Promise<T>): Promise<T>;
  /** Breaks off what is asked of the server, waits until nobody works with the machine, and closes it. */
  close(): Promise<void>;
};

export type SecretKeyHolder = { current: { readonly id: string | null; readonly key: Uint8Array<ArrayBuffer> } | null };

/**
 * What we need of `RustCrypto` that has no public door in matrix-js-sdk 43: the machine itself (its decryption tells how far the sender
 * is proven; the SDK's does not), the download of single keys, and the check of the backup, which works on a closed machine when one does not
 * wait for it. Checked when the session starts.
 */
type Internals = {
  readonly olmMachine: OlmMachine;
  readonly perSessionBackupDownloader: {
    onDecryptionKeyMissingError(roomId: string, sessionId: string): void;
    readonly queuedRequests: unknown[];
  };
  readonly outgoingRequestsManager: { doProcessOutgoingRequests(): Promise<void> };
  readonly backupManager: { readonly keyBackupCheckInProgress: Promise<unknown> | null };
};

/**
 * Opens the crypto store of this device. Does not wait for the network.
 * @throws BesaceFailure `storage-lost` when the store cannot be opened.
 */
export async function openSdkClient(platform: Platform, account: StoredAccount): Promise<SdkClient> {
  const secretKey: SecretKeyHolder = { current: null };
  const closing = new AbortController();
  const client = new MatrixClient({
    baseUrl: account.homeserver,
    accessToken: account.accessToken,
    userId: account.userId,
    deviceId: account.deviceId,
    fetchFn: (input, init) => {
      const signal = init?.signal ? AbortSignal.any([init.signal, closing.signal]) : closing.signal;
      return platform.fetch(input, { ...init, signal });
    },
    logger: sdkLogger(platform.logger, ''),
    enableEncryptedStateEvents: true,
    verificationMethods: ['m.sas.v1'],
    cryptoCallbacks: {
      getSecretStorageKey: async ({ keys }) => {
        const held = secretKey.current;
        const id = Object.keys(keys).find((name) => held !== null && (held.id === null || held.id === name));
        return held === null || id === undefined ? null : [id, held.key];
      },
      cacheSecretStorageKey: (id, _info, key) => {
        secretKey.current = { id, key: new Uint8Array(key) };
      },
    },
  });
  await loadCrypto(platform);
  try {
    await client.initRustCrypto({
      cryptoDatabasePrefix: cryptoDbPrefix(platform, account.deviceId),
      storageKey: decodeKey(account.cryptoKey),
    });
  } catch (thrown) {
    throw new BesaceFailure({ code: 'storage-lost', detail: 'crypto store' }, thrown);
  }
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error('the SDK has no crypto');
  crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
  const internals = internalsOf(crypto);
  const syncedAccountData: SdkClient['syncedAccountData'] = new Map();
  return {
    client,
    syncedAccountData,
    readSyncedFirst: syncedFirst(client, syncedAccountData),
    // The SDK's crypto object is one class behind both interfaces; only CryptoApi is public.
    backend: crypto as CryptoBackend,
    olm: internals.olmMachine,
    fetchFromBackup: (roomId, sessionId) => {
      if (closing.signal.aborted) return;
      internals.perSessionBackupDownloader.onDecryptionKeyMissingError(roomId, sessionId);
    },
    flush: () => internals.outgoingRequestsManager.doProcessOutgoingRequests(),
    track: (users) => internals.olmMachine.updateTrackedUsers(users.map((user) => new WasmUserId(user))),
    tracked: async () => Array.from(await internals.olmMachine.trackedUsers(), String),
    secretKey,
    async close() {
      closing.abort();
      // With a request in its queue, the downloader would ask a closed machine again and again without a pause, for ever.
      internals.perSessionBackupDownloader.queuedRequests.length = 0;
      // It tells its failure to whoever asked for it.
      await internals.backupManager.keyBackupCheckInProgress?.catch(() => undefined);
      client.stopClient();
    },
  };
}

function syncedFirst(client: MatrixClient, known: SdkClient['syncedAccountData']): SdkClient['readSyncedFirst'] {
  const fromServer = client.getAccountDataFromServer.bind(client);
  let readers = 0;
  const read = async (type: Parameters<typeof fromServer>[0]) =>
    (readers > 0 ? known.get(type) : undefined) ?? fromServer(type);
  // Which content belongs to which type is for its reader to know.
  client.getAccountDataFromServer = read as MatrixClient['getAccountDataFromServer'];
  return async (run) => {
    readers += 1;
    try {
      return await run();
    } finally {
      readers -= 1;
    }
  };
}

function internalsOf(crypto: object): Internals {
  const parts: Partial<Internals> = crypto;
  const { olmMachine, perSessionBackupDownloader, outgoingRequestsManager, backupManager } = parts;
  if (
    typeof olmMachine?.decryptRoomEvent !== 'function' ||
    typeof perSessionBackupDownloader?.onDecryptionKeyMissingError !== 'function' ||
    !Array.isArray(perSessionBackupDownloader.queuedRequests) ||
    typeof outgoingRequestsManager?.doProcessOutgoingRequests !== 'function' ||
    backupManager?.keyBackupCheckInProgress === undefined
  ) {
    throw new Error('this version of matrix-js-sdk keeps its crypto elsewhere: see crypto/sdkClient.ts');
  }
  return { olmMachine, perSessionBackupDownloader, outgoingRequestsManager, backupManager };
}

function decodeKey(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The SDK's warnings in our log; its chatter, which names people and rooms, nowhere. */
function sdkLogger(logger: Logger, namespace: string): SdkLogger {
  const line = (parts: readonly unknown[]) => ({ namespace, message: parts.map(String).join(' ').slice(0, 300) });
  const silent = () => {};
  return {
    trace: silent,
    debug: silent,
    info: silent,
    warn: (...parts) => logger.debug('sdk-warning', line(parts)),
    error: (...parts) => logger.warn('sdk-error', line(parts)),
    getChild: (name) => sdkLogger(logger, `${namespace}${name}`),
  };
}
