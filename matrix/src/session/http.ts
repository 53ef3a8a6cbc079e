import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError } from '../api/types.ts';
import type { Platform } from '../platform/platform.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { HttpPort, HttpRequest } from './context.ts';

const TIMEOUT_MS = 30_000;

/**
 * Requests to one homeserver, one try each.
 *
 * @param token the account's access token, or null before sign-in
 * @param onSignedOut called when the server no longer knows the token
 */
export function createHttp(
  platform: Pick<Platform, 'fetch' | 'clock'>,
  homeserver: string,
  token: string | null,
  onSignedOut: () => void = () => {},
): HttpPort {
  async function send(request: HttpRequest): Promise<Result<Response, BesaceError>> {
    const controller = new AbortController();
    const stop = platform.clock.after(request.timeoutMs ?? TIMEOUT_MS, () => controller.abort());
    const abort = () => controller.abort();
    request.signal?.addEventListener('abort', abort, { once: true });
    if (request.signal?.aborted) controller.abort();
    try {
      const response = await platform.fetch(address(homeserver, request), {
        method: request.method,
        headers: headers(request, token),
        signal: controller.signal,
        ...(request.body === undefined ? {} : { body: encode(request.body) }),
      });
      // The body is part of the answer: a connection that breaks inside it is a broken connection too.
      const bytes = await bodyOf(response, request.maxBytes);
      if (bytes === null) {
        controller.abort();
        return err({ code: 'too-large', detail: 'answer' });
      }
      const whole = new Response(bytes.byteLength === 0 ? null : bytes, {
        status: response.status,
        headers: response.headers,
      });
      if (response.ok) return ok(whole);
      const error = readError(response.status, response.headers, await jsonOf(whole));
      if (error.code === 'signed-out') onSignedOut();
      return err(error);
    } catch (thrown) {
      if (request.signal?.aborted) return err({ code: 'cancelled' });
      return err({ code: 'offline', detail: thrown instanceof Error ? thrown.name : 'unknown' });
    } finally {
      stop();
      request.signal?.removeEventListener('abort', abort);
    }
  }
  return {
    async json(request) {
      const answer = await send(request);
      if (!answer.ok) return answer;
      const json = await jsonOf(answer.value);
      return json === undefined ? err({ code: 'server-nonsense', detail: 'not JSON' }) : ok(json);
    },
    async bytes(request) {
      const answer = await send(request);
      return answer.ok ? ok(new Uint8Array(await answer.value.arrayBuffer())) : answer;
    },
  };
}

/** The whole body; null as soon as it is known to be longer than `max`: the length that a server names is only its word. */
async function bodyOf(response: Response, max: number | undefined): Promise<ArrayBuffer | null> {
  if (max === undefined || response.body === null) return response.arrayBuffer();
  if (Number(response.headers.get('content-length') ?? 0) > max) return null;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > max) return null;
    parts.push(part.value);
  }
  return new Blob(parts).arrayBuffer();
}

/** What a failed answer means. The body's `errcode` counts more than the status (Matrix spec, client-server, 2.2). */
export function readError(status: number, answerHeaders: Headers, body: unknown): BesaceError {
  const errcode = isRecord(body) && typeof body.errcode === 'string' ? body.errcode : null;
  const detail = errcode ?? `HTTP ${status}`;
  if (status === 429 || errcode === 'M_LIMIT_EXCEEDED') {
    return { code: 'limited', retryAfterMs: retryAfter(answerHeaders, body), detail };
  }
  if (status >= 500) return { code: 'server-failed', detail };
  // A proxy's or a captive portal's page: nothing that a homeserver says.
  if (errcode === null) return { code: 'server-nonsense', detail };
  switch (errcode) {
    case 'M_UNKNOWN_TOKEN':
    case 'M_MISSING_TOKEN':
    case 'M_USER_DEACTIVATED':
      return { code: 'signed-out', detail };
    case 'M_FORBIDDEN':
    case 'M_GUEST_ACCESS_FORBIDDEN':
    case 'M_USER_LOCKED':
    case 'M_USER_SUSPENDED':
      return { code: 'forbidden', detail };
    case 'M_NOT_FOUND':
      return { code: 'not-found', detail };
    case 'M_TOO_LARGE':
      return { code: 'too-large', detail };
    case 'M_WEAK_PASSWORD':
      return { code: 'weak-password', detail };
    default:
      return { code: 'invalid', detail };
  }
}

function retryAfter(answerHeaders: Headers, body: unknown): number {
  if (isRecord(body) && typeof body.retry_after_ms === 'number' && body.retry_after_ms >= 0) return body.retry_after_ms;
  const seconds = Number(answerHeaders.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 1000;
}

function address(homeserver: string, request: HttpRequest): string {
  const base = `${homeserver.replace(/\/+$/, '')}${request.path}`;
  return request.query === undefined ? base : `${base}?${new URLSearchParams(request.query)}`;
}

function headers(request: HttpRequest, token: string | null): Headers {
  const all = new Headers();
  if (token !== null) all.set('authorization', `Bearer ${token}`);
  if (request.body !== undefined) {
    all.set(
      'content-type',
      request.contentType ?? (isBytes(request.body) ? 'application/octet-stream' : 'application/json'),
    );
  }
  return all;
}

function encode(body: unknown): BodyInit {
  return isBytes(body) ? body : JSON.stringify(body);
}

function isBytes(body: unknown): body is Blob | Uint8Array<ArrayBuffer> {
  return body instanceof Uint8Array || body instanceof Blob;
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // Not JSON: the caller names it `server-nonsense`.
    return undefined;
  }
}
