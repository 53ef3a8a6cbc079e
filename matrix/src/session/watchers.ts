import type { Stop } from '../api/types.ts';
import type { Clock } from '../platform/platform.ts';
import { createPace } from '../timeline/pace.ts';

/** Tells those who watch a value, at most once a frame; null is no value yet. */
export interface Watchers<T> {
  watch(listener: (value: T) => void): Stop;
  watched(): boolean;
  changed(): void;
  end(): void;
}

const FRAME_MS = 50;

export function createWatchers<T>(clock: Clock, read: () => T | null, onIdle: () => void): Watchers<T> {
  const listeners = new Set<(value: T) => void>();
  let last: T | null = null;
  const pace = createPace(clock, FRAME_MS, () => {
    const value = read();
    if (value === null) return;
    last = value;
    for (const listener of [...listeners]) listener(value);
  });
  return {
    watch(listener) {
      listeners.add(listener);
      if (last !== null) listener(last);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) onIdle();
      };
    },
    watched: () => listeners.size > 0,
    changed: () => pace.ask(),
    end: () => pace.end(),
  };
}
