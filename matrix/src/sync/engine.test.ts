import { parseRoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import type { BesaceError, ConnectionState } from '../api/types.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createTestClock } from '../platform/testClock.ts';
import type { HttpRequest } from '../session/context.ts';
import { createScope } from '../session/scope.ts';
import { backoffMs } from './backoff.ts';
import { createSyncEngine } from './engine.ts';
import type { SyncAnswer } from './response.ts';

type Asked = {
  readonly request: HttpRequest;
  readonly answer: (outcome: unknown) => void;
  readonly fail: (error: BesaceError) => void;
};

/** An engine whose server is the test. */
function start(take: (answer: SyncAnswer) => Promise<void> = async () => {}) {
  const clock = createTestClock();
  const scope = createScope();
  const asked: Asked[] = [];
  const connections: ConnectionState[] = [];
  const seen = { fresh: 0, taken: [] as string[], complete: false };
  const engine = createSyncEngine({
    platform: {
      ...createMemoryPlatform({ storagePrefix: 'engine' }),
      clock,
      random: { bytes: (n) => new Uint8Array(n), fraction: () => 0 },
    },
    scope,
    summaryState: [],
    http: {
      bytes: () => Promise.reject(new Error('not used')),
      json: (request) =>
        new Promise((resolve) => {
          request.signal?.addEventListener('abort', () => resolve(err({ code: 'cancelled' })));
          asked.push({ request, answer: (value) => resolve(ok(value)), fail: (error) => resolve(err(error)) });
        }),
    },
    handlers: {
      onFresh: async () => {
        seen.fresh += 1;
      },
      onAnswer: async (answer) => {
        await take(answer);
        seen.taken.push(answer.pos);
      },
      onTotal: (_total, complete) => {
        seen.complete = complete;
      },
      onConnection: (connection) => connections.push(connection),
    },
  });
  engine.start();
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  return {
    engine,
    clock,
    scope,
    connections,
    seen,
    async next(): Promise<Asked> {
      await settle();
      const one = asked.shift();
      if (one === undefined) throw new Error('nothing was asked');
      return one;
    },
    async quiet(): Promise<boolean> {
      await settle();
      return asked.length === 0;
    },
  };
}

const answer = (pos: string, count: number) => ({ pos, lists: { rooms: { count } }, rooms: {}, extensions: {} });
const range = (one: Asked) => (one.request.body as { lists: { rooms: { ranges: number[][] } } }).lists.rooms.ranges[0];

describe('the sync loop', () => {
  it('[SYNC-6] begins with the first rooms, grows until it holds the account, then waits for news', async () => {
    const { next, seen } = start();
    const first = await next();
    expect(range(first)).toEqual([0, 19]);
    expect(first.request.query).toEqual({ timeout: '0' });
    first.answer(answer('1', 150));
    const second = await next();
    expect(range(second)).toEqual([0, 99]);
    expect(second.request.query).toEqual({ timeout: '0', pos: '1' });
    second.answer(answer('2', 150));
    const third = await next();
    expect(range(third)).toEqual([0, 199]);
    expect(seen.complete).toBe(false);
    third.answer(answer('3', 150));
    expect((await next()).request.query).toEqual({ timeout: '30000', pos: '3' });
    expect(seen).toMatchObject({ fresh: 1, complete: true, taken: ['1', '2', '3'] });
  });

  it('[SYNC-7] asks again at once when a room is opened', async () => {
    const { engine, next } = start();
    (await next()).answer(answer('1', 1));
    const waiting = await next();
    const room = parseRoomId('!open');
    if (!room.ok) throw new Error('a room id');
    engine.setOpenRooms(new Map([[room.value, { timelineLimit: 20, encryptedState: true }]]));
    expect(waiting.request.signal?.aborted).toBe(true);
    const again = await next();
    expect(again.request.query?.pos).toBe('1');
    expect((again.request.body as { room_subscriptions: object }).room_subscriptions).toMatchObject({
      '!open': { timeline_limit: 20 },
    });
  });

  it('[SYNC-1] waits longer after each failure, at least as long as it was told, and says since when', async () => {
    const { clock, next, quiet, connections } = start();
    (await next()).answer(answer('1', 1));
    (await next()).fail({ code: 'offline' });
    expect(await quiet()).toBe(true);
    clock.advance(249);
    expect(await quiet()).toBe(true);
    clock.advance(1);
    (await next()).fail({ code: 'limited', retryAfterMs: 9_000 });
    await quiet();
    clock.advance(8_999);
    expect(await quiet()).toBe(true);
    clock.advance(1);
    const back = await next();
    expect(back.request.query).toEqual({ timeout: '0', pos: '1' });
    back.answer(answer('2', 1));
    await quiet();
    expect(connections.map((one) => one.kind)).toEqual(['online', 'offline', 'offline', 'online']);
    const since = connections.flatMap((one) => (one.kind === 'offline' ? one.since : []));
    expect(new Set(since).size).toBe(1);
  });

  it('[SYNC-9] says at once that the network is gone, and is back as soon as the machine says so', async () => {
    const { engine, clock, next, quiet, connections } = start();
    (await next()).answer(answer('1', 1));
    const waiting = await next();
    engine.networkLost();
    expect(waiting.request.signal?.aborted).toBe(true);
    expect(connections.at(-1)).toMatchObject({ kind: 'offline', error: { code: 'offline' } });
    const asked = await next();
    expect(asked.request.query).toEqual({ timeout: '0', pos: '1' });
    asked.fail({ code: 'offline' });
    for (let tries = 0; tries < 5; tries++) {
      await quiet();
      clock.advance(30_000);
      (await next()).fail({ code: 'offline' });
    }
    expect(await quiet()).toBe(true);
    engine.retryNow();
    (await next()).answer(answer('2', 1));
    await quiet();
    expect(connections.at(-1)).toEqual({ kind: 'online' });
  });

  it('[SYNC-9] is online again when the machine was wrong', async () => {
    const { engine, next, quiet, connections } = start();
    (await next()).answer(answer('1', 1));
    await next();
    engine.networkLost();
    engine.networkLost();
    (await next()).answer(answer('2', 1));
    expect((await next()).request.query).toEqual({ timeout: '30000', pos: '2' });
    expect(await quiet()).toBe(true);
    expect(connections.map((one) => one.kind)).toEqual(['online', 'offline', 'online']);
  });

  it('[SYNC-9] asks anew on a network that came back under it, and never sooner than the server asked to', async () => {
    const { engine, clock, next, quiet } = start();
    (await next()).answer(answer('1', 1));
    const hung = await next();
    engine.retryNow();
    expect(hung.request.signal?.aborted).toBe(true);
    (await next()).fail({ code: 'limited', retryAfterMs: 9_000 });
    await quiet();
    engine.retryNow();
    expect(await quiet()).toBe(true);
    clock.advance(9_000);
    expect(await quiet()).toBe(false);
  });

  it('[SYNC-2] begins again from nothing when its position is unknown, without saying offline', async () => {
    const { next, seen, connections } = start();
    (await next()).answer(answer('1', 150));
    (await next()).fail({ code: 'invalid', detail: 'M_UNKNOWN_POS' });
    const again = await next();
    expect(again.request.query).toEqual({ timeout: '0' });
    expect(range(again)).toEqual([0, 19]);
    expect(seen.fresh).toBe(2);
    expect(connections.map((one) => one.kind)).toEqual(['online']);
  });

  it('[SYNC-8] asks for the same again when an answer could not be taken, and passes over it the third time', async () => {
    let broken = true;
    const { clock, next, quiet, seen } = start(async () => {
      if (broken) throw new Error('crypto store');
    });
    for (let time = 0; time < 2; time += 1) {
      const one = await next();
      expect(one.request.query?.pos).toBeUndefined();
      one.answer(answer('1', 1));
      await quiet();
      clock.advance(60_000);
    }
    (await next()).answer(answer('1', 1));
    await quiet();
    broken = false;
    const after = await next();
    expect(after.request.query?.pos).toBe('1');
    after.answer(answer('2', 1));
    await quiet();
    expect(seen.taken).toEqual(['2']);
  });

  it('[SYNC-1] says nonsense for an answer that is none', async () => {
    const { next, quiet, connections } = start();
    (await next()).answer({ pos: 7 });
    await quiet();
    expect(connections).toMatchObject([{ kind: 'offline', error: { code: 'server-nonsense' } }]);
  });

  it('stops asking when the token died, and when the session ended', async () => {
    const { clock, next, quiet, connections } = start();
    (await next()).fail({ code: 'signed-out' });
    await quiet();
    clock.advance(3_600_000);
    expect(await quiet()).toBe(true);
    expect(connections).toMatchObject([{ kind: 'offline', error: { code: 'signed-out' } }]);
    const other = start();
    const waiting = await other.next();
    other.scope.end();
    expect(waiting.request.signal?.aborted).toBe(true);
    expect(await other.quiet()).toBe(true);
  });

  it('[SYNC-1] never waits more than half a minute of its own accord', () => {
    const random = { bytes: (n: number) => new Uint8Array(n), fraction: () => 0.999 };
    for (let failures = 1; failures < 100; failures += 1) {
      expect(backoffMs(failures, { code: 'offline' }, random)).toBeLessThanOrEqual(30_000);
    }
  });
});
