import type { Clock } from '../platform/platform.ts';

/** Runs `work` at most once a frame: at once when nothing ran lately, so that a message alone waits for nothing. */
export interface Pace {
  ask(): void;
  end(): void;
}

export function createPace(clock: Clock, frameMs: number, work: () => void): Pace {
  let last = Number.NEGATIVE_INFINITY;
  let asked = false;
  let ended = false;
  let cancel: (() => void) | null = null;
  function run(): void {
    asked = false;
    cancel = null;
    if (ended) return;
    last = clock.monotonic();
    work();
  }
  return {
    ask() {
      if (asked || ended) return;
      asked = true;
      const wait = last + frameMs - clock.monotonic();
      if (wait <= 0) queueMicrotask(run);
      else cancel = clock.after(wait, run);
    },
    end() {
      ended = true;
      cancel?.();
    },
  };
}
