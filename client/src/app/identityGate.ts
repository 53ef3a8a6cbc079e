import { watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { recoveryPath, resetPath, signedOutReason, signInPath, verifyPath } from './places.ts';
import { useSession } from './session.ts';

/**
 * What must come first comes first: an account without a recovery code makes one, a device that is not verified gets verified
 * (nobody would accept its messages, T2), a device that was signed out asks to sign in.
 */
export function useIdentityGate(): void {
  const session = useSession();
  const route = useRoute();
  const router = useRouter();
  watch(
    () => [session.account.value, session.status.value, route.path] as const,
    ([account, { identity, connection }, path]) => {
      if (account && connection.kind === 'offline' && connection.error.code === 'signed-out') {
        // Nothing of the account stays on the screen: who signed it out may have lost this device.
        const query = { motif: signedOutReason, adresse: account.userId, vers: route.fullPath };
        const asksIdentity = [verifyPath, resetPath, recoveryPath].includes(path);
        if (!route.meta.bare || asksIdentity) void router.replace({ path: signInPath, query });
        return;
      }
      if (!account) {
        if (!route.meta.bare) void router.replace({ path: signInPath, query: { vers: route.fullPath } });
        return;
      }
      if (identity.kind === 'needs-setup' || identity.kind === 'confirm-code') {
        if (path !== recoveryPath) void router.replace(recoveryPath);
      } else if (identity.kind === 'unverified') {
        if (path !== verifyPath && path !== resetPath) void router.replace(verifyPath);
      } else if (identity.kind === 'resetting') {
        // It goes on, or this device is verified after all.
        if (path !== verifyPath && path !== resetPath) void router.replace(resetPath);
      }
    },
  );
}
