// Module by module: the package's own entry brings its widgets and calls along, which nobody here uses.
import { ConnectionError, HTTPError, MatrixError } from 'matrix-js-sdk/lib/http-api/errors.js';
import type { BesaceError } from '../api/types.ts';
import { BesaceFailure } from '../errors.ts';
import { readError } from './http.ts';

/** What an exception of the SDK means; null for what is a fault of ours. */
export function sdkError(thrown: unknown): BesaceError | null {
  if (thrown instanceof BesaceFailure) return thrown.error;
  if (thrown instanceof MatrixError)
    return readError(thrown.httpStatus ?? 0, thrown.httpHeaders ?? new Headers(), thrown.data);
  // An answer without the JSON of an error: a proxy's.
  if (thrown instanceof HTTPError) return readError(thrown.httpStatus ?? 0, thrown.httpHeaders ?? new Headers(), null);
  // JSON by its header, a page by its content.
  if (thrown instanceof SyntaxError && thrown.message.includes('JSON')) return { code: 'server-nonsense' };
  if (thrown instanceof ConnectionError) return { code: 'offline', detail: thrown.name };
  // What `fetch` throws for a network that is not there (WHATWG Fetch, 5.6).
  if (thrown instanceof TypeError && /fetch|network|load failed/i.test(thrown.message)) return { code: 'offline' };
  return null;
}
