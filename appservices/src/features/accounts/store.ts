import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Address } from '../../runtime/address.ts';
import type { Database, Migrations } from '../../runtime/database.ts';
import { tablesOf } from '../../runtime/slice.ts';
import type { Locale } from './mails.ts';

type AccountsTables = {
  account: { user_id: string; address: string; organisation: string; created_at: number };
  sign_up_link: {
    token_hash: string;
    address: string;
    locale: Locale;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  /** Who is making the account of an address right now, and how often it was tried. */
  sign_up_try: { address: string; claim: string; claimed_until: number; tries: number };
};

export type Link = { readonly address: Address; readonly expiresAt: number; readonly usedAt: number | null };
export type Claim = { readonly claim: string; readonly tries: number };

/** Longer than the homeserver calls of one completion together can take; milliseconds. */
const CLAIM_MS = 90_000;
/** How long a used or expired link is still told from one that never was; milliseconds. */
const REMEMBER_LINKS_MS = 30 * 24 * 3600 * 1000;

export const accountsMigrations: Migrations = {
  'accounts-0001': () => ({
    async up(db) {
      await db.schema
        .createTable('account')
        .addColumn('user_id', 'text', (c) => c.primaryKey())
        .addColumn('address', 'text', (c) => c.notNull().unique())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('sign_up_link')
        .addColumn('token_hash', 'text', (c) => c.primaryKey())
        .addColumn('address', 'text', (c) => c.notNull())
        .addColumn('locale', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('used_at', 'bigint')
        .execute();
      await db.schema.createIndex('sign_up_link_address').on('sign_up_link').column('address').execute();
      await db.schema
        .createTable('sign_up_try')
        .addColumn('address', 'text', (c) => c.primaryKey())
        .addColumn('claim', 'text', (c) => c.notNull())
        .addColumn('claimed_until', 'bigint', (c) => c.notNull())
        .addColumn('tries', 'integer', (c) => c.notNull())
        .execute();
    },
  }),
};

export async function hasAccount(db: Database, address: Address): Promise<boolean> {
  const row = await tablesOf<AccountsTables>(db)
    .selectFrom('account')
    .select('user_id')
    .where('address', '=', address)
    .executeTakeFirst();
  return row !== undefined;
}

export async function addLink(
  db: Database,
  link: { tokenHash: string; address: Address; locale: Locale; createdAt: number; expiresAt: number },
): Promise<void> {
  await tablesOf<AccountsTables>(db)
    .insertInto('sign_up_link')
    .values({
      token_hash: link.tokenHash,
      address: link.address,
      locale: link.locale,
      created_at: link.createdAt,
      expires_at: link.expiresAt,
      used_at: null,
    })
    .execute();
}

export async function findLink(db: Database, tokenHash: string): Promise<Link | undefined> {
  const row = await tablesOf<AccountsTables>(db)
    .selectFrom('sign_up_link')
    .select(['address', 'expires_at', 'used_at'])
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  // Only parsed addresses are written.
  return row && { address: row.address as Address, expiresAt: row.expires_at, usedAt: row.used_at };
}

/** Makes the making of this address's account ours for a while; undefined while it is someone else's (ACC-7). */
export async function claimTry(db: Database, address: Address, now: number): Promise<Claim | undefined> {
  return tablesOf<AccountsTables>(db)
    .insertInto('sign_up_try')
    .values({ address, claim: randomUUID(), claimed_until: now + CLAIM_MS, tries: 1 })
    .onConflict((c) =>
      c
        .column('address')
        .doUpdateSet((eb) => ({
          claim: eb.ref('excluded.claim'),
          claimed_until: eb.ref('excluded.claimed_until'),
          tries: sql<number>`sign_up_try.tries + 1`,
        }))
        .where('sign_up_try.claimed_until', '<', now),
    )
    .returning(['claim', 'tries'])
    .executeTakeFirst();
}

/** Lets the next try begin at once. */
export async function releaseTry(db: Database, address: Address, claim: string): Promise<void> {
  await tablesOf<AccountsTables>(db)
    .updateTable('sign_up_try')
    .set({ claimed_until: 0 })
    .where('address', '=', address)
    .where('claim', '=', claim)
    .execute();
}

/**
 * Notes that the address has its account, and uses up its links. False when that was already noted. Run it in a
 * transaction, with whatever else follows from it.
 */
export async function noteAccount(
  db: Database,
  account: { userId: string; address: Address; organisation: string; now: number },
): Promise<boolean> {
  const tables = tablesOf<AccountsTables>(db);
  const inserted = await tables
    .insertInto('account')
    .values({
      user_id: account.userId,
      address: account.address,
      organisation: account.organisation,
      created_at: account.now,
    })
    .onConflict((c) => c.doNothing())
    .returning('user_id')
    .executeTakeFirst();
  await tables
    .updateTable('sign_up_link')
    .set({ used_at: account.now })
    .where('address', '=', account.address)
    .where('used_at', 'is', null)
    .execute();
  await tables.deleteFrom('sign_up_try').where('address', '=', account.address).execute();
  return inserted !== undefined;
}

export async function forgetOldLinks(db: Database, now: number): Promise<void> {
  await tablesOf<AccountsTables>(db)
    .deleteFrom('sign_up_link')
    .where('expires_at', '<', now - REMEMBER_LINKS_MS)
    .execute();
}
