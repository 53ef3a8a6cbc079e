import type { RoomId } from '@besace/protocol/core/ids';
import type { Cancel, Clock } from '../platform/platform.ts';
import type { Scope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';

/**
 * Asks the key backup for missing keys, again and again for a while: another device of ours uploads what it received some seconds later
 * (the SDK waits up to 10 s, so that devices do not all upload at once), and the SDK itself asks once for each event that fails.
 *
 * Where the backup did not have it at the first try, our other devices are asked too, once, by an event that waits for it.
 *
 * A device that is not verified yet has nothing to ask with, and gets the whole backup when it is: until `release`, what it misses is only
 * noted, because hundreds of small answers one after the other would keep the whole waiting.
 */
export interface KeyRequests {
  want(roomId: RoomId, sessionId: string, event?: RawEvent): void;
  /** It came. */
  got(roomId: RoomId, sessionId: string): void;
  /** Asks for all that was held, and holds nothing any longer. */
  release(): void;
}

/** When to ask again, ms after the last time. The first must be later than the SDK's own pause of 5 s. */
const AGAIN_MS = [6_000, 12_000, 30_000, 120_000, 600_000];
/** The backup's answer is waited for, before the other devices are asked. */
const DEVICES_MS = 1_000;

export function createKeyRequests(
  clock: Clock,
  scope: Scope,
  ask: (roomId: RoomId, sessionId: string) => void,
  held = false,
  askDevices: (event: RawEvent) => void = () => {},
): KeyRequests {
  const wanted = new Map<string, Cancel>();
  const holding = new Map<string, () => void>();
  const asking = new Map<string, Cancel>();
  let isHeld = held;
  scope.add(() => {
    for (const cancel of wanted.values()) cancel();
    wanted.clear();
    holding.clear();
    for (const cancel of asking.values()) cancel();
  });

  function schedule(roomId: RoomId, sessionId: string, attempt: number): void {
    const pause = AGAIN_MS[attempt];
    const key = `${roomId}/${sessionId}`;
    if (pause === undefined) {
      wanted.delete(key);
      return;
    }
    wanted.set(
      key,
      clock.after(pause, () => {
        ask(roomId, sessionId);
        schedule(roomId, sessionId, attempt + 1);
      }),
    );
  }

  function begin(roomId: RoomId, sessionId: string, event: RawEvent | undefined): void {
    ask(roomId, sessionId);
    schedule(roomId, sessionId, 0);
    if (event === undefined) return;
    const key = `${roomId}/${sessionId}`;
    const later = clock.after(DEVICES_MS, () => {
      asking.delete(key);
      askDevices(event);
    });
    asking.set(key, later);
  }

  return {
    want(roomId, sessionId, event) {
      const key = `${roomId}/${sessionId}`;
      if (scope.signal.aborted || wanted.has(key)) return;
      if (isHeld) holding.set(key, () => begin(roomId, sessionId, event));
      else begin(roomId, sessionId, event);
    },
    got(roomId, sessionId) {
      const key = `${roomId}/${sessionId}`;
      wanted.get(key)?.();
      wanted.delete(key);
      holding.delete(key);
      asking.get(key)?.();
      asking.delete(key);
    },
    release() {
      if (!isHeld) return;
      isHeld = false;
      const begins = [...holding.values()];
      holding.clear();
      for (const one of begins) one();
    },
  };
}
