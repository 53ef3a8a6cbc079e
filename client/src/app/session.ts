import type { Account, BesaceApi, BesaceError, SessionStatus } from '@besace/matrix/api/types';
import { type App, type ComputedRef, computed, type InjectionKey, inject, type ShallowRef, shallowRef } from 'vue';
import type { Bridge } from './worker/bridge.ts';
import type { BridgeState } from './worker/contract.ts';

/** The session as the page sees it. */
export interface Session {
  /** Until the worker has answered: what this device remembers of the account. */
  readonly status: Readonly<ShallowRef<SessionStatus>>;
  readonly account: ComputedRef<Account | null>;
  readonly worker: Readonly<ShallowRef<BridgeState>>;
  /** True once the worker has said whether this device has an account. */
  readonly known: Readonly<ShallowRef<boolean>>;
  /** Why the session kept on this device could not be opened. */
  readonly failure: Readonly<ShallowRef<BesaceError | null>>;
  takeOver(): void;
  restart(): void;
  /** Opens the session kept on this device, once the first screen is there. */
  open(): Promise<void>;
  /** Loads the session's code ahead of its first use: the person has begun to sign in. */
  prepare(): void;
  /** An account was just opened, or closed: the next page knows it at once. */
  accept(account: Account | null): void;
}

export type SessionParts = {
  readonly bridge: Pick<Bridge, 'state' | 'start' | 'takeOver' | 'restart'>;
  readonly api: Pick<BesaceApi, 'watchStatus' | 'restore'>;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
};

const sessionKey: InjectionKey<Session> = Symbol('session');
/** Who is signed in on this device; no secret. It lets the first screen be drawn before the session is loaded. */
const storageKey = 'besace.account';

export function createSession({ bridge, api, storage }: SessionParts): Session {
  const status = shallowRef<SessionStatus>({
    account: storedAccount(storage),
    identity: { kind: 'unknown' },
    connection: { kind: 'starting' },
    lockedEvents: 0,
    keyRestore: null,
  });
  const known = shallowRef(false);
  const failure = shallowRef<BesaceError | null>(null);

  function remember(account: Account | null): void {
    if (account) storage.setItem(storageKey, JSON.stringify(account));
    else storage.removeItem(storageKey);
  }

  void api.watchStatus((next) => {
    // While it opens, the worker does not know the account yet: what the device remembers stands.
    const account = next.account ?? (known.value ? null : status.value.account);
    status.value = { ...next, account };
    if (known.value || next.account) remember(account);
  });

  return {
    status,
    known,
    failure,
    account: computed(() => status.value.account),
    worker: bridge.state,
    takeOver: () => bridge.takeOver(),
    restart: () => bridge.restart(),
    prepare: () => bridge.start(),
    accept(account) {
      known.value = true;
      status.value = { ...status.value, account };
      remember(account);
    },
    async open() {
      failure.value = null;
      const restored = await api.restore();
      if (!restored.ok) {
        // Another tab's session is said by the state of the worker.
        if (restored.error.code !== 'busy-elsewhere') failure.value = restored.error;
        return;
      }
      if (restored.value === null && storedAccount(storage) !== null) {
        // Who signs out is forgotten at once: here somebody was signed in, and what the session kept is gone.
        failure.value = { code: 'storage-lost' };
        return;
      }
      known.value = true;
      status.value = { ...status.value, account: restored.value };
      remember(restored.value);
    },
  };
}

export function provideSession(app: App, session: Session): void {
  app.provide(sessionKey, session);
}

export function useSession(): Session {
  const session = inject(sessionKey);
  if (!session) throw new Error('useSession() outside of the app');
  return session;
}

/** Who is signed in, as this storage remembers; null for nobody, and for what does not parse. */
export function storedAccount(storage: SessionParts['storage']): Account | null {
  let value: unknown;
  try {
    value = JSON.parse(storage.getItem(storageKey) ?? 'null');
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { userId, deviceId, homeserver, displayName } = value as Record<string, unknown>;
  const strings = [userId, deviceId, homeserver, displayName].every((part) => typeof part === 'string');
  return strings ? (value as Account) : null;
}
