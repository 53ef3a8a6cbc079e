import type { Clock, Logger } from '../platform/platform.ts';
import type { StoredAccount } from '../session/storedAccount.ts';
import type { SdkClient } from './sdkClient.ts';

/**
 * The dehydrated device of the account (MSC3814): a device without a machine, whose keys lie on the server, sealed by a key in secret storage. It receives the
 * keys of what is written while every device is off, and the next device that opens the secret storage reads them.
 */
export interface Dehydration {
  /** While the secret storage is open: takes what the dehydrated device received, and leaves a new one. `fresh`: under a new key, as after a reset. */
  revive(options: { readonly fresh: boolean }): Promise<void>;
  /** Leaves a new one where the last is old, so that its one-time keys do not run out. */
  renew(): Promise<void>;
}

export type DehydrationDeps = {
  readonly sdk: Pick<SdkClient, 'backend' | 'olm'>;
  readonly clock: Clock;
  readonly logger: Logger;
  account(): StoredAccount;
  update(change: Partial<StoredAccount>): Promise<void>;
  /** Keys may have come. */
  onRevived(): void;
};

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

  return {
    async revive({ fresh }) {
      const revived = await start({ createNewKey: fresh, rehydrate: !fresh });
      if (revived && !fresh) onRevived();
    },
    async renew() {
      if (clock.now() - (account().dehydratedAt ?? 0) < RENEWED_AFTER_MS) return;
      const key = await sdk.olm.dehydratedDevices().getDehydratedDeviceKey();
      if (key === undefined || key === null) return;
      key.free();
      await start({ onlyIfKeyCached: true, rehydrate: false });
    },
  };
}
