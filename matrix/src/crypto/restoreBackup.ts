import { ImportRoomKeyStage } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { KeyRestore } from '../api/types.ts';
import type { Logger } from '../platform/platform.ts';
import type { StoredAccount } from '../session/storedAccount.ts';
import type { SdkClient } from './sdkClient.ts';

export type RestoreBackupDeps = {
  readonly sdk: Pick<SdkClient, 'backend'>;
  readonly logger: Logger;
  account(): StoredAccount;
  update(change: Partial<StoredAccount>): Promise<void>;
  /** How far it is; null when nothing is under way. */
  onProgress(progress: KeyRestore | null): void;
  /** Keys came back. */
  onRestored(): void;
};

/**
 * Gives what brings back all keys of the backup, in the background, once at a time. It does nothing when this device has no backup key. That it is under way is
 * on disk: killed in its middle, it is begun again with the next session, and passes over what it has.
 */
export function createRestoreBackup(deps: RestoreBackupDeps): () => Promise<void> {
  const crypto = deps.sdk.backend;
  let running: Promise<void> | null = null;

  async function restore(): Promise<void> {
    if ((await crypto.getSessionBackupPrivateKey()) === null) return;
    await deps.update({ restoring: true });
    try {
      const { total, imported } = await crypto.restoreKeyBackup({
        progressCallback(progress) {
          if (progress.stage !== ImportRoomKeyStage.LoadKeys || progress.total === 0) return;
          deps.onProgress({ done: progress.successes + progress.failures, total: progress.total });
        },
      });
      deps.logger.info('backup-restored', { total, imported });
      await deps.update({ restoring: false });
    } catch (thrown) {
      // Single keys are still asked for when an event needs them.
      deps.logger.warn('backup-not-restored', { error: String(thrown) });
    }
    deps.onProgress(null);
    deps.onRestored();
  }

  return () => {
    running ??= restore().finally(() => {
      running = null;
    });
    return running;
  };
}
