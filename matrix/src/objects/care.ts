import type { UserId } from '@besace/protocol/core/ids';

/** What is wrong with the current event of an object, as far as it decides who mends it. */
export type CareCase = {
  readonly me: UserId;
  /** Senders of the versions on top. Two or more: people wrote at once. */
  readonly authors: readonly UserId[];
  /** How often this device has already tried for this object in the last minute. */
  readonly attempts: number;
  /** At least 0 and less than 1. */
  readonly fraction: number;
};

/** After so many tries within a minute a server is lying or somebody fights back: stop until the next minute. */
export const MAX_ATTEMPTS = 5;
/** Window after which earlier tries are forgotten, ms. */
export const ATTEMPTS_WINDOW = 60_000;

/**
 * When this device should write the merge or heal the object, ms from now; null when it should not. Everyone who has the right may do
 * it, and one is enough: those who wrote the versions come first, one after the other; the others wait long enough to see that it was
 * done, spread so that of forty readers one writes and the rest see it in time.
 */
export function careDelay(input: CareCase): number | null {
  if (input.attempts >= MAX_ATTEMPTS) return null;
  const patience = 2 ** input.attempts;
  const rank = [...new Set(input.authors)].sort().indexOf(input.me);
  if (rank >= 0) return (100 + rank * 700 + input.fraction * 200) * patience;
  return (2_000 + input.fraction * 6_000) * patience;
}
