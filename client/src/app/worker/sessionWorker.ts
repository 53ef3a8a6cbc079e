import type { BesaceApi } from '@besace/matrix/api/types';
import { proxy, releaseProxy } from 'comlink';
import type { SessionWorker } from './contract.ts';

export type SessionWorkerParts = {
  readonly locks: Pick<LockManager, 'request'>;
  /** One owner of an account's crypto store, in all tabs: two at once would break its ratchets. */
  readonly lockName: string;
  /** Held by the service worker while it wants the first (`features/push/sw.ts`). */
  readonly wakeLock: string;
  /** Reaches the session workers of the other tabs. */
  readonly channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>;
  readonly makeSession: () => Promise<BesaceApi>;
  /** Tells the session what the page heard of its network. */
  readonly announceNetwork: (up: boolean) => void;
  /** ms that the other tab has to let go before the lock is taken from it. */
  readonly patience?: number;
};

/** ms that the service worker has the session at most, and some more. */
const wakePatience = 15_000;
const takeOver = 'take-over';

type Method = (...args: readonly unknown[]) => Promise<unknown>;

export function createSessionWorker({
  locks,
  lockName,
  wakeLock,
  channel,
  makeSession,
  announceNetwork,
  patience = 3_000,
}: SessionWorkerParts): SessionWorker {
  let session: BesaceApi | null = null;

  /** Resolves with whether the lock is ours. It is held until this worker ends, or until it is stolen: then `onLost`. */
  function hold(options: LockOptions, onLost: () => void): Promise<boolean> {
    return new Promise((resolve) => {
      let held = false;
      locks
        .request(lockName, options, (lock) => {
          held = lock !== null;
          resolve(held);
          // Never resolved: the lock ends with the worker.
          return held ? new Promise<never>(() => undefined) : undefined;
        })
        .catch(() => {
          // Not had in time, or stolen by a tab that waited long enough for us.
          if (held) onLost();
          else resolve(false);
        });
    });
  }

  /** The service worker has a lock of its own while it wants the session's. */
  async function isWaking(): Promise<boolean> {
    return locks.request(wakeLock, { ifAvailable: true }, (lock) => lock === null);
  }

  async function acquire(mode: 'ask' | 'take-over', onLost: () => void): Promise<boolean> {
    if (await hold({ ifAvailable: true }, onLost)) return true;
    // Not another tab, but the service worker, which reads what it was woken for: that takes some seconds at most.
    if (await isWaking()) return hold({ signal: AbortSignal.timeout(wakePatience) }, onLost);
    if (mode === 'ask') return false;
    channel.postMessage(takeOver);
    if (await hold({ signal: AbortSignal.timeout(patience) }, onLost)) return true;
    return hold({ steal: true }, onLost);
  }

  return {
    async start(mode, onLost) {
      if (!(await acquire(mode, onLost))) return 'busy-elsewhere';
      channel.addEventListener('message', (event) => {
        if (event.data === takeOver) onLost();
      });
      session = await makeSession();
      return 'running';
    },
    async ping() {},
    async network(up) {
      announceNetwork(up);
    },
    api: new Proxy({} as BesaceApi, {
      get(_, name) {
        if (typeof name !== 'string' || name === 'then') return undefined;
        return (...args: readonly unknown[]) => callSession(session, name, args);
      },
    }),
  };
}

/** Calls the session; a function that it gives back (to end a watch) goes to the page as a proxy. */
async function callSession(session: BesaceApi | null, name: string, args: readonly unknown[]): Promise<unknown> {
  const method = (session as Record<string, Method> | null)?.[name];
  if (!session || !method) throw new Error(`the session has no ${name}`);
  const answer = await method.call(session, ...args);
  if (typeof answer !== 'function') return answer;
  return proxy(() => {
    answer();
    for (const arg of args) release(arg);
  });
}

/** Lets go of the page's listener, once nothing calls it any more. */
function release(listener: unknown): void {
  if (typeof listener === 'function' && releaseProxy in listener) {
    (listener as unknown as { [releaseProxy]: () => void })[releaseProxy]();
  }
}
