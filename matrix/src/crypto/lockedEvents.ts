import type { EventId } from '@besace/protocol/core/ids';
import type { Cancel, Clock } from '../platform/platform.ts';
import type { Scope } from '../session/scope.ts';

/**
 * Counts the events that should open but are still locked 4 s after they came (T6): the number we watch most.
 */
export interface LockedEvents {
  locked(eventId: EventId): void;
  opened(eventId: EventId): void;
  readonly count: number;
}

const PATIENCE_MS = 4_000;

export function createLockedEvents(clock: Clock, scope: Scope, onChange: (count: number) => void): LockedEvents {
  const waiting = new Map<EventId, Cancel>();
  const overdue = new Set<EventId>();
  scope.add(() => {
    for (const cancel of waiting.values()) cancel();
    waiting.clear();
  });
  return {
    locked(eventId) {
      if (waiting.has(eventId) || overdue.has(eventId) || scope.signal.aborted) return;
      waiting.set(
        eventId,
        clock.after(PATIENCE_MS, () => {
          waiting.delete(eventId);
          overdue.add(eventId);
          onChange(overdue.size);
        }),
      );
    },
    opened(eventId) {
      waiting.get(eventId)?.();
      waiting.delete(eventId);
      if (overdue.delete(eventId)) onChange(overdue.size);
    },
    get count() {
      return overdue.size;
    },
  };
}
