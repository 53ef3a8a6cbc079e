import type { Clock } from '../platform/platform.ts';

/** Work in slices: whoever works long calls `breathe` often, and the thread answers others in between. */
export interface Slices {
  breathe(): Promise<void>;
}

/** Longest that a slice holds the thread, ms: half a frame. */
const SLICE_MS = 8;

export function createSlices(clock: Clock): Slices {
  let begun = clock.monotonic();
  return {
    async breathe() {
      if (clock.monotonic() - begun < SLICE_MS) return;
      await new Promise<void>((resolve) => clock.after(0, resolve));
      begun = clock.monotonic();
    },
  };
}
