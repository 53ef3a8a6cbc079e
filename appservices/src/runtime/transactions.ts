import express, { Router } from 'express';
import * as v from 'valibot';
import { transactionPath } from '../registration.ts';
import type { Bridges } from './bridge.ts';
import type { Organisation } from './config.ts';
import type { Database, Store } from './database.ts';
import { type Clock, sameSecret } from './environment.ts';
import { bearerToken, correlationOf, HttpError } from './http.ts';
import { eventsOf, type MatrixEvent, transaction } from './matrix-event.ts';
import type { Metrics } from './metrics.ts';
import { enqueue, type NewJob } from './queue.ts';

export type TransactionsOptions = {
  readonly organisations: readonly Organisation[];
  readonly bridges: Bridges;
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  plan(organisation: Organisation, event: MatrixEvent): readonly Omit<NewJob, 'correlation'>[];
  nudge(): void;
};

/** 100 events of 64 KiB, and what is around them. */
const MAX_TRANSACTION_BYTES = 8 * 1024 * 1024;
/** A homeserver repeats a transaction until it is answered, so for as long as we are down; then it counts on. */
export const REMEMBER_TRANSACTIONS_MS = 30 * 24 * 3600 * 1000;

/**
 * The homeservers' side: `PUT <path>/_matrix/app/v1/transactions/{id}` and what else the specification has there. A
 * transaction is answered only when the work it makes is in the queue table, and makes it once, however often it comes.
 */
export function transactionsRouter(options: TransactionsOptions): Router {
  const router = Router();
  for (const organisation of options.organisations) {
    const bridge = options.bridges.get(organisation.id);
    if (bridge === undefined) throw new Error(`no bridge for ${organisation.id}`);
    router.use(transactionPath(organisation.id), organisationRouter(organisation, bridge.handle, options));
  }
  return router;
}

function organisationRouter(organisation: Organisation, library: express.RequestHandler, options: TransactionsOptions) {
  const router = Router();
  // Before the body is read: who is not the homeserver is not listened to. The token in the address is not accepted.
  router.use((request, _response, next) => {
    const token = bearerToken(request);
    if (token === undefined || !sameSecret(token, organisation.hsToken)) {
      options.metrics.transactions.inc({ organisation: organisation.id, outcome: 'refused' });
      throw new HttpError(403, 'forbidden');
    }
    next();
  });
  router.use(express.json({ limit: MAX_TRANSACTION_BYTES, strict: true }));

  router.put('/_matrix/app/v1/transactions/:txn', async (request, response, next) => {
    const txn = request.params.txn;
    const parsed = v.safeParse(transaction, request.body);
    if (txn.length > 255 || !parsed.success) throw new HttpError(400, 'bad-request');
    const { events } = eventsOf(parsed.output);
    const correlation = correlationOf(response);
    const jobs = events.flatMap((event) => options.plan(organisation, event).map((job) => ({ ...job, correlation })));
    const fresh = await store(options, organisation.id, txn, jobs);
    options.metrics.transactions.inc({ organisation: organisation.id, outcome: fresh ? 'stored' : 'duplicate' });
    if (fresh) options.nudge();
    request.body = { events };
    next();
  });

  // Matrix spec 1.7: the homeserver shows on demand that it reaches us. The library does not know this one.
  router.post('/_matrix/app/v1/ping', (_request, response) => {
    response.json({});
  });

  // Users, aliases and the answer to a transaction are the library's. It reads bodies itself unless told they are read.
  router.use((request, response, next) => {
    Object.assign(request, { _body: true });
    library(request, response, next);
  });
  return router;
}

/** False when this transaction was stored before. */
async function store(options: TransactionsOptions, organisation: string, txn: string, jobs: NewJob[]) {
  const now = options.clock();
  return options.store.db.transaction().execute(async (db) => {
    const inserted = await db
      .insertInto('as_transaction')
      .values({ organisation, txn, received_at: now })
      .onConflict((c) => c.columns(['organisation', 'txn']).doNothing())
      .returning('txn')
      .executeTakeFirst();
    if (inserted === undefined) return false;
    await enqueue(db, now, jobs);
    return true;
  });
}

/** Forgets transactions that no homeserver will repeat. */
export async function forgetOldTransactions(db: Database, now: number): Promise<void> {
  await db
    .deleteFrom('as_transaction')
    .where('received_at', '<', now - REMEMBER_TRANSACTIONS_MS)
    .execute();
}
