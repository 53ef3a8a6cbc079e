import { sql } from 'kysely';
import type { Limit } from './config.ts';
import type { Database } from './database.ts';

export type RateAnswer = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterSeconds: number };

/**
 * Counts one request for `key` against `limit`, in one statement on the store, so that it holds for any number of
 * processes. The generic cell rate algorithm: each key has the time at which its requests so far are paid for; one more
 * costs `seconds / count`, and at most `seconds` may be owed. A refused request costs nothing.
 */
export async function takeToken(db: Database, key: string, limit: Limit, now: number): Promise<RateAnswer> {
  const cost = (limit.seconds * 1000) / limit.count;
  const furthest = now + limit.seconds * 1000;
  const paidUntil = sql<number>`case when rate.arrival > ${now} then rate.arrival else ${now} end`;
  const taken = await db
    .insertInto('rate')
    .values({ key, arrival: now + cost })
    .onConflict((c) =>
      c
        .column('key')
        .doUpdateSet({ arrival: sql<number>`${paidUntil} + ${cost}` })
        // Half a millisecond of grace, for the sums are of floating point numbers.
        .where(sql<boolean>`${paidUntil} + ${cost} <= ${furthest + 0.5}`),
    )
    .returning('arrival')
    .executeTakeFirst();
  if (taken !== undefined) return { allowed: true };
  const row = await db.selectFrom('rate').select('arrival').where('key', '=', key).executeTakeFirst();
  const wait = (row?.arrival ?? now) + cost - furthest;
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) };
}

/** Forgets the keys whose requests are all paid for. */
export async function forgetOldRates(db: Database, now: number): Promise<void> {
  await db.deleteFrom('rate').where('arrival', '<', now).execute();
}
