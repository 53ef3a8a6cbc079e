import { PGlite } from '@electric-sql/pglite';
import { PGliteDialect } from 'kysely';
import {
  type Engine,
  type Migrations,
  migrate,
  runtimeMigrations,
  type Store,
  sqliteDialect,
  storeOn,
} from '../runtime/database.ts';

/** Both engines: what holds for one must hold for the other. PostgreSQL runs in the process, compiled to WebAssembly. */
export const engines: readonly Engine[] = ['sqlite', 'postgres'];

/** An empty store with the runtime's tables and those given. `file` is for SQLite, in memory by default. */
export async function testStore(engine: Engine, migrations: Migrations = {}, file = ':memory:'): Promise<Store> {
  const dialect = engine === 'sqlite' ? sqliteDialect(file) : new PGliteDialect({ pglite: new PGlite() });
  const store = storeOn(dialect, engine);
  await migrate(store, { ...runtimeMigrations, ...migrations });
  return store;
}
