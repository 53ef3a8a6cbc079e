import type { BesaceError } from '../api/types.ts';
import type { Random } from '../platform/platform.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try, in ms: doubling from half a second to half a minute, with "full jitter" of one half, so that the
 * clients of a server that comes back do not all come at once. What the server asks for is respected.
 *
 * @param failures how many tries failed in a row, from 1
 */
export function backoffMs(failures: number, error: BesaceError, random: Random): number {
  const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
  const jittered = grown * (0.5 + random.fraction() / 2);
  return Math.round(Math.max(jittered, error.retryAfterMs ?? 0));
}
