import type { RoomId, UserId } from '@besace/protocol/core/ids';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { Platform } from '../platform/platform.ts';
import type { Scope } from '../session/scope.ts';

export type HistoryKeysDeps = {
  readonly backend: Pick<CryptoBackend, 'maybeAcceptKeyBundle' | 'markRoomAsPendingKeyBundle'>;
  readonly platform: Pick<Platform, 'clock' | 'logger'>;
  readonly scope: Scope;
  /** Keys of this room may have come. */
  onKeys(roomId: RoomId): void;
};

/** Asks until there is an answer: `found` gives null while there is none. Bounded, and ends with the session. */
export async function eventuallyFound<T>(
  { platform, scope }: Pick<HistoryKeysDeps, 'platform' | 'scope'>,
  find: () => Promise<T | null>,
  found: (value: T) => Promise<void>,
): Promise<void> {
  async function attempt(number: number): Promise<void> {
    if (scope.signal.aborted) return;
    const value = await find();
    if (scope.signal.aborted) return;
    if (value !== null) return found(value);
    const pause = PAUSES[number];
    if (pause !== undefined && number < MOST_LOOKS) scope.add(platform.clock.after(pause, () => again(number + 1)));
  }

  function again(number: number): void {
    attempt(number).catch((thrown) => platform.logger.warn('invitation-not-read', { error: String(thrown) }));
  }

  await attempt(0);
}

/** Most rooms that are joined without an invitation had none: these are not asked for long. */
const MOST_LOOKS = 4;
/** ms until it is asked again: the keys come beside the invitation, over another way between servers, and their file may not be there yet. */
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];

/**
 * Takes the keys of what was said before (MSC4268), which whoever invited has sent. Resolves after the first try; the others follow by
 * themselves, and a later session goes on where this one ended, for a day.
 */
export async function takeHistory(deps: HistoryKeysDeps, roomId: RoomId, inviter: UserId): Promise<void> {
  const { backend, platform, scope, onKeys } = deps;

  async function attempt(number: number): Promise<void> {
    if (scope.signal.aborted) return;
    let taken = false;
    try {
      taken = await backend.maybeAcceptKeyBundle(roomId, inviter);
    } catch (thrown) {
      if (scope.signal.aborted) return;
      platform.logger.warn('history-not-taken', { room: roomId, error: String(thrown) });
    }
    if (scope.signal.aborted) return;
    onKeys(roomId);
    const pause = PAUSES[number];
    if (!taken && pause !== undefined) scope.add(platform.clock.after(pause, () => void attempt(number + 1)));
  }

  try {
    // Flagged first, so that a bundle that comes later, or a kill in between, loses nothing.
    await backend.markRoomAsPendingKeyBundle(roomId, inviter);
  } catch (thrown) {
    platform.logger.warn('history-not-awaited', { room: roomId, error: String(thrown) });
  }
  await attempt(0);
}
