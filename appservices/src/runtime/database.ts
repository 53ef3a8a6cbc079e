import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { type Dialect, type Insertable, Kysely, PostgresDialect, type Selectable, SqliteDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Config } from './config.ts';

/** Which of the two engines speaks; only for what SQL does not say in one way. */
export type Engine = 'sqlite' | 'postgres';

/** The runtime's own tables. Times are milliseconds since 1970; flags are 0 or 1, for SQLite has no booleans. */
export type RuntimeTables = {
  job: JobTable;
  /** The theoretical arrival time of each limited key; see `rate-limit.ts`. */
  rate: { key: string; arrival: number };
  /** Transactions taken over from the homeservers, so that one that comes again is known. */
  as_transaction: { organisation: string; txn: string; received_at: number };
  /** Values of the installation, such as the key of the pseudonyms. */
  setting: { name: string; value: string };
};

export type JobTable = {
  id: string;
  kind: string;
  /** At most one waiting job has this key. */
  key: string;
  /** JSON. */
  body: string;
  correlation: string;
  attempts: number;
  created_at: number;
  run_at: number;
  lease: string | null;
  leased_until: number;
  dead_at: number | null;
  last_code: string | null;
};
export type JobRow = Selectable<JobTable>;
export type NewJobRow = Insertable<JobTable>;

export type Database<Tables = RuntimeTables> = Kysely<Tables>;
export type Migrations = Readonly<Record<string, (engine: Engine) => Migration>>;

export type Store = {
  readonly db: Database;
  readonly engine: Engine;
};

/** Opens the store that the configuration names. The folder of an SQLite store is made when it is missing. */
export async function openStore(config: Pick<Config, 'dataDir' | 'database'>): Promise<Store> {
  if (config.database.kind === 'postgres') return storeOn(postgresDialect(config.database.url), 'postgres');
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  return storeOn(sqliteDialect(join(config.dataDir, 'appservices.sqlite')), 'sqlite');
}

export function storeOn(dialect: Dialect, engine: Engine): Store {
  return { db: new Kysely<RuntimeTables>({ dialect }), engine };
}

export function sqliteDialect(file: string): Dialect {
  return new SqliteDialect({
    database: async () => {
      const database = new SqliteDatabase(file);
      database.pragma('journal_mode = WAL');
      // FULL: what was acknowledged survives a power cut (T8).
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      database.pragma('busy_timeout = 5000');
      return database;
    },
  });
}

/** Brings the tables up to date. Safe when several processes start at once: Kysely takes a lock. */
export async function migrate(store: Store, migrations: Migrations): Promise<void> {
  const provider = {
    getMigrations: async () =>
      Object.fromEntries(Object.entries(migrations).map(([name, make]) => [name, make(store.engine)])),
  };
  // Slices come and go and each numbers its own, so the order of names is not the order of history.
  const { error } = await new Migrator({ db: store.db, provider, allowUnorderedMigrations: true }).migrateToLatest();
  if (error !== undefined) throw error;
}

export const runtimeMigrations: Migrations = {
  'runtime-0001': (engine) => ({
    async up(db) {
      await db.schema
        .createTable('job')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull().unique())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('correlation', 'text', (c) => c.notNull())
        .addColumn('attempts', 'integer', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('run_at', 'bigint', (c) => c.notNull())
        .addColumn('lease', 'text')
        .addColumn('leased_until', 'bigint', (c) => c.notNull())
        .addColumn('dead_at', 'bigint')
        .addColumn('last_code', 'text')
        .execute();
      await db.schema.createIndex('job_due').on('job').columns(['dead_at', 'run_at']).execute();
      await db.schema
        .createTable('rate')
        .addColumn('key', 'text', (c) => c.primaryKey())
        .addColumn('arrival', engine === 'postgres' ? 'double precision' : 'real', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('rate_arrival').on('rate').column('arrival').execute();
      await db.schema
        .createTable('as_transaction')
        .addColumn('organisation', 'text', (c) => c.notNull())
        .addColumn('txn', 'text', (c) => c.notNull())
        .addColumn('received_at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('as_transaction_key', ['organisation', 'txn'])
        .execute();
      await db.schema
        .createTable('setting')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'text', (c) => c.notNull())
        .execute();
    },
  }),
};

/** A value of the installation, made by `make` the first time; the same for all processes on one store. */
export async function settingOf(db: Database, name: string, make: () => string): Promise<string> {
  await db
    .insertInto('setting')
    .values({ name, value: make() })
    .onConflict((c) => c.column('name').doNothing())
    .execute();
  return (await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirstOrThrow()).value;
}

/** Throws when the store does not answer. */
export async function probeStore(db: Database): Promise<void> {
  await sql`select 1`.execute(db);
}

/** Whether the statement wrote anything; SQLite and PostgreSQL both count matched rows. */
export function wrote(result: { readonly numUpdatedRows: bigint }): boolean {
  return result.numUpdatedRows > 0n;
}

function postgresDialect(connectionString: string): Dialect {
  return new PostgresDialect({
    pool: new pg.Pool({
      connectionString,
      max: 10,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 10_000,
      // int8 comes as text by default; our 8-byte integers are milliseconds and counts, far below 2^53.
      types: { getTypeParser: (oid, format) => (oid === 20 ? Number : pg.types.getTypeParser(oid, format)) },
    }),
  });
}
