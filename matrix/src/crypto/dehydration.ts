import { DehydratedDeviceKey } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Clock, Logger } from '../platform/platform.ts';
import type { StoredAccount } from '../session/storedAccount.ts';
import type { SdkClient } from './sdkClient.ts';

/**
 * The dehydrated device of the account (MSC3814): a device without a machine, whose keys lie on the server, sealed by a key in secret storage. It receives the
 * keys of what is written while every device is off, and the next device that opens the secret storage reads them.
 */
export interface Dehydration {
  /** While the secret storage is open: leaves the first one, or one under a new key. */
  create(): Promise<void>;
  /** While the secret storage is open: keeps the key that seals it, where there is one; gives whether there is. */
  takeKey(): Promise<boolean>;
  /**
   * Takes what it received, and leaves a new one. After the backup: a key that came both ways counts as the backup has it, which is believed also
   * while the sender's devices are not known.
   */
  revive(): Promise<void>;
  /** Leaves a new one where the last is old, so that its one-time keys do not run out. */
  renew(): Promise<void>;
}

export type DehydrationDeps = {
  readonly sdk: Pick<SdkClient, 'backend' | 'olm' | 'client'>;
  readonly clock: Clock;
  readonly logger: Logger;
  account(): StoredAccount;
  update(change: Partial<StoredAccount>): Promise<void>;
  /** Keys may have come. */
  onRevived(): void;
};

/** Its key in secret storage (MSC3814). */
const SECRET = 'org.matrix.msc3814';
const RENEWED_AFTER_MS = 7 * 24 * 3_600_000;

export function createDehydration({ sdk, clock, logger, account, update, onRevived }: DehydrationDeps): Dehydration {
  const crypto = sdk.backend;

  async function start(options: Parameters<typeof crypto.startDehydration>[0]): Promise<boolean> {
    try {
      if (!(await crypto.isDehydrationSupported())) return false;
      await crypto.startDehydration(options);
      await update({ dehydratedAt: clock.now() });
      return true;
    } catch (thrown) {
      // Nothing depends on it while a device is on: it is tried again with the next session.
      logger.warn('dehydration-failed', { error: String(thrown) });
      return false;
    }
  }

  async function hasKey(): Promise<boolean> {
    const key = await sdk.olm.dehydratedDevices().getDehydratedDeviceKey();
    key?.free();
    return key !== undefined && key !== null;
  }

  return {
    async create() {
      await start({ createNewKey: true, rehydrate: false });
    },
    async takeKey() {
      try {
        const sealed = await sdk.client.secretStorage.get(SECRET);
        if (sealed === undefined) return false;
        const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0));
        const key = DehydratedDeviceKey.createKeyFromArray(bytes);
        bytes.fill(0);
        await sdk.olm.dehydratedDevices().saveDehydratedDeviceKey(key);
      } catch (thrown) {
        // There may be one that somebody else can still take: it is not replaced.
        logger.warn('dehydration-key-not-read', { error: String(thrown) });
      }
      return true;
    },
    async revive() {
      if ((await hasKey()) && (await start({ onlyIfKeyCached: true, rehydrate: true }))) onRevived();
    },
    async renew() {
      if (clock.now() - (account().dehydratedAt ?? 0) < RENEWED_AFTER_MS || !(await hasKey())) return;
      await start({ onlyIfKeyCached: true, rehydrate: false });
    },
  };
}
