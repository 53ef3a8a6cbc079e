import type { BesaceApi, BesaceError, RoomList, Stop } from '@besace/matrix/api/types';
import { err } from '@besace/protocol/core/result';
import { proxy } from 'comlink';
import { type ShallowRef, shallowRef } from 'vue';
import type { BridgeState, SessionPort, StartMode } from './contract.ts';

/** The page's end of the session: a `BesaceApi` that outlives crashes of its worker. */
export interface Bridge {
  readonly api: BesaceApi;
  readonly state: Readonly<ShallowRef<BridgeState>>;
  /** Loads the worker, unless it is there. Calls do so by themselves; watching does not. */
  start(): void;
  /** Brings the session from another tab to this one. */
  takeOver(): void;
  restart(): void;
  /** The network is gone, or there again. */
  tellNetwork(up: boolean): void;
  /** Ends the worker and every timer. */
  dispose(): void;
}

export type BridgeParts = {
  readonly spawn: () => SessionPort;
  /** The copy of the room list kept on this device, read without the worker; null where there is none. */
  readonly localRooms: () => Promise<RoomList | null>;
  readonly log: (message: string, detail?: unknown) => void;
  /** ms; the worker counts as dead when a ping is not answered in that time. */
  readonly pingTimeout?: number;
};

type Listener = (value: never) => void;
type Watch = {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly listener: Listener;
  stop: Stop | null;
};
type Link = {
  readonly port: SessionPort;
  readonly ready: Promise<boolean>;
  readonly pending: Set<(reason: string) => void>;
};
type Callable = (...args: readonly unknown[]) => Promise<unknown>;

const pingEvery = 20_000;
const retries = [1_000, 2_000, 5_000, 15_000, 30_000];
/** After so long without a failure, failures are counted anew. */
const healthyAfter = 60_000;

/**
 * Makes the bridge. Watches survive a restart of the worker: they are made again, and begin with the whole value again.
 * Calls that were under way when it stopped answer `unexpected`; what had been accepted is on disk and goes on by itself.
 */
export function createBridge({ spawn, localRooms, log, pingTimeout = 15_000 }: BridgeParts): Bridge {
  const state = shallowRef<BridgeState>({ kind: 'idle' });
  const watches = new Set<Watch>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let link: Link | null = null;
  let failures = 0;
  let roomsFromWorker = false;

  function open(mode: StartMode): Link {
    const port = spawn();
    const pending = new Set<(reason: string) => void>();
    state.value = { kind: 'starting' };
    port.onError((reason) => {
      // Once it runs, an error that nobody caught does not end a worker: whether it is alive is the ping's question.
      if (state.value.kind === 'running') log('error in the session worker', { reason });
      else fail(opened, reason);
    });
    const ready = port.remote
      .start(
        mode,
        proxy(() => lose(opened)),
      )
      .then(
        (answer) => {
          if (link !== opened) return false;
          if (answer === 'busy-elsewhere') {
            lose(opened);
            return false;
          }
          state.value = { kind: 'running' };
          later(healthyAfter, () => {
            if (link === opened) failures = 0;
          });
          later(pingEvery, () => ping(opened));
          for (const watch of watches) subscribe(watch, opened);
          return true;
        },
        (error: unknown) => {
          fail(opened, String(error));
          return false;
        },
      );
    const opened: Link = { port, ready, pending };
    link = opened;
    return opened;
  }

  function close(closed: Link, reason: string): void {
    closed.port.terminate();
    for (const settle of closed.pending) settle(reason);
    for (const watch of watches) watch.stop = null;
    if (link === closed) link = null;
  }

  function lose(lost: Link): void {
    if (link !== lost) return;
    state.value = { kind: 'busy-elsewhere' };
    close(lost, 'busy-elsewhere');
  }

  function fail(failed: Link, reason: string): void {
    if (link !== failed) return;
    const retryInMs = retries[failures] ?? null;
    failures += 1;
    log('session worker stopped', { reason, failures });
    state.value = { kind: 'failed', reason, retryInMs };
    close(failed, reason);
    if (retryInMs !== null) later(retryInMs, () => link ?? open('ask'));
  }

  function ping(pinged: Link): void {
    if (link !== pinged) return;
    const deadline = later(pingTimeout, () => fail(pinged, 'no answer'));
    pinged.port.remote.ping().then(
      () => {
        cancel(deadline);
        later(pingEvery, () => ping(pinged));
      },
      (error: unknown) => fail(pinged, String(error)),
    );
  }

  function subscribe(watch: Watch, to: Link): void {
    const method = remoteMethod(to, watch.method);
    const stopping = method(...watch.args, proxy(watch.listener)) as Promise<Stop>;
    stopping.then(
      (stop) => {
        if (!watches.has(watch)) void stop();
        else if (link === to) watch.stop = stop;
      },
      (error: unknown) => log('watch refused', { method: watch.method, error: String(error) }),
    );
  }

  async function watch(method: string, args: readonly unknown[], listener: Listener): Promise<Stop> {
    const entry: Watch = { method, args, listener, stop: null };
    watches.add(entry);
    if (link && state.value.kind === 'running') subscribe(entry, link);
    return () => {
      if (!watches.delete(entry)) return;
      entry.stop?.();
    };
  }

  /** The local copy at once, and the worker only when the list is on screen. */
  async function watchRooms(listener: (list: RoomList) => void): Promise<Stop> {
    const stop = await watch('watchRooms', [], (list: RoomList) => {
      roomsFromWorker = true;
      listener(list);
    });
    if (roomsFromWorker) return stop;
    localRooms().then(
      (copy) => {
        if (copy && !roomsFromWorker) listener(copy);
      },
      (error: unknown) => log('local copy of the room list not readable', String(error)),
    );
    return stop;
  }

  async function call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (state.value.kind === 'busy-elsewhere') return err<BesaceError>({ code: 'busy-elsewhere' });
    const used = link ?? open('ask');
    return new Promise((resolve) => {
      const settle = (reason: string): void => resolve(err(stopped(reason)));
      used.pending.add(settle);
      used.ready
        .then((running) => (running ? remoteMethod(used, method)(...args) : err(stopped('not running'))))
        .catch((error: unknown) => {
          const id = errorId();
          log('unexpected failure', { id, method, error: String(error) });
          return err<BesaceError>({ code: 'unexpected', id });
        })
        .then((answer) => {
          used.pending.delete(settle);
          resolve(answer);
        });
    });
  }

  function stopped(reason: string): BesaceError {
    if (reason === 'busy-elsewhere' || state.value.kind === 'busy-elsewhere') return { code: 'busy-elsewhere' };
    return { code: 'unexpected', id: errorId(), detail: reason };
  }

  function later(ms: number, run: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return timer;
  }

  function cancel(timer: ReturnType<typeof setTimeout>): void {
    clearTimeout(timer);
    timers.delete(timer);
  }

  function reopen(mode: StartMode): void {
    failures = 0;
    if (link) close(link, 'restarted');
    open(mode);
  }

  const api = new Proxy({} as BesaceApi, {
    get(_, name) {
      // A promise must not take the api for a promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      if (name === 'watchRooms') return watchRooms;
      if (name.startsWith('watch')) {
        return (...args: unknown[]) => watch(name, args.slice(0, -1), args.at(-1) as Listener);
      }
      return (...args: unknown[]) => call(name, args);
    },
  });

  return {
    api,
    state,
    start: () => void (link ?? open('ask')),
    takeOver: () => reopen('take-over'),
    restart: () => reopen('ask'),
    tellNetwork(up) {
      if (link === null || state.value.kind !== 'running') return;
      // A worker that does not answer any more is the ping's to notice.
      link.port.remote.network(up).catch((error: unknown) => log('network not told', { error: String(error) }));
    },
    dispose() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      if (link) close(link, 'closed');
      watches.clear();
    },
  };
}

function remoteMethod(link: Link, name: string): Callable {
  return (link.port.remote.api as unknown as Record<string, Callable>)[name] as Callable;
}

/** Short enough to be read out to the support. */
function errorId(): string {
  return crypto.randomUUID().slice(0, 8);
}
