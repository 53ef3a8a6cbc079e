import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import * as v from 'valibot';
import type { Limit } from './config.ts';
import type { Database } from './database.ts';
import { type Clock, pseudonym } from './environment.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { takeToken } from './rate-limit.ts';

/** An answer that is not a success and that the caller can act on. `code` is what it goes by. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  /** More for the caller, beside the code. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    more: { readonly retryAfterSeconds?: number; readonly details?: Readonly<Record<string, string>> } = {},
  ) {
    super(code);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.details = more.details ?? {};
  }
}

/** Longest body of the public API; bytes. */
const MAX_BODY_BYTES = 16 * 1024;

export function createHttp(log: Logger, metrics: Metrics, trustedProxies: readonly string[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', [...trustedProxies]);
  app.use(observe(log, metrics), protect);
  return app;
}

/** Closes the chain: what no route took, and what went wrong in one. */
export function closeHttp(app: Express, log: Logger): void {
  app.use((_request, _response) => {
    throw new HttpError(404, 'not-found');
  });
  app.use(answerError(log));
}

/** A server that does not wait for slow senders. */
export function listen(app: Express, host: string, port: number): Promise<Server> {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, requestTimeout: 20_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
    app,
  );
  server.maxHeadersCount = 100;
  server.maxConnections = 2_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** Stops listening and waits for the answers under way; after `graceMs` they are cut. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

/** Reads a JSON body and nothing else: a form of another site can send neither this type nor this shape. */
export const jsonBody: RequestHandler = (request, response, next) => {
  if (!request.is('application/json')) throw new HttpError(415, 'unsupported-media-type');
  readJson(request, response, next);
};
const readJson = express.json({ limit: MAX_BODY_BYTES, strict: true });

/** The body as the schema reads it. Throws 400 `bad-request`, with nothing of the body in it. */
export function parseBody<Schema extends v.GenericSchema>(schema: Schema, request: Request): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, request.body);
  if (!parsed.success) throw new HttpError(400, 'bad-request');
  return parsed.output;
}

/** The one value of a query parameter. Throws 400 `bad-request` when it is missing or there are several. */
export function queryText(request: Request, name: string): string {
  const value = request.query[name];
  if (typeof value !== 'string') throw new HttpError(400, 'bad-request');
  return value;
}

/** The one value of a parameter in the path. */
export function pathText(request: Request, name: string): string {
  const value = request.params[name];
  if (typeof value !== 'string') throw new HttpError(400, 'bad-request');
  return value;
}

/** The bearer token of the request, or undefined. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/.exec(request.get('authorization') ?? '')?.[1];
}

/** The id that ties the lines of one request, and the jobs it makes, together. */
export function correlationOf(response: Response): string {
  return typeof response.locals.correlation === 'string' ? response.locals.correlation : 'none';
}

export type Limiter = {
  readonly db: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly pseudonymKey: string;
};

/** Counts one request of `who` against a limit. Throws 429 `too-many-requests` with the time to wait. */
export async function limitTo(limiter: Limiter, name: string, who: string, limit: Limit): Promise<void> {
  const key = `${name}:${pseudonym(limiter.pseudonymKey, who)}`;
  const answer = await takeToken(limiter.db, key, limit, limiter.clock());
  if (answer.allowed) return;
  limiter.metrics.limited.inc({ limit: name });
  throw new HttpError(429, 'too-many-requests', { retryAfterSeconds: answer.retryAfterSeconds });
}

/** Where a request comes from, as one network: an IPv4 address, or the first 64 bits of an IPv6 one. */
export function networkOf(request: Request): string {
  const ip = (request.ip ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(gap).fill('0'), ...right].slice(0, 4).join(':');
}

function observe(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const correlation = given !== undefined && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
    response.locals.correlation = correlation;
    response.setHeader('x-request-id', correlation);
    const started = performance.now();
    response.once('close', () => {
      // The pattern and not the address: addresses of people and links of sign-ups are in the address.
      const route = typeof request.route?.path === 'string' ? request.baseUrl + request.route.path : '(none)';
      const status = response.writableFinished ? String(response.statusCode) : 'cut';
      const ms = performance.now() - started;
      metrics.requests.observe({ method: request.method, route, status }, ms / 1000);
      log.info({ correlation, method: request.method, route, status, ms: Math.round(ms) }, 'request');
    });
    next();
  };
}

const protect: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  next();
};

/** The `type` of body-parser's errors, and what we call them. */
const bodyErrors: Readonly<Record<string, string>> = {
  'entity.too.large': 'too-large',
  'entity.parse.failed': 'bad-json',
  'encoding.unsupported': 'unsupported-media-type',
  'charset.unsupported': 'unsupported-media-type',
};

function answerError(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = knownError(error);
    if (known.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(known.retryAfterSeconds));
    if (known.status < 500 || known.code !== 'unexpected') {
      response.status(known.status).json({ code: known.code, ...known.details });
      return;
    }
    const correlation = correlationOf(response);
    log.error({ correlation, err: error }, 'a request failed unexpectedly');
    response.status(500).json({ code: 'unexpected', id: correlation });
  };
}

function knownError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  // Express and body-parser mark what the caller did wrong with a 4xx status (a bad %-escape, a broken body...).
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, Object.hasOwn(bodyErrors, type) ? (bodyErrors[type] ?? 'bad-request') : 'bad-request');
  }
  return new HttpError(500, 'unexpected');
}
