import type { RoomId } from '@besace/protocol/core/ids';
import type { Cancel, Clock } from '../platform/platform.ts';
import type { Scope } from '../session/scope.ts';

/**
 * Asks the key backup for missing keys, again and again for a while: another device of ours uploads what it received some seconds later
 * (the SDK waits up to 10 s, so that devices do not all upload at once), and the SDK itself asks once for each event that fails.
 */
export interface KeyRequests {
  want(roomId: RoomId, sessionId: string): void;
  /** It came. */
  got(roomId: RoomId, sessionId: string): void;
  /**
   * While the whole backup is on its way, keys are not asked for one by one: hundreds of small answers would only keep it waiting. What has
   * not come when the returned function is called is asked for then, and in any case at its second turn.
   */
  hold(): () => void;
}

/** When to ask again, ms after the last time. The first must be later than the SDK's own pause of 5 s. */
const AGAIN_MS = [6_000, 12_000, 30_000, 120_000, 600_000];

export function createKeyRequests(
  clock: Clock,
  scope: Scope,
  ask: (roomId: RoomId, sessionId: string) => void,
): KeyRequests {
  const wanted = new Map<string, Cancel>();
  const held = new Map<string, () => void>();
  let holds = 0;
  scope.add(() => {
    for (const cancel of wanted.values()) cancel();
    wanted.clear();
    held.clear();
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

  return {
    want(roomId, sessionId) {
      const key = `${roomId}/${sessionId}`;
      if (scope.signal.aborted || wanted.has(key)) return;
      if (holds > 0) held.set(key, () => ask(roomId, sessionId));
      else ask(roomId, sessionId);
      schedule(roomId, sessionId, 0);
    },
    got(roomId, sessionId) {
      const key = `${roomId}/${sessionId}`;
      wanted.get(key)?.();
      wanted.delete(key);
      held.delete(key);
    },
    hold() {
      let over = false;
      holds += 1;
      return () => {
        if (over) return;
        over = true;
        holds -= 1;
        if (holds > 0) return;
        for (const askNow of held.values()) askNow();
        held.clear();
      };
    },
  };
}
