import type { BesaceApi } from '@besace/matrix/api/types';
import type { Remote } from 'comlink';

/** What the session worker offers to the page, through Comlink. */
export interface SessionWorker {
  /**
   * Takes the session's lock, which one worker of all tabs may hold, and makes the session. `take-over` asks the tab that has it
   * to let go, and after 3 s takes it. `onLost` is called when another tab takes it from us: the page then ends this worker.
   */
  start(mode: StartMode, onLost: () => void): Promise<'running' | 'busy-elsewhere'>;
  /** Answers at once, as long as the worker is alive. */
  ping(): Promise<void>;
  /** The page heard that its network is gone, or there again: not every browser tells its workers. */
  network(up: boolean): Promise<void>;
  readonly api: BesaceApi;
}

export type StartMode = 'ask' | 'take-over';

/** A running worker, or its equal in a test. */
export interface SessionPort {
  readonly remote: Remote<SessionWorker>;
  /** Called when it could not be loaded, and for errors that nothing in it caught. */
  onError(listener: (reason: string) => void): void;
  terminate(): void;
}

/** Where the session worker of this tab stands. */
export type BridgeState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** Another tab owns the session; `takeOver()` brings it here. */
  | { readonly kind: 'busy-elsewhere' }
  /** It stopped. It is started again by itself after `retryInMs`; null when it failed too often, and waits for `restart()`. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryInMs: number | null };
