import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Address } from '../../runtime/address.ts';
import { type Database, type Migrations, type RuntimeTables, wrote } from '../../runtime/database.ts';
import { tablesOf } from '../../runtime/slice.ts';
import { type Asker, personWords, type Search } from './plan.ts';
import { afterPrefix, wordsOf } from './words.ts';

type DirectoryTables = {
  directory_person: PersonTable;
  /** One row a word under which a person is found. Compared byte by byte, so that a prefix is a range. */
  directory_word: { user_id: string; word: string };
  directory_session: {
    token_hash: string;
    user_id: string;
    organisation: string;
    outsider: number;
    expires_at: number;
  };
};

type PersonTable = {
  user_id: string;
  organisation: string;
  outsider: number;
  address: string | null;
  name: string;
  /** The name's words as they are compared, for an order that is the same on both engines and knows no accents. */
  sort_name: string;
  hidden: number;
  /** When the name was last asked for. */
  checked_at: number;
};

export type Person = {
  readonly userId: string;
  readonly organisation: string;
  readonly outsider: boolean;
  readonly address: Address | null;
  readonly name: string;
  readonly hidden: boolean;
  readonly checkedAt: number;
};

/** Most rows of the index looked at for one search: what is past them is found with one more letter. */
const MAX_CANDIDATES = 2000;

export const directoryMigrations: Migrations = {
  'directory-0001': (engine) => ({
    async up(db) {
      const bytewise = engine === 'postgres' ? sql`text collate "C"` : 'text';
      await db.schema
        .createTable('directory_person')
        .addColumn('user_id', 'text', (c) => c.primaryKey())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('outsider', 'integer', (c) => c.notNull())
        .addColumn('address', bytewise, (c) => c.unique())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('sort_name', bytewise, (c) => c.notNull())
        .addColumn('hidden', 'integer', (c) => c.notNull())
        .addColumn('checked_at', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('directory_person_checked').on('directory_person').column('checked_at').execute();
      await db.schema
        .createTable('directory_word')
        .addColumn('user_id', 'text', (c) => c.notNull().references('directory_person.user_id').onDelete('cascade'))
        .addColumn('word', bytewise, (c) => c.notNull())
        .addPrimaryKeyConstraint('directory_word_key', ['user_id', 'word'])
        .execute();
      await db.schema.createIndex('directory_word_word').on('directory_word').columns(['word', 'user_id']).execute();
      await db.schema
        .createTable('directory_session')
        .addColumn('token_hash', 'text', (c) => c.primaryKey())
        .addColumn('user_id', 'text', (c) => c.notNull())
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('outsider', 'integer', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .execute();
    },
  }),
};

/** Adds a person, or brings name, address and time up to date; an address that is known stays when none is given. */
export async function putPerson(
  db: Database,
  person: {
    userId: string;
    organisation: string;
    outsider: boolean;
    address: Address | null;
    name: string;
    now: number;
  },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const tables = tablesOf<DirectoryTables>(trx);
    const row = await tables
      .insertInto('directory_person')
      .values({
        user_id: person.userId,
        organisation: person.organisation,
        outsider: person.outsider ? 1 : 0,
        address: person.address,
        name: person.name,
        sort_name: sortName(person.name),
        hidden: 0,
        checked_at: person.now,
      })
      .onConflict((c) =>
        c.column('user_id').doUpdateSet((eb) => ({
          name: eb.ref('excluded.name'),
          sort_name: eb.ref('excluded.sort_name'),
          checked_at: eb.ref('excluded.checked_at'),
          address: sql<string | null>`coalesce(excluded.address, directory_person.address)`,
        })),
      )
      .returning('address')
      .executeTakeFirstOrThrow();
    await tables.deleteFrom('directory_word').where('user_id', '=', person.userId).execute();
    const words = personWords(person.name, row.address as Address | null);
    if (words.length === 0) return;
    await tables
      .insertInto('directory_word')
      .values(words.map((word) => ({ user_id: person.userId, word })))
      .execute();
  });
}

export async function findPerson(db: Database, userId: string): Promise<Person | undefined> {
  const row = await tablesOf<DirectoryTables>(db)
    .selectFrom('directory_person')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row && personOf(row);
}

export async function removePerson(db: Database, userId: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const tables = tablesOf<DirectoryTables>(trx);
    await tables.deleteFrom('directory_word').where('user_id', '=', userId).execute();
    await tables.deleteFrom('directory_person').where('user_id', '=', userId).execute();
    await tables.deleteFrom('directory_session').where('user_id', '=', userId).execute();
  });
}

/** False when there is no such person. */
export async function setHidden(db: Database, userId: string, hidden: boolean): Promise<boolean> {
  const result = await tablesOf<DirectoryTables>(db)
    .updateTable('directory_person')
    .set({ hidden: hidden ? 1 : 0 })
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return wrote(result);
}

/** The people whom a search finds, hidden ones left out, in the order in which they are shown (DIR-5, DIR-7). */
export async function search(db: Database, wanted: Search, asker: Asker): Promise<Person[]> {
  if (wanted.by === 'nothing') return [];
  const visible = tablesOf<DirectoryTables>(db)
    .selectFrom('directory_person as p')
    .selectAll('p')
    .where('p.hidden', '=', 0);
  if (wanted.by === 'address') {
    const row = await visible.where('p.address', '=', wanted.address).executeTakeFirst();
    return row === undefined ? [] : [personOf(row)];
  }
  const found =
    wanted.by === 'address-prefix'
      ? visible.where('p.address', '>=', wanted.prefix).where('p.address', '<', afterPrefix(wanted.prefix))
      : visible.where('p.user_id', 'in', (eb) => candidates(eb, wanted.words));
  const rows = await found
    .orderBy((eb) => eb.case().when('p.organisation', '=', asker.organisation).then(0).else(1).end())
    .orderBy('p.sort_name')
    .orderBy('p.user_id')
    .limit(wanted.limit)
    .execute();
  return rows.map(personOf);
}

/** People whose name was last asked for before `before`, longest ago first. */
export async function stalePeople(db: Database, before: number, count: number): Promise<Person[]> {
  const rows = await tablesOf<DirectoryTables>(db)
    .selectFrom('directory_person')
    .selectAll()
    .where('checked_at', '<', before)
    .orderBy('checked_at')
    .limit(count)
    .execute();
  return rows.map(personOf);
}

export async function addSession(db: Database, tokenHash: string, asker: Asker, expiresAt: number): Promise<void> {
  await tablesOf<DirectoryTables>(db)
    .insertInto('directory_session')
    .values({
      token_hash: tokenHash,
      user_id: asker.userId,
      organisation: asker.organisation,
      outsider: asker.outsider ? 1 : 0,
      expires_at: expiresAt,
    })
    .execute();
}

export async function findSession(db: Database, tokenHash: string, now: number): Promise<Asker | undefined> {
  const row = await tablesOf<DirectoryTables>(db)
    .selectFrom('directory_session')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row && { userId: row.user_id, organisation: row.organisation, outsider: row.outsider === 1 };
}

export async function forgetOldSessions(db: Database, now: number): Promise<void> {
  await tablesOf<DirectoryTables>(db).deleteFrom('directory_session').where('expires_at', '<=', now).execute();
}

/**
 * Who has a word for each of the wanted ones. The longest leads, being the rarest; short words come first in the index, so
 * somebody with exactly that word is not cut off.
 */
function candidates(
  eb: ExpressionBuilder<RuntimeTables & DirectoryTables & { p: PersonTable }, 'p'>,
  words: readonly string[],
) {
  const [rarest = '', ...others] = [...words].sort((a, b) => b.length - a.length);
  return eb
    .selectFrom((from) =>
      from
        .selectFrom('directory_word as w')
        .select('w.user_id')
        .where('w.word', '>=', rarest)
        .where('w.word', '<', afterPrefix(rarest))
        .where((inner) =>
          inner.and(
            others.map(
              (word): Expression<SqlBool> =>
                inner.exists(
                  inner
                    .selectFrom('directory_word as other')
                    .select('other.user_id')
                    .whereRef('other.user_id', '=', 'w.user_id')
                    .where('other.word', '>=', word)
                    .where('other.word', '<', afterPrefix(word)),
                ),
            ),
          ),
        )
        .orderBy('w.word')
        .limit(MAX_CANDIDATES)
        .as('candidate'),
    )
    .select('candidate.user_id');
}

function sortName(name: string): string {
  return wordsOf(name).join(' ');
}

function personOf(row: PersonTable): Person {
  return {
    userId: row.user_id,
    organisation: row.organisation,
    outsider: row.outsider === 1,
    // Only parsed addresses are written.
    address: row.address as Address | null,
    name: row.name,
    hidden: row.hidden === 1,
    checkedAt: row.checked_at,
  };
}
