import type { AddressInfo } from 'node:net';
import { openBridges } from './runtime/bridge.ts';
import type { Config } from './runtime/config.ts';
import { migrate, openStore, runtimeMigrations, type Store, settingOf } from './runtime/database.ts';
import { type Clock, randomToken } from './runtime/environment.ts';
import { homeserversOf } from './runtime/homeserver.ts';
import { closeHttp, closeServer, createHttp, listen } from './runtime/http.ts';
import { createLogger, type Logger } from './runtime/logging.ts';
import { createMailer } from './runtime/mailer.ts';
import { createMetrics } from './runtime/metrics.ts';
import { enqueue, forgetDeadJobs, KEEP_DEAD_MS } from './runtime/queue.ts';
import { forgetOldRates } from './runtime/rate-limit.ts';
import type { Slice, SliceContext, SliceParts } from './runtime/slice.ts';
import { forgetOldTransactions, transactionsRouter } from './runtime/transactions.ts';
import { startWorker, type Worker } from './runtime/worker.ts';

export type AppOptions = {
  readonly config: Config;
  readonly slices: readonly Slice[];
  /** Milliseconds since 1970; the machine's by default. */
  readonly clock?: Clock;
  readonly log?: Logger;
  /** The first wait of a failed job; 5 s by default. Milliseconds. */
  readonly retryBaseMs?: number;
  /** The store, when it is not the configuration's. Closed with the rest. */
  readonly store?: Store;
};

export interface App {
  /** `http://host:port`, with the port that the system gave when the configuration says 0. */
  readonly url: string;
  /** Answers what is under way, ends the jobs at work, closes everything. At most some seconds. */
  stop(): Promise<void>;
}

/** Milliseconds. */
const TICK_MS = 60_000;
const POLL_MS = 1_000;
const GRACE_MS = 8_000;

/** Puts the parts together and starts to listen. When it throws, nothing is left running. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, slices } = options;
  const clock = options.clock ?? Date.now;
  const log = options.log ?? createLogger(config.logLevel);
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const metrics = createMetrics();
    const store = options.store ?? (await openStore(config));
    undo.push(() => store.db.destroy());
    await migrate(store, Object.assign({}, runtimeMigrations, ...slices.map((slice) => slice.migrations)));
    const mailer = createMailer(config.smtp);
    undo.push(() => mailer.close());
    const bridges = await openBridges(config, log);
    for (const bridge of bridges.values()) undo.push(() => bridge.close());

    let worker: Worker | undefined;
    const nudge = () => worker?.nudge();
    const context: SliceContext = {
      config,
      store,
      clock,
      log,
      metrics,
      homeservers: homeserversOf(config),
      bridges,
      mailer,
      pseudonymKey: await settingOf(store.db, 'pseudonym-key', randomToken),
      async tell(db, notice, correlation) {
        const hearers = slices.filter((slice) => slice.hears.includes(notice.type));
        const jobs = hearers.map((slice) => ({ kind: `${slice.name}.${notice.type}`, body: notice, correlation }));
        await enqueue(db, clock(), jobs);
      },
      nudge,
    };
    const parts = await startSlices(slices, context);

    const app = createHttp(log, metrics, config.trustedProxies);
    app.use(
      transactionsRouter({
        organisations: config.organisations,
        bridges,
        store,
        clock,
        metrics,
        plan: (organisation, event) => parts.flatMap(([, part]) => part.planEvent?.(organisation, event) ?? []),
        nudge,
      }),
    );
    for (const [slice, part] of parts) {
      if (part.rootRouter !== undefined) app.use(part.rootRouter);
      if (part.router !== undefined) app.use(`/api/${slice.name}`, part.router);
    }
    closeHttp(app, log);

    const handlers = new Map(parts.flatMap(([, part]) => Object.entries(part.jobs ?? {})));
    worker = startWorker({
      store,
      clock,
      log,
      metrics,
      handlers,
      retryBaseMs: options.retryBaseMs ?? 5_000,
      pollMs: POLL_MS,
    });
    undo.push(() => worker?.stop(GRACE_MS));
    undo.push(startTicks(parts, context));
    const server = await listen(app, config.listen.host, config.listen.port);
    undo.push(() => closeServer(server, GRACE_MS));
    const { address, port } = server.address() as AddressInfo;
    const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
    log.info({ port, slices: slices.map((slice) => slice.name) }, 'listening');
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSlices(slices: readonly Slice[], context: SliceContext): Promise<[Slice, SliceParts][]> {
  const parts: [Slice, SliceParts][] = [];
  for (const slice of slices) parts.push([slice, await slice.start(context)]);
  return parts;
}

/** Tidying up, now and once a minute. Gives back what ends it. */
function startTicks(parts: readonly [Slice, SliceParts][], context: SliceContext): () => Promise<void> {
  let atWork = Promise.resolve();
  const tick = () => {
    atWork = atWork.then(async () => {
      try {
        await forgetOldRates(context.store.db, context.clock());
        await forgetOldTransactions(context.store.db, context.clock());
        await forgetDeadJobs(context.store.db, context.clock() - KEEP_DEAD_MS);
        for (const [, part] of parts) await part.tick?.();
      } catch (error) {
        context.log.error({ err: error }, 'tidying up failed; it is tried again in a minute');
      }
    });
  };
  const timer = setInterval(tick, TICK_MS);
  tick();
  return async () => {
    clearInterval(timer);
    await atWork;
  };
}
