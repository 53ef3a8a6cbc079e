import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines, testStore } from '../testing/stores.ts';
import type { Store } from './database.ts';
import { createLogger } from './logging.ts';
import { createMetrics } from './metrics.ts';
import {
  backOff,
  claim,
  countJobs,
  done,
  enqueue,
  forgetDeadJobs,
  GIVE_UP_MS,
  type Job,
  LEASE_MS,
  renew,
  settle,
} from './queue.ts';
import { takeToken } from './rate-limit.ts';
import { type JobHandler, startWorker } from './worker.ts';

describe.each(engines)('the queue on %s', (engine) => {
  let store: Store;
  let now = 1_000_000;
  beforeAll(async () => {
    store = await testStore(engine);
  });
  beforeEach(async () => {
    now = 1_000_000;
    await store.db.deleteFrom('job').execute();
  });
  afterAll(() => store.db.destroy());

  const add = (kind: string, key?: string, runAt?: number) =>
    enqueue(store.db, now, [{ kind, body: { kind }, correlation: 'c', ...(key && { key }), ...(runAt && { runAt }) }]);
  const end = (job: Job, outcome: Parameters<typeof settle>[3]) => settle(store, () => now, job, outcome, 1000);
  const first = async (): Promise<Job> => {
    const [job] = await claim(store, now, 1);
    if (job === undefined) throw new Error('nothing to do');
    return job;
  };

  it('gives each job to one claimer, oldest first', async () => {
    for (const kind of ['a', 'b', 'c', 'd']) await add(kind, kind, now++);
    const claimed = await Promise.all([claim(store, now, 2), claim(store, now, 2), claim(store, now, 2)]);
    const kinds = claimed.flat().map((job) => job.kind);
    expect([...kinds].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(claimed[0]?.map((job) => job.kind)).toEqual(['a', 'b']);
    expect(await claim(store, now, 2)).toEqual([]);
  });

  it('holds a key once while it waits, and again after it was done or given up', async () => {
    await add('mail', 'x');
    await add('mail', 'x');
    await add('other', 'x');
    expect((await countJobs(store.db)).waiting).toBe(2);
    const [mail] = (await claim(store, now, 9)).filter((job) => job.kind === 'mail');
    if (mail === undefined) throw new Error('no mail');
    expect(await end(mail, { drop: 'refused' })).toBe('dropped');
    await add('mail', 'x');
    expect(await countJobs(store.db)).toEqual({ waiting: 2, dead: 1 });
  });

  it('keeps a job whose worker died, and runs it again when its lease is over', async () => {
    await add('a');
    const lost = await first();
    now += LEASE_MS;
    expect(await claim(store, now, 1)).toEqual([]);
    await renew(store.db, now, [lost]);
    now += LEASE_MS;
    expect(await claim(store, now, 1)).toEqual([]);
    now += 1;
    const again = await first();
    expect(again).toMatchObject({ id: lost.id, attempt: 2 });
    // The one thought dead comes back: its word no longer counts.
    await end(lost, { drop: 'late' });
    expect(await countJobs(store.db)).toEqual({ waiting: 1, dead: 0 });
    expect(await end(again, done)).toBe('done');
    expect(await countJobs(store.db)).toEqual({ waiting: 0, dead: 0 });
  });

  it('tries again later and later, never before it was told, and gives up after five days without losing the job', async () => {
    await add('a');
    let job = await first();
    expect(await end(job, { retry: 'down', afterMs: 60_000 })).toBe('retry');
    now += 59_999;
    expect(await claim(store, now, 1)).toEqual([]);
    now += 1;
    job = await first();
    now += GIVE_UP_MS;
    expect(await end(job, { retry: 'down' })).toBe('dead');
    now += GIVE_UP_MS;
    expect(await claim(store, now, 1)).toEqual([]);
    expect(await countJobs(store.db)).toEqual({ waiting: 0, dead: 1 });
    await add('b');
    await forgetDeadJobs(store.db, now + 1);
    expect(await countJobs(store.db)).toEqual({ waiting: 1, dead: 0 });
  });

  it('forgets what its transaction took back', async () => {
    const failing = store.db.transaction().execute(async (trx) => {
      await enqueue(trx, now, [{ kind: 'a', body: {}, correlation: 'c' }]);
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect(await countJobs(store.db)).toEqual({ waiting: 0, dead: 0 });
  });

  it('[ACC-9, DIR-8] limits a key to so many at once, then one each interval, and says how long to wait', async () => {
    const limit = { count: 3, seconds: 30 };
    const take = () => takeToken(store.db, 'k', limit, now);
    expect([await take(), await take(), await take()].every((answer) => answer.allowed)).toBe(true);
    expect(await take()).toEqual({ allowed: false, retryAfterSeconds: 10 });
    expect((await takeToken(store.db, 'other', limit, now)).allowed).toBe(true);
    now += 9_000;
    expect(await take()).toEqual({ allowed: false, retryAfterSeconds: 1 });
    now += 1_000;
    expect((await take()).allowed).toBe(true);
    expect((await take()).allowed).toBe(false);
    now += 1_000_000;
    const crowd = await Promise.all(Array.from({ length: 10 }, take));
    expect(crowd.filter((answer) => answer.allowed)).toHaveLength(3);
  });
});

describe('a worker', () => {
  it('runs what is enqueued, survives a handler that throws, and finishes what it began before it stops', async () => {
    const store = await testStore('sqlite');
    const ran: string[] = [];
    let finish: () => void = () => {};
    const began = Promise.withResolvers<void>();
    const handlers = new Map<string, JobHandler>([
      [
        'good',
        async (job) => {
          ran.push(String(job.body));
          return done;
        },
      ],
      [
        'throws',
        async () => {
          throw new Error('unforeseen');
        },
      ],
      [
        'slow',
        async () => {
          began.resolve();
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          ran.push('slow');
          return done;
        },
      ],
    ]);
    const options = {
      store,
      clock: Date.now,
      log: createLogger('silent'),
      metrics: createMetrics(),
      handlers,
      retryBaseMs: 60_000,
      pollMs: 5,
    };
    const worker = startWorker(options);
    const jobs = ['throws', 'good', 'nobody', 'slow', 'good'].map((kind, i) => ({ kind, body: i, correlation: 'c' }));
    await enqueue(store.db, Date.now(), jobs);
    worker.nudge();
    await began.promise;
    const stopped = worker.stop(10_000);
    finish();
    await stopped;
    expect(ran.sort()).toEqual(['1', '4', 'slow']);
    const left = await store.db.selectFrom('job').select(['kind', 'last_code']).orderBy('kind').execute();
    expect(left).toEqual([
      { kind: 'nobody', last_code: 'no-handler' },
      { kind: 'throws', last_code: 'unexpected' },
    ]);
    await store.db.destroy();
  });

  it('waits longer each time, and never longer than a bound', () => {
    const waits = [1, 2, 3, 9, 10, 100].map((attempt) => backOff(attempt, 1000));
    expect(waits[0]).toBeGreaterThanOrEqual(1000);
    expect(waits[1]).toBeGreaterThanOrEqual(2000);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(256_000 * 1.25);
  });

  it('shares a file with another process: every job is run once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'besace-queue-'));
    const file = join(folder, 'store.sqlite');
    const stores = [await testStore('sqlite', {}, file), await testStore('sqlite', {}, file)];
    const ran: number[] = [];
    const handlers = new Map<string, JobHandler>([
      [
        'n',
        async (job) => {
          ran.push(Number(job.body));
          return done;
        },
      ],
    ]);
    const workers = stores.map((store) =>
      startWorker({
        store,
        clock: Date.now,
        log: createLogger('silent'),
        metrics: createMetrics(),
        handlers,
        retryBaseMs: 1,
        pollMs: 5,
      }),
    );
    const numbers = Array.from({ length: 60 }, (_, i) => i);
    await Promise.all(
      stores.map((store, half) =>
        enqueue(
          store.db,
          Date.now(),
          numbers.filter((n) => n % 2 === half).map((n) => ({ kind: 'n', body: n, correlation: 'c' })),
        ),
      ),
    );
    const { db } = stores[0] ?? (await testStore('sqlite'));
    const end = performance.now() + 25_000;
    while ((await countJobs(db)).waiting > 0 && performance.now() < end) await new Promise((r) => setTimeout(r, 5));
    for (const worker of workers) await worker.stop(1000);
    for (const store of stores) await store.db.destroy();
    rmSync(folder, { recursive: true });
    expect(ran.sort((a, b) => a - b)).toEqual(numbers);
  });
});
