import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionState } from '@besace/matrix/api/types';
import { createBesace } from '@besace/matrix/besace';
import { createNodePlatform } from '@besace/matrix/platform/node';
import { pino } from 'pino';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { readConfig } from './config.ts';
import { createDeliverer } from './deliver.ts';
import { createHttp } from './http.ts';
import { createRefusals } from './refusals.ts';
import { watchCommands } from './rooms.ts';
import { signIn } from './signIn.ts';
import { openStore } from './store.ts';
import { wordsIn } from './words.ts';

// The composition root of the notifier. One process owns the data directory.
const DAY_MS = 86_400_000;
/** How long what was delivered or refused is remembered, for idempotency and for the operator. */
const KEPT_MS = 30 * DAY_MS;
const config = readConfig(process.env);
const logger = pino({ level: config.logLevel, base: { service: 'notifier' } });
mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
const store = await openStore(join(config.dataDir, 'notifier.db'), Date.now);
const platform = await createNodePlatform({
  directory: join(config.dataDir, 'matrix'),
  outsiderServers: config.outsiderServers,
  logger: {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  },
});
const api = createBesace(platform);
let connection: ConnectionState = { kind: 'starting' };

// Hooks are accepted from the first moment, also while the homeserver is away: they are on disk, and go when it is back.
const metrics = new Registry();
collectDefaultMetrics({ register: metrics });
for (const name of ['hooks', 'waiting', 'refused'] as const) {
  new Gauge({
    name: `besace_notifier_${name}`,
    help: `Number of ${name === 'hooks' ? 'hooks' : `${name} deliveries`}`,
    registers: [metrics],
    async collect() {
      this.set((await store.counts())[name]);
    },
  });
}
let wake = () => {};
const http = createHttp({ store, logger, metrics, wake: () => wake(), healthy: () => connection.kind === 'online' });
const server = http.listen(config.listen.port, config.listen.host, (error) => {
  if (error) throw error;
  logger.info({ port: config.listen.port }, 'hooks are accepted');
});

const { homeserver, userId: user, password } = config;
await signIn({ api, homeserver, user, password, codeFile: join(config.dataDir, 'recovery.code') });
await api.watchStatus((status) => {
  connection = status.connection;
});
let rooms: Awaited<ReturnType<typeof watchCommands>> | null = null;
let queued = 0;
const lookForRefusals = createRefusals({ api, store, logger });
await api.watchOutbox((items) => {
  lookForRefusals(items);
  queued = items.filter(({ state }) => state.kind !== 'refused').length;
});
const deliverer = createDeliverer({
  api,
  store,
  logger,
  rooms: () => rooms?.rooms() ?? [],
  queued: () => queued,
  after: (ms, run) => void setTimeout(run, ms).unref(),
});
wake = deliverer.wake;
rooms = await watchCommands({
  api,
  store,
  logger,
  words: wordsIn(config.locale),
  publicUrl: config.publicUrl,
  outsiderServers: config.outsiderServers,
  wake,
});
wake();
const prune = () =>
  store.prune(Date.now() - KEPT_MS).catch((error: unknown) => logger.error({ error: String(error) }, 'not pruned'));
void prune();
setInterval(prune, DAY_MS).unref();
logger.info({}, 'ready');

async function stop(): Promise<void> {
  server.close();
  await rooms?.stop();
  await deliverer.idle();
  await store.close();
  process.exit(0);
}
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
