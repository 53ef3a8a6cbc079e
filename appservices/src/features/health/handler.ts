import { Router } from 'express';
import { probeStore } from '../../runtime/database.ts';
import { sameSecret } from '../../runtime/environment.ts';
import { bearerToken, HttpError } from '../../runtime/http.ts';
import { countJobs } from '../../runtime/queue.ts';
import type { SliceContext, SliceParts } from '../../runtime/slice.ts';
import { type Check, type Health, judgeHealth, STORE } from './plan.ts';

/** Milliseconds. */
const PROBE_MS = 2_000;
const KEEP_MS = 5_000;

export function startHealth(context: SliceContext): SliceParts {
  const rootRouter = Router();
  let kept: { readonly until: number; readonly health: Promise<Health> } | undefined;

  rootRouter.get('/health', async (_request, response) => {
    // Monotonic, not the wall clock: an answer must not live longer because the clock was set back.
    if (kept === undefined || kept.until < performance.now()) {
      kept = { until: performance.now() + KEEP_MS, health: examine(context) };
    }
    const health = await kept.health;
    response.status(health.status === 'down' ? 503 : 200).json(health);
  });

  rootRouter.get('/metrics', async (request, response) => {
    const token = bearerToken(request);
    if (token === undefined || !sameSecret(token, context.config.metricsToken)) throw new HttpError(401, 'no-token');
    const { waiting, dead } = await countJobs(context.store.db);
    context.metrics.queued.set({ state: 'waiting' }, waiting);
    context.metrics.queued.set({ state: 'dead' }, dead);
    response.type(context.metrics.registry.contentType).send(await context.metrics.registry.metrics());
  });

  return { rootRouter };
}

async function examine(context: SliceContext): Promise<Health> {
  const probes: Record<string, (signal: AbortSignal) => Promise<void>> = {
    [STORE]: () => probeStore(context.store.db),
    mail: () => context.mailer.probe(),
  };
  for (const [id, homeserver] of context.homeservers) {
    probes[`homeserver:${id}`] = (signal) => homeserver.probe(signal);
    probes[`transactions:${id}`] = (signal) => homeserver.probeTransactions(signal);
  }
  const checks = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => [name, await check(context, name, probe)] as const),
  );
  return judgeHealth(Object.fromEntries(checks));
}

async function check(
  context: SliceContext,
  name: string,
  probe: (signal: AbortSignal) => Promise<void>,
): Promise<Check> {
  const started = performance.now();
  const signal = AbortSignal.timeout(PROBE_MS);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('late')), { once: true });
  });
  try {
    await Promise.race([probe(signal), late]);
    return { ok: true, ms: Math.round(performance.now() - started) };
  } catch (error) {
    context.log.warn({ check: name, err: error }, 'a dependency is not well');
    return { ok: false, ms: Math.round(performance.now() - started) };
  }
}
