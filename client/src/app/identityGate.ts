import { watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { recoveryPath, signInPath, verifyPath } from './places.ts';
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
    () => [session.account.value, session.status.value.identity.kind, route.path] as const,
    ([account, identity, path]) => {
      if (!account) {
        if (!route.meta.bare) void router.replace({ path: signInPath, query: { vers: route.fullPath } });
        return;
      }
      if (identity === 'needs-setup' || identity === 'confirm-code') {
        if (path !== recoveryPath) void router.replace(recoveryPath);
      } else if (identity === 'unverified') {
        if (path !== verifyPath) void router.replace(verifyPath);
      }
    },
  );
}
