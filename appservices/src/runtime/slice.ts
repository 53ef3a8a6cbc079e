import type { Router } from 'express';
import type { Bridges } from './bridge.ts';
import type { Config, Organisation } from './config.ts';
import type { Database, Migrations, RuntimeTables, Store } from './database.ts';
import type { Clock } from './environment.ts';
import type { Homeservers } from './homeserver.ts';
import type { Logger } from './logging.ts';
import type { Mailer } from './mailer.ts';
import type { MatrixEvent } from './matrix-event.ts';
import type { Metrics } from './metrics.ts';
import type { NewJob } from './queue.ts';
import type { JobHandler } from './worker.ts';

/**
 * Something that happened in one slice and that others may act on. Slices do not import one another: the runtime turns a
 * notice into one job for each slice that hears it, in the transaction of whoever tells it.
 */
export type Notice = {
  readonly type: 'account-created';
  readonly userId: string;
  readonly organisation: string;
  readonly address: string;
  readonly name: string;
};

/** A feature's server half. `features.ts` lists those that run. */
export type Slice = {
  readonly name: string;
  readonly migrations: Migrations;
  /** The notices that this slice acts on, by its job handler named `<slice>.<notice type>`. */
  readonly hears: readonly Notice['type'][];
  start(context: SliceContext): Promise<SliceParts>;
};

export type SliceParts = {
  /** Mounted at `/api/<slice>`, after the request is limited in size and has its correlation id. */
  readonly router?: Router;
  /** Mounted at `/`, for what has a well-known place such as `/health`. */
  readonly rootRouter?: Router;
  /** By job kind. */
  readonly jobs?: Readonly<Record<string, JobHandler>>;
  /** What an event that a homeserver pushed makes necessary. Pure; called in the transaction that stores it. */
  planEvent?(organisation: Organisation, event: MatrixEvent): readonly Omit<NewJob, 'correlation'>[];
  /** Called about once a minute in every process; its work must not mind company. */
  tick?(): Promise<void>;
};

export type SliceContext = {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly homeservers: Homeservers;
  readonly bridges: Bridges;
  readonly mailer: Mailer;
  /** The installation's key for pseudonyms of addresses and networks. */
  readonly pseudonymKey: string;
  /** Writes the jobs of whoever hears `notice`, in the given transaction. */
  tell(db: Database, notice: Notice, correlation: string): Promise<void>;
  /** Something was enqueued and committed: run it now rather than at the next look. */
  nudge(): void;
};

/** The store's connection or transaction, seen with the tables of a slice beside the runtime's. */
export function tablesOf<Tables extends Record<string, Record<string, unknown>>>(
  db: Database,
): Database<RuntimeTables & Tables> {
  return db.withTables<Tables>();
}
