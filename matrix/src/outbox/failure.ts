import type { BesaceError } from '../api/types.ts';

/** What a failed try means for the queue. */
export type Verdict =
  /** No answer, or no good one: it may or may not have arrived. Tried again with the same transaction id. */
  | { readonly kind: 'again'; readonly afterMs: number | null }
  /** The session is over: everything waits for a new one. */
  | { readonly kind: 'halt' }
  /** It will never be accepted as it is: the person decides. */
  | { readonly kind: 'refused'; readonly error: BesaceError };

/** Longest that a room is held up by one answer, ms, whatever `Retry-After` says: then the server is asked again. */
const MAX_PATIENCE_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

export function verdictOf(error: BesaceError): Verdict {
  switch (error.code) {
    case 'offline':
    case 'limited':
    case 'server-failed':
    case 'server-nonsense':
    case 'cancelled':
      return { kind: 'again', afterMs: error.retryAfterMs ?? null };
    case 'signed-out':
      return { kind: 'halt' };
    default:
      return { kind: 'refused', error };
  }
}

/** Pause before the next try, ms: what the server asked for, else doubling from 0.5 s to 30 s, by a quarter more or less. `jitter` in [0, 1). */
export function pauseBeforeRetry(afterMs: number | null, failures: number, jitter: number): number {
  if (afterMs !== null) return Math.min(Math.max(afterMs, 0), MAX_PATIENCE_MS);
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1), MAX_PAUSE_MS);
  return pause * (0.75 + jitter / 2);
}
