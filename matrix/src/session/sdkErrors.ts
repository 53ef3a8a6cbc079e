import { ConnectionError, MatrixError } from 'matrix-js-sdk';
import type { BesaceError } from '../api/types.ts';
import { BesaceFailure } from '../errors.ts';
import { readError } from './http.ts';

/** What an exception of the SDK means; null for what is a fault of ours. */
export function sdkError(thrown: unknown): BesaceError | null {
  if (thrown instanceof BesaceFailure) return thrown.error;
  if (thrown instanceof MatrixError)
    return readError(thrown.httpStatus ?? 0, thrown.httpHeaders ?? new Headers(), thrown.data);
  if (thrown instanceof ConnectionError) return { code: 'offline', detail: thrown.name };
  // What `fetch` throws for a network that is not there (WHATWG Fetch, 5.6).
  if (thrown instanceof TypeError && /fetch|network|load failed/i.test(thrown.message)) return { code: 'offline' };
  return null;
}
