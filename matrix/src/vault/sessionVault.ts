import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { createVault, type VaultDeps, type VaultKeeper } from './vault.ts';

export type SessionVaultDeps = Omit<VaultDeps, 'backupKey' | 'isCurrent'> & {
  readonly crypto: Pick<CryptoBackend, 'getSessionBackupPrivateKey' | 'getKeyBackupInfo' | 'isKeyBackupTrusted'>;
};

/** The vault of a session, under the key of its key backup. */
export function createSessionVault({ crypto, ...deps }: SessionVaultDeps): VaultKeeper {
  return createVault({
    ...deps,
    backupKey: () => crypto.getSessionBackupPrivateKey(),
    async isCurrent() {
      const backup = await crypto.getKeyBackupInfo();
      return backup !== null && (await crypto.isKeyBackupTrusted(backup)).matchesDecryptionKey;
    },
  });
}
