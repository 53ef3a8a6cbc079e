import type { BesaceApi, RoomList, SessionStatus } from '@besace/matrix/api/types';
import { ok } from '@besace/protocol/core/result';
import { expose, wrap } from 'comlink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testAccount, type Watched, watched, watchedApi } from '../../testing/watchedApi.ts';
import { type Bridge, createBridge } from './bridge.ts';
import type { SessionPort, SessionWorker } from './contract.ts';
import { createSessionWorker } from './sessionWorker.ts';

/** A worker in this process: the same code behind a real message channel, so that what crosses is really cloned. */
type Fake = { readonly port: SessionPort; readonly stopped: () => boolean; fail(reason: string): void };

const opened: { dispose(): void }[] = [];

afterEach(() => {
  for (const one of opened.splice(0)) one.dispose();
});

function fakeWorker(worker: SessionWorker): Fake {
  const { port1, port2 } = new MessageChannel();
  expose(worker, port1);
  let failure = (_: string): void => undefined;
  let stopped = false;
  const terminate = (): void => {
    stopped = true;
    port1.close();
    port2.close();
  };
  opened.push({ dispose: terminate });
  return {
    port: {
      remote: wrap<SessionWorker>(port2),
      onError: (listener) => {
        failure = listener;
      },
      terminate,
    },
    stopped: () => stopped,
    fail: (reason) => failure(reason),
  };
}

/** Locks for one test, apart from those of others. */
function workerParts(session: BesaceApi, name: string, channel = new BroadcastChannel(name)) {
  opened.push({ dispose: () => channel.close() });
  return {
    channel,
    lockName: name,
    wakeLock: `${name}-wake`,
    makeSession: async () => session,
    announceNetwork: (_up: boolean): void => undefined,
    patience: 50,
    locks: {
      request: ((lock: string, options: LockOptions, run: LockGrantedCallback<unknown>) =>
        navigator.locks.request(`${name} ${lock}`, options, run)) as LockManager['request'],
    },
  };
}

function bridgeTo(make: () => SessionWorker, localRooms: RoomList | null = null): { bridge: Bridge; workers: Fake[] } {
  const workers: Fake[] = [];
  const bridge = createBridge({
    spawn: () => {
      const fake = fakeWorker(make());
      workers.push(fake);
      return fake.port;
    },
    localRooms: async () => localRooms,
    log: () => undefined,
  });
  opened.push(bridge);
  return { bridge, workers };
}

const list = (total: number): RoomList => ({ rooms: [], total, complete: true });

describe('the bridge to the session worker', () => {
  it('passes on what the page hears of its network, once there is a worker to hear it', async () => {
    const heard: boolean[] = [];
    const parts = workerParts(watchedApi({}), 'network');
    const { bridge, workers } = bridgeTo(() =>
      createSessionWorker({ ...parts, announceNetwork: (up) => heard.push(up) }),
    );
    bridge.tellNetwork(false);
    expect(workers).toHaveLength(0);
    bridge.start();
    await vi.waitFor(() => expect(bridge.state.value.kind).toBe('running'));
    bridge.tellNetwork(false);
    bridge.tellNetwork(true);
    await vi.waitFor(() => expect(heard).toEqual([false, true]));
  });

  it('loads the worker at the first call, not before, and gives its answer', async () => {
    const api = watchedApi({ restore: async () => ok(testAccount()) });
    const { bridge, workers } = bridgeTo(() => createSessionWorker(workerParts(api, 'lazy')));
    await bridge.api.watchStatus(() => undefined);
    expect(workers).toHaveLength(0);
    expect(await bridge.api.restore()).toEqual(ok(testAccount()));
    expect(workers).toHaveLength(1);
    expect(bridge.state.value).toEqual({ kind: 'running' });
  });

  it('shows the local copy of the rooms before the worker, then what the worker says, never back', async () => {
    const rooms: Watched<RoomList> = watched();
    const api = watchedApi({ watchRooms: rooms.watch });
    const { bridge, workers } = bridgeTo(() => createSessionWorker(workerParts(api, 'copy')), list(1));
    const seen: number[] = [];
    await bridge.api.watchRooms(({ total }) => seen.push(total));
    await vi.waitFor(() => expect(seen).toEqual([1]));
    expect(workers).toHaveLength(0);
    bridge.start();
    await vi.waitFor(() => expect(rooms.watchers()).toBe(1));
    rooms.say(list(2));
    await vi.waitFor(() => expect(seen).toEqual([1, 2]));
  });

  it('ends a watch in the worker when the page ends it', async () => {
    const status: Watched<SessionStatus> = watched();
    const { bridge } = bridgeTo(() =>
      createSessionWorker(workerParts(watchedApi({ watchStatus: status.watch }), 'ending')),
    );
    const stop = await bridge.api.watchStatus(() => undefined);
    bridge.start();
    await vi.waitFor(() => expect(status.watchers()).toBe(1));
    await vi.waitFor(() => {
      stop();
      expect(status.watchers()).toBe(0);
    });
  });

  it('starts a worker that could not be loaded again, and says so meanwhile', async () => {
    const api = watchedApi({ restore: async () => ok(null) });
    let made = 0;
    const { bridge } = bridgeTo(() => {
      made += 1;
      const worker = createSessionWorker(workerParts(api, 'again'));
      return made === 1 ? { ...worker, start: () => Promise.reject(new Error('no wasm')) } : worker;
    });
    const answer = await bridge.api.restore();
    expect(answer).toMatchObject({ ok: false, error: { code: 'unexpected' } });
    expect(bridge.state.value).toMatchObject({ kind: 'failed', retryInMs: 1000 });
    await vi.waitFor(() => expect(bridge.state.value).toEqual({ kind: 'running' }), { timeout: 5000 });
    expect(await bridge.api.restore()).toEqual(ok(null));
  });

  it('makes its watches again in a restarted worker, and answers the calls that were under way', async () => {
    const rooms: Watched<RoomList> = watched(list(3));
    const api = watchedApi({ watchRooms: rooms.watch, restore: () => new Promise(() => undefined) });
    let turn = 0;
    const { bridge } = bridgeTo(() => createSessionWorker(workerParts(api, `restart-${turn++}`)));
    const seen: number[] = [];
    await bridge.api.watchRooms(({ total }) => seen.push(total));
    bridge.start();
    await vi.waitFor(() => expect(seen).toEqual([3]));
    const waiting = bridge.api.restore();
    await vi.waitFor(() => expect(bridge.state.value).toEqual({ kind: 'running' }));
    bridge.restart();
    expect(await waiting).toMatchObject({ ok: false, error: { code: 'unexpected', detail: 'restarted' } });
    await vi.waitFor(() => expect(seen).toEqual([3, 3]));
  });

  it('lets one tab own the session: a second one is told, and may take it over', async () => {
    const api = watchedApi({ restore: async () => ok(testAccount()) });
    const first = bridgeTo(() => createSessionWorker(workerParts(api, 'owner')));
    const second = bridgeTo(() => createSessionWorker(workerParts(api, 'owner')));
    expect(await first.bridge.api.restore()).toEqual(ok(testAccount()));
    expect(await second.bridge.api.restore()).toMatchObject({ ok: false, error: { code: 'busy-elsewhere' } });
    expect(second.bridge.state.value).toEqual({ kind: 'busy-elsewhere' });

    second.bridge.takeOver();
    await vi.waitFor(() => expect(first.bridge.state.value).toEqual({ kind: 'busy-elsewhere' }));
    expect(first.workers[0]?.stopped()).toBe(true);
    await vi.waitFor(() => expect(second.bridge.state.value).toEqual({ kind: 'running' }));
    expect(await second.bridge.api.restore()).toEqual(ok(testAccount()));
    expect(await first.bridge.api.restore()).toMatchObject({ ok: false, error: { code: 'busy-elsewhere' } });
  });

  it('turns an exception of the session into a failure with a reference', async () => {
    const api = watchedApi({
      restore: () => {
        throw new Error('a fault of ours');
      },
    });
    const { bridge } = bridgeTo(() => createSessionWorker(workerParts(api, 'fault')));
    const answer = await bridge.api.restore();
    expect(answer).toMatchObject({ ok: false, error: { code: 'unexpected', id: expect.stringMatching(/^\w{8}$/) } });
  });
});
