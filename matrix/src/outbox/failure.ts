import { ConnectionError, HTTPError, MatrixError, TokenRefreshLogoutError } from 'matrix-js-sdk/lib/http-api/errors.js';
import type { BesaceError } from '../api/types.ts';

/** What a failed try means for the queue. */
export type SendFailure =
  /** No answer: it may or may not have arrived. Tried again with the same transaction id. */
  | { readonly kind: 'offline' }
  /** The server asks for patience or is broken: `afterMs` when it said for how long. */
  | { readonly kind: 'later'; readonly afterMs: number | null; readonly error: BesaceError }
  /** It will never be accepted as it is. */
  | { readonly kind: 'refused'; readonly error: BesaceError }
  /** The token is dead: everything waits for a new sign-in. */
  | { readonly kind: 'signed-out' };

/** Thrown by a transport that knows already what went wrong. */
export class SendError extends Error {
  readonly failure: SendFailure;
  constructor(failure: SendFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** Longest that a room is held up by an answer, ms, whatever `Retry-After` says: then it is asked again. */
const MAX_PATIENCE_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/** Reads what was thrown while encrypting, uploading or sending. Total. */
export function failureOf(thrown: unknown): SendFailure {
  if (thrown instanceof SendError) return thrown.failure;
  if (thrown instanceof TokenRefreshLogoutError) return { kind: 'signed-out' };
  if (thrown instanceof HTTPError) return ofStatus(thrown);
  if (thrown instanceof ConnectionError || isNetworkError(thrown)) return { kind: 'offline' };
  return { kind: 'refused', error: { code: 'unexpected', detail: nameOf(thrown) } };
}

/** Pause before the next try, ms: what the server asked for, else doubling from 0.5 s to 30 s. `jitter` in [0, 1). */
export function pauseBeforeRetry(failure: SendFailure, failures: number, jitter: number): number {
  if (failure.kind === 'later' && failure.afterMs !== null) {
    return Math.min(Math.max(failure.afterMs, 0), MAX_PATIENCE_MS);
  }
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1), MAX_PAUSE_MS);
  return pause * (0.75 + jitter / 2);
}

function ofStatus(error: HTTPError): SendFailure {
  const status = error.httpStatus ?? 0;
  const errcode = error instanceof MatrixError ? error.errcode : undefined;
  if (status === 401 || errcode === 'M_UNKNOWN_TOKEN') return { kind: 'signed-out' };
  if (status === 429) {
    const afterMs = retryAfter(error);
    return {
      kind: 'later',
      afterMs,
      error: afterMs === null ? { code: 'limited' } : { code: 'limited', retryAfterMs: afterMs },
    };
  }
  // 408: the proxy gave up; 5xx: the server failed. Neither says whether the event was kept.
  if (status === 408 || status >= 500)
    return { kind: 'later', afterMs: retryAfter(error), error: { code: 'server-failed' } };
  // An error status without a Matrix error comes from a proxy, a captive portal or a server that is being replaced.
  if (errcode === undefined || errcode === 'M_UNRECOGNIZED') {
    return { kind: 'later', afterMs: null, error: { code: 'server-nonsense' } };
  }
  if (status === 413 || errcode === 'M_TOO_LARGE') return { kind: 'refused', error: { code: 'too-large' } };
  if (status === 403) return { kind: 'refused', error: { code: 'forbidden', detail: errcode } };
  if (status === 404) return { kind: 'refused', error: { code: 'not-found', detail: errcode } };
  return { kind: 'refused', error: { code: 'invalid', detail: errcode } };
}

function retryAfter(error: HTTPError): number | null {
  try {
    return error.getRetryAfterMs();
  } catch {
    return null; // a header that is neither seconds nor a date: our own pause then
  }
}

/** `fetch` fails with a TypeError; an abort by our own time limit is an AbortError or TimeoutError. */
function isNetworkError(thrown: unknown): boolean {
  return thrown instanceof TypeError || ['AbortError', 'TimeoutError', 'NetworkError'].includes(nameOf(thrown));
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}
