import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { MAX_BODY_BYTES, messageOf } from './hookBody.ts';
import type { NotifierStore } from './store.ts';

export type HttpDeps = {
  readonly store: NotifierStore;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Called after something was accepted. */
  wake(): void;
  /** Whether the bot can reach its homeserver. */
  healthy(): boolean;
};

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const MAX_KEY = 255;
const RETRY_AFTER_SECONDS = '30';

/** `POST /hook/<secret>` (NOTIFIER-4, 6, 7), `GET /health`, `GET /metrics`. */
export function createHttp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/health', (_request, response) => {
    response.status(deps.healthy() ? 200 : 503).json({ ok: deps.healthy() });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(deps.metrics.contentType).send(await deps.metrics.metrics());
  });
  app.post('/hook/:secret', express.text({ type: () => true, limit: MAX_BODY_BYTES }), (request, response) =>
    acceptHook(deps, request, response),
  );
  app.use((_request, response) => void response.status(404).json({ code: 'not-found' }));
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const status = statusOf(error);
    const id = randomUUID();
    if (status >= 500)
      deps.logger.error({ id, error: error instanceof Error ? error.message : 'unknown' }, 'request failed');
    response
      .status(status)
      .json(status >= 500 ? { code: 'unexpected', id } : { code: status === 413 ? 'too-large' : 'bad-request' });
  });
  return app;
}

async function acceptHook({ store, logger, wake }: HttpDeps, request: Request, response: Response): Promise<void> {
  const secret = request.params.secret;
  const hook = typeof secret === 'string' && SECRET.test(secret) ? await store.hookBySecret(secret) : null;
  if (hook === null) return void response.status(404).json({ code: 'unknown-hook' });
  if (hook.endedAt !== null) return void response.status(410).json({ code: 'ended-hook' });
  const key = request.get('idempotency-key') ?? null;
  if (key !== null && (key.length === 0 || key.length > MAX_KEY))
    return void response.status(400).json({ code: 'bad-key' });
  const message = messageOf(request.get('content-type') ?? '', typeof request.body === 'string' ? request.body : '');
  if (!message.ok)
    return void response.status(message.error.status).json({ code: 'bad-body', message: message.error.message });
  const accepted = await store.accept(hook, { id: `hook-${randomUUID()}`, text: message.value, key });
  if (accepted.kind === 'full') {
    return void response.status(429).set('retry-after', RETRY_AFTER_SECONDS).json({ code: 'too-many-waiting' });
  }
  logger.info({ delivery: accepted.id, hook: hook.id, known: accepted.kind === 'known' }, 'hook accepted');
  response.status(202).json({ id: accepted.id });
  wake();
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
