import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database, JobRow, Store } from './database.ts';
import type { Clock } from './environment.ts';

/** Work to be done soon, written in the same transaction as what makes it necessary. */
export type NewJob = {
  /** `<slice>.<what>`: says which handler runs it. */
  readonly kind: string;
  /** A waiting job with the same key makes this one superfluous. Left out: every job is a job of its own. */
  readonly key?: string;
  readonly body: unknown;
  /** The request or transaction that it comes from. */
  readonly correlation: string;
  /** Not before; milliseconds since 1970. */
  readonly runAt?: number;
};

export type Job = {
  readonly id: string;
  readonly kind: string;
  readonly body: unknown;
  readonly correlation: string;
  /** 1 the first time. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly lease: string;
};

/** How a handler left its job. `code` is a word for logs and operators, never content. */
export type JobOutcome =
  | { readonly done: true }
  | { readonly retry: string /** At the earliest in; milliseconds. */; readonly afterMs?: number }
  | { readonly drop: string };

export const done: JobOutcome = { done: true };

/** How long a claimed job belongs to who claimed it and no longer says so: what a crash delays; milliseconds. */
export const LEASE_MS = 15_000;
/** After this long without success a job is dead: kept, counted, not tried again. As long as mail servers try. */
export const GIVE_UP_MS = 5 * 24 * 3600 * 1000;

/** How long dead jobs are kept for an operator; milliseconds. */
export const KEEP_DEAD_MS = 30 * 24 * 3600 * 1000;

/** Writes jobs; pass the transaction they belong to. */
export async function enqueue(db: Database, now: number, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map((job) => {
    const id = randomUUID();
    return {
      id,
      kind: job.kind,
      key: job.key === undefined ? id : `${job.kind}:${job.key}`,
      body: JSON.stringify(job.body),
      correlation: job.correlation,
      attempts: 0,
      created_at: now,
      run_at: job.runAt ?? now,
      lease: null,
      leased_until: 0,
      dead_at: null,
      last_code: null,
    };
  });
  await db
    .insertInto('job')
    .values(rows)
    .onConflict((c) => c.column('key').doNothing())
    .execute();
}

/** Claims due jobs, oldest first. What another process holds is left alone until its lease ends. */
export async function claim(store: Store, now: number, count: number): Promise<Job[]> {
  const due = store.db
    .selectFrom('job')
    .select('id')
    .where('dead_at', 'is', null)
    .where('run_at', '<=', now)
    .where('leased_until', '<', now)
    .orderBy('run_at')
    .limit(count);
  const lease = randomUUID();
  const rows = await store.db
    .updateTable('job')
    .set({ lease, leased_until: now + LEASE_MS, attempts: sql`attempts + 1` })
    .where('id', 'in', store.engine === 'postgres' ? due.forUpdate().skipLocked() : due)
    .returningAll()
    .execute();
  return rows.sort((a, b) => a.run_at - b.run_at).map(jobOf);
}

/** Says that these jobs are still at work. */
export async function renew(db: Database, now: number, jobs: Iterable<Job>): Promise<void> {
  const leases = [...new Set([...jobs].map((job) => job.lease))];
  if (leases.length === 0) return;
  await db
    .updateTable('job')
    .set({ leased_until: now + LEASE_MS })
    .where('lease', 'in', leases)
    .execute();
}

/** Notes how a job ended. Says what became of it; nothing when the lease had passed to someone else. */
export async function settle(
  store: Store,
  clock: Clock,
  job: Job,
  outcome: JobOutcome,
  retryBaseMs: number,
): Promise<'done' | 'retry' | 'dead' | 'dropped'> {
  const mine = store.db.updateTable('job').where('id', '=', job.id).where('lease', '=', job.lease);
  const now = clock();
  if ('done' in outcome) {
    await store.db.deleteFrom('job').where('id', '=', job.id).where('lease', '=', job.lease).execute();
    return 'done';
  }
  if ('drop' in outcome || now - job.createdAt > GIVE_UP_MS) {
    const code = 'drop' in outcome ? outcome.drop : outcome.retry;
    // Its key is given back, so that the same work can be asked for again.
    await mine.set({ dead_at: now, last_code: code, lease: null, leased_until: 0, key: `dead:${job.id}` }).execute();
    return 'drop' in outcome ? 'dropped' : 'dead';
  }
  const wait = Math.max(outcome.afterMs ?? 0, backOff(job.attempt, retryBaseMs));
  await mine.set({ run_at: now + wait, last_code: outcome.retry, lease: null, leased_until: 0 }).execute();
  return 'retry';
}

/** Doubles from `base` up to 256 times that, spread by up to a quarter so that a crowd does not return at once. */
export function backOff(attempt: number, base: number): number {
  const wait = base * 2 ** Math.min(attempt - 1, 8);
  return Math.round(wait * (1 + Math.random() / 4));
}

/** Forgets what was given up before `before`: an operator has had the time to look, and it may name people. */
export async function forgetDeadJobs(db: Database, before: number): Promise<void> {
  await db.deleteFrom('job').where('dead_at', '<', before).execute();
}

/** How many jobs wait and how many are dead. */
export async function countJobs(db: Database): Promise<{ waiting: number; dead: number }> {
  const rows = await db
    .selectFrom('job')
    .select(({ fn }) => [fn.countAll().as('all'), fn.count('dead_at').as('dead')])
    .executeTakeFirstOrThrow();
  return { waiting: Number(rows.all) - Number(rows.dead), dead: Number(rows.dead) };
}

function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    body: JSON.parse(row.body),
    correlation: row.correlation,
    attempt: row.attempts,
    createdAt: row.created_at,
    lease: row.lease ?? '',
  };
}
