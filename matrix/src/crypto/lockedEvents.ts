import type { EventId } from '@besace/protocol/core/ids';
import type { Cancel, Clock } from '../platform/platform.ts';
import type { RoomKey } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';

/**
 * Counts the events that should open but are still locked 4 s after they came (T6): the number we watch most.
 */
export interface LockedEvents {
  locked(eventId: EventId, key: RoomKey): void;
  opened(eventId: EventId): void;
  /**
   * A key came: what it locks is counted no longer, because not every event is read a second time (another line has become the preview, another
   * version the state). One that is, and is still locked, counts again. An empty `sessionId` means any session of the room.
   */
  came(key: RoomKey): void;
  readonly count: number;
}

const PATIENCE_MS = 4_000;

export function createLockedEvents(clock: Clock, scope: Scope, onChange: (count: number) => void): LockedEvents {
  const waiting = new Map<EventId, { readonly key: RoomKey; readonly cancel: Cancel }>();
  const overdue = new Map<EventId, RoomKey>();
  scope.add(() => {
    for (const { cancel } of waiting.values()) cancel();
    waiting.clear();
  });
  return {
    locked(eventId, key) {
      if (waiting.has(eventId) || overdue.has(eventId) || scope.signal.aborted) return;
      const cancel = clock.after(PATIENCE_MS, () => {
        waiting.delete(eventId);
        overdue.set(eventId, key);
        onChange(overdue.size);
      });
      waiting.set(eventId, { key, cancel });
    },
    opened(eventId) {
      waiting.get(eventId)?.cancel();
      waiting.delete(eventId);
      if (overdue.delete(eventId)) onChange(overdue.size);
    },
    came(key) {
      for (const [eventId, one] of waiting) {
        if (!opens(key, one.key)) continue;
        one.cancel();
        waiting.delete(eventId);
      }
      const before = overdue.size;
      for (const [eventId, wanted] of overdue) if (opens(key, wanted)) overdue.delete(eventId);
      if (overdue.size < before) onChange(overdue.size);
    },
    get count() {
      return overdue.size;
    },
  };
}

function opens(came: RoomKey, wanted: RoomKey): boolean {
  return came.roomId === wanted.roomId && (came.sessionId === '' || came.sessionId === wanted.sessionId);
}
